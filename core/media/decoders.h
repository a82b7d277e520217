// One function for each way of decoding. Sizes have been checked against the limits before any of these is called; the
// pictures come back as stored, not yet turned upright. For decode_image only.
#pragma once

#include "media/image.h"
#include "media/image_header.h"

namespace perceiver::media {

using Bytes = std::span<const std::uint8_t>;

Image decode_jpeg(Bytes bytes, const ImageHeader& header);      ///< libjpeg: OpenCV would let it print, and hide a cut
Image decode_png(Bytes bytes, const ImageHeader& header);       ///< libpng: likewise
Image decode_gif(Bytes bytes, const ImageHeader& header);       ///< giflib: OpenCV 4.6 has no GIF
Image decode_bmp(Bytes bytes, const ImageHeader& header);       ///< OpenCV
Image decode_tiff(Bytes bytes, const ImageHeader& header, const Limits& limits);   ///< OpenCV
Image decode_webp(Bytes bytes, const ImageHeader& header);      ///< OpenCV

/// A picture of `header`'s size, all white.
Image white_image(const ImageHeader& header);

/// `colour` with opacity `alpha`, over white.
inline std::uint8_t over_white(unsigned colour, unsigned alpha) {
    return static_cast<std::uint8_t>((colour * alpha + 255 * (255 - alpha) + 127) / 255);
}
inline constexpr const char* alpha_note = "transparent parts laid over white";
inline constexpr const char* depth_note = "16-bit reduced to 8";

}  // namespace perceiver::media
