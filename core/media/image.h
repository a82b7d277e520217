// Media: bytes of a file in, plain pixels out. Knows formats and their pitfalls; knows no model, torch or Qt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/limits.h"

namespace perceiver::media {

/// A decoded picture: 8-bit sRGB, upright (EXIF orientation applied), alpha laid over white.
struct Image {
    std::int64_t width = 0, height = 0;
    std::vector<std::uint8_t> rgb;   ///< [height, width, 3], row-major
    std::string format;              ///< "JPEG", "PNG", "WebP", "BMP", "GIF", "TIFF", "AVIF"
    std::vector<std::string> notes;  ///< what a person should know: "first frame of 12", ...
};

/// What the first bytes say the file is, whatever its name: one of Image::format's values, or "" if none of
/// them.
std::string image_format(std::span<const std::uint8_t> bytes);

/// Decodes the first picture in `bytes`. Size limits are read from the header before anything is allocated.
/// Of a JPEG or GIF that is cut short or damaged, the decoded part is shown (the rest is grey or white) with
/// a note that says so, unless nothing is left; any other format is then refused. Alpha is laid over white,
/// CMYK taken as plain inks, 16 bits and floating point reduced to 8 bits, each with a note. Colour profiles
/// are not applied. Nothing is printed. Throws Error: unreadable_input (not a picture, damaged, truncated),
/// out_of_resources (past a limit), cancelled.
Image decode_image(std::span<const std::uint8_t> bytes, const Limits& limits = {}, const CancelToken& cancel = {});

/// The whole of a regular file. Throws Error: unreadable_input (missing, a folder, no permission, empty),
/// out_of_resources (larger than limits.file_bytes).
std::vector<std::uint8_t> read_file(const std::filesystem::path& path, const Limits& limits = {});

/// PNG bytes of [height, width, 3] 8-bit RGB. Throws Error: unreadable_input when the sizes don't agree,
/// out_of_resources.
std::vector<std::uint8_t> encode_png(std::span<const std::uint8_t> rgb, std::int64_t width,
                                     std::int64_t height);

}  // namespace perceiver::media
