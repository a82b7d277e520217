// Animated WebP by libwebp, which lays each frame onto those before.
#include <webp/demux.h>

#include <algorithm>
#include <new>

#include "media/byte_reader.h"
#include "media/frame_source.h"
#include "media/image_header.h"

namespace perceiver::media {
namespace {

struct FreeWebp {
    void operator()(WebPAnimDecoder* decoder) const { WebPAnimDecoderDelete(decoder); }
};

class WebpFrames : public FrameSource {
  public:
    WebpFrames(const Source& source, const Limits& limits, const CancelToken& cancel) {
        if (source.size() > limits.file_bytes)
            throw Error(ErrorCode::out_of_resources, "The file is " + std::to_string(source.size()) +
                                                         " bytes; the limit is " +
                                                         std::to_string(limits.file_bytes) + ".");
        bytes_ = source.head(source.size(), cancel);
        const ImageHeader header = read_image_header(bytes_);
        check_size(header.width, header.height, limits);
        if (header.cut_short) bad_picture("The file is cut short.");
        WebPAnimDecoderOptions options;
        if (!WebPAnimDecoderOptionsInit(&options)) throw std::bad_alloc();
        options.color_mode = MODE_RGBA;
        const WebPData data{bytes_.data(), bytes_.size()};
        decoder_.reset(WebPAnimDecoderNew(&data, &options));
        WebPAnimInfo told;
        if (!decoder_ || !WebPAnimDecoderGetInfo(decoder_.get(), &told) ||
            std::int64_t{told.canvas_width} != header.width ||
            std::int64_t{told.canvas_height} != header.height)
            bad_picture("The WebP is damaged.");
        info_.width = header.width;
        info_.height = header.height;
        info_.container = info_.codec = "WebP";
        measure();
    }

    std::optional<TimedFrame> next(const CancelToken& cancel) override {
        cancel.check();
        std::uint8_t* pixels = nullptr;
        int end = 0;  // of the frame, in milliseconds
        if (!WebPAnimDecoderHasMoreFrames(decoder_.get())) return std::nullopt;
        if (!WebPAnimDecoderGetNext(decoder_.get(), &pixels, &end)) {
            damaged_ = true;
            return std::nullopt;
        }
        TimedFrame timed;
        timed.time = std::max(last_end_ * std::int64_t{1000}, last_time_ + 1);
        timed.duration = std::max<std::int64_t>(1, (std::int64_t{end} - last_end_) * 1000);
        last_end_ = end;
        last_time_ = timed.time;
        timed.frame = new_frame();
        timed.frame->format = AV_PIX_FMT_RGBA;
        timed.frame->width = static_cast<int>(info_.width);
        timed.frame->height = static_cast<int>(info_.height);
        if (av_frame_get_buffer(timed.frame.get(), 0) < 0) throw std::bad_alloc();
        for (std::int64_t y = 0; y < info_.height; ++y)
            std::copy_n(pixels + 4 * info_.width * y, 4 * info_.width,
                        timed.frame->data[0] + y * timed.frame->linesize[0]);
        return timed;
    }

    void seek(std::int64_t, const CancelToken&) override {
        WebPAnimDecoderReset(decoder_.get());  // every frame builds upon those before
        last_end_ = 0;
        last_time_ = -1;
    }

    std::vector<std::string> notes() const override {
        if (!damaged_) return {};
        return {"The file is damaged: parts of the film may be missing or wrong."};
    }

  private:
    void measure() {
        std::int64_t milliseconds = 0, frames = 0;
        WebPIterator at;
        if (WebPDemuxGetFrame(WebPAnimDecoderGetDemuxer(decoder_.get()), 1, &at)) do {
                milliseconds += at.duration;
                ++frames;
            } while (WebPDemuxNextFrame(&at));
        WebPDemuxReleaseIterator(&at);
        if (milliseconds <= 0) return;
        info_.duration = static_cast<double>(milliseconds) / 1000;
        info_.rate = static_cast<double>(frames) / *info_.duration;
    }

    std::vector<std::uint8_t> bytes_;
    std::unique_ptr<WebPAnimDecoder, FreeWebp> decoder_;
    int last_end_ = 0;
    std::int64_t last_time_ = -1;
    bool damaged_ = false;
};

}  // namespace

std::unique_ptr<FrameSource> open_animated_webp(const Source& source, const Limits& limits,
                                                const CancelToken& cancel) {
    return std::make_unique<WebpFrames>(source, limits, cancel);
}

}  // namespace perceiver::media
