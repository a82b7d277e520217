#include "media/image_header.h"

#include <algorithm>
#include <array>

#include "base/with_commas.h"
#include "media/byte_reader.h"
#include "media/image.h"

namespace perceiver::media {
namespace {

using Bytes = std::span<const std::uint8_t>;
using Order = ByteReader::Order;

bool is_frame_header(unsigned marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

// Segments up to the first scan. Bytes between segments are skipped, as decoders do.
ImageHeader jpeg_header(Bytes bytes) {
    const ByteReader in(bytes, Order::big);
    ImageHeader header;
    for (std::uint64_t at = 2;;) {
        if (in.u8(at) != 0xff || in.u8(at + 1) == 0xff || in.u8(at + 1) == 0) {
            ++at;
            continue;
        }
        const unsigned marker = in.u8(at + 1);
        at += 2;
        if (marker == 0xda || marker == 0xd9) break;
        if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue;  // these have no length
        const std::uint64_t length = in.u16(at);
        if (length < 2) bad_picture("The JPEG is damaged.");
        if (is_frame_header(marker) && header.width == 0) {
            header.bits = in.u8(at + 2);
            header.height = in.u16(at + 3);
            header.width = in.u16(at + 5);
        } else if (marker == 0xe1 && in.says(at + 2, "Exif")) {
            header.orientation = exif_orientation(in.part(at + 2, length - 2));
        }
        at += length;
    }
    return header;
}

ImageHeader png_header(Bytes bytes) {
    const ByteReader in(bytes, Order::big);
    if (!in.says(12, "IHDR")) bad_picture("The PNG is damaged.");
    ImageHeader header;
    header.width = in.u32(16);
    header.height = in.u32(20);
    header.bits = in.u8(24);
    std::uint64_t at = 8;
    for (; in.has(at, 12); at += 12 + std::uint64_t{in.u32(at)}) {
        const std::uint64_t length = in.u32(at);
        if (in.says(at + 4, "IEND")) return header;
        if (in.says(at + 4, "eXIf") && in.has(at + 8, length))
            header.orientation = exif_orientation(in.part(at + 8, length));
        if (in.says(at + 4, "acTL") && in.has(at + 8, 4))
            header.frames = std::max<std::int64_t>(1, in.u32(at + 8));
    }
    header.cut_short = true;
    return header;
}

ImageHeader gif_header(Bytes bytes) {
    const GifLayout layout = read_gif_layout(bytes);
    ImageHeader header;
    header.width = layout.canvas_width;
    header.height = layout.canvas_height;
    header.frames = layout.frames;
    header.cut_short = layout.cut_short;
    return header;
}

// Walks run-length commands, so that a stream that ends early is told from a whole one before it is decoded.
bool bmp_runs_complete(const ByteReader& in, std::uint64_t at, bool nibbles) {
    while (in.has(at, 2)) {
        const unsigned count = in.u8(at), value = in.u8(at + 1);
        at += 2;
        if (count != 0 || value == 0) continue;  // a run, or the end of a line
        if (value == 1) return true;             // the end of the picture
        if (value == 2)
            at += 2;  // a jump
        else
            at += ((nibbles ? (value + 1) / 2 : value) + 1) & ~1u;
    }
    return false;
}

ImageHeader bmp_header(Bytes bytes) {
    const ByteReader in(bytes, Order::little);
    const auto signed32 = [&](std::uint64_t at) {
        return std::int64_t{static_cast<std::int32_t>(in.u32(at))};
    };
    const std::uint64_t data_at = in.u32(10), size = in.u32(14);
    ImageHeader header;
    std::uint32_t compression = 0;
    if (size == 12) {
        header.width = in.u16(18);
        header.height = in.u16(20);
        header.bits = in.u16(24);
    } else {
        header.width = signed32(18);
        header.height = std::abs(signed32(22));  // negative: the top row comes first
        header.bits = in.u16(28);
        compression = in.u32(30);
    }
    constexpr std::array<int, 6> depths{1, 4, 8, 16, 24, 32};
    if (compression == 4 || compression == 5) bad_picture("A BMP that holds a JPEG or PNG is not supported.");
    if (std::ranges::find(depths, header.bits) == depths.end() || compression > 6 || data_at < 14 + size ||
        header.width <= 0)
        bad_picture("The BMP is damaged.");
    if (compression == 1 || compression == 2) {
        header.cut_short = !bmp_runs_complete(in, data_at, compression == 2);
    } else {
        const std::uint64_t row =
            (static_cast<std::uint64_t>(header.width) * static_cast<unsigned>(header.bits) + 31) / 32 * 4;
        header.cut_short = !in.has(data_at, row * static_cast<std::uint64_t>(header.height));
    }
    return header;
}

// Size of one VP8 or VP8L stream, whose chunk begins at `at`; false when the chunk is another.
bool read_webp_stream(const ByteReader& in, std::uint64_t at, ImageHeader& header) {
    const bool lossless = in.says(at, "VP8L");
    if (!lossless && !in.says(at, "VP8 ")) return false;
    if (lossless) {
        if (in.u8(at + 8) != 0x2f) bad_picture("The WebP is damaged.");
        const std::uint32_t size = in.u32(at + 9);
        header.width = (size & 0x3fff) + 1;
        header.height = (size >> 14 & 0x3fff) + 1;
    } else {
        if (!in.says(at + 11, "\x9d\x01\x2a")) bad_picture("The WebP is damaged.");
        header.width = in.u16(at + 14) & 0x3fff;
        header.height = in.u16(at + 16) & 0x3fff;
    }
    return true;
}

ImageHeader webp_header(Bytes bytes) {
    const ByteReader in(bytes, Order::little);
    ImageHeader header;
    header.cut_short = !in.has(8, in.u32(4));
    if (read_webp_stream(in, 12, header)) return header;
    if (!in.says(12, "VP8X")) bad_picture("The WebP is damaged.");
    const std::int64_t width = in.u24(24) + 1, height = in.u24(27) + 1;
    std::int64_t animation_frames = 0;
    for (std::uint64_t at = 12; in.has(at, 8);) {
        const std::uint64_t length = in.u32(at + 4);
        if (in.says(at, "ANMF")) ++animation_frames;
        if (in.says(at, "EXIF") && in.has(at + 8, length))
            header.orientation = exif_orientation(in.part(at + 8, length));
        // A still picture's stream must fill the canvas; one that doesn't would be decoded at a size nobody
        // checked.
        if (read_webp_stream(in, at, header) && (header.width != width || header.height != height))
            bad_picture("The WebP is damaged.");
        at += 8 + length + (length & 1);
    }
    header.width = width;
    header.height = height;
    header.frames = std::max<std::int64_t>(1, animation_frames);
    return header;
}

ImageHeader tiff_image_header(Bytes bytes) {
    const TiffHeader tiff = read_tiff_header(bytes);
    ImageHeader header;
    header.width = tiff.width;
    header.height = tiff.height;
    header.orientation = tiff.orientation;
    header.frames = tiff.pages;
    header.bits = tiff.bits;
    return header;
}

}  // namespace

std::string image_format(Bytes bytes) {
    const ByteReader in(bytes, Order::little);
    if (in.says(0, "\xff\xd8\xff")) return "JPEG";
    if (in.says(0, "\x89PNG\r\n\x1a\n")) return "PNG";
    if (in.says(0, "GIF87a") || in.says(0, "GIF89a")) return "GIF";
    if (in.says(0, "RIFF") && in.says(8, "WEBP")) return "WebP";
    for (std::string_view magic : {std::string_view("II*\0", 4), std::string_view("II+\0", 4),
                                   std::string_view("MM\0*", 4), std::string_view("MM\0+", 4)})
        if (in.says(0, magic)) return "TIFF";
    // "avis" is a film's.
    if (in.says(4, "ftypavif")) return "AVIF";
    // Many a text begins with "BM": the size of the header that follows is asked as well.
    constexpr std::array<std::uint32_t, 7> bmp_headers{12, 40, 52, 56, 64, 108, 124};
    if (in.says(0, "BM") && in.has(14, 4) && std::ranges::find(bmp_headers, in.u32(14)) != bmp_headers.end())
        return "BMP";
    return "";
}

ImageHeader read_image_header(Bytes bytes) {
    if (bytes.empty()) bad_picture("The file is empty.");
    const std::string format = image_format(bytes);
    ImageHeader header;
    if (format == "JPEG")
        header = jpeg_header(bytes);
    else if (format == "PNG")
        header = png_header(bytes);
    else if (format == "GIF")
        header = gif_header(bytes);
    else if (format == "WebP")
        header = webp_header(bytes);
    else if (format == "BMP")
        header = bmp_header(bytes);
    else if (format == "TIFF")
        header = tiff_image_header(bytes);
    else
        bad_picture("This is not a picture of a known kind (JPEG, PNG, WebP, BMP, GIF, TIFF or AVIF).");
    header.format = format;
    if (header.width <= 0 || header.height <= 0)
        bad_picture("The " + format + " is damaged: it has no size.");
    return header;
}

void check_size(std::int64_t width, std::int64_t height, const Limits& limits) {
    const std::string size =
        "The picture is " + with_commas(width) + " x " + with_commas(height) + " pixels; the limit is ";
    if (width > limits.side || height > limits.side)
        throw Error(ErrorCode::out_of_resources, size + with_commas(limits.side) + " a side.");
    if (width > limits.pixels / height)
        throw Error(ErrorCode::out_of_resources, size + with_commas(limits.pixels) + " in all.");
}

}  // namespace perceiver::media
