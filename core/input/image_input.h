// A picture as a model's config wants it: cropped or squashed, resampled, normalised.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "base/cancel.h"
#include "input/input_config.h"
#include "input/pixel_view.h"

namespace perceiver::input {

struct EncodedImage {
    at::Tensor data;                       ///< [rows*cols, 3] float32: (value/255 - mean) / std, or by the processor
    std::int64_t rows = 0, cols = 0;
    std::vector<std::uint8_t> view;        ///< [rows, cols, 3]: what the model sees, before normalising
    /// The part of the picture used, in its pixels. It reaches past the edges where a processor adds zeros.
    double crop_x = 0, crop_y = 0, crop_width = 0, crop_height = 0;
};

/// By the config's processor (input/image_processor.h) if it has one. Throws Error: no_fit when the picture can't be
/// brought to the model's size (no fixed size, or not 3 channels), and as process_image.
EncodedImage encode_image(const PixelView& picture, const ImageConfig& config, const CancelToken& cancel = {});

/// Every factor x factor pixels averaged to one (what is left over at the right and bottom counts as a smaller block).
/// Throws Error{cancelled}.
std::vector<std::uint8_t> box_reduce(const PixelView& picture, std::int64_t factor, std::int64_t& width,
                                     std::int64_t& height, const CancelToken& cancel = {});

}  // namespace perceiver::input
