// A pack: a data set of pictures of one size, decoded once, in one safetensors file: "SPLIT.pixels" [n, rows,
// cols, 3] and "SPLIT.labels" [n] of 8-bit numbers for every split, and the labels' names in the metadata.
// Knows bytes only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "weights/safetensors.h"

namespace perceiver::train {

/// Views into the pack it came from.
struct Split {
    std::int64_t rows = 0, cols = 0;
    std::span<const std::uint8_t> pixels, labels;

    std::int64_t size() const { return static_cast<std::int64_t>(labels.size()); }
    std::span<const std::uint8_t> picture(std::int64_t i) const {
        const auto bytes = static_cast<std::size_t>(rows * cols * 3);
        return pixels.subspan(static_cast<std::size_t>(i) * bytes, bytes);
    }
    std::int64_t label(std::int64_t i) const { return labels[static_cast<std::size_t>(i)]; }
};

class Pack {
  public:
    /// Throws Error: unreadable_input (not a pack, cut short, counts or labels that contradict each other),
    /// out_of_resources.
    explicit Pack(const std::filesystem::path& path);

    const std::vector<std::string>& labels() const { return labels_; }
    const std::map<std::string, Split>& splits() const { return splits_; }
    /// Throws Error{unreadable_input} when there is none of this name: it says which there are.
    const Split& split(const std::string& name) const;

  private:
    weights::Safetensors file_;
    std::vector<std::string> labels_;
    std::map<std::string, Split> splits_;
};

/// Collects a pack picture by picture.
class PackWriter {
  public:
    /// Throws Error{unreadable_input}: no label or more than 256, or one twice.
    explicit PackWriter(std::vector<std::string> labels);
    /// Throws Error{unreadable_input} when the picture is not of the size of those before, or the label
    /// unknown.
    void add(const std::string& split, const std::string& label, std::span<const std::uint8_t> rgb,
             std::int64_t rows, std::int64_t cols);
    std::int64_t size(const std::string& split) const;
    /// Throws Error: unreadable_input (no picture was added), out_of_resources (it can't be written).
    void write(const std::filesystem::path& path) &&;

  private:
    struct Pictures {
        std::vector<std::uint8_t> pixels, labels;
    };
    std::vector<std::string> labels_;
    std::map<std::string, Pictures> splits_;
    std::int64_t rows_ = 0, cols_ = 0;
};

}  // namespace perceiver::train
