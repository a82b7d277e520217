#include "perceiver/separable_kernel.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "perceiver/cpu_level.h"
#include "perceiver/separable_loops.h"

namespace perceiver {
namespace {

// The grid with rows of whole vectors: the caller's own memory when they are that already.
struct PaddedGrid {
    separable::Planes planes;
    std::vector<float> copy;

    explicit PaddedGrid(const SeparableGrid& g) {
        const std::int64_t stride = g.stride ? g.stride : g.cols, plane = g.plane ? g.plane : g.rows * stride;
        planes = {g.channels, g.rows, g.cols, stride, plane, g.rstd, g.data};
        if (stride % separable::row_multiple == 0) return;
        planes.stride = planes.wide();
        planes.plane = g.rows * planes.stride;
        copy.assign(static_cast<std::size_t>((g.channels + 1) * planes.plane), 0.0f);
        float* data = copy.data() + planes.plane;
        for (std::int64_t r = 0; r < g.rows; ++r) {
            std::copy_n(g.rstd + r * stride, g.cols, copy.data() + r * planes.stride);
            for (std::int64_t k = 0; k < g.channels; ++k)
                std::copy_n(g.data + k * plane + r * stride, g.cols, data + k * planes.plane + r * planes.stride);
        }
        planes.rstd = copy.data();
        planes.data = data;
    }
};

// From a cache line's start.
class Scratch {
public:
  explicit Scratch(const separable::Planes& p)
      : floats_(static_cast<std::size_t>(separable::scratch_floats(p)) + line) {}
  float* data() {
      void* start = floats_.data();
      std::size_t room = floats_.size() * sizeof(float);
      return static_cast<float*>(std::align(line * sizeof(float), 0, start, room));
    }

private:
    static constexpr std::size_t line = 16;
    std::vector<float> floats_;
};

/// Calls the function of the highest instruction set this machine has.
#ifdef PERCEIVER_X86_LEVELS
#define PERCEIVER_AT_LEVEL(function, ...)                                                             \
    (cpu_level() == CpuLevel::avx512 ? separable::avx512::function(__VA_ARGS__)                       \
     : cpu_level() == CpuLevel::avx2 ? separable::avx2::function(__VA_ARGS__)                         \
                                     : separable::baseline::function(__VA_ARGS__))
#else
#define PERCEIVER_AT_LEVEL(function, ...) separable::baseline::function(__VA_ARGS__)
#endif

}  // namespace

void separable_attend(const SeparableGrid& grid, std::int64_t queries, const float* a, const float* row,
                      const float* col, float* log_sum, float* data_out, float* row_out, float* col_out) {
    const PaddedGrid padded(grid);
    Scratch scratch(padded.planes);
    const separable::Tables tables{queries, a, row, col};
    const separable::Sums sums{log_sum, data_out, row_out, col_out};
    PERCEIVER_AT_LEVEL(attend, padded.planes, tables, sums, scratch.data());
}

void separable_attend_scores(const SeparableGrid& grid, std::int64_t queries, float* scores, const float* row,
                             const float* col, float* log_sum, float* row_out, float* col_out) {
    const PaddedGrid padded({grid.rows, grid.cols, 0, grid.rstd, grid.rstd, grid.stride, grid.plane});
    Scratch scratch(padded.planes);
    const separable::Tables tables{queries, nullptr, row, col};
    const separable::Sums sums{log_sum, nullptr, row_out, col_out};
    PERCEIVER_AT_LEVEL(attend_scores, padded.planes, tables, sums, scores, scratch.data());
}

void separable_attend_backward(const SeparableGrid& grid, std::int64_t queries, const float* a,
                               const float* row, const float* col, const float* log_sum,
                               const float* data_out, const float* row_out, const float* col_out,
                               const float* grad_data_out, const float* grad_row_out,
                               const float* grad_col_out, float* grad_a, float* grad_row, float* grad_col) {
    const PaddedGrid padded(grid);
    Scratch scratch(padded.planes);
    const separable::Tables tables{queries, a, row, col};
    const separable::Gradients gradients{log_sum,      data_out,     row_out, col_out,  grad_data_out,
                                         grad_row_out, grad_col_out, grad_a,  grad_row, grad_col};
    PERCEIVER_AT_LEVEL(attend_backward, padded.planes, tables, gradients, scratch.data());
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
