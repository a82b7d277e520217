// Pictures brought to another size with the very bytes Pillow would give: image processors of published models use it,
// and a model's answer moves with the bytes. No torch here.
#pragma once

#include <cstdint>
#include <vector>

#include "base/cancel.h"
#include "input/input_config.h"
#include "input/pixel_view.h"

namespace perceiver::input {

/// `box` of the picture at rows x cols pixels, [rows, cols, 3]. All but nearest average over what a pixel covers when
/// shrinking: along the rows first, rounded to bytes, then down the columns; weights have 22 bits after the point.
/// The box must lie inside the picture and no size may be below 1. Throws Error{cancelled}.
std::vector<std::uint8_t> resample(const PixelView& picture, const PixelBox& box, std::int64_t rows, std::int64_t cols,
                                   ImageProcessorConfig::Resample filter, const CancelToken& cancel = {});

}  // namespace perceiver::input
