#include "perceiver/separable_kernel.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "perceiver/lanes.h"

namespace perceiver {
namespace {

using lanes::Floats;
using lanes::width;

constexpr float lowest = -1e30f;
constexpr float negligible = 40.0f;   // rows whose best weight is below 2^-40 of the largest are left out

// Planes with the row length rounded up to whole vectors; the grid's own memory when that is so already.
struct Planes {
    std::int64_t rows, cols, stride;
    const float* rstd;
    const float* data;
    std::vector<float> copy;

    explicit Planes(const SeparableGrid& g)
        : rows(g.rows), cols(g.cols), stride((g.cols + width - 1) / width * width), rstd(g.rstd), data(g.data) {
        if (stride == cols) return;
        copy.assign(static_cast<std::size_t>((g.channels + 1) * rows * stride), 0.0f);
        for (std::int64_t r = 0; r < rows; ++r) std::copy_n(g.rstd + r * cols, cols, copy.data() + r * stride);
        float* planes = copy.data() + rows * stride;
        for (std::int64_t r = 0; r < g.channels * rows; ++r)
            std::copy_n(g.data + r * cols, cols, planes + r * stride);
        rstd = copy.data();
        data = planes;
    }
};

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
PERCEIVER_LANES_INLINE float score_row(const Form<K>& form, const float* rstd, const float* data, std::int64_t plane,
                                       float row, std::int64_t cols, std::int64_t stride, float* out) {
    const Floats r = lanes::splat(row);
    Floats high = lanes::splat(lowest);
    for (std::int64_t c = 0; c < stride; c += width) {
        Floats s = form.at(lanes::load(rstd + c), r, data, plane, c);
        if (c + width > cols)
            for (std::int64_t i = cols - c; i < width; ++i) s[i] = lowest;
        lanes::store(out + c, s);
        high = lanes::max(high, s);
    }
    return lanes::highest(high);
}

// Everything the forward pass of one query accumulates, relative to 2^top.
template <int K>
struct Sums {
    float top = lowest;
    double total = 0, data[K > 0 ? K : 1] = {};
    float* row;
    float* col;

    void raise(float to, std::int64_t rows_done, std::int64_t stride) {
        const float f = top <= lowest ? 0.0f : std::exp2(top - to);
        total *= f;
        for (double& d : data) d *= f;
        for (std::int64_t i = 0; i < rows_done; ++i) row[i] *= f;
        for (std::int64_t i = 0; i < stride; ++i) col[i] *= f;
        top = to;
    }
};

template <int K>
PERCEIVER_LANES_INLINE void add_rows(const Planes& p, std::int64_t first, std::int64_t last, std::int64_t stride,
                                     const float* scores, const float* row_high, Sums<K>& sums) {
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
PERCEIVER_LANES_INLINE void attend(const Planes& p, std::int64_t queries, const float* a, const float* row,
                                   const float* col, float* log_sum, float* data_out, float* row_out, float* col_out) {
    const std::int64_t stride = Stride > 0 ? Stride : p.stride, plane = p.rows * stride;
    const std::int64_t block = std::clamp<std::int64_t>(2048 / stride, 1, p.rows);
    std::vector<float> scratch(static_cast<std::size_t>((block + 2) * stride + block));
    float *const scores = scratch.data(), *const columns = scores + block * stride, *const col_sum = columns + stride,
                 *const row_high = col_sum + stride;
    for (std::int64_t q = 0; q < queries; ++q) {
        for (std::int64_t c = 0; c < p.cols; ++c) columns[c] = col[q * p.cols + c] * lanes::log2_e;
        std::fill_n(col_sum, stride, 0.0f);
        const Form<K> form(a + q * K, lanes::log2_e, columns);
        Sums<K> sums;
        sums.row = row_out + q * p.rows;
        sums.col = col_sum;
        for (std::int64_t first = 0; first < p.rows; first += block) {
            const std::int64_t last = std::min(p.rows, first + block);
            float high = lowest;
            for (std::int64_t r = first; r < last; ++r) {
                row_high[r - first] =
                    score_row<K>(form, p.rstd + r * stride, p.data + r * stride, plane,
                                 row[q * p.rows + r] * lanes::log2_e, p.cols, stride, scores + (r - first) * stride);
                high = std::max(high, row_high[r - first]);
            }
            if (high > sums.top) sums.raise(high, first, stride);
            add_rows<K>(p, first, last, stride, scores, row_high, sums);
        }
        log_sum[q] = static_cast<float>(sums.top * double{lanes::ln_2} + std::log(sums.total));
        const float f = static_cast<float>(1.0 / sums.total);
        for (std::int64_t r = 0; r < p.rows; ++r) sums.row[r] *= f;
        for (std::int64_t c = 0; c < p.cols; ++c) col_out[q * p.cols + c] = col_sum[c] * f;
        for (int k = 0; k < K; ++k) data_out[q * K + k] = static_cast<float>(sums.data[k] / sums.total);
    }
}

struct Backward {
    const float *a, *row, *col, *log_sum, *data_out, *row_out, *col_out, *grad_data_out, *grad_row_out, *grad_col_out;
    float *grad_a, *grad_row, *grad_col;
};

// With t = rstd * (g_row + g_col) + g_data . data, the same form as the scores, the gradient of a score is p * (t - mean).
template <int K, int Stride>
PERCEIVER_LANES_INLINE void attend_backward(const Planes& p, std::int64_t queries, const Backward& b) {
    const std::int64_t stride = Stride > 0 ? Stride : p.stride, plane = p.rows * stride;
    std::vector<float> scratch(static_cast<std::size_t>(4 * stride));
    float *const scores = scratch.data(), *const columns = scores + stride, *const grad_columns = columns + stride,
                 *const col_sum = grad_columns + stride;
    for (std::int64_t q = 0; q < queries; ++q) {
        double mean = 0;
        for (std::int64_t c = 0; c < p.cols; ++c) {
            columns[c] = b.col[q * p.cols + c] * lanes::log2_e;
            grad_columns[c] = b.grad_col_out[q * p.cols + c];
            mean += double{grad_columns[c]} * b.col_out[q * p.cols + c];
        }
        for (std::int64_t r = 0; r < p.rows; ++r) mean += double{b.grad_row_out[q * p.rows + r]} * b.row_out[q * p.rows + r];
        for (int k = 0; k < K; ++k) mean += double{b.grad_data_out[q * K + k]} * b.data_out[q * K + k];
        std::fill_n(col_sum, stride, 0.0f);
        const Form<K> form(b.a + q * K, lanes::log2_e, columns), grad_form(b.grad_data_out + q * K, 1.0f, grad_columns);
        const float log2_sum = b.log_sum[q] * lanes::log2_e;
        const Floats reference = lanes::splat(log2_sum), average = lanes::splat(static_cast<float>(mean));
        Floats grad_a[K > 0 ? K : 1] = {};
        for (std::int64_t r = 0; r < p.rows; ++r) {
            const float *rstd = p.rstd + r * stride, *data = p.data + r * stride;
            const float high = score_row<K>(form, rstd, data, plane, b.row[q * p.rows + r] * lanes::log2_e, p.cols,
                                            stride, scores);
            if (high < log2_sum - negligible) {
                b.grad_row[q * p.rows + r] = 0.0f;
                continue;
            }
            const Floats grad_row = lanes::splat(b.grad_row_out[q * p.rows + r]);
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
            b.grad_row[q * p.rows + r] = lanes::sum(row_sum);
        }
        for (std::int64_t c = 0; c < p.cols; ++c) b.grad_col[q * p.cols + c] = col_sum[c];
        for (int k = 0; k < K; ++k) b.grad_a[q * K + k] = lanes::sum(grad_a[k]);
    }
}

// The functions that are compiled once per x86-64 level; everything above is inlined into them.
PERCEIVER_CLONES void run_attend(const Planes& p, std::int64_t channels, std::int64_t queries, const float* a,
                                 const float* row, const float* col, float* log_sum, float* data_out, float* row_out,
                                 float* col_out) {
    if (channels == 3 && p.stride == 32)
        return attend<3, 32>(p, queries, a, row, col, log_sum, data_out, row_out, col_out);
    switch (channels) {
        case 0: return attend<0, 0>(p, queries, a, row, col, log_sum, data_out, row_out, col_out);
        case 1: return attend<1, 0>(p, queries, a, row, col, log_sum, data_out, row_out, col_out);
        case 2: return attend<2, 0>(p, queries, a, row, col, log_sum, data_out, row_out, col_out);
        case 3: return attend<3, 0>(p, queries, a, row, col, log_sum, data_out, row_out, col_out);
        default: return attend<4, 0>(p, queries, a, row, col, log_sum, data_out, row_out, col_out);
    }
}

PERCEIVER_CLONES void run_backward(const Planes& p, std::int64_t channels, std::int64_t queries, const Backward& b) {
    if (channels == 3 && p.stride == 32) return attend_backward<3, 32>(p, queries, b);
    switch (channels) {
        case 0: return attend_backward<0, 0>(p, queries, b);
        case 1: return attend_backward<1, 0>(p, queries, b);
        case 2: return attend_backward<2, 0>(p, queries, b);
        case 3: return attend_backward<3, 0>(p, queries, b);
        default: return attend_backward<4, 0>(p, queries, b);
    }
}

}  // namespace

void separable_attend(const SeparableGrid& grid, std::int64_t queries, const float* a, const float* row,
                      const float* col, float* log_sum, float* data_out, float* row_out, float* col_out) {
    run_attend(Planes(grid), grid.channels, queries, a, row, col, log_sum, data_out, row_out, col_out);
}

void separable_attend_backward(const SeparableGrid& grid, std::int64_t queries, const float* a, const float* row,
                               const float* col, const float* log_sum, const float* data_out, const float* row_out,
                               const float* col_out, const float* grad_data_out, const float* grad_row_out,
                               const float* grad_col_out, float* grad_a, float* grad_row, float* grad_col) {
    run_backward(Planes(grid), grid.channels, queries,
                 {a, row, col, log_sum, data_out, row_out, col_out, grad_data_out, grad_row_out, grad_col_out, grad_a,
                  grad_row, grad_col});
}

std::string separable_kernel_target() {
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
    if (__builtin_cpu_supports("x86-64-v4")) return "AVX-512";
    if (__builtin_cpu_supports("x86-64-v3")) return "AVX2";
#endif
    return "plain";
}

}  // namespace perceiver
