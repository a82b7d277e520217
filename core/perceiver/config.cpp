#include "perceiver/config.h"

#include <numeric>

#include "base/error.h"

namespace perceiver {
namespace {

[[noreturn]] void wrong(const std::string& what) {
    throw Error(ErrorCode::unreadable_model, "The model's configuration is wrong: " + what + ".");
}
void require(bool holds, const std::string& what) {
    if (!holds) wrong(what);
}

// Bounds that no published model comes near; they keep every later product far from overflow.
constexpr std::int64_t max_channels = 1 << 16, max_count = 1 << 20;

void require_count(std::int64_t value, const std::string& key, std::int64_t low = 1, std::int64_t high = max_count) {
    require(value >= low && value <= high,
            key + " is " + std::to_string(value) + ", not " + std::to_string(low) + " to " + std::to_string(high));
}

void add_linear(std::vector<TensorSpec>& specs, const std::string& name, std::int64_t out, std::int64_t in) {
    specs.push_back({name + ".weight", {out, in}});
    specs.push_back({name + ".bias", {out}});
}
void add_norm(std::vector<TensorSpec>& specs, const std::string& name, std::int64_t channels) {
    specs.push_back({name + ".weight", {channels}});
    specs.push_back({name + ".bias", {channels}});
}
/// What follows the norms in cross-attends and self-attends alike: latents of d channels query keys and values made
/// from c channels, f wide for queries and keys, v for values.
void add_attention(std::vector<TensorSpec>& specs, const std::string& name, std::int64_t d, std::int64_t c, std::int64_t f,
                   std::int64_t v, std::int64_t widening) {
    add_linear(specs, name + "query", f, d);
    add_linear(specs, name + "key", f, c);
    add_linear(specs, name + "value", v, c);
    add_linear(specs, name + "output", d, v);
    add_norm(specs, name + "mlp_norm", d);
    add_linear(specs, name + "mlp_in", widening * d, d);
    add_linear(specs, name + "mlp_out", d, widening * d);
}

}  // namespace

std::int64_t Config::token_channels() const { return input.image.channels + input.position.features(2); }
std::int64_t Config::qk_channels(const CrossModule& m) const { return m.qk_channels ? m.qk_channels : token_channels(); }
std::int64_t Config::v_channels(const CrossModule& m) const { return m.v_channels ? m.v_channels : qk_channels(m); }
std::int64_t Config::qk_channels(const BlockModule& m) const { return m.qk_channels ? m.qk_channels : latent_channels; }
std::int64_t Config::v_channels(const BlockModule& m) const { return m.v_channels ? m.v_channels : qk_channels(m); }

std::int64_t Config::parameter_count() const {
    std::int64_t count = 0;
    for (const auto& spec : tensor_specs(*this))
        count += std::accumulate(spec.shape.begin(), spec.shape.end(), std::int64_t{1}, std::multiplies<>());
    return count;
}

void Config::validate() const {
    require_count(num_latents, "num_latents");
    require_count(latent_channels, "latent_channels", 1, max_channels);
    require_count(num_classes, "num_classes");
    require(layer_norm_eps > 0 && layer_norm_eps < 1, "layer_norm_eps is not between 0 and 1");
    require(!cross_modules.empty(), "cross_modules is empty");
    require(!stages.empty(), "stages is empty");
    require_count(static_cast<std::int64_t>(stages.size()), "the number of stages", 1, 1024);

    const auto& image = input.image;
    require_count(image.channels, "input.channels", 1, 64);
    require_count(image.height, "input.height", 0, 1 << 14);
    require_count(image.width, "input.width", 0, 1 << 14);
    require(image.crop_fraction > 0 && image.crop_fraction <= 1, "input.crop_fraction is not above 0 and at most 1");
    for (const auto* list : {&image.mean, &image.std})
        require(list->empty() || static_cast<std::int64_t>(list->size()) == image.channels,
                "input.mean and input.std need one number a channel");
    for (double s : image.std) require(s > 0, "input.std is not above 0");

    const auto& position = input.position;
    if (position.type == PositionConfig::Type::fourier) {
        require_count(position.num_bands, "input.position.num_bands", 1, max_channels / 8);
        require(position.max_resolution.size() == 2, "input.position.max_resolution needs one number an axis");
        for (double r : position.max_resolution) require(r >= 1 && r < 1e6, "input.position.max_resolution is out of range");
    } else if (position.type == PositionConfig::Type::learned) {
        require_count(position.channels, "input.position.channels", 1, max_channels);
        require(position.index_dims.size() == 2, "input.position.index_dims needs one number an axis");
        for (auto n : position.index_dims) require_count(n, "input.position.index_dims", 1, 1 << 14);
        require(image.height == 0 || (position.index_dims[0] == image.height && position.index_dims[1] == image.width),
                "input.position.index_dims is not the input's grid");
    }
    const auto require_attention = [this](const auto& m, const std::string& key) {
        require_count(m.heads, key + ".heads", 1, 1024);
        require_count(qk_channels(m), key + ".qk_channels", 1, max_channels);
        require_count(v_channels(m), key + ".v_channels", 1, max_channels);
        require_count(m.widening, key + ".widening", 1, 64);
        require(qk_channels(m) % m.heads == 0 && v_channels(m) % m.heads == 0, key + ".heads does not divide its channels");
    };
    for (std::size_t j = 0; j < cross_modules.size(); ++j) {
        const auto& m = cross_modules[j];
        const std::string key = "cross_modules[" + std::to_string(j) + "]";
        require_attention(m, key);
    }
    std::int64_t layers = 0;
    for (std::size_t b = 0; b < block_modules.size(); ++b) {
        const auto& m = block_modules[b];
        const std::string key = "block_modules[" + std::to_string(b) + "]";
        require((layers += m.layers) <= 4096, "block_modules has more than 4096 layers");
        require_count(m.layers, key + ".layers", 1, 1024);
        require_attention(m, key);
    }
    std::vector<bool> cross_used(cross_modules.size()), block_used(block_modules.size());
    for (std::size_t s = 0; s < stages.size(); ++s) {
        const std::string key = "stages[" + std::to_string(s) + "]";
        require(stages[s].cross >= 0 && stages[s].cross < static_cast<std::int64_t>(cross_modules.size()),
                key + ".cross names no cross module");
        cross_used[static_cast<std::size_t>(stages[s].cross)] = true;
        require(stages[s].blocks.size() <= 1024, key + ".blocks is too long");
        for (auto b : stages[s].blocks) {
            require(b >= 0 && b < static_cast<std::int64_t>(block_modules.size()), key + ".blocks names no block module");
            block_used[static_cast<std::size_t>(b)] = true;
        }
    }
    for (std::size_t j = 0; j < cross_used.size(); ++j)
        require(cross_used[j], "cross_modules[" + std::to_string(j) + "] is used by no stage");
    for (std::size_t b = 0; b < block_used.size(); ++b)
        require(block_used[b], "block_modules[" + std::to_string(b) + "] is used by no stage");
    require(labels.empty() || static_cast<std::int64_t>(labels.size()) == num_classes,
            "labels has " + std::to_string(labels.size()) + " names for " + std::to_string(num_classes) + " classes");
}

std::vector<TensorSpec> tensor_specs(const Config& config) {
    const std::int64_t d = config.latent_channels, c = config.token_channels();
    std::vector<TensorSpec> specs{{"latents", {config.num_latents, d}}};
    const auto& position = config.input.position;
    if (position.type == PositionConfig::Type::learned)
        specs.push_back({"input.position", {position.index_dims.at(0) * position.index_dims.at(1), position.channels}});
    for (std::size_t j = 0; j < config.cross_modules.size(); ++j) {
        const auto& m = config.cross_modules[j];
        const std::string name = "cross." + std::to_string(j) + ".";
        add_norm(specs, name + "q_norm", d);
        add_norm(specs, name + "kv_norm", c);
        add_attention(specs, name, d, c, config.qk_channels(m), config.v_channels(m), m.widening);
    }
    for (std::size_t b = 0; b < config.block_modules.size(); ++b) {
        const auto& m = config.block_modules[b];
        for (std::int64_t l = 0; l < m.layers; ++l) {
            const std::string name = "block." + std::to_string(b) + ".layer." + std::to_string(l) + ".";
            add_norm(specs, name + "q_norm", d);
            add_attention(specs, name, d, d, config.qk_channels(m), config.v_channels(m), m.widening);
        }
    }
    if (config.head_norm) add_norm(specs, "head.norm", d);
    add_linear(specs, "head", config.num_classes, d);
    return specs;
}

}  // namespace perceiver
