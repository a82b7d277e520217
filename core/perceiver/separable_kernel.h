// The inner loop of the separable cross-attend and its backward pass: plain float arrays, no torch. Tokens on a grid
// are x(r,c) = [data(r,c), rowFeatures(r), columnFeatures(c)]; with LayerNorm over channels the score of query q is
//   s(q,r,c) = rstd(r,c) * (A_q . data(r,c) + R_q[r] + C_q[c])
// once the folded query has its own mean taken off (that stands for taking off the token's mean). The weighted sum of
// tokens needs only  sum p*rstd*data,  and the row and column marginals of p*rstd.  Nothing of size Q x rows x cols
// exists.
#pragma once

#include <cstdint>
#include <string>

namespace perceiver {

struct SeparableGrid {
    std::int64_t rows = 0, cols = 0, channels = 0;   ///< channels <= separable_channels
    const float* rstd = nullptr;                     ///< [rows, cols]
    const float* data = nullptr;                     ///< [channels, rows, cols], already times rstd
    /// Distance of rows and of channels, when they don't follow each other. Rows a multiple of 16 apart are read in
    /// place, and must then be readable up to the next multiple of 16; others are copied first.
    std::int64_t stride = 0, plane = 0;
};
inline constexpr std::int64_t separable_channels = 4;

/// Forward for `queries` folded queries. a [Q, channels], row [Q, rows], col [Q, cols] in natural-log units.
/// Writes log_sum [Q] (natural log of the sum of exp), data_out [Q, channels], row_out [Q, rows], col_out [Q, cols]:
/// softmax-weighted sums (normalised). One thread; callers split over queries or pictures.
void separable_attend(const SeparableGrid&, std::int64_t queries, const float* a, const float* row, const float* col,
                      float* log_sum, float* data_out, float* row_out, float* col_out);

/// The same for any number of data channels, whose products are left to a matrix product: `scores`
/// [Q, rows, cols rounded up to 16] comes in as a . data and leaves as the softmax's weights. The grid's own data
/// isn't read; its rows must be a multiple of 16 apart.
void separable_attend_scores(const SeparableGrid&, std::int64_t queries, float* scores, const float* row,
                             const float* col, float* log_sum, float* row_out, float* col_out);

/// Gradients of the above with respect to a, row and col, from the gradients of the three outputs. `data_out`,
/// `row_out`, `col_out` and `log_sum` are what the forward pass wrote. Overwrites grad_a, grad_row, grad_col.
void separable_attend_backward(const SeparableGrid&, std::int64_t queries, const float* a, const float* row,
                               const float* col, const float* log_sum, const float* data_out, const float* row_out,
                               const float* col_out, const float* grad_data_out, const float* grad_row_out,
                               const float* grad_col_out, float* grad_a, float* grad_row, float* grad_col);

/// Which of the instruction sets the kernel was compiled for runs on this machine: "AVX-512", "AVX2" or "plain".
std::string separable_kernel_target();

}  // namespace perceiver
