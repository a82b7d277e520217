#include "support/released_files.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

namespace perceiver::samples {
namespace {

using nlohmann::json;
using Words = std::vector<std::pair<std::string, std::string>>;

/// Uniform numbers in -1 .. 1. A distribution of the standard library would differ from one to the next.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    float next() {
        state_ += 0x9e3779b97f4a7c15u;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return static_cast<float>(static_cast<std::int64_t>(z ^ (z >> 31)) >> 40) * 0x1p-23f;
    }

  private:
    std::uint64_t state_;
};

bool ends_with(const std::string& name, const char* end) { return name.ends_with(end); }

/// Where the numbers of a tensor lie: middle and half width.
std::pair<float, float> range_of(const TensorSpec& spec) {
    if (ends_with(spec.name, "norm.weight") || ends_with(spec.name, "variance")) return {1.0f, 0.2f};
    if (spec.shape.size() == 1) return {0.0f, 0.1f};
    const bool table = spec.name == "latents" || ends_with(spec.name, "position");
    double fan_in = 1;
    for (std::size_t i = 1; i < spec.shape.size(); ++i) fan_in *= double(spec.shape[i]);
    return {0.0f, table ? 0.04f : static_cast<float>(std::sqrt(3 / fan_in))};
}

/// Ours at the beginning of a name, theirs in its place; the first that fits.
Words beginnings(Released which) {
    const std::string in = "perceiver.input_preprocessor.", decoder = "perceiver.decoder.",
                      table = "output_position_encodings.position_embeddings";
    Words words = {
        {"latents", "perceiver.embeddings.latents"},
        {"cross.0.", "perceiver.encoder.cross_attention."},
        {"block.0.layer.", "perceiver.encoder.self_attends."},
        {"decoder.cross.", decoder + "decoder.decoding_cross_attention."},
        {"decoder.final.", decoder + "decoder.final_layer."},
        {"decoder.position", decoder + "decoder." + table},
        {"input.conv.", in + (which == Released::learned ? "convnet_1x1." : "convnet.conv.")},
        {"input.conv_norm.mean", in + "convnet.batchnorm.running_mean"},
        {"input.conv_norm.variance", in + "convnet.batchnorm.running_var"},
        {"input.conv_norm.", in + "convnet.batchnorm."},
        {"input.position_projection.", in + "positions_projection."},
        {"input.position", in + "position_embeddings.position_embeddings"},
    };
    for (const std::string name : {"audio", "image", "label"}) {
        words.emplace_back("input." + name + ".padding", in + "padding." + name);
        words.emplace_back("input." + name + ".mask_token", in + "mask." + name);
        words.emplace_back("decoder." + name + ".padding", decoder + "padding." + name);
        words.emplace_back("decoder." + name + ".position", decoder + "modalities." + name + ".decoder." + table);
        words.emplace_back("decoder." + name + ".output.",
                           "perceiver.output_postprocessor.modalities." + name + ".classifier.");
    }
    return words;
}

/// The parts of a cross-attend, a latent layer or a decoder's cross-attend.
const Words& attention_parts() {
    static const Words parts = {{"q_norm.", "attention.self.layernorm1."}, {"kv_norm.", "attention.self.layernorm2."},
                                {"query.", "attention.self.query."},       {"key.", "attention.self.key."},
                                {"value.", "attention.self.value."},       {"output.", "attention.output.dense."},
                                {"mlp_norm.", "layernorm."},               {"mlp_in.", "mlp.dense1."},
                                {"mlp_out.", "mlp.dense2."}};
    return parts;
}

std::string in_their_words(const std::string& ours, const Words& words) {
    for (const auto& [begin, theirs] : words) {
        if (!ours.starts_with(begin)) continue;
        std::string rest = ours.substr(begin.size()), layer;
        if (begin == "block.0.layer.") {
            layer = rest.substr(0, rest.find('.') + 1);
            rest = rest.substr(layer.size());
        }
        if (begin == "cross.0." || begin == "decoder.cross." || !layer.empty())
            rest = in_their_words(rest, attention_parts());
        return theirs + layer + rest;
    }
    return ours;
}

/// The settings of PerceiverConfig.
json config_json(Released which, const Config& c) {
    constexpr std::array<const char*, 4> architectures{"ImageClassificationFourier", "ImageClassificationLearned",
                                                       "ImageClassificationConvProcessing", "MultimodalAutoencoding"};
    json out = {{"model_type", "perceiver"}, {"transformers_version", "4.27.1"}, {"hidden_act", "gelu"},
                {"architectures", {std::string("PerceiverFor") + architectures.at(static_cast<std::size_t>(which))}},
                {"num_latents", c.num_latents}, {"d_latents", c.latent_channels}, {"d_model", c.token_channels()},
                {"num_blocks", c.stages[0].blocks.size()},
                {"num_self_attends_per_block", c.block_modules[0].layers},
                {"num_self_attention_heads", 8}, {"num_cross_attention_heads", 1}, {"qk_channels", nullptr},
                {"v_channels", nullptr}, {"cross_attention_shape_for_attention", "kv"},
                {"attention_probs_dropout_prob", 0.1}, {"layer_norm_eps", 1e-12}, {"use_query_residual", true},
                {"image_size", 56}};
    if (which == Released::learned) out["image_size"] = c.input.image.height;
    for (std::size_t i = 0; i < c.labels.size(); ++i) {
        out["id2label"][std::to_string(i)] = c.labels[i];
        out["label2id"][c.labels[i]] = i;
    }
    if (which != Released::multimodal) return out;
    const auto& audio = c.input.modalities[0].input.audio;
    const auto& video = c.input.modalities[1].input.video;
    out["num_frames"] = video.frames;
    out["image_size"] = video.height / video.patch[1];
    out["audio_samples_per_frame"] = audio.samples / video.frames;
    out["samples_per_patch"] = audio.samples_per_patch;
    out["output_shape"] = {1, video.frames, video.height, video.width};
    return out;
}

json processor_json(const input::ImageProcessorConfig& p) {
    return {{"image_processor_type", "PerceiverImageProcessor"}, {"do_center_crop", true}, {"do_resize", true},
            {"do_rescale", true}, {"do_normalize", true}, {"rescale_factor", p.rescale_factor},
            {"resample", static_cast<int>(p.resample)}, {"image_mean", p.mean}, {"image_std", p.std},
            {"crop_size", {{"height", p.crop_height}, {"width", p.crop_width}}},
            {"size", {{"height", p.height}, {"width", p.width}}}};
}

void write_json(const std::filesystem::path& path, const json& value) {
    const std::string text = value.dump(2) + "\n";
    write_file(path, {text.begin(), text.end()});
}

}  // namespace

Tensors random_weights(const Config& config, std::uint64_t seed) {
    static_assert(std::endian::native == std::endian::little);
    Random random(seed);
    Tensors tensors;
    for (const auto& spec : tensor_specs(config)) {
        const auto [middle, width] = range_of(spec);
        std::size_t count = 1;
        for (const auto n : spec.shape) count *= static_cast<std::size_t>(n);
        weights::TensorData tensor{weights::DType::f32, spec.shape, ByteVector(count * sizeof(float))};
        for (std::size_t i = 0; i < count; ++i) {
            const float value = middle + width * random.next();
            std::memcpy(tensor.bytes.data() + i * sizeof value, &value, sizeof value);
        }
        tensors.emplace(spec.name, std::move(tensor));
    }
    return tensors;
}

void write_released_folder(const std::filesystem::path& folder, Released which, const Config& config, Tensors tensors) {
    const Words words = beginnings(which);
    Tensors theirs;
    for (auto& [name, tensor] : tensors) {
        // A token of several modalities is a table of one row there.
        if (ends_with(name, ".padding") || ends_with(name, ".mask_token")) tensor.shape.insert(tensor.shape.begin(), 1);
        theirs.emplace(in_their_words(name, words), std::move(tensor));
    }
    if (which == Released::conv)
        theirs["perceiver.input_preprocessor.convnet.batchnorm.num_batches_tracked"] = {weights::DType::i64, {},
                                                                                        ByteVector(8)};
    weights::write_safetensors(folder / "model.safetensors", theirs, {{"format", "pt"}});
    write_json(folder / "config.json", config_json(which, config));
    if (const auto& processor = config.input.image.processor)
        write_json(folder / "preprocessor_config.json", processor_json(*processor));
}

}  // namespace perceiver::samples
