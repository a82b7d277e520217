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

// Scores of one row into `out`, in log2 units; returns the largest. Columns past the last get weight 0.
template <int K>
PERCEIVER_LANES_INLINE float score_row(const Form<K>& form, const float* rstd, const float* data,
                                       std::int64_t plane, float row, std::int64_t cols, std::int64_t stride,
                                       float* out) {
    const Floats r = lanes::splat(row);
    Floats high = lanes::splat(lowest);
    for (std::int64_t c = 0; c < stride; c += width) {
        Floats s = form.at(lanes::load(rstd + c), r, data, plane, c);
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

    PERCEIVER_LANES_INLINE void raise(float to, std::int64_t rows_done, std::int64_t stride) {
        const float f = top <= lowest ? 0.0f : exp2f(top - to);
        total *= f;
        for (double& d : data) d *= f;
        scale(row, rows_done, f);
        scale(col, stride, f);
        top = to;
    }
};

template <int K>
PERCEIVER_LANES_INLINE void add_rows(const Planes& p, std::int64_t first, std::int64_t last,
                                     std::int64_t stride, const float* scores, const float* row_high,
                                     Running<K>& sums) {
    const std::int64_t plane = p.rows * stride;
    const Floats top = lanes::splat(sums.top);
    Floats total = {}, data[K > 0 ? K : 1] = {};
    for (std::int64_t r = first; r < last; ++r) {
        if (row_high[r - first] < sums.top - negligible) {
            sums.row[r] = 0.0f;
            continue;
        }
        const float* line = scores + (r - first) * stride;
        Floats weight = {};
        for (std::int64_t c = 0; c < stride; c += width) {
            const Floats e = lanes::exp2(lanes::load(line + c) - top);
            const Floats w = e * lanes::load(p.rstd + r * stride + c);
            total += e;
            weight += w;
            lanes::store(sums.col + c, lanes::load(sums.col + c) + w);
            for (int k = 0; k < K; ++k) data[k] += e * lanes::load(p.data + k * plane + r * stride + c);
        }
        sums.row[r] = lanes::sum(weight);
    }
    sums.total += lanes::sum(total);
    for (int k = 0; k < K; ++k) sums.data[k] += lanes::sum(data[k]);
}

// `Stride` fixes the row length at compile time for the small grids training uses; 0 means p.stride.
template <int K, int Stride>
PERCEIVER_LANES_INLINE void attend_with(const Planes& p, const Tables& t, const Sums& out, float* scratch) {
    const std::int64_t stride = Stride > 0 ? Stride : p.stride, plane = p.rows * stride,
                       block = block_rows(p);
    float *const scores = scratch, *const columns = scores + block * stride,
                 *const col_sum = columns + stride, *const row_high = col_sum + stride;
    clear(columns, stride);
    for (std::int64_t q = 0; q < t.queries; ++q) {
        scaled_copy(t.col + q * p.cols, p.cols, lanes::log2_e, columns);
        clear(col_sum, stride);
        const Form<K> form(t.a + q * K, lanes::log2_e, columns);
        Running<K> sums;
        sums.row = out.row + q * p.rows;
        sums.col = col_sum;
        for (std::int64_t first = 0; first < p.rows; first += block) {
            const std::int64_t last = first + block < p.rows ? first + block : p.rows;
            float high = lowest;
            for (std::int64_t r = first; r < last; ++r) {
                const float h = score_row<K>(form, p.rstd + r * stride, p.data + r * stride, plane,
                                             t.row[q * p.rows + r] * lanes::log2_e, p.cols, stride,
                                             scores + (r - first) * stride);
                row_high[r - first] = h;
                high = h > high ? h : high;
            }
            if (high > sums.top) sums.raise(high, first, stride);
            add_rows<K>(p, first, last, stride, scores, row_high, sums);
        }
        out.log_sum[q] = static_cast<float>(sums.top * lanes::ln_2 + log(sums.total));
        const float f = static_cast<float>(1.0 / sums.total);
        scale(sums.row, p.rows, f);
        scaled_copy(col_sum, p.cols, f, out.col + q * p.cols);
        for (int k = 0; k < K; ++k) out.data[q * K + k] = static_cast<float>(sums.data[k] / sums.total);
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
    const std::int64_t stride = Stride > 0 ? Stride : p.stride, plane = p.rows * stride;
    float *const scores = scratch, *const columns = scores + stride, *const grad_columns = columns + stride,
                 *const col_sum = grad_columns + stride;
    clear(columns, 2 * stride);
    for (std::int64_t q = 0; q < t.queries; ++q) {
        const std::int64_t row0 = q * p.rows, col0 = q * p.cols;
        scaled_copy(t.col + col0, p.cols, lanes::log2_e, columns);
        scaled_copy(g.grad_col_out + col0, p.cols, 1.0f, grad_columns);
        clear(col_sum, stride);
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
            const float high = score_row<K>(form, rstd, data, plane, t.row[row0 + r] * lanes::log2_e, p.cols,
                                            stride, scores);
            if (high < log2_sum - negligible) {
                g.grad_row[row0 + r] = 0.0f;
                continue;
            }
            const Floats grad_row = lanes::splat(g.grad_row_out[row0 + r]);
            Floats row_sum = {};
            for (std::int64_t c = 0; c < stride; c += width) {
                const Floats inverse = lanes::load(rstd + c);
                const Floats e = lanes::exp2(lanes::load(scores + c) - reference);
                const Floats d = e * (grad_form.at(inverse, grad_row, data, plane, c) - average);
                const Floats w = d * inverse;
                row_sum += w;
                lanes::store(col_sum + c, lanes::load(col_sum + c) + w);
                for (int k = 0; k < K; ++k) grad_a[k] += d * lanes::load(data + k * plane + c);
            }
            g.grad_row[row0 + r] = lanes::sum(row_sum);
        }
        scaled_copy(col_sum, p.cols, 1.0f, g.grad_col + col0);
        for (int k = 0; k < K; ++k) g.grad_a[q * K + k] = lanes::sum(grad_a[k]);
    }
}

}  // namespace

void attend(const Planes& p, const Tables& t, const Sums& out, float* scratch) {
    if (p.channels == 3 && p.stride == 32) return attend_with<3, 32>(p, t, out, scratch);
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

void attend_backward(const Planes& p, const Tables& t, const Gradients& g, float* scratch) {
    if (p.channels == 3 && p.stride == 32) return backward_with<3, 32>(p, t, g, scratch);
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
