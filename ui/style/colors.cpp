#include "ui/style/colors.h"

#include <QFontDatabase>
#include <QGuiApplication>

namespace perceiver::ui {

const Colors& colorsOf(Theme theme) {
    static const Colors dark{"#3cc8a0", "#f2a33a", "#5aa9ff", "#b18cff", "#14161a", "#1b1e24",
                             "#23272f", "#2e333d", "#e6e9ef", "#9aa3b2", "#343a46"};
    static const Colors light{"#0f9d76", "#c47a10", "#2176d2", "#7c4fe0", "#f3f4f7", "#ffffff",
                              "#f0f2f6", "#dde1e9", "#1a1d23", "#5e6878", "#e3e7ee"};
    return theme == Theme::dark ? dark : light;
}

QFont textFont(Text size, bool strong) {
    static const QString family = QFontDatabase::hasFamily(QStringLiteral("Inter"))
                                      ? QStringLiteral("Inter")
                                      : QFontDatabase::systemFont(QFontDatabase::GeneralFont).family();
    QFont font(family);
    switch (size) {
        case Text::caption:
            font.setPixelSize(11);
            break;
        case Text::body:
            font.setPixelSize(13);
            break;
        case Text::title:
            font.setPixelSize(15);
            break;
        case Text::number:
            font.setPixelSize(20);
            break;
    }
    if (strong) font.setWeight(QFont::DemiBold);
    return font;
}

}  // namespace perceiver::ui
