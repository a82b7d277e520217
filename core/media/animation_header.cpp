// The structure of files that may hold more than one frame: GIF, and WebP animations.
#include <algorithm>

#include "media/byte_reader.h"
#include "media/image_header.h"

namespace perceiver::media {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::uint64_t colour_table_bytes(unsigned flags) {
    return flags & 0x80 ? std::uint64_t{3} << ((flags & 7) + 1) : 0;
}

// Past the length-prefixed blocks that begin at `at`, up to and with the empty one.
std::uint64_t skip_blocks(const ByteReader& in, std::uint64_t at) {
    for (unsigned length = in.u8(at); length != 0; length = in.u8(at)) at += 1 + length;
    return at + 1;
}

void append(std::vector<std::uint8_t>& out, std::string_view text) {
    out.insert(out.end(), text.begin(), text.end());
}
void append(std::vector<std::uint8_t>& out, Bytes bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
}
void append_number(std::vector<std::uint8_t>& out, std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) out.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

// A WebP file of the chunks of one animation frame: ALPH, if any, and VP8 or VP8L.
std::vector<std::uint8_t> still_webp(Bytes chunks, std::int64_t width, std::int64_t height) {
    const ByteReader in(chunks, ByteReader::Order::little);
    const bool alpha = in.says(0, "ALPH");
    std::vector<std::uint8_t> out;
    append(out, std::string_view("RIFF"));
    append_number(out, 4 + (alpha ? 18u : 0u) + chunks.size(), 4);
    append(out, std::string_view("WEBP"));
    if (alpha) {
        append(out, std::string_view("VP8X"));
        append_number(out, 10, 4);
        append_number(out, 0x10, 4);  // has alpha
        append_number(out, static_cast<std::uint64_t>(width - 1), 3);
        append_number(out, static_cast<std::uint64_t>(height - 1), 3);
    }
    append(out, chunks);
    return out;
}

}  // namespace

GifLayout read_gif_layout(Bytes bytes) {
    const ByteReader in(bytes, ByteReader::Order::little);
    GifLayout layout{in.u16(6), in.u16(8), 0, false};
    std::uint64_t at = 13 + colour_table_bytes(in.u8(10));
    try {
        for (;;) {
            const unsigned block = in.u8(at);
            if (block == 0x3b) break;
            if (block == 0x21) {
                at = skip_blocks(in, at + 2);
            } else if (block == 0x2c) {
                if (layout.frames == 0) {
                    layout.canvas_width =
                        std::max<std::int64_t>(layout.canvas_width, in.u16(at + 1) + in.u16(at + 5));
                    layout.canvas_height =
                        std::max<std::int64_t>(layout.canvas_height, in.u16(at + 3) + in.u16(at + 7));
                }
                const std::uint64_t data_at = at + 10 + colour_table_bytes(in.u8(at + 9)) + 1;
                ++layout.frames;
                at = skip_blocks(in, data_at);
            } else {
                break;  // rubbish after the last block is common
            }
        }
    } catch (const Error&) {
        layout.cut_short = true;
    }
    if (layout.frames == 0)
        bad_picture(layout.cut_short ? "The file is cut short." : "The GIF holds no picture.");
    return layout;
}

std::optional<WebpFrame> first_webp_frame(Bytes bytes) {
    const ByteReader in(bytes, ByteReader::Order::little);
    if (!in.says(12, "VP8X") || (in.u8(20) & 2) == 0) return std::nullopt;
    for (std::uint64_t at = 12; in.has(at, 8);) {
        const std::uint64_t length = in.u32(at + 4);
        if (in.says(at, "ANMF")) {
            if (length < 24) bad_picture("The WebP is damaged.");
            const auto frame = in.part(at + 8, length);
            WebpFrame first;
            first.x = std::int64_t{2} * in.u24(at + 8);
            first.y = std::int64_t{2} * in.u24(at + 11);
            first.width = std::int64_t{in.u24(at + 14)} + 1;
            first.height = std::int64_t{in.u24(at + 17)} + 1;
            first.file = still_webp(frame.subspan(16), first.width, first.height);
            return first;
        }
        at += 8 + length + (length & 1);
    }
    bad_picture("The WebP holds no picture.");
}

}  // namespace perceiver::media
