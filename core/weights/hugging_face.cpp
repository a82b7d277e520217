#include "weights/hugging_face.h"

#include <cmath>
#include <optional>

#include "perceiver/json_reader.h"
#include "weights/preprocessor_config.h"
#include "weights/safetensors_header.h"

namespace perceiver::weights {
namespace {

using Prepare = ImageConfig::Prepare;
using Shape = std::vector<std::int64_t>;

const std::string preprocessor = "perceiver.input_preprocessor.";
const std::string decoder = "perceiver.decoder.decoder.";

// Settings of PerceiverConfig that a forward pass depends on, with their defaults.
struct Settings {
    std::int64_t num_latents = 256, d_latents = 1280, num_blocks = 1, num_self_attends_per_block = 26;
    std::int64_t num_self_attention_heads = 8, num_cross_attention_heads = 8;
    std::int64_t qk_channels = 0, v_channels = 0;
    std::int64_t self_attention_widening_factor = 1, cross_attention_widening_factor = 1;
    bool use_query_residual = true, qk_of_query = false;
    Activation activation = Activation::gelu;
    std::int64_t image_size = 56, num_frames = 16, audio_samples_per_frame = 1920, samples_per_patch = 16;
    Shape output_shape{1, 16, 224, 224};
    std::vector<std::string> labels;
};

void check(const char* key, std::int64_t value, std::int64_t low, std::int64_t high) {
    if (value < low || value > high)
        wrong_config(std::string(key) + " is " + std::to_string(value) + ", not " + std::to_string(low) + " to " +
                     std::to_string(high));
}

// id2label: {"0": "tabby cat", ...}. Files without it have two labels, which have no names.
std::vector<std::string> read_labels(const json& object) {
    const auto at = object.find("id2label");
    if (at == object.end() || !at->is_object()) return {};
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < at->size(); ++i) {
        const auto label = at->find(std::to_string(i));
        if (label == at->end() || !label->is_string()) wrong_config("id2label has no text for " + std::to_string(i));
        labels.push_back(label->get<std::string>());
    }
    return labels;
}

Activation read_activation(Reader& r) {
    Activation activation = Activation::gelu;
    r.get_choice<Activation>("hidden_act", activation,
                             {{"gelu", Activation::gelu},
                              {"gelu_python", Activation::gelu},
                              {"gelu_new", Activation::gelu_tanh},
                              {"gelu_fast", Activation::gelu_tanh},
                              {"gelu_pytorch_tanh", Activation::gelu_tanh}},
                             true);
    return activation;
}

Settings read_settings(const json& object) {
    Settings s;
    Reader r(object, "");
    const auto count = [&](const char* key, std::int64_t& value, std::int64_t low, std::int64_t high) {
        r.get_optional(key, value);
        check(key, value, low, high);
    };
    count("num_latents", s.num_latents, 1, 1 << 20);
    count("d_latents", s.d_latents, 1, 1 << 16);
    count("num_blocks", s.num_blocks, 1, 1024);
    count("num_self_attends_per_block", s.num_self_attends_per_block, 1, 1024);
    count("num_self_attention_heads", s.num_self_attention_heads, 1, 1024);
    count("num_cross_attention_heads", s.num_cross_attention_heads, 1, 1024);
    count("qk_channels", s.qk_channels, 0, 1 << 16);
    count("v_channels", s.v_channels, 0, 1 << 16);
    count("self_attention_widening_factor", s.self_attention_widening_factor, 1, 64);
    count("cross_attention_widening_factor", s.cross_attention_widening_factor, 1, 64);
    count("image_size", s.image_size, 1, 1 << 12);
    count("num_frames", s.num_frames, 1, 1 << 14);
    count("audio_samples_per_frame", s.audio_samples_per_frame, 1, 1 << 20);
    count("samples_per_patch", s.samples_per_patch, 1, 1 << 16);
    r.get_optional("use_query_residual", s.use_query_residual);
    r.get_choice<bool>("cross_attention_shape_for_attention", s.qk_of_query, {{"kv", false}, {"q", true}}, true);
    r.get_optional("output_shape", s.output_shape);
    if (s.output_shape.size() != 4) wrong_config("output_shape has not four numbers");
    for (const auto n : s.output_shape) check("output_shape", n, 1, 1 << 14);
    s.activation = read_activation(r);
    s.labels = read_labels(object);
    return s;
}

PositionConfig fourier(std::int64_t bands, std::vector<double> max_resolution) {
    PositionConfig p;
    p.num_bands = bands;
    p.max_resolution = std::move(max_resolution);
    return p;
}
PositionConfig learned(std::int64_t channels, Shape dims) {
    PositionConfig p;
    p.type = PositionConfig::Type::learned;
    p.channels = channels;
    p.index_dims = std::move(dims);
    return p;
}

// What all architectures have in common. The constants are those of the classes in transformers, not of config.json.
Config encoder(const Settings& s, const InputConfig& input) {
    Config c;
    c.num_latents = s.num_latents;
    c.latent_channels = s.d_latents;
    c.activation = s.activation;
    c.all_masked = Config::AllMasked::everything;
    c.input = input;
    CrossModule cross;
    cross.heads = s.num_cross_attention_heads;
    cross.qk_channels = s.qk_channels ? s.qk_channels : s.qk_of_query ? s.d_latents : c.token_channels();
    cross.v_channels = s.v_channels;
    cross.widening = s.cross_attention_widening_factor;
    cross.query_residual = s.use_query_residual;
    BlockModule block;
    block.layers = s.num_self_attends_per_block;
    block.heads = s.num_self_attention_heads;
    block.qk_channels = s.qk_channels;
    block.v_channels = s.v_channels;
    block.widening = s.self_attention_widening_factor;
    c.cross_modules = {cross};
    c.block_modules = {block};
    c.stages = {{0, std::vector<std::int64_t>(static_cast<std::size_t>(s.num_blocks), 0)}};
    c.head = Config::Head::decoder;
    return c;
}

// Its decoders pay no heed to qk_channels, but do to which side says the width. They have one head.
void add_decoder_cross(Config& c, const Settings& s, bool query_residual) {
    c.decoder.cross = {};
    c.decoder.cross.query_residual = query_residual;
    c.decoder.cross.qk_channels = s.qk_of_query ? c.decoder.query_channels() : c.latent_channels;
}

Config image_model(const Settings& s, const std::string& kind, const Checkpoint& checkpoint) {
    InputConfig input;
    auto& image = input.image;
    if (kind == "Learned") {
        image.prepare = Prepare::conv1x1;
        image.conv_channels = size_of(checkpoint, preprocessor + "convnet_1x1.weight", 0);
        input.position = learned(size_of(checkpoint, preprocessor + "position_embeddings.position_embeddings", 1),
                                 {s.image_size, s.image_size});
        input.position.projected_channels = size_of(checkpoint, preprocessor + "positions_projection.weight", 0);
        image.height = image.width = s.image_size;
    } else if (kind == "ConvProcessing") {
        image.prepare = Prepare::conv_pool;
        image.conv_channels = size_of(checkpoint, preprocessor + "convnet.conv.weight", 0);
        input.position = fourier(64, {56, 56});
    } else {
        input.position = fourier(64, {224, 224});
    }
    Config c = encoder(s, input);
    OutputConfig output;
    output.dims = {1};
    output.position = learned(s.d_latents, {1});
    c.decoder.outputs = {output};
    c.num_classes = s.labels.empty() ? size_of(checkpoint, decoder + "final_layer.weight", 0)
                                     : static_cast<std::int64_t>(s.labels.size());
    c.decoder.output_channels = c.num_classes;
    c.labels = s.labels;
    add_decoder_cross(c, s, true);
    return c;
}

input::Modality modality(const char* name, const InputConfig& input, bool masked) {
    input::Modality m;
    m.name = name;
    m.input = input;
    m.has_mask_token = true;
    m.masked = masked;
    return m;
}

Config multimodal_model(const Settings& s, const Checkpoint& checkpoint) {
    constexpr std::int64_t sample_rate = 48'000, patch = 4;
    const std::int64_t samples = s.num_frames * s.audio_samples_per_frame;
    const std::string outputs = "perceiver.output_postprocessor.modalities.";
    const auto classes = s.labels.empty() ? size_of(checkpoint, outputs + "label.classifier.weight", 0)
                                          : static_cast<std::int64_t>(s.labels.size());
    const auto size = static_cast<double>(s.image_size), frames = static_cast<double>(s.num_frames);
    const PositionConfig audio_position = fourier(192, {static_cast<double>(samples)}),
                         image_position = fourier(32, {frames, size, size});
    InputConfig audio, image, label, input;
    audio.type = InputConfig::Type::audio;
    audio.audio = {s.samples_per_patch, sample_rate, samples};
    audio.position = audio_position;
    image.type = InputConfig::Type::video;
    image.video.patch = {1, patch, patch};
    image.video.frames = s.num_frames;
    image.video.height = image.video.width = s.image_size * patch;
    image.video.frame_rate = static_cast<double>(sample_rate) / static_cast<double>(s.audio_samples_per_frame);
    image.position = image_position;
    label.type = InputConfig::Type::label;
    label.label.classes = classes;
    label.position.type = PositionConfig::Type::none;
    input.type = InputConfig::Type::multimodal;
    input.min_padding = 4;
    // The label's token is always masked when it runs: the model is asked for the label.
    input.modalities = {modality("audio", audio, false), modality("image", image, false),
                        modality("label", label, true)};

    Config c = encoder(s, input);
    c.labels = s.labels;
    c.num_classes = classes;
    c.decoder.min_padding = 2;
    c.decoder.output_channels = size_of(checkpoint, decoder + "final_layer.weight", 0);
    const std::int64_t label_channels = size_of(
        checkpoint, "perceiver.decoder.modalities.label.decoder.output_position_encodings.position_embeddings", 1);
    const Shape image_dims(s.output_shape.begin() + 1, s.output_shape.end());
    c.decoder.outputs = {
        {"audio", {std::max<std::int64_t>(1, samples / s.samples_per_patch)}, audio_position, s.samples_per_patch},
        {"image", image_dims, image_position, 3},
        {"label", {1}, learned(label_channels, {1}), classes}};
    add_decoder_cross(c, s, false);
    return c;
}

std::string read_architecture(const json& object, const Checkpoint& checkpoint) {
    if (const auto type = object.find("model_type"); type != object.end() && *type != "perceiver")
        bad_model("config.json says of the model that it is " +
                  (type->is_string() ? "of type " + shown(type->get<std::string>()) : "of no type") +
                  ", not a Perceiver.");
    const auto names = object.find("architectures");
    if (names != object.end() && names->is_array() && !names->empty() && names->front().is_string())
        return names->front().get<std::string>();
    const auto has = [&](const char* name) { return checkpoint.tensors.contains(name); };
    if (has("perceiver.output_postprocessor.modalities.label.classifier.weight"))
        return "PerceiverForMultimodalAutoencoding";
    if (has("perceiver.input_preprocessor.convnet_1x1.weight")) return "PerceiverForImageClassificationLearned";
    if (has("perceiver.input_preprocessor.convnet.conv.weight"))
        return "PerceiverForImageClassificationConvProcessing";
    bad_model(
        "config.json names no architecture, and the weights don't tell it. Add \"architectures\": "
        "[\"PerceiverForImageClassificationFourier\"], or whichever it is.");
}

}  // namespace

HuggingFaceModel read_hugging_face_config(const std::string& config_json, const Checkpoint& checkpoint) {
    const json object = json::parse(config_json, nullptr, false);
    if (!object.is_object()) bad_model("config.json is not a JSON object.");
    HuggingFaceModel model;
    model.architecture = read_architecture(object, checkpoint);
    const std::string image = "PerceiverForImageClassification";
    const std::string kind = model.architecture.starts_with(image) ? model.architecture.substr(image.size()) : "";
    const Settings settings = read_settings(object);
    if (kind == "Fourier" || kind == "Learned" || kind == "ConvProcessing")
        model.config = image_model(settings, kind, checkpoint);
    else if (model.architecture == "PerceiverForMultimodalAutoencoding")
        model.config = multimodal_model(settings, checkpoint);
    else
        bad_model("The model is a " + shown(model.architecture) +
                  ", which this program doesn't run. It opens "
                  "PerceiverForImageClassificationFourier, ...Learned, ...ConvProcessing and "
                  "PerceiverForMultimodalAutoencoding.");
    model.config.validate();
    return model;
}

void add_image_processor(Config& config, const std::string& preprocessor_json, std::vector<std::string>& notes) {
    if (config.input.type != InputConfig::Type::image) return;
    auto& image = config.input.image;
    auto processor =
        preprocessor_json.empty() ? input::ImageProcessorConfig{} : image_processor_from_json(preprocessor_json);
    const bool fixed = config.input.position.type == PositionConfig::Type::learned;
    if (fixed && (!processor.do_resize || processor.height != image.height || processor.width != image.width)) {
        notes.push_back(
            "Pictures are brought to " + std::to_string(image.width) + " x " + std::to_string(image.height) +
            " pixels, the size of the model's learned positions, and not to what preprocessor_config.json says.");
        processor.do_resize = true;
        processor.height = image.height;
        processor.width = image.width;
    }
    image.height = processor.do_resize ? processor.height : 0;
    image.width = processor.do_resize ? processor.width : 0;
    image.processor = processor;
    config.validate();
}

}  // namespace perceiver::weights
