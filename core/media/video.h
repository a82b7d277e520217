// Films: frames by the time they are shown at, upright, with square pixels. A film is read as a stream; counts of
// frames in headers are never believed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/limits.h"
#include "media/source.h"

namespace perceiver::media {

struct VideoInfo {
    std::int64_t width = 0, height = 0;  ///< as shown: upright, square pixels
    std::optional<double> duration;      ///< seconds, as the container claims; only a read to the end knows
    double rate = 0;                     ///< frames a second, estimated; 0 when nothing says
    std::string container, codec;
    bool has_audio = false;
    double start = 0;                    ///< when the first frame shows on the file's own clock, in seconds
};

struct VideoFrame {
    double time = 0;                ///< when it begins to show, in seconds from the film's first frame
    std::vector<std::uint8_t> rgb;  ///< [height, width, 3]
};

/// Frames of one size, their times growing (or staying, where one frame is shown at several of the times asked for).
struct VideoFrames {
    std::int64_t width = 0, height = 0;
    std::vector<VideoFrame> frames;
    std::vector<std::string> notes;
};

/// Which frames of a film.
struct FrameWindow {
    double start = 0;        ///< seconds from the first frame
    std::int64_t count = 1;
    double rate = 0;         ///< frames a second to look at the film; 0: every frame it has
    std::int64_t side = 0;   ///< the longer side of the frames that come back; 0, or beyond the film's own: unscaled
};

/// Not for two threads at once; open it twice for that.
class VideoFile {
  public:
    /// Throws Error: unreadable_input (not a film, no picture in it, encrypted, damaged, codec not supported),
    /// out_of_resources (frames past limits.pixels or limits.side), cancelled.
    explicit VideoFile(Source source, const Limits& limits = {}, const CancelToken& cancel = {});
    VideoFile(VideoFile&&) noexcept;
    VideoFile& operator=(VideoFile&&) noexcept;
    ~VideoFile();

    const VideoInfo& info() const;

    /// The frame that shows at `window.start` and those after it; at a rate, the frame that shows at each of the
    /// times start, start + 1 / rate, ... Fewer at the end of the film, none past it. Interlaced frames are shown by
    /// their first field. What is damaged is left out with a note. Throws Error: usage (a window no film has),
    /// out_of_resources (past limits.decoded_bytes), unreadable_input, cancelled.
    VideoFrames frames(const FrameWindow& window, const CancelToken& cancel = {});

    /// About `count` frames spread over the film, none larger than `side`: key frames where they lie close enough.
    VideoFrames thumbnails(std::int64_t count, std::int64_t side, const CancelToken& cancel = {});

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace perceiver::media
