// Perceivers of Hugging Face's transformers: config.json and its tensors' names, in and out.
#pragma once

#include <string>
#include <vector>

#include "perceiver/config.h"
#include "weights/tensor_sources.h"

namespace perceiver::weights {

/// What a config.json and its weights say. PerceiverForImageClassificationLearned, ...Fourier, ...ConvProcessing and
/// PerceiverForMultimodalAutoencoding are opened, as transformers 4.27 runs them; settings that are missing have its
/// defaults. Channels that the file doesn't say are the tensors'. The image part without its processor, which is
/// another file's. Throws Error{unreadable_model} that names the key, the tensor, or the architecture it doesn't open.
struct HuggingFaceModel {
    Config config;
    std::string architecture;
};
HuggingFaceModel read_hugging_face_config(const std::string& config_json, const Checkpoint& checkpoint);

/// Gives an image model the processor of its preprocessor_config.json; "" where there is none, which means the usual
/// settings. Learned positions fix the picture's size: where the processor's is another, `notes` says so.
void add_image_processor(Config& config, const std::string& preprocessor_json, std::vector<std::string>& notes);

/// Where each tensor of tensor_specs(config) lies.
std::vector<TensorSource> hugging_face_sources(const Config& config);

/// config.json of the model. Throws Error{no_fit} that says why where Hugging Face has no such Perceiver.
std::string hugging_face_config(const Config& config);
/// preprocessor_config.json of an image model, by its processor. Throws Error{no_fit} where it has none.
std::string hugging_face_preprocessor(const input::ImageConfig& image);

}  // namespace perceiver::weights
