// The input array a Perceiver reads, M elements of C channels, and the Layout that says where each one came from.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "input/fourier.h"
#include "input/input_config.h"

namespace perceiver::input {

/// The elements of one modality: consecutive rows of the input array, row-major over their grid.
struct Segment {
    std::string modality;                       ///< empty when the model has only one
    InputConfig::Type kind = InputConfig::Type::image;
    std::int64_t first = 0;                     ///< row of its first element
    std::vector<std::int64_t> grid;             ///< {rows, cols}, {patches}, {time, rows, cols}, {points}, {1}
    std::int64_t count() const;                 ///< product of grid
    std::int64_t cols() const { return grid.back(); }
    std::int64_t rows() const { return count() / cols(); }   ///< all leading axes taken together
};

/// Where every row of the input array belongs. The two lists are empty when element i is place i; after a permutation
/// they say whose data and whose position features row i carries.
struct Layout {
    std::vector<Segment> segments;
    std::vector<std::int64_t> data_from, position_from;
    std::int64_t elements() const;
    bool in_order() const { return data_from.empty() && position_from.empty(); }
    /// Of the first segment, which is all there is unless the model has several modalities.
    std::int64_t rows() const { return segments.front().rows(); }
    std::int64_t cols() const { return segments.front().cols(); }
};

/// Elements on a grid whose position features depend on one coordinate each:
///   token(r, c) = [data(r, c), row_table[r] + col_table[c]].
/// What the separable cross-attend needs in place of M x C tokens. Grids of one or three axes are rows x cols too:
/// {n} is 1 x n, {t, h, w} is t*h x w.
struct SeparablePart {
    std::int64_t rows = 0, cols = 0;
    std::int64_t stride = 0;      ///< cols rounded up to whole vectors of 16; the planes below hold zeros past cols
    PositionTables tables;        ///< [rows, C-d], [cols, C-d]; a modality's padding is in the row table
    at::Tensor rstd;              ///< [rows, stride] 1 / standard deviation of each token over its C channels
    at::Tensor scaled_data;       ///< [d, rows, stride] data times rstd
};

/// The rows of one segment.
struct Part {
    std::int64_t first = 0, count = 0;
    at::Tensor data;              ///< [count, d] float32: what isn't position
    at::Tensor tokens;            ///< [count, C] float32; undefined when `separable` says what they are
    std::optional<SeparablePart> separable;
};

/// M elements of C channels. Immutable once made; share it.
class InputArray {
  public:
    /// Throws Error{no_fit} when parts and layout don't agree.
    InputArray(Layout layout, std::vector<Part> parts, double layer_norm_eps, at::Tensor mask = {});

    const Layout& layout() const { return layout_; }
    const std::vector<Part>& parts() const { return parts_; }   ///< one per segment, in the order of the rows
    std::int64_t elements() const { return layout_.elements(); }
    std::int64_t channels() const { return channels_; }
    double layer_norm_eps() const { return eps_; }

    /// [M] bool, true where an element may be attended to; undefined when all may.
    const at::Tensor& mask() const { return mask_; }
    /// Whether some part has a separable form and nothing is masked.
    bool separable() const;

    /// [M, C] float32: [data, position features, padding]. Made anew by every call.
    at::Tensor tokens() const;
    /// The same rows of [M, C]: tokens minus their mean, divided by their deviation over C; LayerNorm without scale and
    /// shift, from which every cross-attend starts. Kept for the next call unless that is more than 128 MB.
    at::Tensor normalized(std::int64_t first, std::int64_t count) const;
    /// All rows; kept however many they are.
    const at::Tensor& normalized() const;

  private:
    at::Tensor tokens(const Part& part, std::int64_t first, std::int64_t count) const;
    at::Tensor make_normalized(std::int64_t first, std::int64_t count) const;

    Layout layout_;
    std::vector<Part> parts_;
    double eps_;
    at::Tensor mask_;
    std::int64_t channels_ = 0;
    mutable std::once_flag once_;
    mutable at::Tensor normalized_;
};
using InputArrayPtr = std::shared_ptr<const InputArray>;

/// The separable form of a grid (see SeparablePart). data [rows*cols, d] float32, tables [rows, F], [cols, F].
SeparablePart separable_part(const at::Tensor& data, PositionTables tables, double layer_norm_eps);

/// A permutation of 0..count-1, the same for the same seed everywhere (Fisher-Yates on a 64-bit generator of our own).
std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed);

/// Row i of the result carries the data of row order[i] and, when `positions_travel`, its position features too
/// (the paper's protocol: permuted after the positions are attached); else the positions stay where they are.
/// The result is a plain array in its new order: nothing in it knows a shortcut. Throws Error{no_fit} when order isn't
/// one place for every element, or would move data without its positions into another modality.
InputArrayPtr permuted(const InputArray& input, std::span<const std::int64_t> order, bool positions_travel);

}  // namespace perceiver::input
