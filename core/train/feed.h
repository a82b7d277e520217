// From examples of a split to batches of the model's input: one kind of feed for pictures, clouds, sounds, film and
// films that are seen and heard each.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "train/data.h"
#include "train/recipe.h"
#include "train/trainable.h"

namespace perceiver::train {

/// What one step trains on.
struct Batch {
    ModelInput input;
    at::Tensor labels;  ///< [B] int64
    at::Tensor other,
        share;  ///< of mixed examples: the other one's label [B], the first one's part [B]; else undefined
};

class Feed {
  public:
    explicit Feed(const Split& split) : split_(split) {}
    virtual ~Feed() = default;
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

    /// The examples as the program feeds them to the model; of film, a clip over each photograph, always the
    /// same one.
    virtual Batch plain(std::span<const std::int64_t> examples) const = 0;
    /// Changed as the recipe says. They are number `first` and so on of the run: what is random follows from
    /// that and the recipe's seed.
    virtual Batch changed(std::span<const std::int64_t> examples, std::int64_t first) const = 0;

  protected:
    at::Tensor labels(std::span<const std::int64_t> examples) const;

    const Split& split_;
};

/// Streams of Draws: what a random number is for.
enum Stream : std::uint64_t {
    for_order = 1,
    for_change = 2,
    for_points = 3,
    for_mixing = 4,
    for_blots = 5,
    for_held_out = 6,
    for_place = 7,
    for_senses = 8,
    for_pictures = 9,
    for_elements = 10
};

/// Films that are seen and heard. As make_feed.
std::unique_ptr<Feed> make_senses_feed(const Recipe&, const Trainable&, const Split&);

/// All three must outlive it. Throws Error{no_fit}: the split is not of what the model reads.
std::unique_ptr<Feed> make_feed(const Recipe&, const Trainable&, const Split&);

}  // namespace perceiver::train
