// A model of ours as Hugging Face's config.json, where transformers has such a model.
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "weights/hugging_face.h"

namespace perceiver::weights {
namespace {

using json = nlohmann::ordered_json;
using Type = InputConfig::Type;
using Prepare = ImageConfig::Prepare;

[[noreturn]] void no_such_model(const std::string& why) {
    throw Error(ErrorCode::no_fit, "Hugging Face has no such Perceiver: " + why + ".");
}

std::string architecture_of(const Config& c) {
    const auto& image = c.input.image;
    if (c.head != Config::Head::decoder)
        no_such_model(c.head == Config::Head::mean ? "theirs answer by a decoder, this one by the mean of its latents"
                                                   : "this one answers with its latents");
    if (c.stages.size() != 1 || c.cross_modules.size() != 1) no_such_model("theirs have one cross-attend");
    if (c.block_modules.size() != 1) no_such_model("theirs have one latent transformer, repeated");
    if (c.activation == Activation::geglu) no_such_model("theirs have no GEGLU");
    if (c.input.type == Type::multimodal) return "PerceiverForMultimodalAutoencoding";
    if (c.input.type != Type::image) no_such_model("theirs read pictures, or pictures with sound");
    if (image.prepare == Prepare::conv1x1) return "PerceiverForImageClassificationLearned";
    if (image.prepare == Prepare::conv_pool) return "PerceiverForImageClassificationConvProcessing";
    return "PerceiverForImageClassificationFourier";
}

void add_multimodal(json& out, const Config& c) {
    std::int64_t samples = 0, frames = 0;
    for (const auto& m : c.input.modalities) {
        if (m.name == "audio") {
            out["samples_per_patch"] = m.input.audio.samples_per_patch;
            samples = m.input.audio.samples;
        }
        if (m.name == "image") {
            out["num_frames"] = frames = m.input.video.frames;
            out["image_size"] = m.input.video.height / 4;
        }
    }
    if (samples < 1 || frames < 1) no_such_model("theirs with several modalities has audio and image");
    out["audio_samples_per_frame"] = samples / frames;
    for (const auto& o : c.decoder.outputs) {
        if (o.name == "image" && o.dims.size() == 3) out["output_shape"] = {1, o.dims[0], o.dims[1], o.dims[2]};
        if (o.name == "label") out["_label_trainable_num_channels"] = o.position.channels;
    }
    out["output_num_channels"] = c.decoder.output_channels;
}

json settings_of(const Config& c) {
    const CrossModule& cross = c.cross_modules[0];
    const BlockModule& block = c.block_modules[0];
    const bool usual_qk = c.qk_channels(cross) == c.token_channels() && c.qk_channels(block) == c.latent_channels;
    const bool usual_v = c.v_channels(cross) == c.qk_channels(cross) && c.v_channels(block) == c.qk_channels(block);
    const bool of_query =
        !usual_qk && c.qk_channels(cross) == c.latent_channels && c.qk_channels(block) == c.latent_channels &&
        c.decoder_cross().qk_channels == c.decoder.query_channels() && c.decoder.query_channels() != c.latent_channels;
    json out;
    out["architectures"] = {architecture_of(c)};
    out["model_type"] = "perceiver";
    out["num_latents"] = c.num_latents;
    out["d_latents"] = c.latent_channels;
    out["d_model"] = c.token_channels();
    out["num_blocks"] = c.stages[0].blocks.size();
    out["num_self_attends_per_block"] = block.layers;
    out["num_self_attention_heads"] = block.heads;
    out["num_cross_attention_heads"] = cross.heads;
    out["qk_channels"] = usual_qk || of_query ? json() : json(c.qk_channels(cross));
    out["v_channels"] = usual_v ? json() : json(c.v_channels(cross));
    out["cross_attention_shape_for_attention"] = of_query ? "q" : "kv";
    out["self_attention_widening_factor"] = block.widening;
    out["cross_attention_widening_factor"] = cross.widening;
    out["hidden_act"] = c.activation == Activation::gelu ? "gelu" : "gelu_new";
    out["use_query_residual"] = cross.query_residual;
    out["image_size"] = c.input.type == Type::image && c.input.position.type == PositionConfig::Type::learned
                            ? c.input.position.index_dims[0]
                            : 56;
    if (c.input.type == Type::multimodal) add_multimodal(out, c);
    if (!c.labels.empty()) {
        for (std::size_t i = 0; i < c.labels.size(); ++i) {
            out["id2label"][std::to_string(i)] = c.labels[i];
            out["label2id"][c.labels[i]] = i;
        }
    }
    return out;
}

// What the classes make of those settings, given tensors of these shapes.
Config read_back(const std::string& text, const Config& c) {
    Checkpoint shapes;
    for (const auto& source : hugging_face_sources(c)) shapes.tensors[source.theirs] = {DType::f32, source.shape, {}};
    Config back = read_hugging_face_config(text, shapes).config;
    // How a picture becomes the model's input is another file's.
    auto& image = back.input.image;
    image.height = c.input.image.height;
    image.width = c.input.image.width;
    image.processor = c.input.image.processor;
    return back;
}

}  // namespace

std::string hugging_face_config(const Config& config) {
    const std::string text = settings_of(config).dump(2) + "\n";
    // The classes fix much that config.json doesn't say: whoever reads the file must get this very model.
    const json wanted = json::parse(to_json(config)), got = json::parse(to_json(read_back(text, config)));
    for (const auto& item : wanted.items())
        if (!got.contains(item.key()) || got[item.key()] != item.value())
            no_such_model("its classes fix " + item.key() + " otherwise");
    if (got.size() != wanted.size()) no_such_model("its classes fix a setting otherwise");
    return text;
}

std::string hugging_face_preprocessor(const ImageConfig& image) {
    if (!image.processor) no_such_model("its pictures are not made ready by Hugging Face's image processor");
    const auto& p = *image.processor;
    if (p.crop_rounds_up) no_such_model("its crop is rounded as DeepMind's code does");
    json out;
    out["do_center_crop"] = p.do_center_crop;
    out["crop_size"] = {{"height", p.crop_height}, {"width", p.crop_width}};
    out["do_resize"] = p.do_resize;
    out["size"] = {{"height", p.height}, {"width", p.width}};
    out["resample"] = static_cast<int>(p.resample);
    out["do_rescale"] = p.do_rescale;
    out["rescale_factor"] = p.rescale_factor;
    out["do_normalize"] = p.do_normalize;
    out["image_mean"] = p.mean;
    out["image_std"] = p.std;
    out["image_processor_type"] = "PerceiverImageProcessor";
    return out.dump(2) + "\n";
}

}  // namespace perceiver::weights
