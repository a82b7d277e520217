// A 2021 Perceiver in its training form. The same numbers as the inference Perceiver, other sums: projections
// around the cross-attend are folded, tokens of pictures never exist (separable cross-attend), GEMMs run in
// bfloat16 on request. The training form needs the key/value LayerNorm without scale and shift and no key and
// value biases in the cross-attends; exported as 1 and 0.
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "perceiver/config.h"
#include "train/trainable.h"

namespace perceiver::train {

/// Throws Error{no_fit} when there is no training form of this model: it says which setting.
void check_trainable(const Config&);

class Model : public Trainable {
  public:
    /// All parameters 0. Throws as check_trainable.
    Model(Config config, at::ScalarType compute);

    const Config& config() const { return config_; }
    const InputConfig& input() const override { return config_.input; }
    at::Tensor forward(const ModelInput& input, bool learning = false) const override;
    /// Of pictures `grid`, or with learned positions the pixels alone; of anything else `tokens`.
    ModelInput read(const at::Tensor& data) const override;
    ModelInput read_senses(const std::map<std::string, at::Tensor>& data) const override { return tokens(data); }

    /// Per-pixel statistics of the tokens; pixels [B, channels, rows, cols] float32, normalised.
    GridBatch grid(const at::Tensor& pixels) const;
    /// Tokens of anything else, B examples of one input::Prepared's data: points [B, n, dims + features],
    /// spectrograms [B, mels, frames], sound [B, samples], film [B, frames, height, width, channels].
    TokenBatch tokens(const at::Tensor& data) const;
    /// Of several modalities, by name; one that is not there is left out.
    TokenBatch tokens(const std::map<std::string, at::Tensor>& data) const;
    /// What every element of a modality is padded with, [C - its own channels]: zeros, then a fixed code that tells the
    /// modalities apart. It isn't trained: the cross-attends' key and value weights learn what to do with it.
    at::Tensor padding(const std::string& modality) const;

  private:
    struct Stream;
    void lay_out_picture();
    at::Tensor elements(const InputConfig&, const at::Tensor& data) const;
    void cross(Stream&, std::int64_t index, const ModelInput&, bool first) const;
    at::Tensor read_pixels(const PixelBatch&, const at::Tensor& queries, const at::Tensor& values) const;
    void self_attend(Stream&, const std::string& prefix, std::int64_t heads) const;
    void mlp(Stream&, const std::string& prefix) const;

    Config config_;
    // Of pictures.
    at::Tensor unfold_;          ///< [C, channels + rows + cols]: token channels from data, row and column
    at::Tensor sums_, squares_;  ///< [rows, cols]: sum and sum of squares of the position features
    std::map<std::string, at::Tensor> features_;  ///< of sounds and films [M, F]: positions on the grid, padding
};

}  // namespace perceiver::train
