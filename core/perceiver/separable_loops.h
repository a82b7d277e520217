// The part of the separable kernel that is compiled once per instruction set. Plain pointers and no standard
// library: see cmake/PerceiverScopeLevels.cmake.
#pragma once

#include <cstdint>

namespace perceiver::separable {

inline constexpr std::int64_t row_multiple = 16;  ///< rows are read in steps of this many floats, whatever the level

struct Planes {
    std::int64_t channels, rows, cols;
    std::int64_t stride, plane;  ///< distance of rows, a multiple of row_multiple, and of channels
    const float* rstd;           ///< [rows, stride], any finite numbers past the last column
    const float* data;           ///< [channels, rows, stride]

    std::int64_t wide() const { return (cols + row_multiple - 1) / row_multiple * row_multiple; }
};
struct Tables {
    std::int64_t queries;
    const float *a, *row, *col;
};
struct Sums {
    float *log_sum, *data, *row, *col;
};
struct Gradients {
    const float *log_sum, *data_out, *row_out, *col_out, *grad_data_out, *grad_row_out, *grad_col_out;
    float *grad_a, *grad_row, *grad_col;
};

inline constexpr std::int64_t query_group = 8;        ///< queries that share what the first cache holds of the grid
inline constexpr std::int64_t shared_floats = 4096;   ///< of the grid, about

/// Rows whose scores are held at a time.
inline std::int64_t block_rows(const Planes& p) {
    const std::int64_t rows = 2048 / p.wide();
    return rows < 1 ? 1 : rows > p.rows ? p.rows : rows;
}
/// Floats of scratch memory each function needs, best from a cache line's start.
inline std::int64_t scratch_floats(const Planes& p) { return (block_rows(p) + 2 * query_group) * p.wide() + p.rows; }

#define PERCEIVER_SEPARABLE_LOOPS(level)                                                              \
    namespace level {                                                                                 \
    void attend(const Planes&, const Tables&, const Sums&, float* scratch);                           \
    /* In: the data's part of the scores, [queries, rows, wide]. Out: the weights. No sum over data. */ \
    void attend_scores(const Planes&, const Tables&, const Sums&, float* scores, float* scratch);     \
    void attend_backward(const Planes&, const Tables&, const Gradients&, float* scratch);             \
    }
PERCEIVER_SEPARABLE_LOOPS(baseline)
PERCEIVER_SEPARABLE_LOOPS(avx2)
PERCEIVER_SEPARABLE_LOOPS(avx512)
#undef PERCEIVER_SEPARABLE_LOOPS

}  // namespace perceiver::separable
