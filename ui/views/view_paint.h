// What all views say and draw alike: the words of the hover card, what is being opened, room for the colour bar.
#pragma once

#include <QPainter>
#include <optional>

#include "ui/state/state.h"

namespace perceiver::ui {

inline constexpr double kColorBarSpace = 116;  ///< the bar with its labels, and the room left of it

struct HoverWords {
    QString attention, readers;
};
/// `value`: what the shown map says of the element pointed at; nothing while it is not computed.
HoverWords hoverWords(const State&, std::optional<float> value);

/// Which file or model is on its way, in the middle.
void paintWaiting(QPainter&, const QRect&, const State&);

}  // namespace perceiver::ui
