// Weights: files of tensors in and out, as bytes and plain structs. No torch here, so that each reader can be
// fuzzed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/limits.h"

namespace perceiver::weights {

enum class DType { f16, bf16, f32, f64, i64, i32, u8, boolean };
std::size_t item_size(DType);

/// One tensor of a file: a row-major view into the file's buffer.
struct TensorView {
    DType dtype = DType::f32;
    std::vector<std::int64_t> shape;      ///< empty for a scalar
    std::span<const std::uint8_t> bytes;  ///< item_size * product(shape) bytes, little-endian, unaligned
    std::int64_t elements() const;        ///< product(shape)
    /// All elements as float32 (f16, bf16, f32, f64; integers are converted).
    std::vector<float> to_floats() const;
};

/// A parsed safetensors file. Views point into `storage` (or into the memory given to parse_safetensors), so
/// it moves but doesn't copy.
struct Safetensors {
    Safetensors() = default;
    Safetensors(Safetensors&&) = default;
    Safetensors& operator=(Safetensors&&) = default;

    std::map<std::string, TensorView> tensors;
    std::map<std::string, std::string> metadata;
    std::vector<std::uint8_t> storage;
};

/// Parses `bytes`, which must outlive the result. Strict, as the format's own reader: header length within
/// the file and limits.model_header_bytes, a JSON object without duplicate or unknown keys, ranges that
/// neither overlap nor leave gaps and end where the buffer ends, sizes that match dtype and shape (every
/// product checked for overflow), at most 64 dimensions. Types of the format that DType lacks are refused by
/// name. Throws Error{unreadable_model} with what is wrong.
Safetensors parse_safetensors(std::span<const std::uint8_t> bytes, const Limits& limits = {});

/// Reads and parses a file. Throws Error: unreadable_model, out_of_resources (past limits.model_bytes).
Safetensors read_safetensors(const std::filesystem::path& path, const Limits& limits = {});

/// A tensor to be written; `bytes` as in TensorView.
struct TensorData {
    DType dtype = DType::f32;
    std::vector<std::int64_t> shape;
    std::vector<std::uint8_t> bytes;
};

/// Writes to a temporary file beside `path`, then renames: the file is whole or absent. The same tensors and
/// metadata give the same bytes. Throws Error: out_of_resources when it can't be written (the disk is full,
/// no permission), unreadable_model when a tensor's bytes don't fit its shape and type, or a name is not
/// UTF-8.
void write_safetensors(const std::filesystem::path& path, const std::map<std::string, TensorData>& tensors,
                       const std::map<std::string, std::string>& metadata);
/// The same of tensors whose bytes lie elsewhere.
void write_views(const std::filesystem::path& path, const std::map<std::string, TensorView>& tensors,
                 const std::map<std::string, std::string>& metadata);
std::map<std::string, TensorView> views_of(const std::map<std::string, TensorData>& tensors);

}  // namespace perceiver::weights
