// The samples of one sound at the rate the file has them, at exact places: sample 0 is the first that sounds, and
// a sample has the same number whether the file was read up to it or entered near it. For AudioFile only.
#pragma once

#include <optional>

#include "media/audio.h"
#include "media/av.h"
#include "media/packet_clock.h"

namespace perceiver::media {

class AudioReader {
  public:
    AudioReader(Source source, const Limits& limits, const CancelToken& cancel);

    const AudioInfo& info() const { return info_; }
    const Source& source() const { return source_; }
    const Limits& limits() const { return limits_; }
    /// Samples [first, first + count), mixed to `channels` (1 or 2), interleaved; fewer at the end of the sound.
    std::vector<float> read(std::int64_t first, std::int64_t count, int channels, const CancelToken& cancel);
    /// What a person should know of what was read so far.
    std::vector<std::string> notes() const;

  private:
    void open(const CancelToken& cancel);
    void learn_from_first_frame(const CancelToken& cancel);
    void estimate_duration();
    void rewind(const CancelToken& cancel);
    void seek(std::int64_t sample, const CancelToken& cancel);
    bool seek_by_time(std::int64_t sample);
    bool seek_by_index(std::int64_t sample, std::int64_t margin);
    void forget_decoded();
    bool decode_block();
    void send_packet();
    bool take_frame();
    void note_end();
    bool times_are_exact() const;
    const AVStream& stream() const { return *demuxer_->context().streams[stream_]; }

    Source source_;
    Limits limits_;
    AudioInfo info_;
    std::unique_ptr<Demuxer> demuxer_;
    int stream_ = -1;
    AvCodec codec_;
    StreamStart start_;
    std::optional<PacketClock> clock_;
    std::optional<PacketIndex> index_;
    AvPacket packet_ = new_packet();
    AvFrame frame_ = new_frame();
    int channels_ = 1;

    std::optional<std::int64_t> origin_;  // the packet clock at the first sample that sounds, once known
    // The block decoded last, interleaved; position_ is the sample after it, or nothing right after a seek.
    std::int64_t block_start_ = 0;
    std::vector<float> block_;
    std::optional<std::int64_t> position_ = 0;
    bool entered_ = false, draining_ = false, ended_ = false;
    std::optional<std::int64_t> end_;  // samples in all, once known
    bool damaged_ = false, changes_ = false, cut_short_ = false;
};

/// Appends a frame's samples as floats of full scale 1, interleaved and mixed to 1 or 2 channels. Not a number
/// becomes 0, what is beyond full scale is cut off there.
void append_mixed(const AVFrame& frame, int channels, std::vector<float>& into);

/// `samples` (interleaved) from one rate to another; the first sample stays where it is, times are exact.
std::vector<float> resample(const std::vector<float>& samples, int channels, int from, int to);

}  // namespace perceiver::media
