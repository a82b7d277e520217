// The 2021 Perceiver ("Perceiver: General Perception with Iterative Attention", Jaegle et al., section 3): an immutable
// model that reads an input array and leaves a Trace. Knows nothing of files, media or pictures of attention.
#pragma once

#include <functional>
#include <memory>

#include "base/cancel.h"
#include "perceiver/config.h"
#include "perceiver/cross_attend.h"
#include "perceiver/latent_transformer.h"
#include "perceiver/trace.h"

namespace perceiver {

/// Told, on the thread that runs the model, after each part is done. The references stay valid during the call.
struct Observer {
    std::function<void(std::size_t stage, const Trace&)> cross_attend_done;
    std::function<void(std::size_t stage, std::size_t block, const Trace&)> latent_block_done;
};

class Perceiver {
  public:
    /// `weights` holds exactly the tensors of tensor_specs(config), any floating type; they are copied to float32.
    /// Throws Error{unreadable_model} that names a missing, misshapen or unknown tensor, or one with NaN or infinity.
    Perceiver(Config config, Weights weights);

    const Config& config() const { return config_; }
    std::int64_t parameter_count() const { return config_.parameter_count(); }

    /// The input array of data [rows*cols, channels] on a grid, with this model's positions.
    input::InputArrayPtr make_input(const at::Tensor& data, std::int64_t rows, std::int64_t cols) const;

    /// One example through the whole model. Safe from several threads at once. Throws Error: no_fit, cancelled.
    Trace forward(input::InputArrayPtr input, Attend how = Attend::automatic, const CancelToken& cancel = {},
                  const Observer& observer = {}) const;

  private:
    Config config_;
    at::Tensor latents_, learned_positions_, head_norm_weight_, head_norm_bias_;
    std::vector<CrossAttend> cross_;
    std::vector<LatentTransformer> blocks_;
    std::unique_ptr<PackedLinear> head_;
};

}  // namespace perceiver
