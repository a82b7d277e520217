// What every room shares and nothing more: the one error type, cancelling, limits. No torch, no Qt, no OpenCV.
#pragma once

#include <stdexcept>
#include <string>

namespace perceiver {

/// Why something failed. The values are the program's exit codes (README, "Exit codes").
enum class ErrorCode : int {
    some_failed = 1,         ///< some inputs failed, the others were done
    usage = 2,               ///< the command line is wrong
    unreadable_input = 3,    ///< input unreadable or unsupported
    unreadable_model = 4,    ///< model unreadable or unsupported
    no_fit = 5,              ///< model and input don't fit
    out_of_resources = 6,    ///< out of memory, disk, or past a limit
    cancelled = 130,
};

/// The only exception that crosses a room's door. `sentence` is what a person reads, in the window and on stderr
/// alike: what happened and what to do, without the file's name (whoever reports it adds that). `detail` is for logs.
class Error : public std::runtime_error {
  public:
    Error(ErrorCode why, const std::string& sentence_, std::string detail_ = {})
        : std::runtime_error(sentence_), code(why), detail(std::move(detail_)) {}
    const char* sentence() const noexcept { return what(); }

    ErrorCode code;
    std::string detail;
};

}  // namespace perceiver
