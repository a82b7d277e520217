// Our names of tensors in Hugging Face's words.
#include <array>
#include <stdexcept>
#include <utility>

#include "weights/hugging_face.h"

namespace perceiver::weights {
namespace {

using Words = std::pair<std::string_view, std::string_view>;

constexpr std::array<Words, 8> attention_words{{{"q_norm", "attention.self.layernorm1"},
                                                {"kv_norm", "attention.self.layernorm2"},
                                                {"query", "attention.self.query"},
                                                {"key", "attention.self.key"},
                                                {"value", "attention.self.value"},
                                                {"output", "attention.output.dense"},
                                                {"mlp_norm", "layernorm"},
                                                {"mlp_in", "mlp.dense1"}}};

/// "query.weight" -> "attention.self.query.weight"
std::string attention_name(std::string_view part) {
    const std::size_t dot = part.find('.');
    const std::string_view word = part.substr(0, dot), rest = part.substr(dot);
    for (const auto& [ours, theirs] : attention_words)
        if (ours == word) return std::string(theirs) + std::string(rest);
    return "mlp.dense2" + std::string(rest);  // mlp_out
}

/// What follows `prefix`, if `name` begins so.
bool after(std::string_view name, std::string_view prefix, std::string_view& rest) {
    if (!name.starts_with(prefix)) return false;
    rest = name.substr(prefix.size());
    return true;
}

std::string input_name(std::string_view part, bool conv1x1) {
    const std::string at = "perceiver.input_preprocessor.";
    std::string_view rest;
    if (after(part, "conv.", rest)) return at + (conv1x1 ? "convnet_1x1." : "convnet.conv.") + std::string(rest);
    if (part == "conv_norm.mean") return at + "convnet.batchnorm.running_mean";
    if (part == "conv_norm.variance") return at + "convnet.batchnorm.running_var";
    if (after(part, "conv_norm.", rest)) return at + "convnet.batchnorm." + std::string(rest);
    if (part == "position") return at + "position_embeddings.position_embeddings";
    if (after(part, "position_projection.", rest)) return at + "positions_projection." + std::string(rest);
    const std::size_t dot = part.find('.');  // of several modalities
    const std::string name(part.substr(0, dot));
    return at + (part.substr(dot) == ".padding" ? "padding." : "mask.") + name;
}

std::string decoder_name(std::string_view part) {
    const std::string at = "perceiver.decoder.decoder.", table = "output_position_encodings.position_embeddings";
    std::string_view rest;
    if (after(part, "cross.", rest)) return at + "decoding_cross_attention." + attention_name(rest);
    if (after(part, "final.", rest)) return at + "final_layer." + std::string(rest);
    if (part == "position") return at + table;
    const std::size_t dot = part.find('.');
    const std::string name(part.substr(0, dot));
    if (part.substr(dot) == ".padding") return "perceiver.decoder.padding." + name;
    if (part.substr(dot) == ".position") return "perceiver.decoder.modalities." + name + ".decoder." + table;
    return "perceiver.output_postprocessor.modalities." + name + ".classifier" + std::string(part.substr(dot + 7));
}

}  // namespace

std::vector<TensorSource> hugging_face_sources(const Config& config) {
    const bool conv1x1 = config.input.image.prepare == ImageConfig::Prepare::conv1x1;
    std::vector<TensorSource> sources;
    for (const auto& spec : tensor_specs(config)) {
        TensorSource source{spec.name, {}, spec.shape};
        std::string_view rest;
        if (spec.name == "latents")
            source.theirs = "perceiver.embeddings.latents";
        else if (after(spec.name, "cross.0.", rest))
            source.theirs = "perceiver.encoder.cross_attention." + attention_name(rest);
        else if (after(spec.name, "block.0.layer.", rest)) {
            const std::size_t dot = rest.find('.') + 1;
            source.theirs = "perceiver.encoder.self_attends." + std::string(rest.substr(0, dot)) +
                            attention_name(rest.substr(dot));
        } else if (after(spec.name, "input.", rest))
            source.theirs = input_name(rest, conv1x1);
        else if (after(spec.name, "decoder.", rest))
            source.theirs = decoder_name(rest);
        else
            throw std::logic_error("Hugging Face has no tensor " + spec.name);
        // A token of several modalities is a row there.
        if (spec.name.ends_with(".padding") || spec.name.ends_with(".mask_token"))
            source.shape.insert(source.shape.begin(), 1);
        sources.push_back(std::move(source));
    }
    return sources;
}

}  // namespace perceiver::weights
