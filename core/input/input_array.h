// The input array a Perceiver reads, M elements of C channels, and the Layout that says where each one came from.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "input/fourier.h"
#include "input/input_config.h"

namespace perceiver::input {

/// Where every row of the input array belongs on the rows x cols grid (row-major). The two lists are empty when
/// element i is place i; after a permutation they say whose data and whose position features row i carries.
struct Layout {
    std::int64_t rows = 0, cols = 0;
    std::vector<std::int64_t> data_from, position_from;
    std::int64_t elements() const { return rows * cols; }
    bool in_order() const { return data_from.empty() && position_from.empty(); }
};

/// What the separable cross-attend needs: the data and the position tables instead of M x C tokens.
struct SeparableInput {
    at::Tensor rstd;              ///< [rows, cols] 1 / standard deviation of each token over its C channels
    at::Tensor scaled_data;       ///< [d, rows, cols] data times rstd
    PositionTables tables;        ///< [rows, C-d], [cols, C-d]
};

/// Immutable once made; share it.
struct InputArray {
    at::Tensor data;              ///< [M, d] float32, normalised as the model wants it
    at::Tensor tokens;            ///< [M, C] float32: [data, position features]
    /// [M, C] tokens minus their mean, divided by their deviation over C: LayerNorm without scale and shift. Every
    /// cross-attend starts from it, whatever its own scale and shift.
    at::Tensor normalized;
    Layout layout;
    std::optional<SeparableInput> separable;   ///< there when in order on a grid with Fourier or no positions
};
using InputArrayPtr = std::shared_ptr<const InputArray>;

/// Tokens of a grid. `data` [rows*cols, d]; `learned` is the model's input.position table when positions are learned.
/// Throws Error{no_fit} when the grid isn't what learned positions were made for.
InputArrayPtr make_input(const at::Tensor& data, std::int64_t rows, std::int64_t cols, const PositionConfig& position,
                         const at::Tensor& learned, double layer_norm_eps);

/// A permutation of 0..count-1, the same for the same seed everywhere (Fisher-Yates on a 64-bit generator of our own).
std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed);

/// Row i of the result carries the data of row order[i] and, when `positions_travel`, its position features too
/// (the paper's protocol: permuted after the positions are attached); else the positions stay where they are.
/// The result is a plain array in its new order: nothing in it knows a shortcut.
InputArrayPtr permuted(const InputArray& input, std::span<const std::int64_t> order, bool positions_travel,
                       double layer_norm_eps);

}  // namespace perceiver::input
