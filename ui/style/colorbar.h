// What the ends and ticks of a colour bar say: times uniform for probability, the score for a logit.
#pragma once

#include <QString>
#include <vector>

#include "ui/style/colormap.h"

namespace perceiver::ui {

struct Tick {
    double position = 0;  ///< 0 at the bottom, 1 at the top
    QString label;
};

/// Highest first. `elements` is M: attention of 1/M everywhere reads 1× uniform. No two stand closer than
/// `apart` (part of the bar's length).
std::vector<Tick> colorBarTicks(const api::Map&, int elements, double apart = 0.09);

}  // namespace perceiver::ui
