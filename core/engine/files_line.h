// How far a run over many files has come, as one line on stderr while that is a terminal; silent otherwise.
#pragma once

#include <sys/ioctl.h>

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <string>

#include "engine/fetch_line.h"
#include "engine/stopwatch.h"
#include "engine/words.h"

namespace perceiver::engine {

class FilesLine {
  public:
    explicit FilesLine(std::size_t count) : count_(count), shown_(FetchLine::terminal() && count > 1) {}
    FilesLine(const FilesLine&) = delete;
    FilesLine& operator=(const FilesLine&) = delete;
    ~FilesLine() { clear(); }

    /// `done` files are over, of which `skipped` took no time; `path` is next. At most every 50 ms.
    void step(std::size_t done, std::size_t skipped, const std::string& path) {
        if (!shown_ || (drawn_ && since_.milliseconds() < 50)) return;
        since_ = Stopwatch();
        drawn_ = true;
        const double seconds = watch_.milliseconds() / 1000, worked = double(done - skipped);
        std::string numbers = text(" %zu/%zu", done, count_);
        if (worked > 0)
            numbers += text("  %.1f files/s  %s left", worked / seconds,
                            time_words(seconds / worked * double(count_ - done)).c_str());
        // A line longer than the terminal would stay behind when the next one is drawn over it.
        winsize size{};
        const std::size_t columns =
            ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
        const std::size_t used = 22 + numbers.size() + 3;
        std::string name = std::filesystem::path(path).filename().string();
        if (used + name.size() > columns) name = {};
        std::fprintf(stderr, "\r\033[K[%s]%s  %s", FetchLine::bar(std::int64_t(done), std::int64_t(count_)).c_str(),
                     numbers.c_str(), name.c_str());
        std::fflush(stderr);
    }
    void clear() {
        if (drawn_) std::fputs("\r\033[K", stderr);
        drawn_ = false;
    }

  private:
    static std::string time_words(double seconds) {
        const auto whole = static_cast<long long>(seconds + 0.5);
        return whole < 120    ? text("%lld s", whole)
               : whole < 7200 ? text("%lld min", (whole + 30) / 60)
                              : text("%.1f h", seconds / 3600);
    }

    std::size_t count_;
    bool shown_, drawn_ = false;
    Stopwatch watch_, since_;
};

}  // namespace perceiver::engine
