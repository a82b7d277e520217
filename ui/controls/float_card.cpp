#include "ui/controls/float_card.h"

#include <QPainter>

#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

FloatCard::FloatCard(QWidget* parent) : QWidget(parent) { hide(); }

void FloatCard::paintEvent(QPaintEvent*) {
    const double ratio = devicePixelRatioF();
    const QSize size = (QSizeF(this->size()) * ratio).toSize();
    if (ground_.size() != size || groundTheme_ != theme()) {  // the shadow is many rounded rectangles
        groundTheme_ = theme();
        ground_ = QPixmap(size);
        ground_.setDevicePixelRatio(ratio);
        ground_.fill(Qt::transparent);
        QPainter p(&ground_);
        paintShadow(p, card(), kCardRadius, kReach - 3);
        paintCard(p, card(), colors().raised, colors().line);
    }
    QPainter(this).drawPixmap(0, 0, ground_);
}

}  // namespace perceiver::ui
