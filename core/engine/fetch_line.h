// How the fetching or loading of a model goes, as one line on stderr while that is a terminal; silent otherwise.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/load_progress.h"
#include "engine/stopwatch.h"
#include "hub/hub.h"

namespace perceiver::engine {

class FetchLine {
  public:
    FetchLine() = default;
    FetchLine(const FetchLine&) = delete;
    FetchLine& operator=(const FetchLine&) = delete;
    ~FetchLine() { clear(); }

    void show(const hub::Progress& p) {
        if (!terminal_) return;
        shown_ = true;
        if (p.total <= 0) {
            std::fputs("\r\033[KAsking the hub ...", stderr);
        } else {
            std::fprintf(stderr, "\r\033[K[%s] %.0f/%.0f MB", bar(p.bytes, p.total).c_str(), double(p.bytes) / 1e6,
                         double(p.total) / 1e6);
            if (p.bytes_per_second > 0)
                std::fprintf(stderr, "  %.1f MB/s  %.0f s left", p.bytes_per_second / 1e6, p.seconds_left());
            std::fprintf(stderr, "  %s", p.file.c_str());
        }
        std::fflush(stderr);
    }
    /// At most every 0.1 s, so that what loads at once leaves no trace.
    void show(const LoadProgress& p) {
        if (!terminal_ || p.total <= 0 || since_.milliseconds() < 100) return;
        since_ = Stopwatch();
        shown_ = true;
        const bool bytes = p.step != LoadProgress::Step::packing;
        std::fprintf(stderr, bytes ? "\r\033[K[%s] %.0f/%.0f MB  %s" : "\r\033[K[%s] %.0f/%.0f tensors  %s",
                     bar(p.done, p.total).c_str(), double(p.done) / (bytes ? 1e6 : 1),
                     double(p.total) / (bytes ? 1e6 : 1),
                     p.step == LoadProgress::Step::reading    ? "reading the model"
                     : p.step == LoadProgress::Step::checking ? "checking the model"
                                                              : "packing the weights");
        std::fflush(stderr);
    }
    void clear() {
        if (shown_) std::fputs("\r\033[K", stderr);
        shown_ = false;
    }

    static bool terminal() { return ::isatty(STDERR_FILENO) == 1; }
    static std::string bar(std::int64_t part, std::int64_t whole) {
        const auto done = static_cast<std::size_t>(20 * std::min(part, whole) / whole);
        const std::string text = std::string(done, '#') + std::string(20 - done, '.');
        return wants_colour() ? "\033[34m" + text + "\033[0m"
                              : text;  // the latent array's hue, as near as a terminal has it
    }

  private:
    static bool wants_colour() {
        const char* no = std::getenv("NO_COLOR");
        const char* kind = std::getenv("TERM");
        return !(no && *no) && kind && std::string(kind) != "dumb";
    }

    const bool terminal_ = terminal();
    bool shown_ = false;
    Stopwatch since_;
};

}  // namespace perceiver::engine
