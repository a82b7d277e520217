// Turning stored pixels upright, for pictures and films alike.
#pragma once

#include <cstdint>
#include <vector>

#include "base/cancel.h"

namespace perceiver::media {

/// Moves every pixel of [height, width, 3] to where EXIF orientation 1 to 8 says it belongs: mirrored, turned
/// or both; width and height become those of the result. Throws Error{cancelled}: all is then as before.
void turn_upright(std::vector<std::uint8_t>& rgb, std::int64_t& width, std::int64_t& height, int orientation,
                  const CancelToken& cancel = {});

}  // namespace perceiver::media
