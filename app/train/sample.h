// Some of a split's examples.
#pragma once

#include <cstdint>
#include <vector>

#include "train/augment_points.h"

namespace perceiver {

/// `wanted` of `all` examples (0: all), which follow from the two numbers alone.
class Sample {
  public:
    Sample(std::int64_t all, std::int64_t wanted) {
        train::Draws draws(7, 0, 0);
        chosen_ = train::choose_points(all, wanted, draws);
    }
    std::int64_t size() const { return static_cast<std::int64_t>(chosen_.size()); }
    /// Asked for one example after another.
    bool takes_next() {
        const bool takes = at_ < chosen_.size() && chosen_[at_] == next_;
        ++next_;
        at_ += takes;
        return takes;
    }

  private:
    std::vector<std::int64_t> chosen_;  // ascending
    std::size_t at_ = 0;
    std::int64_t next_ = 0;
};

}  // namespace perceiver
