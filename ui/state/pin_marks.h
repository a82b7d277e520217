// Where the pinned latents look, for every view to outline in their colours.
#pragma once

#include <array>
#include <vector>

#include "ui/state/state.h"

namespace perceiver::ui {

struct PinMark {
    int slot = 0, latent = 0;
    std::vector<int> core;  ///< the fewest elements that hold half of its attention, at most 3 % of all; of scores 1 %
    int peak = -1;          ///< the most read of them
};

/// Made again only for maps that are new.
class PinMarks {
  public:
    const std::vector<PinMark>& of(const State&);

  private:
    std::array<MapPtr, kPins> maps_;
    std::array<int, kPins> latents_{};
    std::vector<PinMark> marks_;
};

}  // namespace perceiver::ui
