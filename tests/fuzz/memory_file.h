// A fuzzer's bytes as a file that lives in memory.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "base/error.h"

namespace perceiver::fuzz {

/// Every reader is given the file's path; what it refuses with an Error is refused rightly.
template <class... Readers>
void read_as_file(const std::uint8_t* data, std::size_t size, Readers... readers) {
    const int file = ::memfd_create("bundle", MFD_CLOEXEC);
    if (file < 0 || ::write(file, data, size) != static_cast<ssize_t>(size)) __builtin_trap();
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    const auto read = [&path](auto reader) {
        try {
            reader(path);
        } catch (const Error&) {
        }
    };
    (read(readers), ...);
    ::close(file);
}

}  // namespace perceiver::fuzz
