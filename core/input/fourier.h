// Fourier features of positions ("Perceiver", section 3.2), and where the elements of a grid lie.
#pragma once

#include <ATen/core/Tensor.h>

#include "input/input_config.h"

namespace perceiver::input {

/// n places from -1 to 1, both included; -1 alone when n is 1. float64 [n].
at::Tensor grid_axis(std::int64_t n);

/// Fourier features of `positions` [n, d] (float64), [n, config.features(d)] float64:
/// [raw (d)] [sin(pi f x): axis-major, band-minor] [cos: the same], f = linspace(1, max_resolution/2, num_bands).
at::Tensor fourier_features(const at::Tensor& positions, const PositionConfig& config);

/// The same on a rows x cols grid, split by axis: a place's features are table.rows[r] + table.cols[c], because every
/// feature depends on one coordinate and is 0 in the other axis's table. float32.
struct PositionTables {
    at::Tensor rows;   ///< [rows, F]
    at::Tensor cols;   ///< [cols, F]
};
PositionTables fourier_tables(std::int64_t rows, std::int64_t cols, const PositionConfig& config);

}  // namespace perceiver::input
