#include "perceiver/separable_loops.h"

#include <math.h>

#include "perceiver/lanes.h"

namespace perceiver::separable::PERCEIVER_LEVEL {
namespace {

namespace lanes = perceiver::lanes::PERCEIVER_LEVEL;
using lanes::Floats;
using lanes::width;

constexpr float lowest = -1e30f;
constexpr float negligible = 40.0f;  // rows whose best weight is below 2^-40 of the largest are left out
constexpr double farthest = 0x1p90;  // sums of weights relative to the first row's best that surely lost nothing

// One query's tables, and the bilinear form they stand for: rstd * (row + col) + a . data.
template <int K>
struct Form {
    Floats a[K > 0 ? K : 1];
    const float* col;

    PERCEIVER_LANES_INLINE Form(const float* from, float unit, const float* columns) : col(columns) {
        for (int k = 0; k < K; ++k) a[k] = lanes::splat(from[k] * unit);
    }
    PERCEIVER_LANES_INLINE Floats at(Floats rstd, Floats row, const float* data, std::int64_t plane,
                                     std::int64_t c) const {
        Floats s = rstd * (row + lanes::load(col + c));
        for (int k = 0; k < K; ++k) s += a[k] * lanes::load(data + k * plane + c);
        return s;
    }
};

// Scores of one row into `out`, in log2 units; returns the largest. Columns past the last get weight 0. With `added`,
// `out` holds what is added to each score.
template <int K, bool added = false>
PERCEIVER_LANES_INLINE float score_row(const Form<K>& form, const float* rstd, const float* data,
                                       std::int64_t plane, float row, std::int64_t cols, std::int64_t wide,
                                       float* out) {
    const Floats r = lanes::splat(row);
    Floats high = lanes::splat(lowest);
    for (std::int64_t c = 0; c < wide; c += width) {
        Floats s = form.at(lanes::load(rstd + c), r, data, plane, c);
        if (added) s += lanes::load(out + c) * lanes::log2_e;
        if (c + width > cols)
            for (std::int64_t i = c < cols ? cols - c : 0; i < width; ++i) s[i] = lowest;
        lanes::store(out + c, s);
        high = lanes::max(high, s);
    }
    return lanes::highest(high);
}

PERCEIVER_LANES_INLINE void scale(float* x, std::int64_t n, float f) {
    for (std::int64_t i = 0; i < n; ++i) x[i] *= f;
}
PERCEIVER_LANES_INLINE void scaled_copy(const float* from, std::int64_t n, float f, float* to) {
    for (std::int64_t i = 0; i < n; ++i) to[i] = from[i] * f;
}
PERCEIVER_LANES_INLINE void clear(float* x, std::int64_t n) {
    std::memset(x, 0, sizeof(float) * static_cast<std::size_t>(n));
}

// What the forward pass of one query accumulates, relative to 2^top.
template <int K>
struct Running {
    float top = lowest;
    double total = 0, data[K > 0 ? K : 1] = {};
    float *row, *col;

    PERCEIVER_LANES_INLINE void restart(std::int64_t wide) {
        top = lowest;
        total = 0;
        for (double& d : data) d = 0;
        clear(col, wide);
    }
    PERCEIVER_LANES_INLINE void raise(float to, std::int64_t rows_done, std::int64_t wide) {
        const float f = top <= lowest ? 0.0f : exp2f(top - to);
        total *= f;
        for (double& d : data) d *= f;
        scale(row, rows_done, f);
        scale(col, wide, f);
        top = to;
    }
};

// With `keep`, the weights take the scores' place.
template <int K, bool keep = false>
PERCEIVER_LANES_INLINE void add_rows(const Planes& p, std::int64_t first, std::int64_t last, std::int64_t stride,
                                     std::int64_t wide, float* scores, const float* row_high, Running<K>& sums) {
    const Floats top = lanes::splat(sums.top);
    const lanes::Exp2 exp2;
    Floats total = {}, data[K > 0 ? K : 1] = {};
    for (std::int64_t r = first; r < last; ++r) {
        if (row_high[r - first] < sums.top - negligible) {
            sums.row[r] = 0.0f;
            if (keep) clear(scores + (r - first) * wide, wide);
            continue;
        }
        float* line = scores + (r - first) * wide;
        Floats weight = {};
        for (std::int64_t c = 0; c < wide; c += width) {
            const Floats e = exp2(lanes::load(line + c) - top);
            const Floats w = e * lanes::load(p.rstd + r * stride + c);
            total += e;
            weight += w;
            lanes::store(sums.col + c, lanes::load(sums.col + c) + w);
            for (int k = 0; k < K; ++k) data[k] += e * lanes::load(p.data + k * p.plane + r * stride + c);
            if (keep) lanes::store(line + c, e);
        }
        sums.row[r] = lanes::sum(weight);
    }
    sums.total += lanes::sum(total);
    for (int k = 0; k < K; ++k) sums.data[k] += lanes::sum(data[k]);
}

// R rows of a query from r on, relative to 2^-below.
template <int K, int R>
PERCEIVER_LANES_INLINE void add_rows_at_once(const Planes& p, const Form<K>& form, const float* rows, std::int64_t r,
                                             std::int64_t stride, std::int64_t wide, Floats below, Running<K>& sums,
                                             Floats& total, Floats* data_sums) {
    const lanes::Exp2 exp2;
    const float *const rstd = p.rstd + r * stride, *const data = p.data + r * stride;
    Floats row[R], weight[R] = {};
    for (int i = 0; i < R; ++i) row[i] = lanes::splat(rows[r + i] * lanes::log2_e);
    for (std::int64_t c = 0; c < wide; c += width) {
        const Floats col = lanes::load(form.col + c);
        Floats col_sum = lanes::load(sums.col + c);
        for (int i = 0; i < R; ++i) {
            const Floats inverse = lanes::load(rstd + i * stride + c);
            Floats channel[K > 0 ? K : 1], s = below;
            for (int k = 0; k < K; ++k) {
                channel[k] = lanes::load(data + k * p.plane + i * stride + c);
                s += form.a[k] * channel[k];
            }
            s += inverse * (row[i] + col);
            if (c + width > p.cols)
                for (std::int64_t j = c < p.cols ? p.cols - c : 0; j < width; ++j) s[j] = lowest;
            const Floats e = exp2.capped(s), w = e * inverse;
            total += e;
            weight[i] += w;
            col_sum += w;
            for (int k = 0; k < K; ++k) data_sums[k] += e * channel[k];
        }
        lanes::store(sums.col + c, col_sum);
    }
    for (int i = 0; i < R; ++i) sums.row[r + i] = lanes::sum(weight[i]);
}

// Some rows of a query in one pass, relative to the best score of its first row: whatever is not too far above is
// summed as exactly. The total says whether that was so.
template <int K>
PERCEIVER_LANES_INLINE void add_relative(const Planes& p, const Form<K>& form, const float* rows, std::int64_t first,
                                         std::int64_t last, std::int64_t stride, std::int64_t wide, Running<K>& sums) {
    const Floats below = lanes::splat(-sums.top);
    Floats total = {}, data[K > 0 ? K : 1] = {};
    std::int64_t r = first;
    for (; r + 2 <= last; r += 2) add_rows_at_once<K, 2>(p, form, rows, r, stride, wide, below, sums, total, data);
    if (r < last) add_rows_at_once<K, 1>(p, form, rows, r, stride, wide, below, sums, total, data);
    sums.total += lanes::sum(total);
    for (int k = 0; k < K; ++k) sums.data[k] += lanes::sum(data[k]);
}

// Whatever the scores: some rows' at a time, relative to the best so far.
template <int K>
PERCEIVER_LANES_INLINE void add_blocks(const Planes& p, const Form<K>& form, const float* rows, std::int64_t stride,
                                       std::int64_t wide, float* scores, float* row_high, Running<K>& sums) {
    const std::int64_t block = block_rows(p);
    for (std::int64_t first = 0; first < p.rows; first += block) {
        const std::int64_t last = first + block < p.rows ? first + block : p.rows;
        float high = lowest;
        for (std::int64_t r = first; r < last; ++r) {
            const float h = score_row<K>(form, p.rstd + r * stride, p.data + r * stride, p.plane,
                                         rows[r] * lanes::log2_e, p.cols, wide, scores + (r - first) * wide);
            row_high[r - first] = h;
            high = h > high ? h : high;
        }
        if (high > sums.top) sums.raise(high, first, wide);
        add_rows<K>(p, first, last, stride, wide, scores, row_high, sums);
    }
}

// `Stride` fixes the row length at compile time for the small grids training uses; 0 means p.stride.
//
// Queries go in groups, some rows of all of them before the next rows: so the grid is read from the first cache, where
// the whole of it would come from the second for every query.
template <int K, int Stride>
PERCEIVER_LANES_INLINE void attend_with(const Planes& p, const Tables& t, const Sums& out, float* scratch) {
    const std::int64_t stride = Stride > 0 ? Stride : p.stride, wide = Stride > 0 ? Stride : p.wide();
    float *const tables = scratch, *const scores = tables + 2 * query_group * wide,
                 *const row_high = scores + block_rows(p) * wide;
    const std::int64_t fit = shared_floats / ((K + 1) * wide), step = fit < 2 ? 2 : fit;
    for (std::int64_t first = 0; first < t.queries; first += query_group) {
        const std::int64_t count = t.queries - first < query_group ? t.queries - first : query_group;
        const auto columns = [&](std::int64_t i) { return tables + 2 * i * wide; };
        const auto form = [&](std::int64_t i) { return Form<K>(t.a + (first + i) * K, lanes::log2_e, columns(i)); };
        const auto rows = [&](std::int64_t i) { return t.row + (first + i) * p.rows; };
        Running<K> sums[query_group];
        for (std::int64_t i = 0; i < count; ++i) {
            clear(columns(i), 2 * wide);
            scaled_copy(t.col + (first + i) * p.cols, p.cols, lanes::log2_e, columns(i));
            sums[i].row = out.row + (first + i) * p.rows;
            sums[i].col = columns(i) + wide;
            sums[i].top =
                score_row<K>(form(i), p.rstd, p.data, p.plane, rows(i)[0] * lanes::log2_e, p.cols, wide, scores);
        }
        for (std::int64_t r = 0; r < p.rows; r += step)
            for (std::int64_t i = 0; i < count; ++i)
                add_relative<K>(p, form(i), rows(i), r, r + step < p.rows ? r + step : p.rows, stride, wide, sums[i]);
        for (std::int64_t i = 0; i < count; ++i) {
            const std::int64_t q = first + i;
            if (!(sums[i].total <= farthest)) {
                sums[i].restart(wide);
                add_blocks<K>(p, form(i), rows(i), stride, wide, scores, row_high, sums[i]);
            }
            out.log_sum[q] = static_cast<float>(sums[i].top * lanes::ln_2 + log(sums[i].total));
            const float f = static_cast<float>(1.0 / sums[i].total);
            scale(sums[i].row, p.rows, f);
            scaled_copy(sums[i].col, p.cols, f, out.col + q * p.cols);
            for (int k = 0; k < K; ++k) out.data[q * K + k] = static_cast<float>(sums[i].data[k] / sums[i].total);
        }
    }
}

PERCEIVER_LANES_INLINE double dot(const float* a, const float* b, std::int64_t n) {
    double s = 0;
    for (std::int64_t i = 0; i < n; ++i) s += double{a[i]} * b[i];
    return s;
}

// With t = rstd * (g_row + g_col) + g_data . data, a form like the scores', the gradient of a score is p * (t
// - mean).
template <int K, int Stride>
PERCEIVER_LANES_INLINE void backward_with(const Planes& p, const Tables& t, const Gradients& g,
                                          float* scratch) {
    const std::int64_t stride = Stride > 0 ? Stride : p.stride, wide = Stride > 0 ? Stride : p.wide();
    float *const scores = scratch, *const columns = scores + wide, *const grad_columns = columns + wide,
                 *const col_sum = grad_columns + wide;
    clear(columns, 2 * wide);
    const lanes::Exp2 exp2;
    for (std::int64_t q = 0; q < t.queries; ++q) {
        const std::int64_t row0 = q * p.rows, col0 = q * p.cols;
        scaled_copy(t.col + col0, p.cols, lanes::log2_e, columns);
        scaled_copy(g.grad_col_out + col0, p.cols, 1.0f, grad_columns);
        clear(col_sum, wide);
        const double mean = dot(g.grad_col_out + col0, g.col_out + col0, p.cols) +
                            dot(g.grad_row_out + row0, g.row_out + row0, p.rows) +
                            dot(g.grad_data_out + q * K, g.data_out + q * K, K);
        const Form<K> form(t.a + q * K, lanes::log2_e, columns),
            grad_form(g.grad_data_out + q * K, 1.0f, grad_columns);
        const float log2_sum = g.log_sum[q] * lanes::log2_e;
        const Floats reference = lanes::splat(log2_sum), average = lanes::splat(static_cast<float>(mean));
        Floats grad_a[K > 0 ? K : 1] = {};
        for (std::int64_t r = 0; r < p.rows; ++r) {
            const float *rstd = p.rstd + r * stride, *data = p.data + r * stride;
            const float high = score_row<K>(form, rstd, data, p.plane, t.row[row0 + r] * lanes::log2_e, p.cols,
                                            wide, scores);
            if (high < log2_sum - negligible) {
                g.grad_row[row0 + r] = 0.0f;
                continue;
            }
            const Floats grad_row = lanes::splat(g.grad_row_out[row0 + r]);
            Floats row_sum = {};
            for (std::int64_t c = 0; c < wide; c += width) {
                const Floats inverse = lanes::load(rstd + c);
                const Floats e = exp2(lanes::load(scores + c) - reference);
                const Floats d = e * (grad_form.at(inverse, grad_row, data, p.plane, c) - average);
                const Floats w = d * inverse;
                row_sum += w;
                lanes::store(col_sum + c, lanes::load(col_sum + c) + w);
                for (int k = 0; k < K; ++k) grad_a[k] += d * lanes::load(data + k * p.plane + c);
            }
            g.grad_row[row0 + r] = lanes::sum(row_sum);
        }
        scaled_copy(col_sum, p.cols, 1.0f, g.grad_col + col0);
        for (int k = 0; k < K; ++k) g.grad_a[q * K + k] = lanes::sum(grad_a[k]);
    }
}

}  // namespace

void attend(const Planes& p, const Tables& t, const Sums& out, float* scratch) {
    if (p.channels == 3 && p.stride == 32 && p.wide() == 32) return attend_with<3, 32>(p, t, out, scratch);
    switch (p.channels) {
        case 0:
            return attend_with<0, 0>(p, t, out, scratch);
        case 1:
            return attend_with<1, 0>(p, t, out, scratch);
        case 2:
            return attend_with<2, 0>(p, t, out, scratch);
        case 3:
            return attend_with<3, 0>(p, t, out, scratch);
        default:
            return attend_with<4, 0>(p, t, out, scratch);
    }
}

void attend_scores(const Planes& p, const Tables& t, const Sums& out, float* in_out, float* scratch) {
    const std::int64_t wide = p.wide();
    float *const columns = scratch, *const col_sum = columns + wide, *const row_high = col_sum + wide;
    clear(columns, wide);
    for (std::int64_t q = 0; q < t.queries; ++q) {
        float* const scores = in_out + q * p.rows * wide;
        scaled_copy(t.col + q * p.cols, p.cols, lanes::log2_e, columns);
        clear(col_sum, wide);
        const Form<0> form(t.a, lanes::log2_e, columns);
        Running<0> sums;
        sums.row = out.row + q * p.rows;
        sums.col = col_sum;
        for (std::int64_t r = 0; r < p.rows; ++r) {
            row_high[r] = score_row<0, true>(form, p.rstd + r * p.stride, p.data, p.plane,
                                             t.row[q * p.rows + r] * lanes::log2_e, p.cols, wide, scores + r * wide);
            sums.top = row_high[r] > sums.top ? row_high[r] : sums.top;
        }
        add_rows<0, true>(p, 0, p.rows, p.stride, wide, scores, row_high, sums);
        out.log_sum[q] = static_cast<float>(sums.top * lanes::ln_2 + log(sums.total));
        const float f = static_cast<float>(1.0 / sums.total);
        scale(scores, p.rows * wide, f);
        scale(sums.row, p.rows, f);
        scaled_copy(col_sum, p.cols, f, out.col + q * p.cols);
    }
}

void attend_backward(const Planes& p, const Tables& t, const Gradients& g, float* scratch) {
    if (p.channels == 3 && p.stride == 32 && p.wide() == 32) return backward_with<3, 32>(p, t, g, scratch);
    switch (p.channels) {
        case 0:
            return backward_with<0, 0>(p, t, g, scratch);
        case 1:
            return backward_with<1, 0>(p, t, g, scratch);
        case 2:
            return backward_with<2, 0>(p, t, g, scratch);
        case 3:
            return backward_with<3, 0>(p, t, g, scratch);
        default:
            return backward_with<4, 0>(p, t, g, scratch);
    }
}

}  // namespace perceiver::separable::PERCEIVER_LEVEL
