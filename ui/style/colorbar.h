// What the ends and ticks of a colour bar say: times uniform for probability, the score for a logit.
#pragma once

#include <QPainter>
#include <QString>
#include <optional>
#include <vector>

#include "ui/style/colormap.h"
#include "ui/style/colors.h"

namespace perceiver::ui {

struct Tick {
    double position = 0;  ///< 0 at the bottom, 1 at the top
    QString label;
};

/// Highest first. `elements` is M: attention of 1/M everywhere reads 1× uniform. No two stand closer than
/// `apart` (part of the bar's length).
std::vector<Tick> colorBarTicks(const api::Map&, int elements, double apart = 0.09);

/// The bar of `table`'s colours with its ticks right of it, and a mark at the value pointed at, if any.
void paintColorBar(QPainter&, const QRectF& bar, const api::Map&, int elements, const api::ColorTable& table,
                   const Colors&, std::optional<float> pointedAt);

}  // namespace perceiver::ui
