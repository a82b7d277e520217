// WebP by libwebp; of an animation, the first frame on its canvas.
#include <webp/decode.h>

#include <algorithm>
#include <memory>

#include "media/byte_reader.h"
#include "media/decoders.h"

namespace perceiver::media {
namespace {

// Bytes between two looks at whether it was cancelled: less of a picture that few bytes describe.
std::size_t portion_of(std::size_t bytes, std::size_t pixels_bytes) {
    return std::clamp<std::size_t>(bytes / (4 * pixels_bytes / bytes_at_once + 1), 16, 65'536);
}

/// Pixels in RGB, or RGBA, as wide and high as the stream says.
void decode_into(Bytes bytes, WEBP_CSP_MODE mode, std::span<std::uint8_t> pixels, int stride,
                 const Pace& pace) {
    struct Delete {
        void operator()(WebPIDecoder* decoder) const { WebPIDelete(decoder); }
    };
    const std::unique_ptr<WebPIDecoder, Delete> decoder(
        WebPINewRGB(mode, pixels.data(), pixels.size(), stride));
    if (!decoder) throw std::bad_alloc();
    const std::size_t portion = portion_of(bytes.size(), pixels.size());
    VP8StatusCode status = VP8_STATUS_SUSPENDED;
    for (std::size_t n = 0; n < bytes.size() && status == VP8_STATUS_SUSPENDED;) {
        pace.check();
        n = std::min(n + portion, bytes.size());
        status = WebPIUpdate(decoder.get(), bytes.data(), n);
    }
    if (status != VP8_STATUS_OK) bad_picture("The WebP is damaged.");
}

Image decode_still(Bytes bytes, const ImageHeader& header, const Pace& pace) {
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(bytes.data(), bytes.size(), &features) != VP8_STATUS_OK ||
        features.width != header.width || features.height != header.height)
        bad_picture("The WebP is damaged.");
    Image image = white_image(header, pace);
    const auto width = static_cast<int>(header.width);
    if (!features.has_alpha) {
        decode_into(bytes, MODE_RGB, image.rgb, 3 * width, pace);
        return image;
    }
    const std::size_t size = image.rgb.size() / 3 * 4;
    const auto rgba = std::make_unique_for_overwrite<std::uint8_t[]>(size);
    decode_into(bytes, MODE_RGBA, {rgba.get(), size}, 4 * width, pace);
    if (lay_over_white({rgba.get(), size}, image.rgb, pace)) image.notes.emplace_back(alpha_note);
    return image;
}

}  // namespace

Image decode_webp(Bytes bytes, const ImageHeader& header, const Pace& pace) {
    if (header.cut_short) bad_picture("The file is cut short.");
    const auto frame = first_webp_frame(bytes);
    if (!frame) return decode_still(bytes, header, pace);

    // A frame within the canvas is within the limits too; its stream must agree to its size before it is
    // decoded.
    const ImageHeader inner = read_image_header(frame->file);
    if (inner.width != frame->width || inner.height != frame->height ||
        frame->x + frame->width > header.width || frame->y + frame->height > header.height)
        bad_picture("The WebP is damaged.");
    const Image part = decode_still(frame->file, inner, pace);
    Image image = white_image(header, pace);
    for (std::int64_t y = 0; y < part.height; ++y)
        std::copy_n(part.rgb.begin() + y * part.width * 3, part.width * 3,
                    image.rgb.begin() + ((frame->y + y) * image.width + frame->x) * 3);
    image.notes = part.notes;
    return image;
}

}  // namespace perceiver::media
