// What a picture's first bytes claim, read by ourselves before any decoder allocates memory for it. No
// decoding here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/limits.h"

namespace perceiver::media {

struct ImageHeader {
    std::string format;                  ///< as Image::format
    std::int64_t width = 0, height = 0;  ///< as stored, before the orientation is applied
    int orientation = 1;                 ///< EXIF, 1 to 8
    std::int64_t frames = 1;             ///< frames or pages, as far as the file goes
    int bits = 8;                        ///< per channel or palette index
    bool cut_short = false;  ///< the file ends before its own structure does (not known for JPEG, TIFF)
};

/// Throws Error{unreadable_input}: no known format, damaged, cut short before its size, an unsupported kind.
ImageHeader read_image_header(std::span<const std::uint8_t> bytes);

/// Throws Error{out_of_resources} naming the picture's size and the limit it passes.
void check_size(std::int64_t width, std::int64_t height, const Limits& limits);

/// Where the first frame of a GIF lies on its canvas, which is enlarged to hold it.
struct GifLayout {
    std::int64_t canvas_width = 0, canvas_height = 0;
    std::int64_t frames = 0;
    bool cut_short = false;
};
GifLayout read_gif_layout(std::span<const std::uint8_t> bytes);

/// The still picture that an animated WebP begins with: a whole WebP file of its own, and its place on the
/// canvas.
struct WebpFrame {
    std::vector<std::uint8_t> file;
    std::int64_t x = 0, y = 0, width = 0, height = 0;
};
/// Nothing when the WebP isn't animated. Throws Error{unreadable_input} when it is and the frame is damaged.
std::optional<WebpFrame> first_webp_frame(std::span<const std::uint8_t> bytes);

struct TiffHeader {
    std::int64_t width = 0, height = 0, samples = 1, tile_width = 0, tile_height = 0, pages = 1;
    int bits = 1, sample_format = 1, photometric = 1, orientation = 1;
    int extra_sample = -1;  ///< -1 none, 0 unspecified, 1 premultiplied alpha, 2 straight alpha
};
TiffHeader read_tiff_header(std::span<const std::uint8_t> bytes);

/// The orientation in EXIF data (a TIFF of its own, with or without "Exif\0\0" before it); 1 when there is
/// none or the data is damaged, since a picture is worth showing all the same.
int exif_orientation(std::span<const std::uint8_t> exif);

}  // namespace perceiver::media
