#include "inspect/map_loops.h"

#include "perceiver/lanes.h"

namespace perceiver::inspect::PERCEIVER_LEVEL {
namespace {

namespace lanes = perceiver::lanes::PERCEIVER_LEVEL;
using lanes::Floats;
using lanes::width;

// One query's scores along a line. K channels, or any number when K is -1.
template <int K>
struct Scores {
    const separable::Planes& p;
    const float *rstd, *data, *col, *a;
    Floats row, addend, splats[K > 0 ? K : 1];

    PERCEIVER_LANES_INLINE Scores(const separable::Planes& planes, const MapQueries& q, std::int64_t query, const MapLine& line)
        : p(planes),
          rstd(planes.rstd + line.row * planes.stride + line.first),
          data(planes.data + line.row * planes.stride + line.first),
          col(q.col + query * planes.cols + line.first),
          a(q.a + query * planes.channels),
          row(lanes::splat(q.row[query * planes.rows + line.row])),
          addend(lanes::splat(q.addend[query])) {
        for (int k = 0; k < K; ++k) splats[k] = lanes::splat(a[k]);
    }
    // `left`: columns from c on. The table ends with its last column; past it the score is no number anyone reads.
    PERCEIVER_LANES_INLINE Floats at(std::int64_t c, std::int64_t left) const {
        Floats columns = {};
        if (left >= width) columns = lanes::load(col + c);
        else
            for (std::int64_t i = 0; i < left; ++i) columns[i] = col[c + i];
        Floats s = lanes::load(rstd + c) * (row + columns) + addend;
        if (K >= 0)
            for (int k = 0; k < K; ++k) s += splats[k] * lanes::load(data + k * p.plane + c);
        else
            for (std::int64_t k = 0; k < p.channels; ++k) s += lanes::splat(a[k]) * lanes::load(data + k * p.plane + c);
        return s;
    }
};

template <int K>
PERCEIVER_LANES_INLINE void sum_with(const separable::Planes& p, const MapQueries& q, const MapLine& line, bool exponentials,
                                     float* out) {
    const std::int64_t wide = line.wide();
    for (std::int64_t c = 0; c < wide; c += width) lanes::store(out + c, Floats{});
    for (std::int64_t i = 0; i < q.count; ++i) {
        const Scores<K> scores(p, q, i, line);
        for (std::int64_t c = 0; c < wide; c += width) {
            const Floats s = scores.at(c, line.count - c);
            lanes::store(out + c, lanes::load(out + c) + (exponentials ? lanes::exp2(s * lanes::log2_e) : s));
        }
    }
}

// p log2 p, with p below 2^-126 taken as nothing.
PERCEIVER_LANES_INLINE Floats information(Floats p) {
    return p * lanes::log2(lanes::max(p, lanes::splat(map_least)));
}

// Of one query.
template <int K>
PERCEIVER_LANES_INLINE double entropy_with(const separable::Planes& p, const MapQueries& q, const MapLine& line) {
    const std::int64_t wide = line.wide();
    Floats sum = {};
    const Scores<K> scores(p, q, 0, line);
    for (std::int64_t c = 0; c < wide; c += width) {
        const Floats s = lanes::max(scores.at(c, line.count - c) * lanes::log2_e, lanes::splat(-126.0f));
        Floats term = s * lanes::exp2(s);
        if (c + width > line.count)
            for (std::int64_t i = line.count - c; i < width; ++i)
                if (i >= 0) term[i] = 0;
        sum += term;
    }
    return lanes::sum(sum);
}

}  // namespace

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

void sum_line(const separable::Planes& p, const MapQueries& q, const MapLine& line, bool exponentials, float* out) {
    switch (p.channels) {
        case 0:
            return sum_with<0>(p, q, line, exponentials, out);
        case 1:
            return sum_with<1>(p, q, line, exponentials, out);
        case 3:
            return sum_with<3>(p, q, line, exponentials, out);
        default:
            return sum_with<-1>(p, q, line, exponentials, out);
    }
}

double entropy_line(const separable::Planes& p, const MapQueries& q, const MapLine& line, float* scratch) {
    if (q.count > 1) {
        sum_line(p, q, line, true, scratch);
        const float part = 1.0f / static_cast<float>(q.count);
        for (std::int64_t c = 0; c < line.count; ++c) scratch[c] *= part;
        return entropy_of(scratch, line.count);
    }
    switch (p.channels) {
        case 0:
            return entropy_with<0>(p, q, line);
        case 1:
            return entropy_with<1>(p, q, line);
        case 3:
            return entropy_with<3>(p, q, line);
        default:
            return entropy_with<-1>(p, q, line);
    }
}

}  // namespace perceiver::inspect::PERCEIVER_LEVEL
