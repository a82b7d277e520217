// One set of cross-attend weights, and the two exact ways to run it: dense (any tokens, any order) and separable
// (grids whose position features depend on one coordinate each). "Perceiver", section 3.1 and appendix C.
#pragma once

#include <map>
#include <string>

#include "base/cancel.h"
#include "perceiver/products.h"
#include "perceiver/trace.h"

namespace perceiver {

using Weights = std::map<std::string, at::Tensor>;

enum class Attend { automatic, dense, separable };

class CrossAttend {
  public:
    /// Takes the tensors named prefix + "q_norm.weight" and so on; see TensorSpec.
    CrossAttend(const Weights& weights, const std::string& prefix, const Config& config, const CrossModule& module);

    /// latents [N, D] read the input array. z + Attn(LN(z), LN(x)), then + MLP(LN(.)). Automatic takes the separable
    /// way when the input offers it. Throws Error: no_fit (separable asked of an input that has no such form,
    /// or other channels than the model's), cancelled.
    CrossTrace run(const at::Tensor& latents, const input::InputArray& input, Attend how, const CancelToken& cancel) const;

  private:
    CrossTrace fold(const at::Tensor& latents) const;
    at::Tensor attend_dense(CrossTrace& trace, const input::InputArray& input, const CancelToken& cancel) const;
    at::Tensor attend_separable(CrossTrace& trace, const input::InputArray& input, const CancelToken& cancel) const;

    std::int64_t heads_, qk_, v_, data_channels_;
    double eps_;
    Activation activation_;
    at::Tensor q_norm_weight_, q_norm_bias_, kv_norm_weight_, kv_norm_bias_, mlp_norm_weight_, mlp_norm_bias_;
    at::Tensor key_weight_;    ///< [heads, F/heads, C], times kv norm scale and 1/sqrt(F/heads)
    at::Tensor key_offset_;    ///< [heads, F/heads, 1]: (W_k shift + b_k) / sqrt(F/heads)
    at::Tensor value_weight_;  ///< [heads, C, V/heads], times kv norm scale
    at::Tensor value_bias_;    ///< [V]: W_v shift + b_v
    PackedLinear query_, output_, mlp_in_, mlp_out_;
};

}  // namespace perceiver
