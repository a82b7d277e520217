// The header of a safetensors file, checked, before any weight is read. For the readers of this room.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "weights/safetensors.h"

namespace perceiver::weights {

struct TensorEntry {
    DType dtype = DType::f32;
    std::vector<std::int64_t> shape;
    std::uint64_t begin = 0, end = 0;  ///< bytes from the end of the header
};

struct SafetensorsHeader {
    std::map<std::string, TensorEntry> tensors;
    std::map<std::string, std::string> metadata;
};

/// Bytes of the 64-bit length that a file begins with.
inline constexpr std::uint64_t length_bytes = 8;
inline constexpr std::string_view metadata_key = "__metadata__";
/// More dimensions than any tensor library takes.
inline constexpr std::size_t max_rank = 64;

/// The header's length from the first eight bytes (fewer when the file has no more) of a file of
/// `file_bytes`. Throws Error{unreadable_model} when the file or the limit is too small for it.
std::uint64_t header_length(std::span<const std::uint8_t> first, std::uint64_t file_bytes,
                            const Limits& limits);

/// Parses the JSON between the length and the weights; `data_bytes` is what the file has left for the
/// weights. Throws Error{unreadable_model}.
SafetensorsHeader parse_header(std::span<const std::uint8_t> json, std::uint64_t data_bytes);

std::optional<DType> dtype_from_name(std::string_view name);
std::string_view dtype_name(DType);

/// item_size * product(shape), or nothing when a dimension is negative or a product passes 2^63 - 1.
std::optional<std::uint64_t> checked_bytes(DType, std::span<const std::int64_t> shape);

/// A name or key as a sentence shows it: control characters replaced, at most 80 bytes.
std::string shown(std::string_view name);

[[noreturn]] inline void bad_model(const std::string& sentence, std::string detail = {}) {
    throw Error(ErrorCode::unreadable_model, sentence, std::move(detail));
}

}  // namespace perceiver::weights
