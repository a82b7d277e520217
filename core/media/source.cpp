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

std::vector<std::uint8_t> Source::head(std::int64_t most, const CancelToken& cancel) const {
    constexpr std::size_t at_once = std::size_t{4} << 20;  // between two looks for a cancel
    const auto wanted = static_cast<std::size_t>(std::min(most, size_));
    std::vector<std::uint8_t> bytes;
    bytes.reserve(wanted);
    while (bytes.size() < wanted) {
        cancel.check();
        const std::size_t at = bytes.size();
        bytes.resize(std::min(wanted, at + at_once));
        const std::size_t got = read_at(static_cast<std::int64_t>(at), std::span(bytes).subspan(at));
        if (got < bytes.size() - at) {  // the file became shorter
            bytes.resize(at + got);
            break;
        }
    }
    return bytes;
}

}  // namespace perceiver::media
