// Opens a regular file for reading, and nothing that only looks like one: a folder, pipe or device is refused
// before a byte is read, so that no reader hangs or is fooled by a size of zero.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"

namespace perceiver {

class InputFile {
  public:
    /// Throws Error{code}: missing, a folder, not a regular file, no permission.
    InputFile(const std::filesystem::path& path, ErrorCode code) : code_(code) {
        // O_NONBLOCK: opening a pipe nobody writes to would otherwise wait for ever.
        descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (descriptor_ < 0) fail_to_open(errno);
        struct stat info {};
        if (::fstat(descriptor_, &info) != 0) fail_to_open(errno);
        if (S_ISDIR(info.st_mode)) fail("This is a folder, not a file.");
        if (!S_ISREG(info.st_mode)) fail("This is not a regular file.");
        size_ = info.st_size;
    }
    InputFile(InputFile&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_), code_(other.code_) {}
    InputFile& operator=(InputFile&&) = delete;
    ~InputFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    std::int64_t size() const noexcept { return size_; }  ///< bytes when it was opened
    int descriptor() const noexcept { return descriptor_; }
    /// The next bytes read are those from `offset` on. Throws Error{code}.
    void skip_to(std::int64_t offset) {
        if (::lseek(descriptor_, offset, SEEK_SET) < 0) fail("The file can't be read.");
    }
    /// Whoever took the descriptor closes it.
    void release() noexcept { descriptor_ = -1; }

    /// Appends the next `count` bytes to `out`. Pages are touched only as they are read, so a size that lies
    /// costs address space, not memory. Throws Error{code} when the file ends earlier, or can't be read.
    void append(std::vector<std::uint8_t>& out, std::int64_t count) {
        constexpr std::int64_t chunk = std::int64_t{16} << 20;
        out.reserve(out.size() + static_cast<std::size_t>(count));
        while (count > 0) {
            const auto step = static_cast<std::size_t>(std::min(count, chunk));
            const std::size_t old = out.size();
            out.resize(old + step);
            read_exactly(std::span(out).subspan(old));
            count -= static_cast<std::int64_t>(step);
        }
    }

    /// Reads at `at` without moving anything: threads may share the file. Returns how many bytes there were,
    /// fewer than asked for only at the end. Throws Error{code} when the file can't be read.
    std::size_t read_at(std::int64_t at, std::span<std::uint8_t> into) const {
        std::size_t done = 0;
        while (done < into.size()) {
            const ssize_t got = ::pread(descriptor_, into.data() + done, into.size() - done,
                                        at + static_cast<std::int64_t>(done));
            if (got < 0 && errno == EINTR) continue;
            if (got < 0)
                throw Error(code_, "The file can't be read: " + std::generic_category().message(errno) + ".");
            if (got == 0) break;
            done += static_cast<std::size_t>(got);
        }
        return done;
    }

  private:
    void read_exactly(std::span<std::uint8_t> into) {
        while (!into.empty()) {
            const ssize_t got = ::read(descriptor_, into.data(), into.size());
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) fail("The file can't be read: " + std::generic_category().message(errno) + ".");
            if (got == 0) fail("The file became shorter while it was read.");
            into = into.subspan(static_cast<std::size_t>(got));
        }
    }

    [[noreturn]] void fail_to_open(int error) {
        if (error == ENOENT) fail("There is no such file.");
        if (error == EACCES || error == EPERM) fail("There is no permission to read this file.");
        if (error == ENAMETOOLONG) fail("The name of this file is too long.");
        if (error == ENOTDIR) fail("There is no such file: a part of its path is not a folder.");
        fail("The file can't be opened: " + std::generic_category().message(error) + ".");
    }
    [[noreturn]] void fail(const std::string& sentence) {
        if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));  // the constructor may be what fails
        throw Error(code_, sentence);
    }

    int descriptor_ = -1;
    std::int64_t size_ = 0;
    ErrorCode code_;
};

}  // namespace perceiver
