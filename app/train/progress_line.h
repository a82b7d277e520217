// One line on stderr that says how far things are: rewritten in place on a terminal, now and then a new one
// elsewhere.
#pragma once

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace perceiver {

/// "1 h 12 min", "12 min", "40 s".
inline std::string duration(double seconds) {
    const auto s = static_cast<long long>(seconds + 0.5);
    if (s >= 3600) return std::to_string(s / 3600) + " h " + std::to_string(s % 3600 / 60) + " min";
    return s >= 120 ? std::to_string(s / 60) + " min" : std::to_string(s) + " s";
}

class ProgressLine {
  public:
    ProgressLine() = default;
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;
    ~ProgressLine() { clear(); }

    double seconds() const { return since(start_); }
    /// True when it is time for a new text.
    bool due() const { return since(last_) >= (terminal_ ? 0.2 : 30); }
    void show(const std::string& text) {
        if (terminal_)
            std::fprintf(stderr, "\r%s\033[K", text.c_str());
        else
            std::fprintf(stderr, "%s\n", text.c_str());
        std::fflush(stderr);
        last_ = Clock::now();
        shown_ = true;
    }
    void clear() {
        if (terminal_ && shown_) std::fputs("\r\033[K", stderr);
        shown_ = false;
    }
    /// "evaluating: 1,234 of 10,000, 171/s, 51 s left", when it is due.
    void count(const char* what, std::int64_t done, std::int64_t all) {
        if (!due()) return;
        const double rate = static_cast<double>(done) / seconds();
        char text[160];
        std::snprintf(text, sizeof text, "%s: %lld of %lld, %.0f/s, %s left", what,
                      static_cast<long long>(done), static_cast<long long>(all), rate,
                      duration(static_cast<double>(all - done) / rate).c_str());
        show(text);
    }

  private:
    using Clock = std::chrono::steady_clock;
    static double since(Clock::time_point t) {
        return std::chrono::duration<double>(Clock::now() - t).count();
    }

    bool terminal_ = ::isatty(STDERR_FILENO) == 1, shown_ = false;
    Clock::time_point start_ = Clock::now(), last_ = start_;
};

}  // namespace perceiver
