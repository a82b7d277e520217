// A picture in memory, and a part of it.
#pragma once

#include <cstdint>

namespace perceiver::input {

/// 8-bit RGB pixels that somebody else owns, [height, width, 3].
struct PixelView {
    const std::uint8_t* rgb = nullptr;
    std::int64_t width = 0, height = 0;
};

/// Pixels x .. x + width - 1 of rows y .. y + height - 1.
struct PixelBox {
    std::int64_t x = 0, y = 0, width = 0, height = 0;
};

}  // namespace perceiver::input
