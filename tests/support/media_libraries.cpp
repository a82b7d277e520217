// Pictures written by the formats' own libraries.
// clang-format off
#include <cstdio>   // jpeglib.h needs FILE
#include <jpeglib.h>
// clang-format on
#include <gif_lib.h>
#include <tiffio.h>
#include <webp/encode.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "support/byte_writer.h"
#include "support/media_samples.h"

namespace perceiver::samples {
namespace {

ByteVector packed(const ByteVector& bytes) {
    uLongf size = compressBound(bytes.size());
    ByteVector out(size);
    compress(out.data(), &size, bytes.data(), bytes.size());
    out.resize(size);
    return out;
}

ByteVector png_of_rows(int width, int height, int bits, int colour_type, const ByteVector& palette,
                       const ByteVector& alphas, const ByteVector& rows) {
    ByteWriter header(true), out(true);
    header.u32(static_cast<std::uint32_t>(width)).u32(static_cast<std::uint32_t>(height));
    header.u8(static_cast<unsigned>(bits)).u8(static_cast<unsigned>(colour_type)).u8(0).u8(0).u8(0);
    out.append({0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}).append(png_chunk("IHDR", header.bytes));
    if (!palette.empty()) out.append(png_chunk("PLTE", palette)).append(png_chunk("tRNS", alphas));
    return out.append(png_chunk("IDAT", packed(rows))).append(png_chunk("IEND", {})).bytes;
}

template <class Setup>
ByteVector encode_jpeg(int width, int height, int components, J_COLOR_SPACE space, const ByteVector& pixels,
                       Setup setup) {
    jpeg_compress_struct info{};
    jpeg_error_mgr errors{};
    info.err = jpeg_std_error(&errors);
    jpeg_create_compress(&info);
    unsigned char* memory = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&info, &memory, &size);
    info.image_width = static_cast<JDIMENSION>(width);
    info.image_height = static_cast<JDIMENSION>(height);
    info.input_components = components;
    info.in_color_space = space;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, 100, TRUE);
    setup(info);
    jpeg_start_compress(&info, TRUE);
    ByteVector row(static_cast<std::size_t>(width * components));
    unsigned char* rows = row.data();
    while (info.next_scanline < info.image_height) {
        std::copy_n(pixels.begin() + static_cast<std::ptrdiff_t>(info.next_scanline * row.size()), row.size(),
                    row.begin());
        jpeg_write_scanlines(&info, &rows, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    ByteVector bytes(memory, memory + size);
    std::free(memory);
    return bytes;
}

int append_bytes(GifFileType* gif, const GifByteType* bytes, int count) {
    auto& out = *static_cast<ByteVector*>(gif->UserData);
    out.insert(out.end(), bytes, bytes + count);
    return count;
}

constexpr std::array<std::array<std::uint8_t, 3>, 4> gif_colours{
    {{0, 0, 0}, {255, 0, 0}, {0, 255, 0}, {0, 0, 255}}};
std::uint8_t gif_index(int x, int y) { return static_cast<std::uint8_t>((x + y / 2) % 4); }

void put_frame(GifFileType* gif, int width, int height, const GifOptions& o) {
    if (o.transparent) {
        const GraphicsControlBlock control{DISPOSAL_UNSPECIFIED, false, 10, 0};
        std::array<GifByteType, 4> block{};
        EGifGCBToExtension(&control, block.data());
        EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, 4, block.data());
    }
    EGifPutImageDesc(gif, o.x, o.y, width, height, o.interlaced, nullptr);
    const auto put_row = [&](int y) {
        ByteVector row;
        for (int x = 0; x < width; ++x) row.push_back(gif_index(x, y));
        EGifPutLine(gif, row.data(), width);
    };
    if (!o.interlaced)
        for (int y = 0; y < height; ++y) put_row(y);
    else
        for (const auto& [first, step] : {std::pair{0, 8}, {4, 8}, {2, 4}, {1, 2}})
            for (int y = first; y < height; y += step) put_row(y);
}

}  // namespace

ByteVector png_chunk(std::string_view name, const ByteVector& data) {
    ByteWriter body(true), out(true);
    body.text(name).append(data);
    const auto checksum = crc32(0, body.bytes.data(), static_cast<uInt>(body.bytes.size()));
    return out.u32(static_cast<std::uint32_t>(data.size()))
        .append(body.bytes)
        .u32(static_cast<std::uint32_t>(checksum))
        .bytes;
}

ByteVector palette_png(int width, int height) {
    ByteVector rows;
    for (int y = 0; y < height; ++y) {
        rows.push_back(0);
        for (int x = 0; x < width; ++x) rows.push_back(static_cast<std::uint8_t>(x % 4));
    }
    return png_of_rows(width, height, 8, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9}, {255, 255, 255, 0},
                       rows);
}

ByteVector bit_png(int width, int height) {
    ByteVector rows;
    for (int y = 0; y < height; ++y) {
        rows.push_back(0);
        rows.insert(rows.end(), static_cast<std::size_t>((width + 7) / 8), 0x55);
    }
    return png_of_rows(width, height, 1, 0, {}, {}, rows);
}

ByteVector png(const Picture& picture) {
    const auto stride = static_cast<std::ptrdiff_t>(picture.width * picture.channels);
    ByteVector rows;
    for (auto at = picture.pixels.begin(); at != picture.pixels.end(); at += stride) {
        rows.push_back(0);
        rows.insert(rows.end(), at, at + stride);
    }
    return png_of_rows(picture.width, picture.height, 8, picture.channels == 4 ? 6 : 2, {}, {}, rows);
}

ByteVector png16(const std::vector<std::uint16_t>& grey, int width, int height) {
    ByteWriter rows(true);
    for (int y = 0; y < height; ++y) {
        rows.u8(0);
        for (int x = 0; x < width; ++x) rows.u16(grey[static_cast<std::size_t>(y * width + x)]);
    }
    return png_of_rows(width, height, 16, 0, {}, {}, rows.bytes);
}

ByteVector jpeg(const Picture& picture, bool progressive) {
    return encode_jpeg(picture.width, picture.height, 3, JCS_RGB, picture.pixels,
                       [&](jpeg_compress_struct& info) {
                           if (progressive) jpeg_simple_progression(&info);
                       });
}

ByteVector grey_jpeg(const Picture& picture) {
    ByteVector grey;
    for (std::size_t i = 0; i < picture.pixels.size(); i += 3) grey.push_back(picture.pixels[i]);
    return encode_jpeg(picture.width, picture.height, 1, JCS_GRAYSCALE, grey, [](jpeg_compress_struct&) {});
}

ByteVector cmyk_jpeg(int width, int height, std::array<std::uint8_t, 4> ink, bool adobe) {
    ByteVector pixels;
    for (int i = 0; i < width * height; ++i)
        for (const auto part : ink) pixels.push_back(adobe ? static_cast<std::uint8_t>(255 - part) : part);
    return encode_jpeg(width, height, 4, JCS_CMYK, pixels, [&](jpeg_compress_struct& info) {
        jpeg_set_colorspace(&info, adobe ? JCS_YCCK : JCS_CMYK);
        info.write_Adobe_marker = adobe;
    });
}

ByteVector webp(const Picture& picture) {
    std::uint8_t* memory = nullptr;
    const auto encode = picture.channels == 4 ? WebPEncodeLosslessRGBA : WebPEncodeLosslessRGB;
    const std::size_t size = encode(picture.pixels.data(), picture.width, picture.height,
                                    picture.width * picture.channels, &memory);
    ByteVector bytes(memory, memory + size);
    WebPFree(memory);
    return bytes;
}

ByteVector lossy_webp(const Picture& picture) {
    std::uint8_t* memory = nullptr;
    const auto encode = picture.channels == 4 ? WebPEncodeRGBA : WebPEncodeRGB;
    const std::size_t size = encode(picture.pixels.data(), picture.width, picture.height,
                                    picture.width * picture.channels, 90, &memory);
    ByteVector bytes(memory, memory + size);
    WebPFree(memory);
    return bytes;
}

namespace {

struct TiffMemory {
    ByteVector bytes;
    std::size_t at = 0;
};
TiffMemory& memory_of(thandle_t handle) { return *static_cast<TiffMemory*>(handle); }

}  // namespace

ByteVector compressed_tiff(const Picture& picture, int strip_rows) {
    TiffMemory memory;
    TIFF* tiff = TIFFClientOpen(
        "", "wm", &memory,
        [](thandle_t handle, void* into, tmsize_t count) {
            auto& m = memory_of(handle);
            const auto n =
                std::min(static_cast<std::size_t>(count), m.bytes.size() - std::min(m.at, m.bytes.size()));
            std::memcpy(into, m.bytes.data() + m.at, n);
            m.at += n;
            return static_cast<tmsize_t>(n);
        },
        [](thandle_t handle, void* from, tmsize_t count) {
            auto& m = memory_of(handle);
            m.bytes.resize(std::max(m.bytes.size(), m.at + static_cast<std::size_t>(count)));
            std::memcpy(m.bytes.data() + m.at, from, static_cast<std::size_t>(count));
            m.at += static_cast<std::size_t>(count);
            return count;
        },
        [](thandle_t handle, toff_t offset, int whence) {
            auto& m = memory_of(handle);
            m.at = offset + (whence == SEEK_CUR ? m.at : whence == SEEK_END ? m.bytes.size() : 0);
            return static_cast<toff_t>(m.at);
        },
        [](thandle_t) { return 0; },
        [](thandle_t handle) { return static_cast<toff_t>(memory_of(handle).bytes.size()); }, nullptr,
        nullptr);
    if (!tiff) throw std::runtime_error("libtiff can't write the test's picture");
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, picture.width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, picture.height);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 3);
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, strip_rows);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_RGB);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
    ByteVector row(static_cast<std::size_t>(picture.width * 3));
    for (int y = 0; y < picture.height; ++y) {
        std::copy_n(
            picture.pixels.begin() + static_cast<std::ptrdiff_t>(y) * static_cast<std::ptrdiff_t>(row.size()),
            row.size(), row.begin());
        TIFFWriteScanline(tiff, row.data(), static_cast<std::uint32_t>(y));
    }
    TIFFClose(tiff);
    return memory.bytes;
}

ByteVector gif(int width, int height, const GifOptions& o) {
    ByteVector out;
    int error = 0;
    GifFileType* gif = EGifOpen(&out, append_bytes, &error);
    if (!gif) throw std::runtime_error("giflib can't write the test's picture");
    EGifSetGifVersion(gif, true);
    std::array<GifColorType, 4> colours{};
    for (std::size_t i = 0; i < colours.size(); ++i)
        colours[i] = {gif_colours[i][0], gif_colours[i][1], gif_colours[i][2]};
    ColorMapObject* map = GifMakeMapObject(4, colours.data());
    EGifPutScreenDesc(gif, o.canvas_width ? o.canvas_width : width,
                      o.canvas_height ? o.canvas_height : height, 2, 0, map);
    for (int i = 0; i < o.frames; ++i) put_frame(gif, width, height, o);
    EGifCloseFile(gif, &error);
    GifFreeMapObject(map);
    return out;
}

std::array<std::uint8_t, 3> gif_colour(int x, int y, bool transparent) {
    const auto index = gif_index(x, y);
    return transparent && index == 0 ? std::array<std::uint8_t, 3>{255, 255, 255} : gif_colours[index];
}

}  // namespace perceiver::samples
