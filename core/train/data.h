// A pack: a data set of pictures, clouds, sounds or films of one size, decoded once, in one safetensors file: for
// every split "SPLIT.labels" [n] of 8-bit numbers and one of
//   "SPLIT.pixels" [n, rows, cols, 3], 8-bit;
//   "SPLIT.points" [n, points, numbers], float32, position first;
//   "SPLIT.samples" [n, samples, 2], 16-bit samples of one channel as pairs of bytes, the lower first;
//   "SPLIT.frames" [n, frames, rows, cols, channels], 8-bit, 3 channels or 1 (luma), and beside it the "SPLIT.samples"
//   of the same seconds;
// in the metadata the labels' names, the samples' "rate" and the frames' "frame_rate". Knows bytes only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "weights/safetensors.h"

namespace perceiver::train {

/// What a pack is of.
enum class Medium { pictures, clouds, sounds, films };

/// Views into the pack it came from. A cloud is `rows` points of `cols` numbers, a sound 1 row of `cols`
/// samples; of a film `bytes` are its frames.
struct Split {
    std::int64_t rows = 0, cols = 0;
    std::span<const std::uint8_t> bytes, labels;
    Medium medium = Medium::pictures;
    std::int64_t rate = 0;  ///< samples a second
    // Of films.
    std::int64_t frames = 0, channels = 0;
    double frame_rate = 0;
    std::span<const std::uint8_t> samples{};  ///< of all of them

    std::int64_t size() const { return static_cast<std::int64_t>(labels.size()); }
    std::span<const std::uint8_t> example(std::int64_t i) const {
        const std::size_t count = bytes.size() / labels.size();
        return bytes.subspan(static_cast<std::size_t>(i) * count, count);
    }
    std::span<const std::uint8_t> picture(std::int64_t i) const { return example(i); }
    std::vector<float> cloud(std::int64_t i) const;  ///< [rows, cols]
    std::vector<float> sound(std::int64_t i) const;  ///< a sound's or film's samples, full scale 1
    std::vector<std::uint8_t> film(std::int64_t i) const;  ///< [frames, rows, cols, 3]
    std::int64_t label(std::int64_t i) const { return labels[static_cast<std::size_t>(i)]; }
};

class Pack {
  public:
    /// Throws Error: unreadable_input (not a pack, cut short, counts or labels that contradict each other),
    /// out_of_resources.
    explicit Pack(const std::filesystem::path& path);

    /// The folders' names with spaces for underscores: as models answer.
    const std::vector<std::string>& labels() const { return labels_; }
    const std::map<std::string, Split>& splits() const { return splits_; }
    /// Throws Error{unreadable_input} when there is none of this name: it says which there are.
    const Split& split(const std::string& name) const;

  private:
    weights::Safetensors file_;
    std::vector<std::string> labels_;
    std::map<std::string, Split> splits_;
};

/// Collects a pack example by example, all of one kind and size.
class PackWriter {
  public:
    /// Throws Error{unreadable_input}: no label or more than 256, or one twice.
    explicit PackWriter(std::vector<std::string> labels);
    /// Throws Error{unreadable_input} when the picture is not of the size of those before, or the label
    /// unknown.
    void add(const std::string& split, const std::string& label, std::span<const std::uint8_t> rgb,
             std::int64_t rows, std::int64_t cols);
    /// A cloud of points of `numbers` numbers each.
    void add_cloud(const std::string& split, const std::string& label, std::span<const float> points,
                   std::int64_t numbers);
    /// One channel of sound.
    void add_sound(const std::string& split, const std::string& label, std::span<const float> samples,
                   std::int64_t rate);
    struct Frames {
        std::span<const std::uint8_t> bytes;  ///< [frames, rows, cols, channels]
        std::int64_t rows = 0, cols = 0, channels = 0;
        double rate = 0;  ///< frames a second
    };
    /// A film and what is heard meanwhile, one channel.
    void add_film(const std::string& split, const std::string& label, const Frames& frames,
                  std::span<const float> samples, std::int64_t rate);
    std::int64_t size(const std::string& split) const;
    /// Throws Error: unreadable_input (no picture was added), out_of_resources (it can't be written).
    void write(const std::filesystem::path& path) &&;

  private:
    struct Examples {
        std::vector<std::uint8_t> bytes, labels, samples;
    };
    struct Size {
        Medium medium;
        std::int64_t rows, cols, rate;
        std::int64_t frames = 0, channels = 0, samples = 0;  // of films
        double frame_rate = 0;
        bool operator==(const Size&) const = default;
    };
    static std::string words(const Size& size);
    /// Where the next example of this size goes.
    Examples& place(const std::string& split, const std::string& label, const Size& size);

    std::vector<std::string> labels_;
    std::map<std::string, Examples> splits_;
    std::optional<Size> size_;
};

}  // namespace perceiver::train
