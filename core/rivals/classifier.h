// What the permutation lab asks of a model it knows nothing else about. Needs ATen alone.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "input/input_config.h"

namespace perceiver::rivals {

/// What becomes of position features when elements are shuffled: they go with them (the paper's protocol),
/// stay in place, or are taken away.
enum class Positions { travel, stay, none };

class Classifier {
  public:
    virtual ~Classifier() = default;

    virtual const input::InputConfig& input() const = 0;
    virtual const std::vector<std::string>& labels() const = 0;
    /// The grid its elements lie on: {rows, cols}.
    virtual std::vector<std::int64_t> grid() const = 0;

    /// Logits [classes], float32, of one example as input/ encodes it ([rows * cols, channels] of a picture).
    virtual at::Tensor predict(const at::Tensor& data) const = 0;
    /// The same with its elements shuffled: element i is element order[i] of the grid.
    virtual at::Tensor predict(const at::Tensor& data, std::span<const std::int64_t> order,
                               Positions positions) const = 0;
};

}  // namespace perceiver::rivals
