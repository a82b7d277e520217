#include "media/image.h"

#include <algorithm>
#include <new>

#include "base/input_file.h"
#include "media/byte_reader.h"
#include "media/decoders.h"
#include "media/orientation.h"

namespace perceiver::media {
namespace {

Image decode_stored(Bytes bytes, const ImageHeader& header, const Limits& limits, const CancelToken& cancel) {
    if (header.format == "JPEG") return decode_jpeg(bytes, header, cancel);
    if (header.format == "PNG") return decode_png(bytes, header, cancel);
    if (header.format == "GIF") return decode_gif(bytes, header, cancel);
    if (header.format == "BMP") return decode_bmp(bytes, header, cancel);
    if (header.format == "TIFF") return decode_tiff(bytes, header, limits, cancel);
    return decode_webp(bytes, header, cancel);
}

}  // namespace

Image decode_image(Bytes bytes, const Limits& limits, const CancelToken& cancel) try {
    cancel.check();
    if (image_format(bytes) == "AVIF") return decode_avif(bytes, limits, cancel);
    const ImageHeader header = read_image_header(bytes);
    check_size(header.width, header.height, limits);
    Image image = decode_stored(bytes, header, limits, cancel);
    cancel.check();
    image.format = header.format;
    if (header.frames > 1)
        image.notes.push_back((header.format == "TIFF" ? "first page of " : "first frame of ") +
                              std::to_string(header.frames));
    if (header.orientation != 1) {
        turn_upright(image.rgb, image.width, image.height, header.orientation, cancel);
        image.notes.emplace_back("turned upright as its EXIF says");
    }
    return image;
} catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_resources, "There is not enough memory for this picture.");
}

Image white_image(const ImageHeader& header, const Pace& pace) {
    Image image;
    image.width = header.width;
    image.height = header.height;
    const auto size = static_cast<std::size_t>(header.width * header.height * 3);
    image.rgb.reserve(size);
    while (image.rgb.size() < size) {
        pace.check();
        image.rgb.resize(std::min(size, image.rgb.size() + bytes_at_once), 255);
    }
    return image;
}

bool lay_over_white(std::span<const std::uint8_t> rgba, std::span<std::uint8_t> rgb) {
    bool transparent = false;
    for (std::size_t i = 0; i < rgb.size() / 3; ++i) {
        const unsigned opacity = rgba[4 * i + 3];
        transparent |= opacity != 255;
        for (std::size_t c = 0; c < 3; ++c) rgb[3 * i + c] = over_white(rgba[4 * i + c], opacity);
    }
    return transparent;
}

bool lay_over_white(std::span<const std::uint8_t> rgba, std::span<std::uint8_t> rgb, const Pace& pace) {
    constexpr std::size_t pixels = bytes_at_once / 4;
    bool transparent = false;
    for (std::size_t first = 0, all = rgb.size() / 3; first < all; first += pixels) {
        pace.check();
        const std::size_t count = std::min(pixels, all - first);
        transparent |= lay_over_white(rgba.subspan(4 * first, 4 * count), rgb.subspan(3 * first, 3 * count));
    }
    return transparent;
}

std::vector<std::uint8_t> read_file(const std::filesystem::path& path, const Limits& limits) try {
    InputFile file(path, ErrorCode::unreadable_input);
    if (file.size() == 0) bad_picture("The file is empty.");
    if (file.size() > limits.file_bytes)
        throw Error(ErrorCode::out_of_resources, "The file is " + std::to_string(file.size()) +
                                                     " bytes; the limit is " +
                                                     std::to_string(limits.file_bytes) + ".");
    std::vector<std::uint8_t> bytes;
    file.append(bytes, file.size());
    return bytes;
} catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_resources, "There is not enough memory for this file.");
}

}  // namespace perceiver::media
