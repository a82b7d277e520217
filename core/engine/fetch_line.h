// How a fetch goes, as one line on stderr while that is a terminal; silent otherwise.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

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
            const auto done = static_cast<std::size_t>(20 * std::min(p.bytes, p.total) / p.total);
            std::string bar = std::string(done, '#') + std::string(20 - done, '.');
            if (coloured_) bar = "\033[34m" + bar + "\033[0m";   // the latent array's hue, as near as a terminal has it
            std::fprintf(stderr, "\r\033[K[%s] %.0f/%.0f MB", bar.c_str(), double(p.bytes) / 1e6, double(p.total) / 1e6);
            if (p.bytes_per_second > 0)
                std::fprintf(stderr, "  %.1f MB/s  %.0f s left", p.bytes_per_second / 1e6, p.seconds_left());
            std::fprintf(stderr, "  %s", p.file.c_str());
        }
        std::fflush(stderr);
    }
    void clear() {
        if (shown_) std::fputs("\r\033[K", stderr);
        shown_ = false;
    }

  private:
    static bool wants_colour() {
        const char* no = std::getenv("NO_COLOR");
        const char* kind = std::getenv("TERM");
        return !(no && *no) && kind && std::string(kind) != "dumb";
    }

    const bool terminal_ = ::isatty(STDERR_FILENO) == 1, coloured_ = wants_colour();
    bool shown_ = false;
};

}  // namespace perceiver::engine
