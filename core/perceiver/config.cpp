#include "perceiver/config.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "input/image_processor.h"

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

void add_linear(std::vector<TensorSpec>& specs, const std::string& name, std::int64_t out, std::int64_t in,
                bool bias = true) {
    specs.push_back({name + ".weight", {out, in}});
    if (bias) specs.push_back({name + ".bias", {out}});
}
void add_norm(std::vector<TensorSpec>& specs, const std::string& name, std::int64_t channels) {
    specs.push_back({name + ".weight", {channels}});
    specs.push_back({name + ".bias", {channels}});
}
/// What follows the norms in cross-attends and self-attends alike: latents of d channels query keys and values made
/// from c channels.
template <class Module>
void add_attention(std::vector<TensorSpec>& specs, const std::string& name, std::int64_t d, std::int64_t c,
                   const Module& m, std::int64_t qk, std::int64_t v, Activation activation) {
    add_linear(specs, name + "query", qk, d, m.qkv_bias);
    add_linear(specs, name + "key", qk, c, m.qkv_bias);
    add_linear(specs, name + "value", v, c, m.qkv_bias);
    add_linear(specs, name + "output", d, v);
    add_norm(specs, name + "mlp_norm", d);
    add_linear(specs, name + "mlp_in", (activation == Activation::geglu ? 2 : 1) * m.widening * d, d);
    add_linear(specs, name + "mlp_out", d, m.widening * d);
}
std::int64_t product_of(const std::vector<std::int64_t>& dims) {
    return std::accumulate(dims.begin(), dims.end(), std::int64_t{1}, std::multiplies<>());
}
void add_position(std::vector<TensorSpec>& specs, const std::string& name, const PositionConfig& p) {
    if (p.type != PositionConfig::Type::learned) return;
    specs.push_back({name + "position", {product_of(p.index_dims), p.channels}});
    if (p.projected_channels) add_linear(specs, name + "position_projection", p.projected_channels, p.channels);
}
void add_input(std::vector<TensorSpec>& specs, const std::string& name, const InputConfig& input) {
    add_position(specs, name, input.position);
    if (input.type != InputConfig::Type::image) return;
    const auto& image = input.image;
    if (image.prepare == ImageConfig::Prepare::conv1x1) {
        specs.push_back({name + "conv.weight", {image.conv_channels, image.channels, 1, 1}});
        specs.push_back({name + "conv.bias", {image.conv_channels}});
    } else if (image.prepare == ImageConfig::Prepare::conv_pool) {
        specs.push_back({name + "conv.weight", {image.conv_channels, image.channels, 7, 7}});
        add_norm(specs, name + "conv_norm", image.conv_channels);
        specs.push_back({name + "conv_norm.mean", {image.conv_channels}, false});
        specs.push_back({name + "conv_norm.variance", {image.conv_channels}, false});
    }
}
void add_decoder(std::vector<TensorSpec>& specs, const Config& config) {
    const auto& decoder = config.decoder;
    const std::int64_t q = decoder.query_channels(), d = config.latent_channels;
    for (const auto& o : decoder.outputs) {
        const std::string name = "decoder." + (o.name.empty() ? "" : o.name + ".");
        add_position(specs, name, o.position);
        if (decoder.outputs.size() > 1)
            specs.push_back({name + "padding", {q - o.position.features(static_cast<std::int64_t>(o.dims.size()))}});
        if (o.channels) add_linear(specs, name + "output", o.channels, decoder.output_channels);
    }
    const CrossModule m = config.decoder_cross();
    add_norm(specs, "decoder.cross.q_norm", q);
    add_norm(specs, "decoder.cross.kv_norm", d);
    add_attention(specs, "decoder.cross.", q, d, m, m.qk_channels, m.v_channels, config.activation);
    add_linear(specs, "decoder.final", decoder.output_channels, q);
}

void check_position(const PositionConfig& position, std::int64_t axes, const std::string& key) {
    if (position.type == PositionConfig::Type::fourier) {
        require_count(position.num_bands, key + ".num_bands", 1, max_channels / 8);
        require(static_cast<std::int64_t>(position.max_resolution.size()) == axes,
                key + ".max_resolution needs one number an axis");
        for (double r : position.max_resolution) require(r >= 1 && r < 1e6, key + ".max_resolution is out of range");
        require(position.axis_bands.empty() || static_cast<std::int64_t>(position.axis_bands.size()) == axes,
                key + ".axis_bands needs one number an axis");
        for (auto n : position.axis_bands) require_count(n, key + ".axis_bands", 0, max_channels / 8);
    } else if (position.type == PositionConfig::Type::learned) {
        require_count(position.channels, key + ".channels", 1, max_channels);
        require_count(position.projected_channels, key + ".projected_channels", 0, max_channels);
        require(static_cast<std::int64_t>(position.index_dims.size()) == axes,
                key + ".index_dims needs one number an axis");
        std::int64_t places = 1;
        for (auto n : position.index_dims) {
            require_count(n, key + ".index_dims");
            require((places *= n) <= std::int64_t{1} << 28, key + ".index_dims has too many places");
        }
    }
}

void check_statistics(const std::vector<double>& mean, const std::vector<double>& std, std::int64_t channels,
                      const std::string& key) {
    for (const auto* list : {&mean, &std})
        require(list->empty() || static_cast<std::int64_t>(list->size()) == channels,
                key + ".mean and " + key + ".std need one number a channel");
    for (double s : std) require(s > 0, key + ".std is not above 0");
}

void check_processor(const input::ImageProcessorConfig& processor, const ImageConfig& image, const std::string& key) {
    input::validate(processor);
    require(image.channels == 3,
            key + ".processor makes pictures of 3 channels, not " + std::to_string(image.channels));
    require(!processor.do_resize || image.height == 0 ||
                (processor.height == image.height && processor.width == image.width),
            key + ".processor makes pictures of another size than " + key + ".height and " + key + ".width");
}

void check_crop(double fraction, const std::array<double, 2>& centre, const std::string& key) {
    require(fraction > 0 && fraction <= 1, key + ".crop_fraction is not above 0 and at most 1");
    for (double at : centre) require(at >= 0 && at <= 1, key + ".crop_centre is not within 0 and 1");
}

void check_image(const ImageConfig& image, const PositionConfig& position, const std::string& key) {
    using Prepare = ImageConfig::Prepare;
    require_count(image.channels, key + ".channels", 1, max_channels);
    require_count(image.height, key + ".height", 0, 1 << 14);
    require_count(image.width, key + ".width", 0, 1 << 14);
    check_crop(image.crop_fraction, image.crop_centre, key);
    check_statistics(image.mean, image.std, image.channels, key);
    const bool convolved = image.prepare == Prepare::conv1x1 || image.prepare == Prepare::conv_pool;
    require_count(image.conv_channels, key + ".conv_channels", convolved ? 1 : 0, convolved ? max_channels : 0);
    for (auto n : image.patch) require_count(n, key + ".patch", 1, image.prepare == Prepare::patches ? 1024 : 1);
    if (image.processor) check_processor(*image.processor, image, key);
    if (image.height == 0) return;
    require(image.elements(image.height, 0) >= 1 && image.elements(image.width, 1) >= 1,
            key + ".height and " + key + ".width leave no element");
    if (position.type == PositionConfig::Type::learned)
        require(position.index_dims[0] == image.elements(image.height, 0) &&
                    position.index_dims[1] == image.elements(image.width, 1),
                key + ".position.index_dims is not the input's grid");
}

void check_spectrogram(const SpectrogramConfig& s, const PositionConfig& position, const std::string& key) {
    require_count(s.sample_rate, key + ".sample_rate", 1, 1'000'000);
    require_count(s.fft, key + ".fft", 2, 1 << 16);
    require_count(s.window, key + ".window", 1, s.fft);
    require_count(s.hop, key + ".hop", 1, 1 << 16);
    require_count(s.mels, key + ".mels", 1, 1 << 12);
    require_count(s.frames, key + ".frames", 0, 1 << 20);
    require(s.low >= 0 && s.low < s.high && s.high <= double(s.sample_rate) / 2,
            key + ".low and " + key + ".high are not a range of frequencies below half the sample rate");
    require(s.floor > 0 && s.floor <= 1e6, key + ".floor is out of range");
    require(std::abs(s.mean) <= 1e6, key + ".mean is out of range");
    require(s.std > 0 && s.std <= 1e6, key + ".std is out of range");
    for (auto n : s.patch) require_count(n, key + ".patch", 1, 1024);
    require(!s.seek || s.frames > 0, key + ".seek needs " + key + ".frames");
    require(s.mels % s.patch[0] == 0 && s.frames % s.patch[1] == 0,
            key + ".mels and " + key + ".frames are not whole patches");
    if (position.type == PositionConfig::Type::learned)
        require(position.index_dims[0] == s.mels / s.patch[0] &&
                    (s.frames == 0 || position.index_dims[1] == s.frames / s.patch[1]),
                key + ".position.index_dims is not the input's grid");
}

void check_input(const InputConfig& input, const std::string& key, bool alone) {
    using Type = InputConfig::Type;
    const bool several = input.type == Type::multimodal;
    require(several ? !input.modalities.empty() : input.modalities.empty(), key + ".modalities does not fit its type");
    if (!several) check_position(input.position, input.axes(), key + ".position");
    switch (input.type) {
        case Type::image: check_image(input.image, input.position, key); break;
        case Type::audio:
            require_count(input.audio.samples_per_patch, key + ".samples_per_patch", 1, max_channels);
            require_count(input.audio.sample_rate, key + ".sample_rate", 0, 1'000'000);
            require_count(input.audio.samples, key + ".samples", 0, std::int64_t{1} << 32);
            require(input.audio.rms >= 0 && input.audio.rms <= 1, key + ".rms is out of range");
            require(input.audio.mu >= 0 && input.audio.mu <= 1e6, key + ".mu is out of range");
            break;
        case Type::spectrogram: check_spectrogram(input.spectrogram, input.position, key); break;
        case Type::video:
            require_count(input.video.channels, key + ".channels", 1, max_channels);
            for (auto n : input.video.patch) require_count(n, key + ".patch", 1, 1024);
            for (auto n : {input.video.frames, input.video.height, input.video.width})
                require_count(n, key + "'s frames, height or width", 0, 1 << 14);
            require(input.video.frame_rate >= 0 && input.video.frame_rate <= 10'000,
                    key + ".frame_rate is out of range");
            check_statistics(input.video.mean, input.video.std, input.video.channels, key);
            check_crop(input.video.crop_fraction, input.video.crop_centre, key);
            require(input.video.mean_frame >= 0 && input.video.mean_frame <= 1,
                    key + ".mean_frame is not within 0 and 1");
            break;
        case Type::points:
            require_count(input.points.dims, key + ".dims", 1, 16);
            require_count(input.points.features, key + ".features", 0, max_channels);
            require_count(input.points.points, key + ".points", 0, std::int64_t{1} << 28);
            require(input.position.type != PositionConfig::Type::none || input.points.features,
                    key + ".position is none and there are no features");
            break;
        case Type::label:
            require(!alone, key + ".type label needs other modalities beside it");
            require_count(input.label.classes, key + ".classes");
            require(input.position.type == PositionConfig::Type::none, key + ".position of a label is none");
            break;
        case Type::multimodal:
            require(alone, key + ".type multimodal does not nest");
            require_count(input.min_padding, key + ".min_padding", 0, max_channels);
            require_count(static_cast<std::int64_t>(input.modalities.size()), key + ".modalities", 1, 16);
            for (std::size_t i = 0; i < input.modalities.size(); ++i) {
                const auto& m = input.modalities[i];
                require(!m.name.empty() && m.name.find('.') == std::string::npos, key + " names a modality wrongly");
                require(i == 0 || input.modalities[i - 1].name < m.name,
                        key + ".modalities is not in the order of its names");
                require(m.has_mask_token || !m.masked, key + "." + m.name + " is masked without a mask token");
                check_input(m.input, key + "." + m.name, false);
            }
            break;
    }
    require_count(input.data_channels(), key + "'s data channels", 0, std::int64_t{1} << 24);
    require_count(input.token_channels(), key + "'s channels", 1, std::int64_t{1} << 24);
}

}  // namespace

std::int64_t DecoderConfig::query_channels() const {
    std::int64_t widest = 0;
    for (const auto& o : outputs)
        widest = std::max(widest, o.position.features(static_cast<std::int64_t>(o.dims.size())));
    return widest + (outputs.size() > 1 ? min_padding : 0);
}

CrossModule Config::decoder_cross() const {
    CrossModule m = decoder.cross;
    if (!m.qk_channels) m.qk_channels = latent_channels;
    if (!m.v_channels) m.v_channels = m.qk_channels;
    return m;
}

std::int64_t Config::parameter_count() const {
    std::int64_t count = 0;
    for (const auto& spec : tensor_specs(*this))
        if (spec.trained) count += product_of(spec.shape);
    return count;
}

namespace {

template <class CheckAttention>
void check_decoder(const Config& config, const CheckAttention& check_attention) {
    const auto& decoder = config.decoder;
    const CrossModule m = config.decoder_cross();
    check_attention(m, m.qk_channels, m.v_channels, "decoder.cross");
    require_count(decoder.output_channels, "decoder.output_channels");
    require_count(decoder.min_padding, "decoder.min_padding", 0, max_channels);
    require(decoder.outputs.size() <= 16, "decoder.outputs is too long");
    std::int64_t classes = 0;
    for (std::size_t i = 0; i < decoder.outputs.size(); ++i) {
        const auto& o = decoder.outputs[i];
        const std::string key = "decoder.outputs[" + std::to_string(i) + "]";
        require(decoder.outputs.size() == 1 || (!o.name.empty() && o.name.find('.') == std::string::npos),
                key + ".name is missing or has a dot");
        require(i == 0 || decoder.outputs[i - 1].name < o.name, "decoder.outputs is not in the order of its names");
        require(!o.dims.empty() && o.dims.size() <= 3, key + ".dims has not 1 to 3 numbers");
        std::int64_t places = 1;
        for (auto n : o.dims) {
            require_count(n, key + ".dims");
            require((places *= n) <= std::int64_t{1} << 32, key + ".dims has too many places");
        }
        check_position(o.position, static_cast<std::int64_t>(o.dims.size()), key + ".position");
        require(o.position.type != PositionConfig::Type::none, key + ".position is none");
        require(o.position.type != PositionConfig::Type::learned || o.position.index_dims == o.dims,
                key + ".position.index_dims is not its dims");
        require_count(o.channels, key + ".channels", 0);
        if (decoder.outputs.size() == 1 || o.name == "label") {
            require(places == 1, key + " has the classes, so its dims are 1");
            classes = o.channels ? o.channels : decoder.output_channels;
        }
    }
    require(classes == config.num_classes, "num_classes is not what the decoder answers");
}

}  // namespace

void Config::validate() const {
    require_count(num_latents, "num_latents");
    require_count(latent_channels, "latent_channels", 1, max_channels);
    require(layer_norm_eps > 0 && layer_norm_eps < 1, "layer_norm_eps is not between 0 and 1");
    require(!cross_modules.empty(), "cross_modules is empty");
    require(!stages.empty(), "stages is empty");
    require_count(static_cast<std::int64_t>(stages.size()), "the number of stages", 1, 1024);

    check_input(input, "input", true);
    const auto check_attention = [](const auto& m, std::int64_t qk, std::int64_t v, const std::string& key) {
        require_count(m.heads, key + ".heads", 1, 1024);
        require_count(qk, key + ".qk_channels", 1, max_channels);
        require_count(v, key + ".v_channels", 1, max_channels);
        require_count(m.widening, key + ".widening", 1, 64);
        require(qk % m.heads == 0 && v % m.heads == 0, key + ".heads does not divide its channels");
    };
    for (std::size_t j = 0; j < cross_modules.size(); ++j) {
        const auto& m = cross_modules[j];
        const std::string key = "cross_modules[" + std::to_string(j) + "]";
        check_attention(m, qk_channels(m), v_channels(m), key);
    }
    std::int64_t layers = 0;
    for (std::size_t b = 0; b < block_modules.size(); ++b) {
        const auto& m = block_modules[b];
        const std::string key = "block_modules[" + std::to_string(b) + "]";
        require((layers += m.layers) <= 4096, "block_modules has more than 4096 layers");
        require_count(m.layers, key + ".layers", 1, 1024);
        check_attention(m, qk_channels(m), v_channels(m), key);
    }
    if (head == Head::none) {
        require(num_classes == 0, "num_classes is not 0, but there is no head");
    } else {
        require_count(num_classes, "num_classes");
    }
    require(!head_norm || head == Head::mean, "head_norm needs head mean");
    require((head == Head::decoder) == !decoder.outputs.empty(), "decoder does not fit head");
    if (head == Head::decoder) check_decoder(*this, check_attention);
    std::vector<bool> cross_used(cross_modules.size()), block_used(block_modules.size());
    for (std::size_t s = 0; s < stages.size(); ++s) {
        const std::string key = "stages[" + std::to_string(s) + "]";
        require(stages[s].cross >= 0 && stages[s].cross < static_cast<std::int64_t>(cross_modules.size()),
                key + ".cross names no cross module");
        cross_used[static_cast<std::size_t>(stages[s].cross)] = true;
        require(stages[s].blocks.size() <= 1024, key + ".blocks is too long");
        for (auto b : stages[s].blocks) {
            require(b >= 0 && b < static_cast<std::int64_t>(block_modules.size()),
                    key + ".blocks names no block module");
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
    if (config.input.type != InputConfig::Type::multimodal) add_input(specs, "input.", config.input);
    for (const auto& m : config.input.modalities) {
        const std::string name = "input." + m.name + ".";
        add_input(specs, name, m.input);
        specs.push_back({name + "padding", {c - m.input.token_channels()}});
        if (m.has_mask_token) specs.push_back({name + "mask_token", {c}});
    }
    for (std::size_t j = 0; j < config.cross_modules.size(); ++j) {
        const auto& m = config.cross_modules[j];
        const std::string name = "cross." + std::to_string(j) + ".";
        add_norm(specs, name + "q_norm", d);
        add_norm(specs, name + "kv_norm", c);
        add_attention(specs, name, d, c, m, config.qk_channels(m), config.v_channels(m), config.activation);
    }
    for (std::size_t b = 0; b < config.block_modules.size(); ++b) {
        const auto& m = config.block_modules[b];
        for (std::int64_t l = 0; l < m.layers; ++l) {
            const std::string name = "block." + std::to_string(b) + ".layer." + std::to_string(l) + ".";
            add_norm(specs, name + "q_norm", d);
            add_attention(specs, name, d, d, m, config.qk_channels(m), config.v_channels(m), config.activation);
        }
    }
    if (config.head == Config::Head::decoder) add_decoder(specs, config);
    if (config.head == Config::Head::mean) {
        if (config.head_norm) add_norm(specs, "head.norm", d);
        add_linear(specs, "head", config.num_classes, d);
    }
    return specs;
}

}  // namespace perceiver
