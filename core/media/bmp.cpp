// BMP, Windows 3 to 5 and OS/2 1: palettes, bit masks, run lengths.
#include <algorithm>
#include <array>
#include <bit>

#include "media/byte_reader.h"
#include "media/decoders.h"

namespace perceiver::media {
namespace {

using Colour = std::array<std::uint8_t, 3>;

// One channel of a pixel whose bits are given by a mask.
struct Channel {
    std::uint32_t mask = 0;

    unsigned of(std::uint32_t pixel) const {
        if (mask == 0) return 0;
        const int shift = std::countr_zero(mask);
        const std::uint64_t most = mask >> shift;
        return static_cast<unsigned>((std::uint64_t{(pixel & mask) >> shift} * 255 + most / 2) / most);
    }
};

struct Bmp {
    ByteReader in;
    std::uint64_t data_at = 0, header_bytes = 0;
    std::uint32_t compression = 0;
    int bits = 0;
    bool top_down = false;
    std::array<Channel, 4> channels;  ///< red, green, blue, alpha
    std::vector<Colour> palette;

    Colour indexed(unsigned index) const { return index < palette.size() ? palette[index] : Colour{}; }
};

void read_masks(Bmp& bmp) {
    if (bmp.compression == 3 || bmp.compression == 6) {
        // Right after the 40 bytes of the oldest such header, whether they count as a part of it or not.
        for (std::size_t i = 0; i < 3; ++i) bmp.channels[i].mask = bmp.in.u32(54 + 4 * i);
        if (bmp.header_bytes >= 56 || bmp.compression == 6) bmp.channels[3].mask = bmp.in.u32(66);
    } else if (bmp.bits == 16) {
        bmp.channels = {{{0x7c00}, {0x03e0}, {0x001f}, {0}}};
    } else {
        bmp.channels = {{{0xff0000}, {0x00ff00}, {0x0000ff}, {0}}};
    }
}

void read_palette(Bmp& bmp) {
    const bool old = bmp.header_bytes == 12;
    const std::uint64_t entry = old ? 3 : 4,
                        begin =
                            14 + bmp.header_bytes + (bmp.header_bytes == 40 && bmp.compression == 3 ? 12 : 0);
    const std::uint64_t most = std::uint64_t{1} << bmp.bits, said = old ? 0 : bmp.in.u32(46);
    const std::uint64_t count =
        std::min({said ? said : most, most, (std::max(bmp.data_at, begin) - begin) / entry});
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto bgr = bmp.in.part(begin + i * entry, 3);
        bmp.palette.push_back({bgr[2], bgr[1], bgr[0]});
    }
}

Bmp read_bmp(Bytes bytes, const ImageHeader& header) {
    const ByteReader in(bytes, ByteReader::Order::little);
    Bmp bmp{in, in.u32(10), in.u32(14), 0, header.bits, false, {}, {}};
    if (bmp.header_bytes > 12) {
        bmp.top_down = static_cast<std::int32_t>(in.u32(22)) < 0;
        bmp.compression = in.u32(30);
    }
    if (bmp.bits <= 8)
        read_palette(bmp);
    else
        read_masks(bmp);
    return bmp;
}

// Indices of a run-length picture, [height, width] from the bottom row up; what no run covers is index 0.
std::vector<std::uint8_t> expand_runs(const Bmp& bmp, std::int64_t width, std::int64_t height,
                                      const Pace& pace) {
    std::vector<std::uint8_t> indices(static_cast<std::size_t>(width * height));
    const bool nibbles = bmp.compression == 2;
    std::int64_t x = 0, y = 0;
    const auto put = [&](unsigned index) {
        if (x < width && y < height)
            indices[static_cast<std::size_t>(y * width + x)] = static_cast<std::uint8_t>(index);
        ++x;
    };
    const auto half = [](unsigned byte, unsigned i) { return i % 2 == 0 ? byte >> 4 : byte & 15; };
    for (std::uint64_t at = bmp.data_at; y < height;) {
        pace.check();
        const unsigned count = bmp.in.u8(at), value = bmp.in.u8(at + 1);
        at += 2;
        if (count > 0) {
            for (unsigned i = 0; i < count; ++i) put(nibbles ? half(value, i) : value);
        } else if (value == 0) {
            x = 0, ++y;
        } else if (value == 1) {
            break;
        } else if (value == 2) {
            x += bmp.in.u8(at), y += bmp.in.u8(at + 1);
            at += 2;
        } else {
            for (unsigned i = 0; i < value; ++i)
                put(nibbles ? half(bmp.in.u8(at + i / 2), i) : bmp.in.u8(at + i));
            at += ((nibbles ? (value + 1) / 2 : value) + 1) & ~1u;
        }
    }
    return indices;
}

void draw_indices(Image& image, const Bmp& bmp, Bytes row, std::uint8_t* to) {
    const auto per_byte = static_cast<unsigned>(8 / bmp.bits);
    for (std::int64_t x = 0; x < image.width; ++x, to += 3) {
        const auto place = static_cast<unsigned>(x % per_byte);
        const unsigned shift = 8 - static_cast<unsigned>(bmp.bits) * (place + 1);
        const unsigned index = row[static_cast<std::size_t>(x / per_byte)] >> shift & ((1u << bmp.bits) - 1);
        std::ranges::copy(bmp.indexed(index), to);
    }
}

std::uint32_t pixel_bits(Bytes row, std::int64_t x, int bytes_each) {
    std::uint32_t pixel = 0;
    for (int i = bytes_each; i-- > 0;) pixel = pixel << 8 | row[static_cast<std::size_t>(x * bytes_each + i)];
    return pixel;
}

void draw_masked(Image& image, const Bmp& bmp, Bytes row, std::uint8_t* to, bool alpha) {
    for (std::int64_t x = 0; x < image.width; ++x, to += 3) {
        const std::uint32_t pixel = pixel_bits(row, x, bmp.bits / 8);
        const unsigned opacity = alpha ? bmp.channels[3].of(pixel) : 255;
        for (std::size_t c = 0; c < 3; ++c) to[c] = over_white(bmp.channels[c].of(pixel), opacity);
    }
}

}  // namespace

Image decode_bmp(Bytes bytes, const ImageHeader& header, const Pace& pace) {
    if (header.cut_short) bad_picture("The file is cut short.");
    const Bmp bmp = read_bmp(bytes, header);
    Image image = white_image(header, pace);
    const auto row_of = [&](std::int64_t stored) {  // where stored row `stored` goes
        return image.rgb.data() + (bmp.top_down ? stored : header.height - 1 - stored) * header.width * 3;
    };
    if (bmp.compression == 1 || bmp.compression == 2) {
        const auto indices = expand_runs(bmp, header.width, header.height, pace);
        for (std::int64_t y = 0; y < header.height; ++y) {
            pace.check();
            for (std::int64_t x = 0; x < header.width; ++x)
                std::ranges::copy(bmp.indexed(indices[static_cast<std::size_t>(y * header.width + x)]),
                                  row_of(y) + 3 * x);
        }
        return image;
    }
    const std::uint64_t row_bytes =
        (static_cast<std::uint64_t>(header.width) * static_cast<unsigned>(bmp.bits) + 31) / 32 * 4;
    const auto row = [&](std::int64_t y) {
        pace.check();
        return bmp.in.part(bmp.data_at + static_cast<std::uint64_t>(y) * row_bytes, row_bytes);
    };
    // Many programs leave the fourth byte 0 everywhere and mean an opaque picture.
    bool alpha = false, transparent = false;
    for (std::int64_t y = 0; bmp.bits > 8 && bmp.channels[3].mask && y < header.height; ++y) {
        const Bytes pixels = row(y);
        for (std::int64_t x = 0; x < header.width; ++x) {
            const unsigned opacity = bmp.channels[3].of(pixel_bits(pixels, x, bmp.bits / 8));
            alpha |= opacity != 0;
            transparent |= opacity != 255;
        }
    }
    for (std::int64_t y = 0; y < header.height; ++y) {
        if (bmp.bits <= 8)
            draw_indices(image, bmp, row(y), row_of(y));
        else
            draw_masked(image, bmp, row(y), row_of(y), alpha);
    }
    if (alpha && transparent) image.notes.emplace_back(alpha_note);
    return image;
}

}  // namespace perceiver::media
