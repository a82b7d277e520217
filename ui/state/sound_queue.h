// What waits to be heard, and which second of the file each frame of it is. One thread fills it, another one, the sound
// device's, empties it: every call is safe from both.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

namespace perceiver::ui {

/// A frame is one sample of each channel.
class SoundQueue {
  public:
    static constexpr int kRate = 48'000, kChannels = 2;

    // ---- filling ----
    /// What waits is dropped; silence follows, and the position stays there, until something is added.
    void restart(double seconds);
    /// Interleaved samples that are the file from `seconds` on.
    void add(double seconds, std::vector<float> samples);
    void end();  ///< nothing more will be added
    double waiting() const;  ///< seconds

    // ---- emptying ----
    void take(float* to, std::int64_t frames);  ///< silence where nothing waits

    /// The second of the file that is heard when the device has played so many of all frames taken; never behind the
    /// last restart.
    double position(std::int64_t played) const;
    bool over(std::int64_t played) const;  ///< ended, and all of it was played

  private:
    struct Piece {
        double seconds = 0;
        std::vector<float> samples;
    };
    struct Span {
        std::int64_t first = 0, frames = 0;  ///< of all frames taken
        double seconds = 0;
        bool moving = false;
    };

    mutable std::mutex mutex_;
    std::deque<Piece> pieces_;
    std::deque<Span> spans_;
    std::size_t used_ = 0;  ///< samples of the first piece that were taken
    std::int64_t taken_ = 0, sounding_ = 0;  ///< sounding_: taken up to the last frame that was no silence
    double held_ = 0;
    bool ended_ = false;
};

}  // namespace perceiver::ui
