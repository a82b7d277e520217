// Builds files byte by byte, for tests.
#pragma once

#include <cstdint>
#include <string_view>

#include "support/files.h"

namespace perceiver::samples {

class ByteWriter {
  public:
    explicit ByteWriter(bool big_endian = false) : big_endian_(big_endian) {}

    ByteWriter& u8(unsigned value) { return number(value, 1); }
    ByteWriter& u16(unsigned value) { return number(value, 2); }
    ByteWriter& u24(unsigned value) { return number(value, 3); }
    ByteWriter& u32(std::uint32_t value) { return number(value, 4); }
    ByteWriter& u64(std::uint64_t value) { return number(value, 8); }
    ByteWriter& text(std::string_view text) {
        bytes.insert(bytes.end(), text.begin(), text.end());
        return *this;
    }
    ByteWriter& append(const ByteVector& more) {
        bytes.insert(bytes.end(), more.begin(), more.end());
        return *this;
    }
    ByteWriter& zeros(std::size_t count) {
        bytes.resize(bytes.size() + count);
        return *this;
    }

    ByteVector bytes;

  private:
    ByteWriter& number(std::uint64_t value, int count) {
        for (int i = 0; i < count; ++i)
            bytes.push_back(static_cast<std::uint8_t>(value >> 8 * (big_endian_ ? count - 1 - i : i)));
        return *this;
    }

    bool big_endian_;
};

/// Length, name, data and checksum.
ByteVector png_chunk(std::string_view name, const ByteVector& data);

}  // namespace perceiver::samples
