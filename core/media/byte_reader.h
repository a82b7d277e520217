// Bounded reads of numbers from a file's bytes; for the header readers of this room.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"

namespace perceiver::media {

[[noreturn]] inline void bad_picture(const std::string& sentence, std::string detail = {}) {
    throw Error(ErrorCode::unreadable_input, sentence, std::move(detail));
}

/// Reads at any offset; one that passes the end throws Error{unreadable_input}: the file is cut short.
class ByteReader {
  public:
    enum class Order { big, little };

    ByteReader(std::span<const std::uint8_t> bytes, Order order) : bytes_(bytes), order_(order) {}

    std::uint64_t size() const { return bytes_.size(); }
    bool has(std::uint64_t at, std::uint64_t count) const { return at <= size() && count <= size() - at; }
    std::span<const std::uint8_t> part(std::uint64_t at, std::uint64_t count) const {
        if (!has(at, count)) bad_picture("The file is cut short.");
        return bytes_.subspan(at, count);
    }
    bool says(std::uint64_t at, std::string_view text) const {
        if (!has(at, text.size())) return false;
        for (std::size_t i = 0; i < text.size(); ++i)
            if (bytes_[at + i] != static_cast<std::uint8_t>(text[i])) return false;
        return true;
    }
    std::uint8_t u8(std::uint64_t at) const { return part(at, 1)[0]; }
    std::uint16_t u16(std::uint64_t at) const { return static_cast<std::uint16_t>(number(at, 2)); }
    std::uint32_t u24(std::uint64_t at) const { return static_cast<std::uint32_t>(number(at, 3)); }
    std::uint32_t u32(std::uint64_t at) const { return static_cast<std::uint32_t>(number(at, 4)); }
    std::uint64_t u64(std::uint64_t at) const { return number(at, 8); }

  private:
    std::uint64_t number(std::uint64_t at, unsigned count) const {
        const auto digits = part(at, count);
        std::uint64_t value = 0;
        for (unsigned i = 0; i < count; ++i)
            value = value << 8 | digits[order_ == Order::big ? i : count - 1 - i];
        return value;
    }

    std::span<const std::uint8_t> bytes_;
    Order order_;
};

}  // namespace perceiver::media
