// A rival in training: its parameters as leaves, and how they start. The forward pass is rivals::forward.
#pragma once

#include "rivals/rival.h"
#include "train/trainable.h"

namespace perceiver::train {

class RivalModel : public Trainable {
  public:
    /// All parameters 0.
    RivalModel(rivals::RivalConfig config, at::ScalarType compute);

    const rivals::RivalConfig& config() const { return config_; }
    const InputConfig& input() const override { return config_.input; }
    /// The elements of pictures as the rival sees them, under its permutation.
    ModelInput read(const at::Tensor& data) const override { return reader_.arrange(reader_.read(data)); }
    at::Tensor forward(const ModelInput& input, bool learning = false) const override;
    /// Copies of every tensor of tensor_specs(config()).
    rivals::Weights weights() const;

  private:
    rivals::RivalConfig config_;
    rivals::FeatureReader reader_;
};

/// The ordinary random start (He et al., 2015, for convolutions). The first layer starts as if colours and
/// positions were two layers of their own, so that the many channels of the positions don't drown the three
/// of the colours. Uses LibTorch's global random numbers.
void initialise(RivalModel& model);

}  // namespace perceiver::train
