// Labels in the window's three kinds of small type.
#pragma once

#include <QLabel>

#include "ui/style/colors.h"

namespace perceiver::ui {

/// "LATENTS": what a panel holds.
inline QLabel* makeHeading(const QString& words, QWidget* parent) {
    auto* label = new QLabel(words.toUpper(), parent);
    QFont font = textFont(Text::caption, true);
    font.setLetterSpacing(QFont::PercentageSpacing, 106);
    label->setFont(font);
    label->setProperty("role", "heading");
    return label;
}

inline QLabel* makeLabel(const QString& words, QWidget* parent, Text size, bool muted = false,
                         bool strong = false) {
    auto* label = new QLabel(words, parent);
    label->setFont(textFont(size, strong));
    label->setProperty("role", muted ? "muted" : "text");
    return label;
}

}  // namespace perceiver::ui
