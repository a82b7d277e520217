// Config: every choice that makes a Perceiver, as one plain struct with JSON in and out. No tensors here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "input/input_config.h"

namespace perceiver {

/// gelu is the exact (erf) form, gelu_tanh its usual approximation. geglu: x * gelu(gate), the MLP's first product
/// being [x, gate] (perceiver-pytorch).
enum class Activation { gelu, gelu_tanh, geglu };

using input::AudioConfig;
using input::ImageConfig;
using input::InputConfig;
using input::PositionConfig;
using input::SpectrogramConfig;
using input::VideoConfig;

/// One set of cross-attend weights. Channels of 0 mean the default: qk = those of what is attended to, v = qk
/// (appendix C). `widening` is the MLP's hidden width in multiples of its channels.
struct CrossModule {
    std::int64_t heads = 1, qk_channels = 0, v_channels = 0, widening = 1;
    bool qkv_bias = true;                       ///< the query, key and value projections add a bias
    bool query_residual = true;                 ///< z + Attn(z, x), not Attn(z, x) alone
};

/// One set of latent-transformer weights: `layers` self-attends. Channels of 0: qk = latent channels, v = qk.
struct BlockModule {
    std::int64_t layers = 1, heads = 8, qk_channels = 0, v_channels = 0, widening = 1;
    bool qkv_bias = true;
};

/// One step of the iteration: a cross-attend (index into cross_modules), then latent blocks (into block_modules)
/// in order. Sharing is repetition: 2021 ImageNet is cross 0,1,1,1,1,1,1,1 and block 0 each time.
struct Stage {
    std::int64_t cross = 0;
    std::vector<std::int64_t> blocks;
};

/// One thing a Perceiver IO decoder answers: a query for every place of `dims`, made of its position alone. The places
/// of a decoder's Fourier positions are linspace(-1, 1, n), or, for chosen ones, -1 + 2 index / n.
struct OutputConfig {
    std::string name;                           ///< "label", "image"; empty when it is the only one
    std::vector<std::int64_t> dims;             ///< {1} for classes, {frames, height, width} for film
    PositionConfig position;                    ///< fourier or learned
    std::int64_t channels = 0;  ///< of the Linear after the decoder (classes, samples, colours); 0: none
};

/// Perceiver IO's decoder: queries cross-attend to the latents, then a Linear to output_channels.
struct DecoderConfig {
    CrossModule cross;                          ///< qk_channels 0: the latent channels
    std::int64_t output_channels = 0;
    std::int64_t min_padding = 0;               ///< of several outputs: as InputConfig::min_padding
    std::vector<OutputConfig> outputs;          ///< in the order of their names

    std::int64_t query_channels() const;        ///< Q
};

struct Config {
    std::int64_t num_latents = 0, latent_channels = 0;
    std::vector<CrossModule> cross_modules;
    std::vector<BlockModule> block_modules;
    std::vector<Stage> stages;
    Activation activation = Activation::gelu;
    double layer_norm_eps = 1e-5;
    /// What a cross-attend reads when every element is masked: nothing (0, DeepMind), or all of them alike (Hugging
    /// Face, perceiver-pytorch). A masked element among unmasked ones is never read.
    enum class AllMasked { nothing, everything } all_masked = AllMasked::nothing;

    /// mean: over the latents, then linear (2021). decoder: Perceiver IO. none: the latents are the answer.
    enum class Head { mean, decoder, none } head = Head::mean;
    bool head_norm = false;                     ///< mean: LayerNorm before the linear
    DecoderConfig decoder;                      ///< decoder
    /// Width of the logits; 0 for head none. Of several decoder outputs "label" is the one with the logits.
    std::int64_t num_classes = 0;

    InputConfig input;
    std::vector<std::string> labels;            ///< num_classes names, or empty

    std::int64_t token_channels() const { return input.token_channels(); }   ///< C
    std::int64_t qk_channels(const CrossModule& m) const { return m.qk_channels ? m.qk_channels : token_channels(); }
    std::int64_t v_channels(const CrossModule& m) const { return m.v_channels ? m.v_channels : qk_channels(m); }
    std::int64_t qk_channels(const BlockModule& m) const { return m.qk_channels ? m.qk_channels : latent_channels; }
    std::int64_t v_channels(const BlockModule& m) const { return m.v_channels ? m.v_channels : qk_channels(m); }
    CrossModule decoder_cross() const;          ///< decoder.cross with its channels filled in
    std::int64_t parameter_count() const;       ///< trainable numbers, shared modules once

    /// Throws Error{unreadable_model} that names the key when settings contradict each other.
    void validate() const;
};

/// Our own form (see README, "Model bundles"). Unknown, missing or contradictory keys throw Error{unreadable_model}
/// that names the key. `from_json` validates.
std::string to_json(const Config&);
Config config_from_json(const std::string& text);
/// An input alone, as the key "input" of a config holds it; read without validating.
std::string to_json(const InputConfig&);
InputConfig input_config_from_json(const std::string& text);
/// The `perceiver-2021` config.json (num_cross_attends, arrangement, share_cross_attends, share_blocks, ...).
Config config_from_perceiver_2021(const std::string& text);

/// One named tensor a model of this config needs, with its shape. Names (Linear weights are [out, in]):
///   latents [N, D];
///   cross.<j>.{q_norm [D], kv_norm [C], query [F, D], key [F, C], value [V, C], output [D, V],
///              mlp_norm [D], mlp_in [wD, D] (geglu: [2wD, D]), mlp_out [D, wD]}.{weight,bias}; query, key and value
///              have no bias without qkv_bias;
///   block.<b>.layer.<l>.{q_norm, query, key, value, output, mlp_norm, mlp_in, mlp_out}.{weight,bias};
///   head.norm.{weight,bias} when head_norm; head.{weight [classes, D], bias};
///   of an input, I being "input." or "input.<modality>.":
///   I position [prod(index_dims), channels] and I position_projection.{weight,bias} when learned; I conv.weight
///   [conv_channels, channels, k, k], with conv1x1 I conv.bias, with conv_pool I conv_norm.{weight, bias, mean,
///   variance} (the last two aren't trained); I padding and I mask_token [C] of several modalities; of a decoder, O
///   being "decoder." or "decoder.<output>.": O position and O position_projection as above, O padding, O
///   output.{weight [channels, output_channels], bias}; decoder.cross.* as cross.<j>.* with Q for D and D for C;
///   decoder.final.{weight [output_channels, Q], bias}.
struct TensorSpec {
    std::string name;
    std::vector<std::int64_t> shape;
    bool trained = true;                        ///< counts as parameters
};
std::vector<TensorSpec> tensor_specs(const Config&);

}  // namespace perceiver
