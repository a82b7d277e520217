// One set of cross-attend weights, and the two exact ways to run it: dense (any tokens, any order) and separable
// (grids whose position features depend on one coordinate each). "Perceiver", section 3.1 and appendix C.
#pragma once

#include <string>

#include "base/cancel.h"
#include "perceiver/mlp.h"
#include "perceiver/trace.h"

namespace perceiver {

enum class Attend { automatic, dense, separable };

class CrossAttend {
  public:
    /// Takes the tensors named prefix + "q_norm.weight" and so on; see TensorSpec. `module` has its channels filled in.
    /// The large ones leave `weights`. `precision` is that of the latents' own products; scores and what they weigh are
    /// float32.
    CrossAttend(Weights& weights, const std::string& prefix, const CrossModule& module, const Config& config,
                Precision precision);

    /// latents [N, D] read the input array. z + Attn(LN(z), LN(x)), then + MLP(LN(.)). Automatic takes the separable
    /// way where the input offers it and it is the quicker one, part by part; the rest is read densely and merged,
    /// exactly.
    /// Throws Error: no_fit (separable asked of an input of which no part has such a form, or other channels than
    /// the model's), cancelled.
    CrossTrace run(const at::Tensor& latents, const input::InputArray& input, Attend how,
                   const CancelToken& cancel) const;

  private:
    struct Sums;                ///< softmax over some of the elements so far
    CrossTrace fold(const at::Tensor& latents) const;
    at::Tensor attend(CrossTrace& trace, const input::InputArray& input, Attend how, const CancelToken& cancel) const;
    void read_dense(Sums& sums, const at::Tensor& queries, const input::InputArray& input, const input::Part& part,
                    const CancelToken& cancel) const;
    PartScores read_separable(Sums& sums, const at::Tensor& queries, const input::SeparablePart& part,
                              const CancelToken& cancel) const;

    std::int64_t heads_, qk_, v_;
    bool query_residual_;
    Config::AllMasked all_masked_;
    double eps_;
    at::Tensor q_norm_weight_, q_norm_bias_;
    at::Tensor key_weight_;    ///< [heads, F/heads, C], times kv norm scale and 1/sqrt(F/heads)
    at::Tensor key_offset_;    ///< [heads, F/heads, 1]: (W_k shift + b_k) / sqrt(F/heads)
    at::Tensor value_weight_;  ///< [heads, C, V/heads], times kv norm scale
    at::Tensor value_bias_;    ///< [V]: W_v shift + b_v
    PackedLinear query_, output_;
    Mlp mlp_;
};

}  // namespace perceiver
