// Reference: every variant of the model in its plain eager form, as the papers write it: nothing folded, keys, values
// and whole score matrices made. Slow and hungry, but in any floating type, for a batch too, and differentiable.
// Exactness, gradients and permutation in float64 rest on it; the window's model is Perceiver.
#pragma once

#include <string>
#include <vector>

#include "input/encoder.h"
#include "perceiver/config.h"
#include "perceiver/perceiver.h"
#include "perceiver/trace.h"

namespace perceiver {

/// What one pass leaves, in the model's order; tensors have a leading [B] when the tokens have.
struct ReferenceRun {
    std::vector<at::Tensor> cross_attention;             ///< per stage [heads, N, M], when asked for
    std::vector<at::Tensor> self_attention;              ///< per layer as it ran [heads, N, N], when asked for
    std::vector<at::Tensor> cross_latents;               ///< per stage [N, D], the cross-attend's MLP included
    std::vector<std::vector<at::Tensor>> block_latents;  ///< per stage and block [N, D]
    at::Tensor latents;                                  ///< [N, D] the last ones
    at::Tensor pooled;                                   ///< [D]; undefined unless the head is the mean
    DecoderTrace decoder;                                ///< filled when the head is a decoder
    at::Tensor logits;                                   ///< [classes]; undefined without a head
};

struct ReferenceOptions {
    at::Tensor mask;                                     ///< [M] or [B, M], true: may be attended to; undefined: all
    bool attention = false;                              ///< keep the attention matrices
    Places places;                                       ///< as Perceiver::decode
};

class Reference {
  public:
    /// `weights` holds the tensors of tensor_specs(config). Those of `type` already are shared, so that one that
    /// requires gradients receives them. Throws Error{unreadable_model} that names a missing or misshapen tensor.
    Reference(Config config, const Weights& weights, at::ScalarType type = at::kDouble);

    const Config& config() const { return config_; }
    at::ScalarType type() const { return type_; }
    const at::Tensor& weight(const std::string& name) const { return weights_.at(name); }

    /// tokens [M, C] or [B, M, C], as InputArray::tokens or this->tokens make them. Throws Error: no_fit, cancelled.
    ReferenceRun run(const at::Tensor& tokens, const ReferenceOptions& options = {},
                     const CancelToken& cancel = {}) const;

    /// The tokens of one example in this reference's type, [M, C]: data, position features, padding (Encoder's
    /// elements without their rounding to float32). Throws Error{no_fit}.
    at::Tensor tokens(const input::RawInput& raw, const input::EncodeOptions& options = {}) const;

    // The modules one by one, by the names of their tensors.

    at::Tensor norm(const std::string& name, const at::Tensor& x) const;     ///< LayerNorm with name.{weight, bias}
    at::Tensor linear(const std::string& name, const at::Tensor& x) const;   ///< x W^T + b; b where it exists
    /// z + out(activation(in(LN(z)))), of prefix + mlp_norm, mlp_in, mlp_out.
    at::Tensor mlp(const std::string& prefix, const at::Tensor& z) const;

    struct Attended {
        at::Tensor values;      ///< [N, V] heads side by side, before the output projection
        at::Tensor attention;   ///< [heads, N, M]
    };
    /// softmax(q k^T / sqrt(channels per head)) v of already normed inputs [N, D] and [M, C].
    Attended attend(const std::string& prefix, std::int64_t heads, const at::Tensor& queries_from,
                    const at::Tensor& keys_from, const at::Tensor& mask = {}) const;
    /// One cross-attend, MLP included; `prefix` is "cross.<j>." or "decoder.cross.". `values` become the latents.
    Attended cross_attend(const std::string& prefix, const CrossModule& module, const at::Tensor& z,
                          const at::Tensor& x, const at::Tensor& mask = {}) const;
    /// Layer l of block module b, MLP included; `values` become the latents.
    Attended self_attend(std::int64_t b, std::int64_t l, const at::Tensor& z) const;
    /// What the head makes of the last latents: fills pooled, decoder and logits.
    void answer(ReferenceRun& run, const Places& places = {}) const;

  private:
    at::Tensor data(const std::string& prefix, const at::Tensor& raw, const input::InputConfig& config,
                    std::vector<std::int64_t>& grid, at::Tensor& positions) const;
    at::Tensor elements(const std::string& prefix, const at::Tensor& raw, const input::InputConfig& config) const;
    at::Tensor decoder_queries(const std::string& prefix, const OutputConfig& output,
                               const std::vector<std::int64_t>& places) const;

    Config config_;
    at::ScalarType type_;
    Weights weights_;
};

}  // namespace perceiver
