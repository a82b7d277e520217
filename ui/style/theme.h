// The theme in use, as Qt Widgets take it: palette, style sheet, icons, and whether things may move.
#pragma once

#include <QIcon>
#include <QString>

#include "ui/style/colors.h"

namespace perceiver::ui {

/// Fusion, our palette and style sheet, for the whole application; windows repaint by themselves.
void useTheme(Theme);
Theme theme();
const Colors& colors();
/// What the desktop asks for at the start of the program.
Theme systemTheme();

/// An icon of resources/icons by its file name, drawn in one colour (by default the text's).
/// `space` leaves room right of it, in 16ths of its height, where text follows.
QIcon icon(const QString& name, const QColor& color = {}, int space = 0);
/// Milliseconds a movement may take: 0 when the desktop asks for none.
int motionMs();

}  // namespace perceiver::ui
