// One function for each format of points, and what they share. For read_points only.
#pragma once

#include <array>
#include <charconv>
#include <functional>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "media/points.h"

namespace perceiver::media {

using Bytes = std::span<const std::uint8_t>;

[[noreturn]] inline void bad_points(const std::string& sentence, std::string detail = {}) {
    throw Error(ErrorCode::unreadable_input, sentence, std::move(detail));
}

/// What a reader works under.
struct PointsJob {
    const Limits& limits;
    const CancelToken& cancel;
    /// The bytes of another file that the first refers to.
    std::function<std::vector<std::uint8_t>(const std::string& name)> other_file;

    /// Throws when so many points or faces pass the limit, or can't be in `bytes` at `least` bytes each.
    void check(std::uint64_t count, std::uint64_t bytes, std::uint64_t least, const char* what = "points") const {
        if (count > static_cast<std::uint64_t>(limits.points))
            throw Error(ErrorCode::out_of_resources, "The file holds " + std::to_string(count) + " " + what +
                                                         "; the limit is " + std::to_string(limits.points) + ".");
        if (count > bytes / least) bad_points("The file is cut short.");
    }
    /// Every some ten thousand items.
    void breathe(std::uint64_t item) const {
        if (item % 65'536 == 0) cancel.check();
    }
};

PointCloud read_ply(Bytes bytes, const PointsJob& job);
PointCloud read_pcd(Bytes bytes, const PointsJob& job);
PointCloud read_off(Bytes bytes, const PointsJob& job);
PointCloud read_obj(Bytes bytes, const PointsJob& job);
PointCloud read_stl(Bytes bytes, const PointsJob& job);
PointCloud read_gltf(Bytes bytes, const PointsJob& job);
PointCloud read_npy(Bytes bytes, const PointsJob& job);
PointCloud read_text_points(Bytes bytes, const PointsJob& job);

/// LZF, as PCD uses it: exactly `size` bytes out, or an Error, be it cancelled.
std::vector<std::uint8_t> unpack_lzf(Bytes packed, std::uint64_t size, const CancelToken& cancel = {});

/// Triangles of a polygon, as a fan from its first corner.
void append_fan(std::vector<std::uint32_t>& faces, std::span<const std::uint32_t> corners, const PointsJob& job);

/// Columns 3 to 5 of rows that nobody named: unit normals, colours of 0 to 255, or neither.
void take_unnamed_columns(PointCloud& cloud, std::span<const std::array<float, 3>> columns);

inline std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Takes a text apart, line by line and word by word.
class TextScanner {
  public:
    explicit TextScanner(std::string_view text) : text_(text) {}

    std::size_t at() const { return at_; }
    std::size_t left() const { return text_.size() - at_; }
    bool done() const { return at_ >= text_.size(); }
    /// Whether only blanks come before the end of this line.
    bool line_ends() const {
        const std::size_t next = text_.find_first_not_of(" \t", at_);
        return next == std::string_view::npos || text_[next] == '\n' || text_[next] == '\r';
    }
    /// The next line without its end, which is any of \n, \r\n, \r.
    std::string_view line() {
        const std::size_t from = at_, end = std::min(text_.find_first_of("\r\n", at_), text_.size());
        at_ = std::min(end + 1, text_.size());
        if (end < text_.size() && text_[end] == '\r' && at_ < text_.size() && text_[at_] == '\n') ++at_;
        return text_.substr(from, end - from);
    }
    /// The next line that is neither empty nor a comment; empty at the end.
    std::string_view telling_line() {
        while (!done()) {
            const std::string_view next = line();
            const std::size_t begin = next.find_first_not_of(" \t");
            if (begin != std::string_view::npos && next[begin] != '#') return next.substr(begin);
        }
        return {};
    }
    /// The next word, across lines; empty at the end. Separators beside white space may be given.
    std::string_view word(std::string_view separators = " \t\r\n\f\v") {
        const std::size_t from = text_.find_first_not_of(separators, at_);
        if (from == std::string_view::npos) {
            at_ = text_.size();
            return {};
        }
        const std::size_t end = std::min(text_.find_first_of(separators, from), text_.size());
        at_ = end;
        return text_.substr(from, end - from);
    }

  private:
    std::string_view text_;
    std::size_t at_ = 0;
};

/// All of `word` as a number; nothing when it is none. Whatever the machine's language, the point is a point.
template <class T>
std::optional<T> number_in(std::string_view word) {
    if (!word.empty() && word[0] == '+') word.remove_prefix(1);
    T value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (word.empty() || end != word.data() + word.size()) return std::nullopt;
    // What is too large or small for the type is none of the numbers it has, but a number all the same.
    if (error == std::errc::result_out_of_range && !std::is_integral_v<T>) return T{};
    if (error != std::errc{}) return std::nullopt;
    return value;
}

}  // namespace perceiver::media
