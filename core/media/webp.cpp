// WebP by libwebp; of an animation, the first frame on its canvas.
#include <webp/decode.h>

#include <algorithm>

#include "media/byte_reader.h"
#include "media/decoders.h"

namespace perceiver::media {
namespace {

Image decode_still(Bytes bytes, const ImageHeader& header) {
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(bytes.data(), bytes.size(), &features) != VP8_STATUS_OK ||
        features.width != header.width || features.height != header.height)
        bad_picture("The WebP is damaged.");
    Image image = white_image(header);
    const auto width = static_cast<int>(header.width);
    if (!features.has_alpha) {
        if (!WebPDecodeRGBInto(bytes.data(), bytes.size(), image.rgb.data(), image.rgb.size(), 3 * width))
            bad_picture("The WebP is damaged.");
        return image;
    }
    std::vector<std::uint8_t> rgba(image.rgb.size() / 3 * 4);
    if (!WebPDecodeRGBAInto(bytes.data(), bytes.size(), rgba.data(), rgba.size(), 4 * width))
        bad_picture("The WebP is damaged.");
    if (lay_over_white(rgba, image.rgb)) image.notes.emplace_back(alpha_note);
    return image;
}

}  // namespace

Image decode_webp(Bytes bytes, const ImageHeader& header) {
    if (header.cut_short) bad_picture("The file is cut short.");
    const auto frame = first_webp_frame(bytes);
    if (!frame) return decode_still(bytes, header);

    // A frame within the canvas is within the limits too; its stream must agree to its size before it is
    // decoded.
    const ImageHeader inner = read_image_header(frame->file);
    if (inner.width != frame->width || inner.height != frame->height ||
        frame->x + frame->width > header.width || frame->y + frame->height > header.height)
        bad_picture("The WebP is damaged.");
    const Image part = decode_still(frame->file, inner);
    Image image = white_image(header);
    for (std::int64_t y = 0; y < part.height; ++y)
        std::copy_n(part.rgb.begin() + y * part.width * 3, part.width * 3,
                    image.rgb.begin() + ((frame->y + y) * image.width + frame->x) * 3);
    image.notes = part.notes;
    return image;
}

}  // namespace perceiver::media
