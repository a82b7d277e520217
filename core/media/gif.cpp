// The first frame of a GIF, by giflib, on its canvas.
#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "media/byte_reader.h"
#include "media/decoders.h"

namespace perceiver::media {
namespace {

int read_some(GifFileType* gif, GifByteType* into, int count) {
    Bytes& rest = *static_cast<Bytes*>(gif->UserData);
    const std::size_t n = std::min(rest.size(), static_cast<std::size_t>(std::max(count, 0)));
    std::copy_n(rest.begin(), n, into);
    rest = rest.subspan(n);
    return static_cast<int>(n);
}

struct CloseGif {
    void operator()(GifFileType* gif) const { DGifCloseFile(gif, nullptr); }
};

[[noreturn]] void refuse(const ImageHeader& header, int error) {
    const char* text = GifErrorString(error);
    bad_picture(header.cut_short ? "The file is cut short." : "The GIF is damaged.", text ? text : "");
}

// Reads blocks up to the first picture's; returns its transparent colour, or NO_TRANSPARENT_COLOR.
int find_picture(GifFileType* gif, const ImageHeader& header, const Pace& pace) {
    int transparent = NO_TRANSPARENT_COLOR;
    for (;;) {
        GifRecordType record = UNDEFINED_RECORD_TYPE;
        if (DGifGetRecordType(gif, &record) == GIF_ERROR) refuse(header, gif->Error);
        if (record == IMAGE_DESC_RECORD_TYPE) break;
        if (record != EXTENSION_RECORD_TYPE) bad_picture("The GIF holds no picture.");
        int code = 0;
        GifByteType* block = nullptr;
        for (auto ok = DGifGetExtension(gif, &code, &block);; ok = DGifGetExtensionNext(gif, &block)) {
            if (ok == GIF_ERROR) refuse(header, gif->Error);
            if (!block) break;
            pace.check();
            GraphicsControlBlock control{};
            if (code == GRAPHICS_EXT_FUNC_CODE && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
                transparent = control.TransparentColor;
        }
    }
    if (DGifGetImageDesc(gif) == GIF_ERROR) refuse(header, gif->Error);
    return transparent;
}

// Rows in the order a GIF stores them: as they come, or in four interlaced passes.
std::vector<int> row_order(int height, bool interlaced) {
    std::vector<int> rows;
    if (!interlaced) {
        for (int y = 0; y < height; ++y) rows.push_back(y);
        return rows;
    }
    constexpr std::array<std::array<int, 2>, 4> passes{{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
    for (const auto& [first, step] : passes)
        for (int y = first; y < height; y += step) rows.push_back(y);
    return rows;
}

void draw_row(Image& image, const GifImageDesc& frame, const ColorMapObject& colours, int transparent, int y,
              const std::vector<GifPixelType>& row) {
    std::uint8_t* to = image.rgb.data() + ((frame.Top + y) * image.width + frame.Left) * 3;
    for (const int index : row) {
        const GifColorType colour = index < colours.ColorCount ? colours.Colors[index] : GifColorType{};
        if (index != transparent) to[0] = colour.Red, to[1] = colour.Green, to[2] = colour.Blue;
        to += 3;
    }
}

}  // namespace

Image decode_gif(Bytes bytes, const ImageHeader& header, const Pace& pace) {
    int error = 0;
    Bytes rest = bytes;
    const std::unique_ptr<GifFileType, CloseGif> gif(DGifOpen(&rest, read_some, &error));
    if (!gif) refuse(header, error);
    const int transparent = find_picture(gif.get(), header, pace);
    const GifImageDesc& frame = gif->Image;
    const ColorMapObject* colours = frame.ColorMap ? frame.ColorMap : gif->SColorMap;
    if (!colours) bad_picture("The GIF is damaged: it has no colours.");
    if (frame.Width <= 0 || frame.Height <= 0 || frame.Left < 0 || frame.Top < 0 ||
        std::int64_t{frame.Left} + frame.Width > header.width ||
        std::int64_t{frame.Top} + frame.Height > header.height)
        bad_picture("The GIF is damaged.");

    Image image = white_image(header, pace);  // what the frame leaves free is transparent
    std::vector<GifPixelType> row(static_cast<std::size_t>(frame.Width));
    const auto rows = row_order(frame.Height, frame.Interlace);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        pace.check();
        if (DGifGetLine(gif.get(), row.data(), frame.Width) == GIF_ERROR) {
            if (i == 0) refuse(header, gif->Error);
            image.notes.emplace_back(header.cut_short
                                         ? "The file is cut short: a part of the picture is missing."
                                         : "The file is damaged: a part of the picture is missing.");
            break;
        }
        draw_row(image, frame, *colours, transparent, rows[i], row);
    }
    if (transparent != NO_TRANSPARENT_COLOR) image.notes.emplace_back(alpha_note);
    return image;
}

}  // namespace perceiver::media
