#include "support/media_samples.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "support/byte_writer.h"

namespace perceiver::samples {
Picture gradient(int width, int height) {
    Picture picture{width, height, 3, ByteVector(static_cast<std::size_t>(width * height * 3))};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x) {
            picture.at(x, y, 0) = static_cast<std::uint8_t>(255 * x / std::max(width - 1, 1));
            picture.at(x, y, 1) = static_cast<std::uint8_t>(255 * y / std::max(height - 1, 1));
            picture.at(x, y, 2) = static_cast<std::uint8_t>(255 * (x + y) / std::max(width + height - 2, 1));
        }
    return picture;
}

Picture translucent_gradient(int width, int height) {
    const Picture rgb = gradient(width, height);
    Picture picture{width, height, 4, ByteVector(static_cast<std::size_t>(width * height * 4))};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (int c = 0; c < 4; ++c) picture.at(x, y, c) = c < 3 ? rgb.at(x, y, c) : rgb.at(x, y, 0);
    return picture;
}

Picture shown_upright(const Picture& stored, int orientation) {
    // Where on the screen row 0 and column 0 of the file are, for orientations 1 to 8.
    constexpr std::array<std::string_view, 9> row_0{"",     "top",   "top",   "bottom", "bottom",
                                                    "left", "right", "right", "left"};
    constexpr std::array<std::string_view, 9> column_0{"",    "left", "right",  "right", "left",
                                                       "top", "top",  "bottom", "bottom"};
    const auto index = static_cast<std::size_t>(orientation);
    const bool turned = orientation >= 5;
    Picture shown{turned ? stored.height : stored.width, turned ? stored.width : stored.height, 3,
                  ByteVector(stored.pixels.size())};
    for (int y = 0; y < stored.height; ++y)
        for (int x = 0; x < stored.width; ++x) {
            int sx = 0, sy = 0;
            const auto place = [&](std::string_view side, int distance) {
                if (side == "top") sy = distance;
                if (side == "bottom") sy = shown.height - 1 - distance;
                if (side == "left") sx = distance;
                if (side == "right") sx = shown.width - 1 - distance;
            };
            place(row_0[index], y);
            place(column_0[index], x);
            for (int c = 0; c < 3; ++c) shown.at(sx, sy, c) = stored.at(x, y, c);
        }
    return shown;
}

namespace {

// The header of a 32-bit BMP with masks for all four channels.
ByteWriter bmp_with_masks(int width, int height, std::uint32_t size) {
    ByteWriter out;
    out.text("BM").u32(14 + 108 + size).u32(0).u32(14 + 108).u32(108).u32(static_cast<std::uint32_t>(width));
    out.u32(static_cast<std::uint32_t>(height)).u16(1).u16(32).u32(3).u32(size).u32(0).u32(0).u32(0).u32(0);
    out.u32(0xff0000).u32(0xff00).u32(0xff).u32(0xff000000).text("BGRs").zeros(48);
    return out;
}

// Headers of 40 bytes with `colours` entries of a palette to come.
ByteWriter bmp_header(int width, int height, int bits, std::uint32_t compression, std::uint32_t colours,
                      std::uint32_t size) {
    ByteWriter out;
    const std::uint32_t data_at = 14 + 40 + 4 * colours;
    out.text("BM").u32(data_at + size).u32(0).u32(data_at).u32(40).u32(static_cast<std::uint32_t>(width));
    out.u32(static_cast<std::uint32_t>(height))
        .u16(1)
        .u16(static_cast<unsigned>(bits))
        .u32(compression)
        .u32(size);
    return std::move(out.u32(0).u32(0).u32(colours).u32(0));
}

}  // namespace

ByteVector bmp(const Picture& picture) {
    const int row = (picture.width * picture.channels + 3) / 4 * 4;
    const auto size = static_cast<std::uint32_t>(row * picture.height);
    ByteWriter out = picture.channels == 4 ? bmp_with_masks(picture.width, picture.height, size)
                                           : bmp_header(picture.width, picture.height, 24, 0, 0, size);
    for (int y = picture.height - 1; y >= 0; --y) {
        for (int x = 0; x < picture.width; ++x)
            for (const int c : {2, 1, 0, 3})
                if (c < picture.channels) out.u8(picture.at(x, y, c));
        out.zeros(static_cast<std::size_t>(row - picture.width * picture.channels));
    }
    return out.bytes;
}

ByteVector palette_bmp(int width, int height, int bits) {
    const int row = (width * bits + 31) / 32 * 4;
    ByteWriter out = bmp_header(width, height, bits, 0, 2, static_cast<std::uint32_t>(row * height));
    out.u32(0x000000).u32(0xff0000);  // black, red
    for (int y = height - 1; y >= 0; --y) {
        ByteVector packed(static_cast<std::size_t>(row));
        for (int x = y % 2; x < width; x += 2)
            packed[static_cast<std::size_t>(x * bits / 8)] |=
                static_cast<std::uint8_t>(1 << (8 - bits - x * bits % 8));
        out.append(packed);
    }
    return out.bytes;
}

ByteVector bmp_of_15_bits(const Picture& picture) {
    const int row = (picture.width * 2 + 3) / 4 * 4;
    ByteWriter out =
        bmp_header(picture.width, picture.height, 16, 0, 0, static_cast<std::uint32_t>(row * picture.height));
    for (int y = picture.height - 1; y >= 0; --y) {
        for (int x = 0; x < picture.width; ++x)
            out.u16(picture.at(x, y, 0) >> 3 << 10 | picture.at(x, y, 1) >> 3 << 5 |
                    picture.at(x, y, 2) >> 3);
        out.zeros(static_cast<std::size_t>(row - 2 * picture.width));
    }
    return out.bytes;
}

ByteVector os2_bmp(const Picture& picture) {
    const int row = (picture.width * 3 + 3) / 4 * 4;
    ByteWriter out;
    out.text("BM").u32(static_cast<std::uint32_t>(26 + row * picture.height)).u32(0).u32(26).u32(12);
    out.u16(static_cast<unsigned>(picture.width)).u16(static_cast<unsigned>(picture.height)).u16(1).u16(24);
    const ByteVector modern = bmp(picture);
    return out.append({modern.begin() + 54, modern.end()}).bytes;
}

ByteVector bmp_of_zero_alpha(const Picture& rgb) {
    // A negative height: the top row comes first.
    ByteWriter out =
        bmp_with_masks(rgb.width, -rgb.height, static_cast<std::uint32_t>(rgb.width * rgb.height * 4));
    for (int y = 0; y < rgb.height; ++y)
        for (int x = 0; x < rgb.width; ++x)
            out.u8(rgb.at(x, y, 2)).u8(rgb.at(x, y, 1)).u8(rgb.at(x, y, 0)).u8(0);
    return out.bytes;
}

ByteVector rle_bmp(int width, int height) {
    ByteWriter runs;
    for (int y = height - 1; y >= 0; --y)
        runs.u8(static_cast<unsigned>(width)).u8(static_cast<unsigned>(y % 4)).u8(0).u8(0);
    runs.u8(0).u8(1);
    ByteWriter out = bmp_header(width, height, 8, 1, 4, static_cast<std::uint32_t>(runs.bytes.size()));
    out.u32(0x000000).u32(0xff0000).u32(0x00ff00).u32(0x0000ff);  // black, red, green, blue
    return out.append(runs.bytes).bytes;
}

ByteVector animated_webp(const Picture& picture, int width, int height, int x, int y, int frames) {
    const ByteVector still = webp(picture);
    // A still WebP is RIFF, size, WEBP, then its one chunk, or VP8X and more; frames take the chunks of
    // pixels alone.
    const bool extended = std::string_view(reinterpret_cast<const char*>(&still[12]), 4) == "VP8X";
    const ByteVector chunks(still.begin() + (extended ? 30 : 12), still.end());
    ByteWriter out;
    out.text("VP8X")
        .u32(10)
        .u32(0x12)
        .u24(static_cast<unsigned>(width - 1))
        .u24(static_cast<unsigned>(height - 1));
    out.text("ANIM").u32(6).u32(0).u16(0);
    for (int i = 0; i < frames; ++i) {
        out.text("ANMF").u32(static_cast<std::uint32_t>(16 + chunks.size()));
        out.u24(static_cast<unsigned>(x / 2)).u24(static_cast<unsigned>(y / 2));
        out.u24(static_cast<unsigned>(picture.width - 1))
            .u24(static_cast<unsigned>(picture.height - 1))
            .u24(100)
            .u8(0);
        out.append(chunks);
    }
    ByteWriter file;
    return file.text("RIFF")
        .u32(static_cast<std::uint32_t>(4 + out.bytes.size()))
        .text("WEBP")
        .append(out.bytes)
        .bytes;
}

ByteVector tiff(int width, int height, const ByteVector& data, const TiffOptions& o) {
    struct Tag {
        unsigned id, type;
        std::uint64_t value;
    };
    std::vector<Tag> tags{{256, 4, static_cast<unsigned>(width)},
                          {257, 4, static_cast<unsigned>(height)},
                          {258, 3, 0},
                          {259, 3, 1},
                          {262, 3, static_cast<unsigned>(o.photometric)},
                          {273, 4, 0}};
    if (o.orientation) tags.push_back({274, 3, static_cast<unsigned>(o.orientation)});
    tags.push_back({277, 3, static_cast<unsigned>(o.samples)});
    tags.push_back({278, 4, static_cast<unsigned>(height)});
    tags.push_back({279, 4, data.size()});
    if (o.extra_sample >= 0) tags.push_back({338, 3, static_cast<unsigned>(o.extra_sample)});
    tags.push_back({339, 3, 0});

    const std::uint64_t head = o.big_tiff ? 16 : 8, samples = static_cast<unsigned>(o.samples);
    const std::uint64_t directory = o.big_tiff ? 8 + 20 * tags.size() + 8 : 2 + 12 * tags.size() + 4;
    ByteWriter out(o.big_endian);
    out.text(o.big_endian ? "MM" : "II").u16(o.big_tiff ? 43 : 42);
    if (o.big_tiff)
        out.u16(8).u16(0).u64(head);
    else
        out.u32(static_cast<std::uint32_t>(head));
    // Each page: its directory, the two lists of one number a sample, and then the one page of data they all
    // share.
    const std::uint64_t page = directory + 4 * samples,
                        data_at = head + page * static_cast<unsigned>(o.pages);
    for (int p = 0; p < o.pages; ++p) {
        const std::uint64_t at = head + page * static_cast<unsigned>(p), lists = at + directory;
        o.big_tiff ? out.u64(tags.size()) : out.u16(static_cast<unsigned>(tags.size()));
        for (const Tag& tag : tags) {
            const bool list = tag.id == 258 || tag.id == 339;
            const int value = tag.id == 258 ? o.bits : o.sample_format;
            const std::uint64_t count = list ? samples : 1;
            const bool inside = count * 2 <= (o.big_tiff ? 8u : 4u);
            out.u16(tag.id).u16(tag.type);
            o.big_tiff ? out.u64(count) : out.u32(static_cast<std::uint32_t>(count));
            const std::size_t end = out.bytes.size() + (o.big_tiff ? 8 : 4);
            const std::uint64_t number = tag.id == 273 ? data_at : tag.value;
            if (list && inside) {
                for (std::uint64_t i = 0; i < count; ++i) out.u16(static_cast<unsigned>(value));
            } else if (list) {
                const std::uint64_t where = lists + (tag.id == 258 ? 0 : 2 * samples);
                o.big_tiff ? out.u64(where) : out.u32(static_cast<std::uint32_t>(where));
            } else {
                tag.type == 3 ? out.u16(static_cast<unsigned>(number))
                              : out.u32(static_cast<std::uint32_t>(number));
            }
            out.zeros(end - out.bytes.size());
        }
        const std::uint64_t next = p + 1 < o.pages ? at + page : 0;
        o.big_tiff ? out.u64(next) : out.u32(static_cast<std::uint32_t>(next));
        for (const int value : {o.bits, o.sample_format})
            for (std::uint64_t i = 0; i < samples; ++i) out.u16(static_cast<unsigned>(value));
    }
    return out.append(data).bytes;
}

template <class T>
ByteVector samples_of(const std::vector<T>& numbers, bool big_endian) {
    ByteVector bytes(numbers.size() * sizeof(T));
    std::memcpy(bytes.data(), numbers.data(), bytes.size());
    if (big_endian)
        for (std::size_t i = 0; i < bytes.size(); i += sizeof(T))
            std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                         bytes.begin() + static_cast<std::ptrdiff_t>(i + sizeof(T)));
    return bytes;
}
template ByteVector samples_of(const std::vector<std::uint16_t>&, bool);
template ByteVector samples_of(const std::vector<float>&, bool);
template ByteVector samples_of(const std::vector<double>&, bool);

ByteVector avif(const std::string& brand) {
    const auto box = [](std::string_view name, const ByteVector& body) {
        return ByteWriter(true)
            .u32(static_cast<std::uint32_t>(8 + body.size()))
            .text(name)
            .append(body)
            .bytes;
    };
    const auto w = [] { return ByteWriter(true); };
    // One frame of AV1: its sequence header, which av1C repeats, and its pixels.
    const ByteVector sequence{0x0a, 0x06, 0x18, 0x10, 0xff, 0xed, 0x80, 0x40},
        pixels{0x32, 0x1c, 0x16, 0x40, 0x00, 0x00, 0x48, 0x00, 0x00, 0x00, 0xb5, 0x1b, 0x78, 0x1f, 0x0d,
               0x14, 0x05, 0x1d, 0x5a, 0x90, 0x62, 0x93, 0xe4, 0x59, 0x5a, 0x2f, 0x6f, 0x25, 0x04, 0x4f};
    const ByteVector kind = box("ftyp", w().text(brand).u32(0).text(brand).text("mif1miaf").bytes);
    const auto size = static_cast<unsigned>(sequence.size() + pixels.size());
    const auto meta = [&](std::uint32_t at) {
        const ByteVector properties = w().append(box("ispe", w().u32(0).u32(32).u32(16).bytes))
                                          .append(box("av1C", w().u32(0x81000c00).append(sequence).bytes))
                                          .bytes;
        return box(
            "meta",
            w().u32(0)
                .append(box("hdlr", w().u32(0).u32(0).text("pict").zeros(13).bytes))
                .append(box("pitm", w().u32(0).u16(1).bytes))
                .append(
                    box("iloc", w().u32(0).u16(0x4400).u16(1).u16(1).u16(0).u16(1).u32(at).u32(size).bytes))
                .append(
                    box("iinf",
                        w().u32(0)
                            .u16(1)
                            .append(box("infe", w().u32(0x02000000).u16(1).u16(0).text("av01").u8(0).bytes))
                            .bytes))
                .append(
                    box("iprp", w().append(box("ipco", properties))
                                    .append(box("ipma", w().u32(0).u32(1).u16(1).u8(2).u8(1).u8(0x82).bytes))
                                    .bytes))
                .bytes);
    };
    const auto at = static_cast<std::uint32_t>(kind.size() + meta(0).size() + 8);
    return w()
        .append(kind)
        .append(meta(at))
        .append(box("mdat", w().append(sequence).append(pixels).bytes))
        .bytes;
}

ByteVector exif(int orientation, bool prefixed, bool big_endian) {
    ByteWriter out(big_endian);
    out.text(big_endian ? "MM" : "II").u16(42).u32(8).u16(1);
    out.u16(274).u16(3).u32(1).u16(static_cast<unsigned>(orientation)).u16(0).u32(0);
    if (prefixed) out.bytes.insert(out.bytes.begin(), {'E', 'x', 'i', 'f', 0, 0});
    return out.bytes;
}

ByteVector jpeg_with_exif(const ByteVector& file, const ByteVector& exif_data) {
    ByteWriter out(true);
    out.append({0xff, 0xd8, 0xff, 0xe1}).u16(static_cast<unsigned>(exif_data.size() + 2)).append(exif_data);
    return out.append({file.begin() + 2, file.end()}).bytes;
}

ByteVector png_with_exif(const ByteVector& file, const ByteVector& exif_data) {
    constexpr std::ptrdiff_t after_header = 8 + 25;
    ByteWriter out(true);
    out.append({file.begin(), file.begin() + after_header}).append(png_chunk("eXIf", exif_data));
    return out.append({file.begin() + after_header, file.end()}).bytes;
}

ByteVector webp_with_exif(const ByteVector& file, int width, int height, const ByteVector& exif_data) {
    ByteWriter out;
    out.text("VP8X")
        .u32(10)
        .u32(8)
        .u24(static_cast<unsigned>(width - 1))
        .u24(static_cast<unsigned>(height - 1));
    out.append({file.begin() + 12, file.end()})
        .text("EXIF")
        .u32(static_cast<std::uint32_t>(exif_data.size()))
        .append(exif_data);
    if (exif_data.size() % 2) out.u8(0);
    ByteWriter riff;
    return riff.text("RIFF")
        .u32(static_cast<std::uint32_t>(4 + out.bytes.size()))
        .text("WEBP")
        .append(out.bytes)
        .bytes;
}

ByteVector claiming(const std::string& format, std::uint32_t w, std::uint32_t h) {
    ByteWriter big(true), out;
    if (format == "JPEG")
        return big.append({0xff, 0xd8, 0xff, 0xc0})
            .u16(17)
            .u8(8)
            .u16(h)
            .u16(w)
            .append({3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1, 0xff, 0xda})
            .zeros(20)
            .bytes;
    if (format == "PNG") {
        ByteWriter header(true);
        header.u32(w).u32(h).append({8, 2, 0, 0, 0});
        return big.append({0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'})
            .append(png_chunk("IHDR", header.bytes))
            .append(png_chunk("IDAT", {}))
            .bytes;
    }
    if (format == "GIF")
        return out.text("GIF89a")
            .u16(w)
            .u16(h)
            .u8(0)
            .u8(0)
            .u8(0)
            .u8(0x2c)
            .u16(0)
            .u16(0)
            .u16(w)
            .u16(h)
            .u8(0)
            .u8(2)
            .u8(0)
            .u8(0x3b)
            .bytes;
    if (format == "BMP")
        return out.text("BM")
            .u32(100)
            .u32(0)
            .u32(54)
            .u32(40)
            .u32(w)
            .u32(h)
            .u16(1)
            .u16(24)
            .u32(0)
            .zeros(24)
            .bytes;
    if (format == "WebP")
        return out.text("RIFF").u32(22).text("WEBP").text("VP8X").u32(10).u32(0).u24(w - 1).u24(h - 1).bytes;
    return tiff(static_cast<int>(w), static_cast<int>(h), ByteVector(10));
}

std::vector<NamedFile> pictures_of_every_kind() {
    const Picture rgb = gradient(33, 20), rgba = translucent_gradient(33, 20);
    const std::vector<std::uint16_t> grey(33 * 20, 30'000);
    const ByteVector grey16 = samples_of(grey), floats = samples_of(std::vector<float>(33 * 20, 0.5f));
    const auto tiff_of = [](const ByteVector& data, const TiffOptions& options) {
        return tiff(33, 20, data, options);
    };
    return {
        {"jpeg", "JPEG", jpeg(rgb)},
        {"jpeg_progressive", "JPEG", jpeg(rgb, true)},
        {"jpeg_grey", "JPEG", grey_jpeg(rgb)},
        {"jpeg_cmyk", "JPEG", cmyk_jpeg(33, 20, {10, 20, 30, 40}, true)},
        {"jpeg_exif", "JPEG", jpeg_with_exif(jpeg(rgb), exif(6, true))},
        {"png", "PNG", png(rgb)},
        {"png_alpha", "PNG", png(rgba)},
        {"png_16", "PNG", png16(grey, 33, 20)},
        {"png_palette", "PNG", palette_png(33, 20)},
        {"png_1", "PNG", bit_png(33, 20)},
        {"png_exif", "PNG", png_with_exif(png(rgb), exif(8, false, true))},
        {"webp", "WebP", webp(rgb)},
        {"webp_lossy", "WebP", lossy_webp(rgb)},
        {"webp_alpha", "WebP", webp(rgba)},
        {"webp_animated", "WebP", animated_webp(gradient(16, 10), 33, 20, 4, 2, 3)},
        {"webp_exif", "WebP", webp_with_exif(webp(rgb), 33, 20, exif(3, true))},
        {"bmp", "BMP", bmp(rgb)},
        {"bmp_alpha", "BMP", bmp(rgba)},
        {"bmp_zero_alpha", "BMP", bmp_of_zero_alpha(rgb)},
        {"bmp_1", "BMP", palette_bmp(33, 20, 1)},
        {"bmp_15", "BMP", bmp_of_15_bits(rgb)},
        {"bmp_os2", "BMP", os2_bmp(rgb)},
        {"bmp_rle", "BMP", rle_bmp(33, 20)},
        {"gif", "GIF", gif(33, 20)},
        {"gif_interlaced", "GIF", gif(33, 20, {.frames = 2, .interlaced = true, .transparent = true})},
        {"tiff", "TIFF", tiff_of(rgb.pixels, {})},
        {"tiff_lzw", "TIFF", compressed_tiff(rgb)},
        {"tiff_alpha", "TIFF", tiff_of(rgba.pixels, {.samples = 4, .extra_sample = 2})},
        {"tiff_16", "TIFF", tiff_of(grey16, {.bits = 16, .samples = 1, .photometric = 1})},
        {"tiff_float", "TIFF",
         tiff_of(floats, {.bits = 32, .samples = 1, .photometric = 1, .sample_format = 3})},
        {"tiff_big_endian", "TIFF", tiff_of(rgb.pixels, {.orientation = 5, .pages = 2, .big_endian = true})}};
}

}  // namespace perceiver::samples
