// Small models of Hugging Face's transformers, made in code.
#pragma once

#include <algorithm>

#include "support/weights_samples.h"
#include "weights/hugging_face.h"

namespace perceiver::samples {

inline void write_text(const std::filesystem::path& path, const std::string& text) {
    write_file(path, {text.begin(), text.end()});
}

inline Tensors zeros_for(const Config& config) {
    Tensors tensors = tensors_for(config);
    for (auto& [name, tensor] : tensors) std::ranges::fill(tensor.bytes, std::uint8_t{0});
    return tensors;
}

/// A small model of transformers' class PerceiverForImageClassification<kind>: "Fourier", "Learned", "ConvProcessing".
inline Config hugging_face_image_model(const std::string& kind) {
    Config c;
    c.num_latents = 3;
    c.latent_channels = 4;
    c.num_classes = 2;
    c.labels = {"cat", "dog"};
    c.all_masked = Config::AllMasked::everything;
    c.cross_modules = {{}};
    c.block_modules = {{}};
    c.block_modules[0].heads = 2;
    c.block_modules[0].layers = 2;
    c.stages = {{0, {0, 0, 0}}};
    auto& input = c.input;
    if (kind == "Learned") {
        input.image.prepare = ImageConfig::Prepare::conv1x1;
        input.image.conv_channels = 256;
        input.position.type = PositionConfig::Type::learned;
        input.position.channels = input.position.projected_channels = 256;
        input.position.index_dims = {4, 4};
        input.image.height = input.image.width = 4;
    } else {
        const bool conv = kind == "ConvProcessing";
        if (conv) {
            input.image.prepare = ImageConfig::Prepare::conv_pool;
            input.image.conv_channels = 64;
        }
        input.position.num_bands = 64;
        input.position.max_resolution = conv ? std::vector<double>{56, 56} : std::vector<double>{224, 224};
    }
    c.head = Config::Head::decoder;
    OutputConfig output;
    output.dims = {1};
    output.position.type = PositionConfig::Type::learned;
    output.position.channels = 4;
    output.position.index_dims = {1};
    c.decoder.outputs = {output};
    c.decoder.output_channels = 2;
    c.decoder.cross.qk_channels = 4;
    return c;
}

/// The tensors of `config` under transformers' names.
inline Tensors hugging_face_tensors(const Config& config) {
    const Tensors ours = zeros_for(config);
    Tensors theirs;
    for (const auto& source : weights::hugging_face_sources(config)) {
        theirs[source.theirs] = ours.at(source.ours);
        theirs[source.theirs].shape = source.shape;
    }
    return theirs;
}

inline void write_hugging_face_folder(const std::filesystem::path& folder, const Config& config) {
    write_text(folder / "config.json", weights::hugging_face_config(config));
    weights::write_safetensors(folder / "model.safetensors", hugging_face_tensors(config), {{"format", "pt"}});
}

}  // namespace perceiver::samples
