// What a trainer trains: a flat buffer of parameters, the leaves autograd sees of it, and a forward pass. The
// Perceiver in its training form (train/model.h) and the rivals (train/rival_model.h) are such.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "rivals/rival.h"
#include "train/leaf.h"
#include "train/learned_attend.h"
#include "train/ops.h"

namespace perceiver::train {

/// A batch as the model's first layer reads it: pictures as pixels on their grid, with learned positions as pixels
/// alone, anything else as tokens; a rival's elements as a picture.
using ModelInput = std::variant<GridBatch, PixelBatch, TokenBatch, rivals::Features>;

class Trainable {
  public:
    virtual ~Trainable() = default;

    /// What the model reads.
    virtual const InputConfig& input() const = 0;
    /// A batch of it: pixels [B, channels, rows, cols] float32, normalised; of anything else B examples of one
    /// input::Prepared's data: points [B, n, dims + features], spectrograms [B, mels, frames], sound [B, samples],
    /// film [B, frames, height, width, channels].
    virtual ModelInput read(const at::Tensor& data) const = 0;
    /// Several modalities by their names, those left out not being there. Throws Error{no_fit}: it has one sense.
    virtual ModelInput read_senses(const std::map<std::string, at::Tensor>& data) const;
    /// Logits [B, classes] for a batch; with gradients recorded if grad mode is on. `learning`: batch norms take the
    /// batch's statistics and bring `statistics` up to date. `refresh` must have been called since the parameters last
    /// changed.
    virtual at::Tensor forward(const ModelInput& input, bool learning = false) const = 0;
    /// Renews the leaves autograd sees (and their bfloat16 copies) from `parameters`.
    void refresh();
    const std::vector<Leaf>& leaves() const { return leaves_; }
    /// What forward used: one per trained leaf, which come first.
    const std::vector<at::Tensor>& operands() const { return operands_; }
    at::Tensor& parameters() { return parameters_; }  ///< [count] float32
    at::Tensor view(const std::string& leaf) const;   ///< a leaf's part of `parameters`
    /// The part of `parameters` that no gradient changes, at its end: what batch norms saw. Empty without them.
    at::Tensor statistics() const;

  protected:
    explicit Trainable(at::ScalarType compute) : compute_(compute) {}
    Trainable(const Trainable&) = default;
    Trainable(Trainable&&) = default;
    void add_leaf(const std::string& name, std::vector<std::int64_t> shape, bool matrix, bool trained = true);
    void lay_out_parameters();  ///< all 0; once every leaf is there
    const at::Tensor& leaf(const std::string& name) const;

    at::ScalarType compute_;

  private:
    std::vector<Leaf> leaves_;
    std::vector<at::Tensor> operands_;
    at::Tensor parameters_;
};

}  // namespace perceiver::train
