#include <algorithm>
#include <cmath>
#include <new>

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "media/decoders.h"
#include "media/frame_source.h"
#include "media/orientation.h"

namespace perceiver::media {
namespace {

bool is_interlaced(const AVFrame& frame) {
#ifdef AV_FRAME_FLAG_INTERLACED
    return (frame.flags & AV_FRAME_FLAG_INTERLACED) != 0;
#else
    return frame.interlaced_frame != 0;
#endif
}

bool top_comes_first(const AVFrame& frame) {
#ifdef AV_FRAME_FLAG_TOP_FIELD_FIRST
    return (frame.flags & AV_FRAME_FLAG_TOP_FIELD_FIRST) != 0;
#else
    return frame.top_field_first != 0;
#endif
}

// The formats named "J" are the plain ones at full range.
AVPixelFormat plain_format(int format, bool& full_range) {
    full_range |= format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P || format == AV_PIX_FMT_YUVJ444P ||
                  format == AV_PIX_FMT_YUVJ440P;
    switch (format) {
        case AV_PIX_FMT_YUVJ420P: return AV_PIX_FMT_YUV420P;
        case AV_PIX_FMT_YUVJ422P: return AV_PIX_FMT_YUV422P;
        case AV_PIX_FMT_YUVJ444P: return AV_PIX_FMT_YUV444P;
        case AV_PIX_FMT_YUVJ440P: return AV_PIX_FMT_YUV440P;
        default: return static_cast<AVPixelFormat>(format);
    }
}

// Without a word from the file: what broadcasters use at that size.
int colour_space(const AVFrame& frame) {
    if (frame.colorspace == AVCOL_SPC_UNSPECIFIED || frame.colorspace == AVCOL_SPC_RGB)
        return frame.height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601;
    return static_cast<int>(frame.colorspace);
}

AvFrame canvas(AVPixelFormat format, int width, int height) {
    AvFrame frame = new_frame();
    frame->format = format;
    frame->width = width;
    frame->height = height;
    if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();  // rows padded, as sws may write past them
    return frame;
}

}  // namespace

FramePainter::FramePainter(std::int64_t width, std::int64_t height, int orientation)
    : width_(orientation >= 5 ? height : width),
      height_(orientation >= 5 ? width : height),
      orientation_(orientation) {}

std::vector<std::uint8_t> FramePainter::paint(const AVFrame& frame) {
    const int width = static_cast<int>(width_), height = static_cast<int>(height_);
    const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
    if (!description || (description->flags & AV_PIX_FMT_FLAG_HWACCEL))
        throw Error(ErrorCode::unreadable_input, "The film's frames are of an unknown kind.");
    bool full_range = frame.color_range == AVCOL_RANGE_JPEG;
    const AVPixelFormat format = plain_format(frame.format, full_range);
    const bool transparent = (description->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    // One field is every other line: a picture of half the height, stretched to the whole.
    const bool field = is_interlaced(frame) && frame.height >= 4;
    const bool lower = field && !top_comes_first(frame);
    saw_fields_ |= field;
    const int rows = field ? (frame.height + (lower ? 0 : 1)) / 2 : frame.height;

    const AVPixelFormat out = transparent ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
    const bool shrinks = width < frame.width || height < rows;
    sws_.reset(sws_getCachedContext(sws_.release(), frame.width, rows, format, width, height, out,
                                    (shrinks ? SWS_AREA : SWS_BICUBIC) | SWS_ACCURATE_RND, nullptr, nullptr,
                                    nullptr));
    if (!sws_)
        throw Error(ErrorCode::unreadable_input, "The film's frames are of an unknown kind.", take_av_message());
    sws_setColorspaceDetails(sws_.get(), sws_getCoefficients(colour_space(frame)), full_range ? 1 : 0,
                             sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
    std::array<const std::uint8_t*, 4> planes{};
    std::array<int, 4> strides{};
    for (std::size_t i = 0; i < 4; ++i) {
        const bool palette = i == 1 && (description->flags & AV_PIX_FMT_FLAG_PAL);
        planes[i] = frame.data[i] && lower && !palette ? frame.data[i] + frame.linesize[i] : frame.data[i];
        strides[i] = frame.linesize[i] * (field && !palette ? 2 : 1);
    }
    const AvFrame drawn = canvas(out, width, height);
    if (sws_scale(sws_.get(), planes.data(), strides.data(), 0, rows, drawn->data, drawn->linesize) <= 0)
        throw Error(ErrorCode::unreadable_input, "The film is damaged.", take_av_message());

    std::vector<std::uint8_t> rgb(static_cast<std::size_t>(3 * width_ * height_));
    for (std::int64_t y = 0; y < height_; ++y) {
        const auto row =
            std::span(rgb).subspan(static_cast<std::size_t>(3 * width_ * y), static_cast<std::size_t>(3 * width_));
        const std::uint8_t* from = drawn->data[0] + y * drawn->linesize[0];
        if (transparent)
            lay_over_white({from, static_cast<std::size_t>(4 * width_)}, row);
        else
            std::copy_n(from, row.size(), row.begin());
    }
    std::int64_t turned_width = width_, turned_height = height_;
    turn_upright(rgb, turned_width, turned_height, orientation_);
    return rgb;
}

}  // namespace perceiver::media
