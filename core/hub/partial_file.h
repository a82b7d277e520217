// A file of the cache while it is being fetched: it keeps what came, so that the next fetch goes on from
// there.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <span>

#include "hub/cache.h"

namespace perceiver::hub {

class PartialFile {
  public:
    /// Opened or made; what is in it stays. This and the rest throw as fail_to_write().
    explicit PartialFile(std::filesystem::path path)
        : path_(std::move(path)),
          descriptor_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)) {
        if (descriptor_ < 0) fail_to_write(path_, errno);
        struct stat info {};
        if (::fstat(descriptor_, &info) != 0) fail_to_write(path_, errno);
        size_ = info.st_size;
    }
    ~PartialFile() { ::close(descriptor_); }
    PartialFile(const PartialFile&) = delete;
    PartialFile& operator=(const PartialFile&) = delete;

    std::int64_t size() const { return size_; }
    const std::filesystem::path& path() const { return path_; }

    void append(std::span<const std::uint8_t> bytes) {
        while (!bytes.empty()) {
            const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), size_);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail_to_write(path_, errno);
            size_ += written;
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        }
    }
    void clear() {
        if (::ftruncate(descriptor_, 0) != 0) fail_to_write(path_, errno);
        size_ = 0;
    }
    /// Nothing is left of it.
    void remove() const { ::unlink(path_.c_str()); }
    /// On the disk, whole, under its name.
    void become(const std::filesystem::path& name) const {
        if (::fsync(descriptor_) != 0 || ::rename(path_.c_str(), name.c_str()) != 0)
            fail_to_write(name, errno);
    }

  private:
    std::filesystem::path path_;
    int descriptor_ = -1;
    std::int64_t size_ = 0;
};

}  // namespace perceiver::hub
