// Pictures as Hugging Face's PerceiverImageProcessor brings them to a model, to the last bit. No torch here.
#pragma once

#include <cstdint>
#include <vector>

#include "base/cancel.h"
#include "input/input_config.h"
#include "input/pixel_view.h"

namespace perceiver::input {

struct ProcessedImage {
    std::int64_t rows = 0, cols = 0;
    std::vector<float> data;          ///< [rows*cols, 3]: (value * rescale_factor - mean) / std, as far as asked for
    std::vector<std::uint8_t> view;   ///< [rows, cols, 3]: what the model sees, before rescaling
    PixelBox crop;                    ///< the part of the picture used; past its edges there are zeros
};

/// Throws Error{unreadable_model} that names the setting when one is out of bounds. Sizes are at most 16,384.
void validate(const ImageProcessorConfig&);

/// The processor of transformers 4.26 and later on Pillow. Where it fails, on a picture whose crop has no pixel, the
/// crop is one pixel. Throws Error: unreadable_model as validate, out_of_resources when a crop larger than the picture
/// passes the limit of pixels, cancelled.
ProcessedImage process_image(const PixelView& picture, const ImageProcessorConfig& config,
                             const CancelToken& cancel = {});

}  // namespace perceiver::input
