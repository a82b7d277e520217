// Models of the released shapes with random weights, as files: in our form, and as Hugging Face's hub has them.
#pragma once

#include <filesystem>

#include "support/released_models.h"
#include "support/weights_samples.h"

namespace perceiver::samples {

/// float32 tensors of tensor_specs(config), of the size a fresh model's are, the same for the same seed everywhere.
Tensors random_weights(const Config& config, std::uint64_t seed);

/// config.json as the published conversion writes it, model.safetensors with transformers' names, and, of image models,
/// preprocessor_config.json, into a folder that is there. `config` is released(which, ...) and `tensors` are its own.
void write_released_folder(const std::filesystem::path& folder, Released which, const Config& config, Tensors tensors);

}  // namespace perceiver::samples
