// Hugging Face's preprocessor_config.json: what brings a picture to a model.
#pragma once

#include <string>

#include "input/input_config.h"

namespace perceiver::weights {

/// Both spellings: sizes as {"height", "width"}, as one number for a square, or as [height, width]; image_mean and
/// image_std as lists or one number. What is missing or null keeps the processor's default, and so are the rescale keys
/// missing in files of the PerceiverFeatureExtractor. Unknown keys are ignored. Throws Error{unreadable_model} that
/// names the key, also when the file is for another kind of processor.
input::ImageProcessorConfig image_processor_from_json(const std::string& text);

}  // namespace perceiver::weights
