#include "perceiver/separable_kernel.h"

#include <algorithm>
#include <vector>

#include "perceiver/cpu_level.h"
#include "perceiver/separable_loops.h"

namespace perceiver {
namespace {

// The grid with rows of whole vectors: the caller's own memory when they are that already.
struct PaddedGrid {
    separable::Planes planes;
    std::vector<float> copy;

    explicit PaddedGrid(const SeparableGrid& g)
        : planes{g.channels,
                 g.rows,
                 g.cols,
                 (g.cols + separable::row_multiple - 1) / separable::row_multiple * separable::row_multiple,
                 g.rstd,
                 g.data} {
        const std::int64_t stride = planes.stride;
        if (stride == g.cols) return;
        copy.assign(static_cast<std::size_t>((g.channels + 1) * g.rows * stride), 0.0f);
        float* data = copy.data() + g.rows * stride;
        for (std::int64_t r = 0; r < g.rows; ++r)
            std::copy_n(g.rstd + r * g.cols, g.cols, copy.data() + r * stride);
        for (std::int64_t r = 0; r < g.channels * g.rows; ++r)
            std::copy_n(g.data + r * g.cols, g.cols, data + r * stride);
        planes.rstd = copy.data();
        planes.data = data;
    }
    std::vector<float> scratch() const {
        return std::vector<float>(static_cast<std::size_t>(separable::scratch_floats(planes)));
    }
};

}  // namespace

void separable_attend(const SeparableGrid& grid, std::int64_t queries, const float* a, const float* row,
                      const float* col, float* log_sum, float* data_out, float* row_out, float* col_out) {
    const PaddedGrid padded(grid);
    std::vector<float> scratch = padded.scratch();
    const separable::Tables tables{queries, a, row, col};
    const separable::Sums sums{log_sum, data_out, row_out, col_out};
    switch (cpu_level()) {
#ifdef PERCEIVER_X86_LEVELS
        case CpuLevel::avx512:
            return separable::avx512::attend(padded.planes, tables, sums, scratch.data());
        case CpuLevel::avx2:
            return separable::avx2::attend(padded.planes, tables, sums, scratch.data());
#endif
        default:
            return separable::baseline::attend(padded.planes, tables, sums, scratch.data());
    }
}

void separable_attend_backward(const SeparableGrid& grid, std::int64_t queries, const float* a,
                               const float* row, const float* col, const float* log_sum,
                               const float* data_out, const float* row_out, const float* col_out,
                               const float* grad_data_out, const float* grad_row_out,
                               const float* grad_col_out, float* grad_a, float* grad_row, float* grad_col) {
    const PaddedGrid padded(grid);
    std::vector<float> scratch = padded.scratch();
    const separable::Tables tables{queries, a, row, col};
    const separable::Gradients gradients{log_sum,      data_out,     row_out, col_out,  grad_data_out,
                                         grad_row_out, grad_col_out, grad_a,  grad_row, grad_col};
    switch (cpu_level()) {
#ifdef PERCEIVER_X86_LEVELS
        case CpuLevel::avx512:
            return separable::avx512::attend_backward(padded.planes, tables, gradients, scratch.data());
        case CpuLevel::avx2:
            return separable::avx2::attend_backward(padded.planes, tables, gradients, scratch.data());
#endif
        default:
            return separable::baseline::attend_backward(padded.planes, tables, gradients, scratch.data());
    }
}

std::string separable_kernel_target() {
    switch (cpu_level()) {
        case CpuLevel::avx512:
            return "AVX-512";
        case CpuLevel::avx2:
            return "AVX2";
        default:
            return "plain";
    }
}

}  // namespace perceiver
