// The colours and shapes of pinned latents, the same in every view. Blue, yellow, vermilion, pink and the text's own:
// told apart with deuteranopia too, and by their shape without any colour.
#pragma once

#include <QColor>
#include <QPainter>

#include "ui/style/colors.h"

namespace perceiver::ui {

QColor pinColor(int slot, Theme);
/// Disc, square, triangle, diamond, cross: `size` wide, filled, with a line of `edge` around.
void paintPin(QPainter&, const QPointF& centre, int slot, double size, const QColor& color, const QColor& edge);
/// The same as a character, for words: "●".
QString pinSign(int slot);

}  // namespace perceiver::ui
