// How far a fetch is and how fast it goes, told often enough for an eye and no oftener.
#pragma once

#include <chrono>

#include "hub/hub.h"

namespace perceiver::hub {

class Meter {
  public:
    explicit Meter(const ProgressCallback& tell) : tell_(tell) {}

    void begin(const std::string& file, std::int64_t bytes, std::int64_t total) {
        now_.file = file;
        now_.total = total;
        move_to(bytes);
        tell();
    }
    /// What is on the disk already counts as done, not as speed.
    void move_to(std::int64_t bytes) { now_.bytes = measured_bytes_ = bytes; }
    void add(std::int64_t bytes) {
        now_.bytes += bytes;
        const auto time = Clock::now();
        const double seconds = std::chrono::duration<double>(time - measured_).count();
        if (seconds < each) return;
        // The last few seconds count: a mean that forgets, each measurement by the time it stands for.
        const double rate = double(now_.bytes - measured_bytes_) / seconds,
                     share = seconds / (seconds + memory);
        now_.bytes_per_second =
            now_.bytes_per_second > 0 ? now_.bytes_per_second * (1 - share) + rate * share : rate;
        measured_ = time;
        measured_bytes_ = now_.bytes;
        tell();
    }
    void tell() const {
        if (tell_) tell_(now_);
    }

  private:
    using Clock = std::chrono::steady_clock;
    static constexpr double each = 0.1, memory = 2.0;  // seconds

    const ProgressCallback& tell_;
    Progress now_;
    Clock::time_point measured_ = Clock::now();
    std::int64_t measured_bytes_ = 0;
};

}  // namespace perceiver::hub
