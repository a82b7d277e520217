#include "inspect/map_loops.h"

#include "perceiver/lanes.h"

namespace perceiver::inspect::PERCEIVER_LEVEL {
namespace {

namespace lanes = perceiver::lanes::PERCEIVER_LEVEL;
using lanes::Floats;
using lanes::width;

// What is gone through together: a few vectors of columns, whose data and sums stay in registers while the queries
// pass, of so many rows and queries that their tables stay in the first cache.
constexpr std::int64_t most_vectors = 4, most_columns = most_vectors * width, most_rows = 32, most_queries = 64;

// Some queries' tables in the order they are read, in log2 units where exponentials are asked for.
template <int K>
struct Packed {
    std::int64_t queries, channels;
    float unit;
    const float* many;   ///< [queries, channels], in natural-log units, when there may be any number of channels
    alignas(64) float columns[most_queries * most_columns];
    float a[most_queries * (K > 0 ? K : 1)], addend[most_queries], rows[most_rows * most_queries];

    PERCEIVER_LANES_INLINE void take_queries(const MapQueries& q, std::int64_t first, std::int64_t all_rows,
                                             std::int64_t row, std::int64_t row_count) {
        many = q.a + first * channels;
        for (std::int64_t i = 0; i < queries; ++i) {
            for (int k = 0; k < K; ++k) a[i * K + k] = many[i * K + k] * unit;
            addend[i] = q.addend[first + i] * unit;
            const float* const from = q.row + (first + i) * all_rows + row;
            for (std::int64_t r = 0; r < row_count; ++r) rows[r * most_queries + i] = from[r] * unit;
        }
    }
    // The table ends with its last column; past it the score is no number anyone reads.
    PERCEIVER_LANES_INLINE void take_columns(const float* from, std::int64_t distance, std::int64_t count) {
        for (std::int64_t i = 0; i < queries; ++i)
            for (std::int64_t c = 0; c < most_columns; ++c)
                columns[i * most_columns + c] = c < count ? from[i * distance + c] * unit : 0.0f;
    }
};

// sums[c] += what the queries make of V vectors of elements. K channels, or any number when K is -1.
template <int K, int V, bool exponentials>
PERCEIVER_LANES_INLINE void add_queries(const separable::Planes& p, const Packed<K>& t, std::int64_t row,
                                        std::int64_t place, float* sums) {
    Floats rstd[V], data[V][K > 0 ? K : 1], sum[V];
    for (int v = 0; v < V; ++v) {
        rstd[v] = lanes::load(p.rstd + place + v * width);
        for (int k = 0; k < K; ++k) data[v][k] = lanes::load(p.data + k * p.plane + place + v * width);
        sum[v] = lanes::load(sums + v * width);
    }
    const lanes::Exp2 exp2;
    for (std::int64_t q = 0; q < t.queries; ++q) {
        const Floats of_row = lanes::splat(t.rows[row * most_queries + q]), addend = lanes::splat(t.addend[q]);
        for (int v = 0; v < V; ++v) {
            Floats s = addend;
            for (int k = 0; k < K; ++k) s += lanes::splat(t.a[q * K + k]) * data[v][k];
            if (K < 0)
                for (std::int64_t k = 0; k < t.channels; ++k)
                    s += lanes::splat(t.many[q * t.channels + k] * t.unit) *
                         lanes::load(p.data + k * p.plane + place + v * width);
            s += rstd[v] * (of_row + lanes::load(t.columns + q * most_columns + v * width));
            sum[v] = exponentials ? exp2.add_to(sum[v], s) : sum[v] + s;
        }
    }
    for (int v = 0; v < V; ++v) lanes::store(sums + v * width, sum[v]);
}

template <int K, bool exponentials>
PERCEIVER_LANES_INLINE void sum_with(const separable::Planes& p, const MapQueries& q, const MapBlock& b, float* out,
                                     std::int64_t stride) {
    Packed<K> packed;
    packed.channels = p.channels;
    packed.unit = exponentials ? lanes::log2_e : 1.0f;
    float sums[most_columns];
    for (std::int64_t above = 0; above < b.rows; above += most_rows)
        for (std::int64_t first = 0; first < q.count; first += most_queries) {
            const std::int64_t rows = b.rows - above < most_rows ? b.rows - above : most_rows;
            packed.queries = q.count - first < most_queries ? q.count - first : most_queries;
            packed.take_queries(q, first, p.rows, b.row + above, rows);
            for (std::int64_t c = 0; c < b.count; c += most_columns) {
                const std::int64_t count = b.count - c < most_columns ? b.count - c : most_columns;
                packed.take_columns(q.col + first * p.cols + b.first + c, p.cols, count);
                for (std::int64_t r = 0; r < rows; ++r) {
                    float* const to = out + (above + r) * stride + c;
                    const std::int64_t place = (b.row + above + r) * p.stride + b.first + c;
                    for (std::int64_t i = 0; i < most_columns; ++i) sums[i] = first > 0 && i < count ? to[i] : 0.0f;
                    switch ((count + width - 1) / width) {
                        case 1:
                            add_queries<K, 1, exponentials>(p, packed, r, place, sums);
                            break;
                        case 2:
                            add_queries<K, 2, exponentials>(p, packed, r, place, sums);
                            break;
                        case 3:
                            add_queries<K, 3, exponentials>(p, packed, r, place, sums);
                            break;
                        default:
                            add_queries<K, most_vectors, exponentials>(p, packed, r, place, sums);
                    }
                    for (std::int64_t i = 0; i < count; ++i) to[i] = sums[i];
                }
            }
        }
}

template <bool exponentials>
PERCEIVER_LANES_INLINE void sum_any(const separable::Planes& p, const MapQueries& q, const MapBlock& b, float* out,
                                    std::int64_t stride) {
    switch (p.channels) {
        case 0:
            return sum_with<0, exponentials>(p, q, b, out, stride);
        case 1:
            return sum_with<1, exponentials>(p, q, b, out, stride);
        case 3:
            return sum_with<3, exponentials>(p, q, b, out, stride);
        default:
            return sum_with<-1, exponentials>(p, q, b, out, stride);
    }
}

// p log2 p, with p below 2^-126 taken as nothing.
PERCEIVER_LANES_INLINE Floats information(Floats p) {
    return p * lanes::log2(lanes::max(p, lanes::splat(map_least)));
}

}  // namespace

void sum_block(const separable::Planes& p, const MapQueries& q, const MapBlock& b, bool exponentials, float* out,
               std::int64_t stride) {
    return exponentials ? sum_any<true>(p, q, b, out, stride) : sum_any<false>(p, q, b, out, stride);
}

double entropy_of(const float* p, std::int64_t count) {
    Floats sum = {};
    std::int64_t c = 0;
    for (; c + width <= count; c += width) sum += information(lanes::load(p + c));
    if (c < count) {
        Floats last = {};
        for (std::int64_t i = 0; c + i < count; ++i) last[i] = p[c + i];
        sum += information(last);
    }
    return lanes::sum(sum);
}

}  // namespace perceiver::inspect::PERCEIVER_LEVEL
