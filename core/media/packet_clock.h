// Which sample a packet begins with. Containers round times, some to milliseconds, and some only guess them after
// a seek; how many samples a packet holds is known exactly. For AudioReader only.
#pragma once

#include <optional>
#include <vector>

#include "media/av.h"

namespace perceiver::media {

struct FreeParser {
    void operator()(AVCodecParserContext* parser) const { av_parser_close(parser); }
};

struct Skips {
    std::int64_t start = 0, end = 0;  ///< samples to leave out at a frame's start and end
};
Skips skips_of(const AVFrame& frame);
Skips skips_of(const AVPacket& packet);

/// What all passes over one stream agree on.
struct StreamStart {
    int rate = 0, frame_samples = 0;            ///< of the first frame
    std::int64_t first_time = AV_NOPTS_VALUE;   ///< of the first packet, in the stream's unit
};

class PacketClock {
  public:
    PacketClock(const AVStream& stream, const StreamStart& start);
    /// The sample `packet` begins with, counted from the first packet of the file; packets come in order.
    std::int64_t place(const AVPacket& packet);
    std::int64_t next() const { return next_; }  ///< after the last packet
    /// After a seek: the next packet begins with `sample`, and times mean nothing from here on unless `trust`.
    void enter(std::int64_t sample, bool trust);
    /// After a seek in a container whose times are exact: the next packet's time says where it is.
    void enter_by_time() { by_time_ = true; }

  private:
    std::int64_t samples_of(const AVPacket& packet);
    std::optional<std::int64_t> told(const AVPacket& packet) const;

    const AVStream& stream_;
    StreamStart start_;
    AvCodec codec_;  // the parser's notion of the stream
    std::unique_ptr<AVCodecParserContext, FreeParser> parser_;
    std::int64_t next_ = 0;
    bool by_time_ = false, trust_times_ = true;
};

/// Some packets of a file in order, a few a second, found in one pass that decodes nothing.
class PacketIndex {
  public:
    struct Entry {
        std::int64_t at, sample, time;  ///< byte position, first sample, the container's time
    };
    /// Throws Error{cancelled} and what Demuxer throws.
    PacketIndex(const Source& source, const Limits& limits, int stream, const StreamStart& start,
                const CancelToken& cancel);
    /// The last packet that begins at or before `sample`; null when there is none.
    const Entry* before(std::int64_t sample) const;
    /// The packet known to be the first at a byte position; null when none is.
    const Entry* at(std::int64_t position) const;
    std::int64_t end() const { return end_; }  ///< samples from the first packet to the end

  private:
    std::vector<Entry> entries_;
    std::int64_t end_ = 0;
};

}  // namespace perceiver::media
