#include "ui/controls/chip.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>

#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr int kHeight = 32, kPadding = 10, kGap = 8, kPicture = 24, kArrow = 14;
constexpr double kLongestName = 200, kLeastName = 64;

}  // namespace

Chip::Chip(QWidget* parent) : QAbstractButton(parent) {
    setFocusPolicy(Qt::TabFocus);
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    setAttribute(Qt::WA_Hover);
}

void Chip::setPicture(const QImage& picture) {
    if (picture.cacheKey() == pictureFrom_) return;
    pictureFrom_ = picture.cacheKey();
    picture_ = cropToAspect(picture, 1.0);
    updateGeometry();
    update();
}

void Chip::setName(const QString& name, const QString& brief) {
    if (name == name_ && brief == brief_) return;
    name_ = name;
    brief_ = brief;
    setAccessibleName(name_ + ' ' + detail());
    updateGeometry();
    update();
}

void Chip::setDetail(const QStringList& longestFirst) {
    if (longestFirst == details_) return;
    details_ = longestFirst;
    setAccessibleName(name_ + ' ' + detail());
    updateGeometry();
    update();
}

QSize Chip::sizeHint() const {
    double width =
        2 * kPadding + std::min(kLongestName, QFontMetricsF(textFont(Text::body)).horizontalAdvance(name_));
    if (!picture_.isNull()) width += kPicture + kGap;
    if (!details_.isEmpty())
        width += kGap + QFontMetricsF(textFont(Text::caption)).horizontalAdvance(detail());
    if (arrow_) width += kGap + kArrow;
    return {int(std::ceil(width)) + 2, kHeight};
}

QSize Chip::minimumSizeHint() const {
    const QFontMetricsF metrics(textFont(Text::body));
    const double name = std::ceil(brief_.isEmpty() ? std::min(kLeastName, metrics.horizontalAdvance(name_))
                                                   : std::min(kLongestName, metrics.horizontalAdvance(brief_)));
    const int sides = 2 * kPadding + (picture_.isNull() ? 0 : kPicture + kGap) + (arrow_ ? kGap + kArrow : 0);
    return {sides + int(name) + 2, kHeight};
}

void Chip::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    const bool lit = underMouse() || hasFocus();
    paintCard(p, rect(), isDown() ? c.track : c.raised, lit ? c.muted : c.line);
    double x = kPadding, right = width() - kPadding;
    if (arrow_) {
        ui::icon("down", c.muted)
            .paint(&p, QRect(int(right) - kArrow, (height() - kArrow) / 2, kArrow, kArrow));
        right -= kArrow + kGap;
    }
    if (!picture_.isNull()) {
        paintImage(p, QRectF(x - 4, (height() - kPicture) / 2.0, kPicture, kPicture), picture_, true);
        x += kPicture + kGap - 4;
    }
    const QFontMetricsF body(textFont(Text::body)), caption(textFont(Text::caption));
    const double room = std::min(kLongestName, right - x);
    const QString& fitting = brief_.isEmpty() || body.horizontalAdvance(name_) <= room ? name_ : brief_;
    const QString name = body.elidedText(fitting, Qt::ElideMiddle, room);
    p.setFont(textFont(Text::body));
    p.setPen(c.text);
    p.drawText(QRectF(x, 0, right - x, height()), Qt::AlignVCenter | Qt::AlignLeft, name);
    x += body.horizontalAdvance(name) + kGap;
    const auto fits = std::find_if(details_.begin(), details_.end(), [&](const QString& d) {
        return caption.horizontalAdvance(d) <= right - x + 1;
    });
    if (fits == details_.end()) return;
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    p.drawText(QRectF(x, 0, right - x + 2, height()), Qt::AlignVCenter | Qt::AlignLeft, *fits);
}

}  // namespace perceiver::ui
