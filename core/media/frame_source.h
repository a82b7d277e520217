// Frames of a film in order, from FFmpeg or from an animated WebP. For VideoFile only.
#pragma once

extern "C" {
#include <libswscale/swscale.h>
}

#include "media/av.h"
#include "media/video.h"

namespace perceiver::media {

/// A decoded frame. Times are in microseconds from the film's first frame.
struct TimedFrame {
    AvFrame frame;
    std::int64_t time = 0, duration = 0;
};

class FrameSource {
  public:
    virtual ~FrameSource() = default;
    const VideoInfo& info() const { return info_; }
    /// How the stored pixels have to be turned, as EXIF counts it.
    int orientation() const { return orientation_; }
    /// The next frame; nothing at the end. Throws Error{cancelled}.
    virtual std::optional<TimedFrame> next(const CancelToken& cancel) = 0;
    /// The next frame is then one that shows at `time` or before; how long before is as the film's key frames lie.
    virtual void seek(std::int64_t time, const CancelToken& cancel) = 0;
    virtual std::vector<std::string> notes() const = 0;

  protected:
    VideoInfo info_;
    int orientation_ = 1;
};

std::unique_ptr<FrameSource> open_film(const Source& source, const Limits& limits, const CancelToken& cancel);
std::unique_ptr<FrameSource> open_animated_webp(const Source& source, const Limits& limits,
                                                const CancelToken& cancel);

/// Turns decoded frames into RGB of one size.
class FramePainter {
  public:
    FramePainter(std::int64_t width, std::int64_t height, int orientation);
    /// [height, width, 3]; transparent parts are laid over white, of an interlaced frame the first field is shown.
    std::vector<std::uint8_t> paint(const AVFrame& frame);
    bool saw_fields() const { return saw_fields_; }

  private:
    struct FreeSws {
        void operator()(SwsContext* sws) const { sws_freeContext(sws); }
    };
    std::unique_ptr<SwsContext, FreeSws> sws_;
    std::int64_t width_, height_;  // before it is turned
    int orientation_;
    bool saw_fields_ = false;
};

}  // namespace perceiver::media
