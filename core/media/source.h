// Bytes to decode from, wherever they lie: a file of any length, which is never read whole, or memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "base/cancel.h"
#include "base/input_file.h"

namespace perceiver::media {

/// Copies share the file or bytes; any number of threads may read at once.
class Source {
  public:
    /// Opens a regular file. Throws Error{unreadable_input}: missing, a folder, no permission, empty.
    explicit Source(const std::filesystem::path& path);
    explicit Source(std::vector<std::uint8_t> bytes);

    std::int64_t size() const noexcept { return size_; }
    /// Returns how many bytes were read: fewer than asked for only at the end. Throws
    /// Error{unreadable_input}.
    std::size_t read_at(std::int64_t at, std::span<std::uint8_t> into) const;
    /// The first `most` bytes, or all there are. Throws Error: unreadable_input, cancelled.
    std::vector<std::uint8_t> head(std::int64_t most, const CancelToken& cancel = {}) const;

  private:
    std::shared_ptr<const InputFile> file_;
    std::shared_ptr<const std::vector<std::uint8_t>> bytes_;
    std::int64_t size_ = 0;
};

}  // namespace perceiver::media
