// One function for each way of decoding. Sizes have been checked against the limits before any of these is
// called; the pictures come back as stored, not yet turned upright. A cancel is heard between rows, or where
// the library asks for bytes. For decode_image only. Each uses its format's own library: OpenCV 4.6 prints to
// stderr what libjpeg, libpng and it itself think of a damaged file, hides that a JPEG was cut short, takes
// no GIF and no animated WebP, and turns some TIFFs upright by itself.
#pragma once

#include "media/image.h"
#include "media/image_header.h"

namespace perceiver::media {

using Bytes = std::span<const std::uint8_t>;

Image decode_jpeg(Bytes bytes, const ImageHeader& header, const CancelToken& cancel);
Image decode_png(Bytes bytes, const ImageHeader& header, const CancelToken& cancel);
Image decode_gif(Bytes bytes, const ImageHeader& header, const CancelToken& cancel);
Image decode_bmp(Bytes bytes, const ImageHeader& header, const CancelToken& cancel);
Image decode_tiff(Bytes bytes, const ImageHeader& header, const Limits& limits, const CancelToken& cancel);
Image decode_webp(Bytes bytes, const ImageHeader& header, const CancelToken& cancel);

/// A picture of `header`'s size, all white.
Image white_image(const ImageHeader& header);

/// `colour` with opacity `alpha`, over white.
inline std::uint8_t over_white(unsigned colour, unsigned alpha) {
    return static_cast<std::uint8_t>((colour * alpha + 255 * (255 - alpha) + 127) / 255);
}
/// Straight RGBA to RGB, pixel by pixel; returns whether any pixel was not opaque.
bool lay_over_white(std::span<const std::uint8_t> rgba, std::span<std::uint8_t> rgb);

inline constexpr const char* alpha_note = "transparent parts laid over white";
inline constexpr const char* depth_note = "16-bit reduced to 8";

}  // namespace perceiver::media
