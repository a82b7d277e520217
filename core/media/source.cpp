#include "media/source.h"

#include <algorithm>

namespace perceiver::media {
namespace {

std::int64_t not_empty(std::int64_t size) {
    if (size == 0) throw Error(ErrorCode::unreadable_input, "The file is empty.");
    return size;
}

}  // namespace

Source::Source(const std::filesystem::path& path)
    : file_(std::make_shared<const InputFile>(path, ErrorCode::unreadable_input)),
      size_(not_empty(file_->size())) {}

Source::Source(std::vector<std::uint8_t> bytes)
    : bytes_(std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes))),
      size_(not_empty(static_cast<std::int64_t>(bytes_->size()))) {}

std::size_t Source::read_at(std::int64_t at, std::span<std::uint8_t> into) const {
    if (at < 0 || at >= size_) return 0;
    if (file_) return file_->read_at(at, into);
    const auto count = std::min(into.size(), static_cast<std::size_t>(size_ - at));
    std::copy_n(bytes_->begin() + at, count, into.begin());
    return count;
}

std::vector<std::uint8_t> Source::head(std::int64_t most) const {
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(std::min(most, size_)));
    bytes.resize(read_at(0, bytes));
    return bytes;
}

}  // namespace perceiver::media
