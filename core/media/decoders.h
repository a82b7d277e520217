// One function for each way of decoding. Sizes have been checked against the limits before any of these is
// called; the pictures come back as stored, not yet turned upright. A cancel is heard between rows, or where
// the library asks for bytes, and within what is done to a whole picture at once: at least every few million
// pixels. For decode_image only. Each uses its format's own library: OpenCV 4.6 prints to stderr what
// libjpeg, libpng and it itself think of a damaged file, hides that a JPEG was cut short, takes no GIF and no
// animated WebP, and turns some TIFFs upright by itself.
#pragma once

#include "media/image.h"
#include "media/image_header.h"

namespace perceiver::media {

using Bytes = std::span<const std::uint8_t>;

/// A cancel token and how often a decoder has looked at it.
class Pace {
  public:
    Pace(const CancelToken& cancel) : cancel_(cancel) {}
    void check() const {
        ++looks_;
        cancel_.check();
    }
    bool cancelled() const {
        ++looks_;
        return cancel_.cancelled();
    }
    std::int64_t looks() const { return looks_; }

  private:
    const CancelToken& cancel_;
    mutable std::int64_t looks_ = 0;
};

inline constexpr std::size_t bytes_at_once = std::size_t{4}
                                             << 20;  ///< touched between two looks for a cancel

Image decode_jpeg(Bytes bytes, const ImageHeader& header, const Pace& pace);
Image decode_png(Bytes bytes, const ImageHeader& header, const Pace& pace);
Image decode_gif(Bytes bytes, const ImageHeader& header, const Pace& pace);
Image decode_bmp(Bytes bytes, const ImageHeader& header, const Pace& pace);
Image decode_tiff(Bytes bytes, const ImageHeader& header, const Limits& limits, const Pace& pace);
Image decode_webp(Bytes bytes, const ImageHeader& header, const Pace& pace);

/// The first picture of an AVIF, by FFmpeg, in one piece.
Image decode_avif(Bytes bytes, const Limits& limits, const CancelToken& cancel);

/// A picture of `header`'s size, all white.
Image white_image(const ImageHeader& header, const Pace& pace);

/// `colour` with opacity `alpha`, over white.
inline std::uint8_t over_white(unsigned colour, unsigned alpha) {
    return static_cast<std::uint8_t>((colour * alpha + 255 * (255 - alpha) + 127) / 255);
}
/// Straight RGBA to RGB, pixel by pixel; returns whether any pixel was not opaque.
bool lay_over_white(std::span<const std::uint8_t> rgba, std::span<std::uint8_t> rgb);
bool lay_over_white(std::span<const std::uint8_t> rgba, std::span<std::uint8_t> rgb, const Pace& pace);

inline constexpr const char* alpha_note = "transparent parts laid over white";
inline constexpr const char* depth_note = "16-bit reduced to 8";

}  // namespace perceiver::media
