// PNG in and out by libpng's simplified interface, which neither prints nor jumps.
#include <png.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "media/byte_reader.h"
#include "media/decoders.h"

namespace perceiver::media {
namespace {

struct PngImage : png_image {
    PngImage() : png_image{} { version = PNG_IMAGE_VERSION; }
    PngImage(const PngImage&) = delete;
    PngImage& operator=(const PngImage&) = delete;
    ~PngImage() { png_image_free(this); }
};

// A file's bytes as a stream that breaks off on a cancel: libpng asks for them a few kilobytes at a time, and
// offers no other moment to stop it.
struct Rest {
    Bytes bytes;
    const Pace& pace;
};
ssize_t read_some(void* cookie, char* into, std::size_t count) {
    Rest& rest = *static_cast<Rest*>(cookie);
    if (rest.pace.cancelled()) return -1;
    const std::size_t n = std::min(count, rest.bytes.size());
    std::copy_n(rest.bytes.begin(), n, into);
    rest.bytes = rest.bytes.subspan(n);
    return static_cast<ssize_t>(n);
}
struct CloseStream {
    void operator()(std::FILE* stream) const { std::fclose(stream); }
};

[[noreturn]] void refuse(const PngImage& png, const ImageHeader& header, const Pace& pace) {
    pace.check();
    bad_picture(header.cut_short ? "The file is cut short." : "The PNG is damaged.", png.message);
}

}  // namespace

Image decode_png(Bytes bytes, const ImageHeader& header, const Pace& pace) {
    Rest rest{bytes, pace};
    const std::unique_ptr<std::FILE, CloseStream> stream(
        fopencookie(&rest, "rb", {read_some, nullptr, nullptr, nullptr}));
    if (!stream) throw std::bad_alloc();
    PngImage png;
    if (!png_image_begin_read_from_stdio(&png, stream.get())) refuse(png, header, pace);
    if (png.width != header.width || png.height != header.height) bad_picture("The PNG is damaged.");
    const bool alpha = (png.format & PNG_FORMAT_FLAG_ALPHA) != 0;
    png.format = alpha ? PNG_FORMAT_RGBA : PNG_FORMAT_RGB;
    png.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // 16-bit files without a gamma are not taken for linear light

    Image image = white_image(header, pace);
    if (!alpha) {
        if (!png_image_finish_read(&png, nullptr, image.rgb.data(), 0, nullptr)) refuse(png, header, pace);
    } else {
        const std::size_t size = image.rgb.size() / 3 * 4;
        const auto rgba = std::make_unique_for_overwrite<std::uint8_t[]>(size);
        if (!png_image_finish_read(&png, nullptr, rgba.get(), 0, nullptr)) refuse(png, header, pace);
        if (lay_over_white({rgba.get(), size}, image.rgb, pace)) image.notes.emplace_back(alpha_note);
    }
    if (header.bits == 16) image.notes.emplace_back(depth_note);
    return image;
}

std::vector<std::uint8_t> encode_png(std::span<const std::uint8_t> rgb, std::int64_t width,
                                     std::int64_t height) {
    constexpr std::int64_t most = 1 << 24;
    if (width <= 0 || height <= 0 || width > most || height > most ||
        rgb.size() != static_cast<std::size_t>(width * height * 3))
        throw Error(ErrorCode::unreadable_input, "The pixels don't fill a picture of that width and height.");
    PngImage png;
    png.width = static_cast<png_uint_32>(width);
    png.height = static_cast<png_uint_32>(height);
    png.format = PNG_FORMAT_RGB;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(png);
    std::vector<std::uint8_t> bytes(size);
    if (!png_image_write_to_memory(&png, bytes.data(), &size, 0, rgb.data(), 0, nullptr))
        throw Error(ErrorCode::out_of_resources, "The picture can't be written as PNG.", png.message);
    bytes.resize(size);
    return bytes;
}

}  // namespace perceiver::media
