// Config: every choice that makes a Perceiver, as one plain struct with JSON in and out. No tensors here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "input/input_config.h"

namespace perceiver {

enum class Activation { gelu, gelu_tanh };

using input::ImageConfig;
using input::InputConfig;
using input::PositionConfig;

/// One set of cross-attend weights. Channels of 0 mean the default: qk = token channels, v = qk (appendix C).
struct CrossModule {
    std::int64_t heads = 1, qk_channels = 0, v_channels = 0, widening = 1;
};

/// One set of latent-transformer weights: `layers` self-attends. Channels of 0: qk = latent channels, v = qk.
struct BlockModule {
    std::int64_t layers = 1, heads = 8, qk_channels = 0, v_channels = 0, widening = 1;
};

/// One step of the iteration: a cross-attend (index into cross_modules), then latent blocks (into block_modules)
/// in order. Sharing is repetition: 2021 ImageNet is cross 0,1,1,1,1,1,1,1 and block 0 each time.
struct Stage {
    std::int64_t cross = 0;
    std::vector<std::int64_t> blocks;
};

struct Config {
    std::int64_t num_latents = 0, latent_channels = 0;
    std::vector<CrossModule> cross_modules;
    std::vector<BlockModule> block_modules;
    std::vector<Stage> stages;
    Activation activation = Activation::gelu;
    double layer_norm_eps = 1e-5;
    std::int64_t num_classes = 0;
    bool head_norm = false;                     ///< LayerNorm between the mean over latents and the linear head
    InputConfig input;
    std::vector<std::string> labels;            ///< num_classes names, or empty

    std::int64_t token_channels() const;        ///< C: data channels plus position features
    std::int64_t qk_channels(const CrossModule&) const;
    std::int64_t v_channels(const CrossModule&) const;
    std::int64_t qk_channels(const BlockModule&) const;
    std::int64_t v_channels(const BlockModule&) const;
    std::int64_t parameter_count() const;       ///< trainable numbers, shared modules once

    /// Throws Error{unreadable_model} that names the key when settings contradict each other.
    void validate() const;
};

/// Our own form (see README, "Model bundles"). Unknown, missing or contradictory keys throw Error{unreadable_model}
/// that names the key. `from_json` validates.
std::string to_json(const Config&);
Config config_from_json(const std::string& text);
/// The `perceiver-2021` config.json (num_cross_attends, arrangement, share_cross_attends, share_blocks, ...).
Config config_from_perceiver_2021(const std::string& text);

/// One named tensor a model of this config needs, with its shape. Names (Linear weights are [out, in]):
///   latents [N, D]; input.position [prod(index_dims), channels] when learned;
///   cross.<j>.{q_norm [D], kv_norm [C], query [F, D], key [F, C], value [V, C], output [D, V],
///              mlp_norm [D], mlp_in [wD, D], mlp_out [D, wD]}.{weight,bias};
///   block.<b>.layer.<l>.{q_norm, query, key, value, output, mlp_norm, mlp_in, mlp_out}.{weight,bias};
///   head.norm.{weight,bias} when head_norm; head.{weight [classes, D], bias}.
struct TensorSpec {
    std::string name;
    std::vector<std::int64_t> shape;
};
std::vector<TensorSpec> tensor_specs(const Config&);

}  // namespace perceiver
