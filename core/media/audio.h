// Sound: a file or the sound of a film, read as a stream. Any piece of it comes at any rate, as a slice of the
// whole would; hours are never held in memory.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/limits.h"
#include "media/source.h"

namespace perceiver::media {

struct AudioInfo {
    int rate = 0, channels = 0;
    std::string container, codec;  ///< "WAV", "PCM s16le"
    /// Seconds, as the container claims or its bytes allow; only a read to the end knows better.
    std::optional<double> duration;
    double start = 0;  ///< when the first sample sounds on the file's own clock, in seconds: to lay it to a film
};

/// A piece of sound. Full scale is 1; what a file holds beyond is cut off there.
struct Sound {
    double start = 0;  ///< seconds from the first sample of the file
    int rate = 0, channels = 0;
    std::vector<float> samples;  ///< [frames, channels], in [-1, 1]
    std::vector<std::string> notes;
    std::int64_t frames() const { return static_cast<std::int64_t>(samples.size()) / std::max(channels, 1); }
};

/// The outline of a whole sound. Bins are of one length; the last may hold less.
struct Overview {
    double seconds_per_bin = 0, seconds = 0;  ///< seconds: what has been looked at
    std::vector<std::array<float, 2>> bins;   ///< lowest and highest sample of any channel
    bool complete = false;
    std::vector<std::string> notes;
};

/// Not for two threads at once; open it twice for that.
class AudioFile {
  public:
    /// Throws Error: unreadable_input (not a sound, no sound in it, encrypted, damaged, codec not supported),
    /// cancelled.
    explicit AudioFile(Source source, const Limits& limits = {}, const CancelToken& cancel = {});
    AudioFile(AudioFile&&) noexcept;
    AudioFile& operator=(AudioFile&&) noexcept;
    ~AudioFile();

    const AudioInfo& info() const;

    /// `seconds` of sound from `start_seconds` on, resampled to `rate` and mixed to `channels` (1 or 2); less at
    /// the end, nothing past it. Its samples are those of a read of the whole, exactly but for codecs that
    /// remember (Opus, AAC), whose memory is given a second to fade. The decoded part of a damaged file comes
    /// with a note. Throws Error: usage (rate or channels no sound has), out_of_resources (the piece passes
    /// limits.decoded_bytes), unreadable_input, cancelled.
    Sound read(double start_seconds, double seconds, int rate, int channels, const CancelToken& cancel = {});

    /// At most `bins` bins over the whole sound, of which limits.seconds are looked at. `progress` is told of the
    /// outline so far, some times a second; it may be empty. Throws as read does.
    Overview overview(int bins, const std::function<void(const Overview&)>& progress = {},
                      const CancelToken& cancel = {});

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// `seconds` of a sound that begins `offset` seconds after a film, from `start` on the film's clock; silence before it.
/// Else as AudioFile::read.
Sound read_beside(AudioFile& sound, double offset, double start, double seconds, int rate, int channels,
                  const CancelToken& cancel = {});

}  // namespace perceiver::media
