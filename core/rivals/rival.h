// A rival as a function of tensors: one forward pass that training and answering share. Needs ATen alone.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <span>
#include <string>

#include "rivals/classifier.h"
#include "rivals/config.h"

namespace perceiver::rivals {

using Weights = std::map<std::string, at::Tensor>;

/// The input array of B pictures, laid out as rows x cols elements: what an element shows and where it lies.
/// Kept apart because the first layer is linear, and the positions of all pictures are the same.
struct Features {
    at::Tensor data;       ///< [B, 3, rows, cols] normalised RGB, averaged by config.downsample
    at::Tensor positions;  ///< [1 or B, P, rows, cols]
};

/// Makes the input array of pictures.
class FeatureReader {
  public:
    explicit FeatureReader(const RivalConfig&);

    /// Of pixels [B, 3, height, width], normalised as the config says, before the rival's own permutation.
    Features read(const at::Tensor& pixels) const;
    /// The same elements as the rival was trained to see them: under its own permutation, if it has one.
    Features arrange(const Features&) const;

  private:
    std::int64_t downsample_;
    at::Tensor positions_, order_;
};

/// Element i of the result is element order[i], with its position features when `positions_travel` (the
/// paper's protocol), else with those of place i.
Features permuted(const Features&, std::span<const std::int64_t> order, bool positions_travel);
/// The same elements with all position features 0.
Features without_positions(const Features&);

/// `learn`: batch norms take the batch's statistics and bring the running ones in `weights` up to date;
/// `answer`: they take the running ones.
enum class Mode { learn, answer };

/// Logits [B, classes], float32 or float64. `weights` are those of tensor_specs(config); the type of the
/// matrices (not that of norms and biases) is that of the activations. Differentiable in the weights.
at::Tensor forward(const RivalConfig&, const Weights& weights, const Features&, Mode);

/// A trained rival. Immutable; safe from several threads at once.
class Rival : public Classifier {
  public:
    /// `weights` holds exactly the tensors of tensor_specs(config), floating point. Throws
    /// Error{unreadable_model} that names a missing, misshapen or unknown tensor.
    Rival(RivalConfig config, Weights weights);

    const RivalConfig& config() const { return config_; }
    const InputConfig& input() const override { return config_.input; }
    const std::vector<std::string>& labels() const override { return config_.labels; }
    std::vector<std::int64_t> grid() const override { return {config_.rows(), config_.cols()}; }
    at::Tensor predict(const at::Tensor& data) const override;
    at::Tensor predict(const at::Tensor& data, std::span<const std::int64_t> order,
                       Positions positions) const override;

    /// The elements of pictures [B, 3, height, width] in the order of the picture.
    Features features(const at::Tensor& pixels) const { return reader_.read(pixels); }
    /// Logits [B, classes], float32, of elements in the order of the picture or in any other: a rival with a
    /// permutation of its own puts it on top.
    at::Tensor logits(const Features&) const;

  private:
    Features features_of(const at::Tensor& data) const;

    RivalConfig config_;
    Weights weights_;
    FeatureReader reader_;
};

}  // namespace perceiver::rivals
