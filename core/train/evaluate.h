// How well a bundle does on a split, through the inference Perceiver and the program's own way from pixels,
// points, samples or frames to its input array.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <span>
#include <vector>

#include "base/interval.h"
#include "perceiver/perceiver.h"
#include "rivals/rival.h"
#include "train/data.h"

namespace perceiver::train {

struct Evaluation {
    std::int64_t right = 0, n = 0;
    std::vector<std::int64_t> right_of_label, of_label;  ///< [classes]

    double accuracy() const { return n > 0 ? double(right) / double(n) : 0; }
};

inline constexpr std::int64_t picture_views = 12;

/// What a model goes by.
struct Conditions {
    /// Of a model of several modalities: the one it has alone, the others' elements left out; empty: it has them all.
    std::string only;
    /// Sounds have white noise added, so many decibels softer than they are up to their last sample that isn't 0; the
    /// same noise for everybody.
    std::optional<double> noise;
    std::int64_t at_most = 0;  ///< as many examples, from the first on; 0: all
};

/// `progress` is told after every few examples how many are done; answering false ends it with
/// Error{cancelled}. Examples are shared out over LibTorch's threads. With several views the mean of their
/// probabilities answers: of a sound that begins at so many places, its end coming first; of a cloud scaled
/// by 0.8 to 1.2 along every axis, mirrored, turned by up to 15 degrees, moved by up to 0.05; of a picture and its
/// mirror image the whole, then 7/8 of it: its middle and its corners, picture_views in all. A model of film is
/// measured on the test_clips filmed over the split's photographs (train/camera.h); its labels are their motions, and
/// `labels` are not asked. Throws Error{no_fit} when the labels are not the pack's, the pack not of what the model
/// reads, or the model without what the conditions name.
Evaluation evaluate(const Perceiver& model, const std::vector<std::string>& labels, const Split& split,
                    const std::function<bool(std::int64_t)>& progress = {}, std::int64_t views = 1,
                    const Conditions& conditions = {});

/// The same of a rival, which sees pictures through its own permutation if it has one. With `order` the elements of
/// every picture are shuffled too, their positions with them, before that: a shuffle at test time.
Evaluation evaluate(const rivals::Rival& rival, const std::vector<std::string>& labels, const Split& split,
                    const std::function<bool(std::int64_t)>& progress = {}, std::span<const std::int64_t> order = {});

}  // namespace perceiver::train
