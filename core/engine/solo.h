// A window of sound made to be heard as the model attends to it, or as it receives it shuffled.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "base/cancel.h"
#include "engine/api/types.h"

namespace perceiver::engine {

/// The window's samples, every patch as loud as the attention [M] it gets, the most read at full loudness; between the
/// middles of two patches the loudness goes over evenly, or every patch would click. Of a spectrogram every time and
/// pitch is weighted so; what lies below its lowest and above its highest band goes with that band. Throws Error:
/// no_fit (the model hears nothing), cancelled.
std::vector<float> solo(const api::FileInfo& file, const at::Tensor& attention, const CancelToken& cancel = {});

/// The window as the model receives it when element i carries the data of element data_from[i]: as long as the window,
/// full scale 1. Raw patches are put in their new order, sample by sample. A spectrogram's patches take the magnitudes
/// of a short-time Fourier transform along, stretched from the pitches they had to those they get; what the model's
/// bands don't cover is silent. Phases move with the magnitudes and are then made to agree with each other by a few
/// rounds of Griffin and Lim's algorithm (1984): a spectrogram has none. Empty when the model hears nothing. Throws
/// Error{cancelled}.
std::vector<float> shuffled_sound(const api::FileInfo& file, const std::vector<std::int64_t>& data_from,
                                  const CancelToken& cancel = {});

}  // namespace perceiver::engine
