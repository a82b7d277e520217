// How well a bundle does on a split, through the inference Perceiver and the program's own way from pixels to
// its input array.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "perceiver/perceiver.h"
#include "train/data.h"

namespace perceiver::train {

struct Interval {
    double low = 0, high = 0;
};
/// 95 % Wilson score interval of a part of n seen `right` times.
Interval wilson(std::int64_t right, std::int64_t n);

struct Evaluation {
    std::int64_t right = 0, n = 0;
    std::vector<std::int64_t> right_of_label, of_label;  ///< [classes]

    double accuracy() const { return n > 0 ? double(right) / double(n) : 0; }
};

/// `progress` is told after every few pictures how many are done; answering false ends it with
/// Error{cancelled}. Pictures are shared out over LibTorch's threads. Throws Error{no_fit} when the labels
/// are not the pack's.
Evaluation evaluate(const Perceiver& model, const std::vector<std::string>& labels, const Split& split,
                    const std::function<bool(std::int64_t)>& progress = {});

}  // namespace perceiver::train
