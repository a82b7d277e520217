// Fourier features of positions ("Perceiver", section 3.2), and where the elements of a grid lie.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "input/input_config.h"

namespace perceiver::input {

/// n places from -1 to 1, both included; -1 alone when n is 1. float64 [n].
at::Tensor grid_axis(std::int64_t n);

/// Every place of a grid, row-major: [prod(dims), dims], float64.
at::Tensor grid_positions(std::span<const std::int64_t> dims);

/// Chosen places of a grid by their row-major index, as Perceiver IO's decoder puts them: -1 + 2 index / n along each
/// axis, which never reaches +1. [index, dims], float64. Throws Error{no_fit} when an index lies outside.
at::Tensor chosen_positions(std::span<const std::int64_t> index, std::span<const std::int64_t> dims);

/// Fourier features of `positions` [n, d] (float64, or float32 where speed counts), [n, config.features(d)] of the same
/// type, laid out as config.order says.
/// Throws Error{no_fit} when max_resolution has another number of axes.
at::Tensor fourier_features(const at::Tensor& positions, const PositionConfig& config);

/// The same on a grid, split: a place's features are rows[its leading coordinates] + cols[its last coordinate], because
/// every feature depends on one coordinate and is 0 in the other table. float32.
struct PositionTables {
    at::Tensor rows;   ///< [product of all dims but the last, F]
    at::Tensor cols;   ///< [last dim, F]
};
PositionTables fourier_tables(std::span<const std::int64_t> dims, const PositionConfig& config);

}  // namespace perceiver::input
