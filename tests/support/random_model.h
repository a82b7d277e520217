// Random small models over everything a Config can say, with data for them: what two ways to compute must agree on.
#pragma once

#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <random>

#include "support/tiny_model.h"

namespace perceiver::test {

/// Draws from a seed, the same on every machine.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    std::int64_t upto(std::int64_t low, std::int64_t high) {
        return low + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(high - low + 1));
    }
    bool coin() { return upto(0, 1) == 1; }
    template <class T>
    T one_of(std::initializer_list<T> list) {
        return list.begin()[upto(0, static_cast<std::int64_t>(list.size()) - 1)];
    }
    std::uint64_t seed() { return engine_(); }

  private:
    std::mt19937_64 engine_;
};

/// A model and one example for it.
struct RandomModel {
    Config config;
    Weights weights;
    input::RawInput raw;
    input::EncodeOptions options;
    Places places;              ///< of the decoder's larger outputs
};

inline void roll_attention(Dice& dice, CrossModule& m) {
    m.heads = dice.upto(1, 4);
    m.qk_channels = m.heads * dice.upto(1, 6);
    m.v_channels = dice.coin() ? m.heads * dice.upto(1, 6) : 0;
    m.widening = dice.upto(1, 3);
    m.qkv_bias = dice.coin();
    m.query_residual = dice.upto(0, 3) > 0;
    if (dice.upto(0, 3) == 0) m.heads = 1, m.qk_channels = m.v_channels = 0;   // the defaults of appendix C
}

/// `dims` is the grid the elements lie on; empty where the data brings its positions along (`axes` of them).
inline PositionConfig roll_position(Dice& dice, const std::vector<std::int64_t>& dims, std::int64_t axes,
                                    bool may_be_none) {
    PositionConfig p;
    const std::int64_t type = dice.upto(0, may_be_none ? 3 : 2);
    if (type == 3) {
        p.type = PositionConfig::Type::none;
    } else if (type == 2 && !dims.empty()) {
        p.type = PositionConfig::Type::learned;
        p.channels = dice.upto(3, 8);
        p.index_dims = dims;
        p.projected_channels = dice.coin() ? dice.upto(3, 6) : 0;
    } else {
        p.num_bands = dice.upto(1, 6);
        for (std::int64_t a = 0; a < axes; ++a) p.max_resolution.push_back(double(dice.upto(4, 40)));
        p.order = dice.one_of({PositionConfig::Order::by_function, PositionConfig::Order::by_axis});
        p.spacing = dice.one_of({PositionConfig::Spacing::linear, PositionConfig::Spacing::geometric});
        p.concat_position = dice.coin();
        p.sine_only = dice.coin();
        if (dice.coin())
            for (std::int64_t a = 0; a < axes; ++a) p.axis_bands.push_back(dice.upto(p.concat_position ? 0 : 1, 6));
    }
    return p;
}

/// One modality, with data for it.
inline at::Tensor roll_input(Dice& dice, InputConfig& c, InputConfig::Type type) {
    using Type = InputConfig::Type;
    using Prepare = ImageConfig::Prepare;
    c.type = type;
    switch (type) {
        case Type::image: {
            auto& image = c.image;
            image.channels = dice.upto(1, 4);
            image.prepare =
                dice.one_of({Prepare::pixels, Prepare::pixels, Prepare::patches, Prepare::conv1x1, Prepare::conv_pool});
            std::int64_t h = dice.upto(3, 11), w = dice.upto(3, 11);
            if (image.prepare == Prepare::patches) {
                image.patch = {dice.upto(1, 3), dice.upto(1, 3)};
                h = dice.upto(2, 5) * image.patch[0], w = dice.upto(2, 5) * image.patch[1];
            } else if (image.prepare == Prepare::conv1x1) {
                image.conv_channels = dice.upto(1, 6);
            } else if (image.prepare == Prepare::conv_pool) {
                image.conv_channels = dice.upto(1, 6);
                image.padding = dice.one_of({ImageConfig::Padding::symmetric, ImageConfig::Padding::same});
                h += 8, w += 8;
            }
            c.position = roll_position(dice, {image.elements(h, 0), image.elements(w, 1)}, 2, true);
            return at::randn({h, w, image.channels}, generator(dice.seed()));
        }
        case Type::audio: {
            c.audio.samples_per_patch = dice.upto(1, 6);
            const std::int64_t patches = dice.upto(2, 40);
            c.position = roll_position(dice, {patches}, 1, true);
            return at::randn({patches * c.audio.samples_per_patch}, generator(dice.seed()));
        }
        case Type::spectrogram: {
            auto& s = c.spectrogram;
            s.sample_rate = 8000, s.fft = 256, s.window = 256, s.hop = 80, s.low = 60, s.high = 3800;
            s.patch = {dice.upto(1, 3), dice.upto(1, 4)};
            const std::int64_t mels = dice.upto(1, 4), frames = dice.upto(1, 9);
            s.mels = mels * s.patch[0], s.frames = frames * s.patch[1];
            c.position = roll_position(dice, {mels, frames}, 2, true);
            return at::randn({s.mels, s.frames}, generator(dice.seed()));
        }
        case Type::video: {
            c.video.channels = dice.upto(1, 3);
            c.video.patch = {dice.upto(1, 2), dice.upto(1, 3), dice.upto(1, 3)};
            const std::int64_t t = dice.upto(1, 3), h = dice.upto(1, 4), w = dice.upto(1, 4);
            c.position = roll_position(dice, {t, h, w}, 3, true);
            return at::randn({t * c.video.patch[0], h * c.video.patch[1], w * c.video.patch[2], c.video.channels},
                             generator(dice.seed()));
        }
        case Type::points: {
            c.points.dims = dice.upto(1, 4);
            c.points.features = dice.upto(0, 3);
            c.position = roll_position(dice, {}, c.points.dims, c.points.features > 0);
            return at::randn({dice.upto(3, 60), c.points.dims + c.points.features}, generator(dice.seed()));
        }
        case Type::label: {
            c.label.classes = dice.upto(2, 6);
            c.position.type = PositionConfig::Type::none;
            at::Tensor one_hot = at::zeros({c.label.classes});
            one_hot[dice.upto(0, c.label.classes - 1)] = 1;
            return one_hot;
        }
        case Type::multimodal: break;
    }
    return {};
}

inline void roll_head(Dice& dice, RandomModel& m) {
    Config& c = m.config;
    c.head = dice.one_of({Config::Head::mean, Config::Head::decoder, Config::Head::none});
    if (c.head == Config::Head::none) return;
    c.num_classes = dice.upto(2, 7);
    if (c.head == Config::Head::mean) {
        c.head_norm = dice.coin();
        return;
    }
    roll_attention(dice, c.decoder.cross);
    const bool several = dice.coin(), own_linear = dice.coin();
    c.decoder.output_channels = own_linear ? dice.upto(2, 6) : c.num_classes;
    if (several) {
        c.decoder.min_padding = dice.upto(0, 3);
        OutputConfig image{"image", {dice.upto(1, 3), dice.upto(2, 5)}, {}, dice.coin() ? dice.upto(1, 4) : 0};
        image.position = roll_position(dice, image.dims, 2, false);
        const std::int64_t places = image.dims[0] * image.dims[1];
        for (std::int64_t i = dice.upto(1, 5); i > 0; --i) m.places["image"].push_back(dice.upto(0, places - 1));
        c.decoder.outputs.push_back(image);
    }
    OutputConfig label{several ? "label" : "", {1}, {}, own_linear ? c.num_classes : 0};
    label.position = roll_position(dice, label.dims, 1, false);
    c.decoder.outputs.push_back(label);
}

/// The elements have at least 4 channels: a LayerNorm over fewer is a sign, and rounding would decide which.
inline RandomModel random_model(std::uint64_t seed) {
    using Type = InputConfig::Type;
    Dice dice(seed);
    RandomModel m;
    Config& c = m.config;
    c.num_latents = dice.upto(1, 9);
    c.latent_channels = dice.upto(6, 24);
    c.activation = dice.one_of({Activation::gelu, Activation::gelu_tanh, Activation::geglu});
    c.layer_norm_eps = dice.one_of({1e-5, 1e-3});
    c.all_masked = dice.one_of({Config::AllMasked::nothing, Config::AllMasked::everything});
    if (dice.upto(0, 3) == 0) {
        c.input.type = Type::multimodal;
        c.input.min_padding = dice.upto(0, 4);
        const std::pair<const char*, Type> all[] = {{"audio", Type::audio},
                                                    {"image", Type::image},
                                                    {"label", Type::label},
                                                    {"points", Type::points},
                                                    {"video", Type::video}};
        for (const auto& [name, type] : all) {
            if (!dice.coin() && !(c.input.modalities.empty() && type == Type::video)) continue;
            input::Modality modality;
            modality.name = name;
            m.raw[name] = roll_input(dice, modality.input, type);
            modality.has_mask_token = dice.coin();
            modality.masked = modality.has_mask_token && dice.coin();
            c.input.modalities.push_back(modality);
        }
    } else {
        m.raw[""] = roll_input(
            dice, c.input,
            dice.one_of({Type::image, Type::image, Type::audio, Type::spectrogram, Type::video, Type::points}));
    }
    if (c.token_channels() < 4) return random_model(dice.seed());
    for (std::int64_t i = dice.upto(1, 3); i > 0; --i) {
        CrossModule cross;
        roll_attention(dice, cross);
        c.stages.push_back({static_cast<std::int64_t>(c.cross_modules.size()), {}});
        c.cross_modules.push_back(cross);
    }
    for (std::int64_t i = dice.upto(0, 2); i > 0; --i) {
        BlockModule block;
        block.heads = dice.upto(1, 3);
        block.qk_channels = block.heads * dice.upto(1, 5);
        block.v_channels = dice.coin() ? block.heads * dice.upto(1, 5) : 0;
        block.layers = dice.upto(1, 2);
        block.widening = dice.upto(1, 3);
        block.qkv_bias = dice.coin();
        for (std::int64_t uses = dice.upto(1, 2); uses > 0; --uses)
            c.stages[static_cast<std::size_t>(dice.upto(0, static_cast<std::int64_t>(c.stages.size()) - 1))]
                .blocks.push_back(static_cast<std::int64_t>(c.block_modules.size()));
        c.block_modules.push_back(block);
    }
    if (dice.coin())
        c.stages.push_back({dice.upto(0, static_cast<std::int64_t>(c.cross_modules.size()) - 1), {}});  // shared
    roll_head(dice, m);
    c.validate();
    m.weights = random_weights(c, dice.seed());
    for (auto& [name, tensor] : m.weights)
        if (name.find("conv_norm.variance") != std::string::npos) tensor = tensor.abs() + 0.5;
    return m;
}

/// A mask over `elements`: none at all, some, or nothing left to see.
inline at::Tensor random_mask(std::uint64_t seed, std::int64_t elements) {
    Dice dice(seed);
    const std::int64_t kind = dice.upto(0, 5);
    if (kind < 2) return {};
    if (kind == 2) return at::zeros({elements}, at::kBool);
    return at::rand({elements}, generator(dice.seed())) > 0.3;
}

}  // namespace perceiver::test
