// The look: colour roles, the two themes, fonts. One hue for each part of a Perceiver, everywhere it appears,
// and nothing else coloured. Qt Gui only, so that the drawn report shares it; what needs widgets is in
// theme.h.
#pragma once

#include <QColor>
#include <QFont>

namespace perceiver::ui {

enum class Theme { dark, light };

struct Colors {
    QColor input, cross, latent, output;  ///< the roles
    QColor background, panel, raised;     ///< three grounds, back to front
    QColor line, text, muted, track;      ///< track: what a slider or bar runs in
};
const Colors& colorsOf(Theme);

/// Text sizes of the window: 11 caption, 13 body, 15 title, 20 the one number that matters.
enum class Text { caption, body, title, number };
/// Inter where it is installed, the system's font otherwise (DejaVu Sans on a bare Debian).
QFont textFont(Text, bool strong = false);

}  // namespace perceiver::ui
