// Film as a model's config wants it: as many frames, cropped, resampled, normalised. Which frames of a film those are
// is media's and the engine's.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/cancel.h"
#include "input/input_config.h"
#include "input/pixel_view.h"

namespace perceiver::input {

/// Frames a model of film reads, and how many of them a second; 0: as the film is.
struct FilmShape {
    std::int64_t frames = 0, height = 0, width = 0;
    double frame_rate = 0;
    double seconds() const { return frame_rate > 0 ? double(frames) / frame_rate : 0; }
};
/// Throws Error{no_fit} when the model reads no film, or doesn't say how many frames of what size.
FilmShape film_shape(const InputConfig& config);

struct EncodedFilm {
    at::Tensor data;                                ///< [frames, height, width, channels], see Prepared
    std::vector<std::vector<std::uint8_t>> view;    ///< of every frame [height, width, 3]: what the model sees
    /// The part of the frames used, in their pixels.
    double crop_x = 0, crop_y = 0, crop_width = 0, crop_height = 0;
};

/// (value - mean) / std of numbers [..., frames, height, width, channels] in 0..1, mean_frame times the mean over the
/// frames taken off first.
at::Tensor normalised_film(const at::Tensor& film, const VideoConfig& config);

/// The largest box of the model's own shape (its part and place as the config says) of every frame, resampled without
/// aliasing and normalised. A model of one channel sees luma (ITU-R BT.601). Of fewer frames than the model reads the
/// last is repeated, of more the first ones are taken. Throws Error: no_fit (no frame, frames of several sizes,
/// channels other than 1 and 3), cancelled.
EncodedFilm encode_film(std::span<const PixelView> frames, const InputConfig& config, const CancelToken& cancel = {});

}  // namespace perceiver::input
