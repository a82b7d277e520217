// The Perceiver ("Perceiver: General Perception with Iterative Attention", Jaegle et al., 2021, section 3) and
// Perceiver IO (2021, section 3): an immutable model that reads an input array and leaves a Trace. Knows nothing of
// files, media or pictures of attention.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "input/encoder.h"
#include "perceiver/config.h"
#include "perceiver/cross_attend.h"
#include "perceiver/latent_transformer.h"
#include "perceiver/trace.h"

namespace perceiver {

/// Told, on the thread that runs the model, after each part is done. The references stay valid during the call.
struct Observer {
    std::function<void(std::size_t stage, const Trace&)> cross_attend_done;
    std::function<void(std::size_t stage, std::size_t block, const Trace&)> latent_block_done;
    std::function<void(std::size_t stage, std::size_t block, std::size_t layer)> layer_done;   ///< within a block
};

/// Places of a decoder's outputs by name, row-major over OutputConfig::dims.
using Places = std::map<std::string, std::vector<std::int64_t>>;

class Perceiver {
  public:
    /// `weights` holds exactly the tensors of tensor_specs(config), any floating type; they are copied to float32. NaN
    /// in them is taken as it is. What is moved in is let go as it is packed. Throws Error: unreadable_model that names
    /// a missing, misshapen or unknown tensor; usage when the precision isn't offered; cancelled.
    Perceiver(Config config, Weights weights, Precision precision = Precision::float32, const CancelToken& cancel = {});

    const Config& config() const { return config_; }
    Precision precision() const { return precision_; }
    std::int64_t parameter_count() const { return config_.parameter_count(); }

    /// The input array of this model's data, see input::Prepared. Throws Error{no_fit}.
    input::InputArrayPtr make_input(const input::RawInput& raw, const input::EncodeOptions& options = {}) const;
    /// The same of a model with one modality.
    input::InputArrayPtr make_input(const at::Tensor& data, const input::EncodeOptions& options = {}) const;

    /// One example through the whole model. Safe from several threads at once. Of a decoder's outputs, those of one
    /// place (classes) are answered. Throws Error: no_fit, cancelled.
    Trace forward(input::InputArrayPtr input, Attend how = Attend::automatic, const CancelToken& cancel = {},
                  const Observer& observer = {}) const;

    /// What the decoder answers at chosen places of each named output, and whole for outputs of one place, from the
    /// last latents [N, D] of a forward pass. Throws Error: no_fit (no decoder, no such output or place), cancelled.
    DecoderTrace decode(const at::Tensor& latents, const Places& places, const CancelToken& cancel = {}) const;

  private:
    struct Output {
        at::Tensor table, padding;                  ///< learned queries [places, own channels], [Q - own channels]
        std::unique_ptr<PackedLinear> linear;
    };
    void read_head(Weights& weights);
    at::Tensor queries(const OutputConfig& config, const Output& output, const std::vector<std::int64_t>& places) const;

    Config config_;
    Precision precision_;
    std::unique_ptr<input::Encoder> encoder_;
    at::Tensor latents_, head_norm_weight_, head_norm_bias_;
    std::vector<CrossAttend> cross_;
    std::vector<LatentTransformer> blocks_;
    std::unique_ptr<PackedLinear> head_;            ///< the mean's linear, or the decoder's last one
    std::unique_ptr<CrossAttend> decoder_cross_;
    std::vector<Output> outputs_;                   ///< as config.decoder.outputs
};

}  // namespace perceiver
