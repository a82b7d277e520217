// A window of sound made to be heard as the model attends to it, or as it receives it shuffled.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "engine/api/types.h"

namespace perceiver::engine {

/// The window's samples, every patch as loud as the attention [M] it gets, the most read at full loudness. Throws
/// Error{no_fit} when the model hears nothing.
std::vector<float> solo(const api::FileInfo& file, const at::Tensor& attention);

}  // namespace perceiver::engine
