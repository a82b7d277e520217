// Buttons side by side of which one is chosen.
#pragma once

#include <QButtonGroup>
#include <QToolButton>

#include "ui/style/colors.h"

namespace perceiver::ui {

/// `place` in the row: "first", "middle" or "last".
inline void makeSegment(QToolButton* button, QButtonGroup* group, const QString& words, const QString& tip,
                        const char* place) {
    button->setText(words);
    button->setToolTip(tip);
    button->setCheckable(true);
    button->setProperty("segment", place);
    button->setFont(textFont(Text::caption));
    group->addButton(button);
}

}  // namespace perceiver::ui
