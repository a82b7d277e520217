#include "ui/controls/float_card.h"

#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

FloatCard::FloatCard(QWidget* parent) : QWidget(parent) { hide(); }

void FloatCard::paintEvent(QPaintEvent*) {
    QPainter p(this);
    paintShadow(p, card(), kCardRadius, kReach - 3);
    paintCard(p, card(), colors().raised, colors().line);
}

}  // namespace perceiver::ui
