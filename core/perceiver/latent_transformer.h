// One set of latent-transformer weights: self-attention layers over the latent array ("Perceiver", appendix C).
#pragma once

#include <functional>
#include <vector>

#include "base/cancel.h"
#include "perceiver/mlp.h"

namespace perceiver {

class LatentTransformer {
  public:
    /// Takes the tensors named prefix + "layer.<l>." and so on out of `weights`; see TensorSpec.
    LatentTransformer(Weights& weights, const std::string& prefix, const Config& config, const BlockModule& module,
                      Precision precision, const CancelToken& cancel = {});

    /// latents [N, D] -> [N, D]: per layer h = LN(z), z + Attn(h, h), then + MLP(LN(.)). `layer_done` is told
    /// after each layer. Throws Error{cancelled}.
    at::Tensor run(const at::Tensor& latents, const CancelToken& cancel,
                   const std::function<void(std::size_t layer)>& layer_done = {}) const;

  private:
    struct Layer {
        at::Tensor norm_weight, norm_bias;
        PackedLinear qkv, output;   ///< q, k and v as one product, q scaled by 1/sqrt(channels per head)
        Mlp mlp;
    };
    at::Tensor attend(const Layer& layer, const at::Tensor& latents) const;

    std::int64_t heads_, qk_, v_;
    double eps_;
    std::vector<Layer> layers_;
};

}  // namespace perceiver
