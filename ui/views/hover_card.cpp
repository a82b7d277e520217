#include "ui/views/hover_card.h"

#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr double kLine = 19, kPadX = 11, kPadY = 8;
constexpr int kOffset = 14;

QFont cardFont(bool strong = false) {
    QFont font = textFont(Text::body, strong);
    font.setPixelSize(12);
    return font;
}

}  // namespace

HoverCard::HoverCard(QWidget* parent) : FloatCard(parent) {
    setObjectName("hoverCard");
    setAttribute(Qt::WA_TransparentForMouseEvents);
}

void HoverCard::setLines(const QString& element, int strong, const QString& attention,
                         const QString& readers) {
    element_ = element;
    strong_ = strong;
    attention_ = attention;
    readers_ = readers;
    const QFontMetricsF plain(cardFont()), bold(cardFont(true));
    double width = tabularWidth(bold, element_.left(strong_)) + tabularWidth(plain, element_.mid(strong_));
    width = std::max({width, tabularWidth(plain, attention_), tabularWidth(plain, readers_)});
    const int step = 16;  // from one element to the next it mostly keeps its size, and its shadow
    resize(int(std::ceil((width + 2 * kPadX) / step)) * step + 2 * kReach, int(3 * kLine + 2 * kPadY) + 2 * kReach);
    setAccessibleName(text());
    update();
}

QString HoverCard::text() const { return element_ + '\n' + attention_ + '\n' + readers_; }

void HoverCard::placeAt(const QPoint& pointer, int right) {
    const QSize card = size() - QSize(2 * kReach, 2 * kReach);
    int x = pointer.x() + kOffset, y = pointer.y() - kOffset - card.height();
    if (x + card.width() > right) x = pointer.x() - kOffset - card.width();
    if (y < 4) y = pointer.y() + kOffset;
    move(std::max(4, x) - kReach, y - kReach);
}

void HoverCard::paintEvent(QPaintEvent* event) {
    FloatCard::paintEvent(event);
    QPainter p(this);
    const Colors& c = colors();
    QRectF line(card().left() + kPadX, card().top() + kPadY, card().width() - 2 * kPadX, kLine);
    const QString strong = element_.left(strong_);
    p.setPen(c.text);
    p.setFont(cardFont(true));
    paintTabular(p, line, Qt::AlignVCenter, strong);
    const double used = tabularWidth(QFontMetricsF(p.font()), strong);
    p.setFont(cardFont());
    paintTabular(p, line.adjusted(used, 0, 0, 0), Qt::AlignVCenter, element_.mid(strong_));
    line.translate(0, kLine);
    paintTabular(p, line, Qt::AlignVCenter, attention_);
    line.translate(0, kLine);
    p.setPen(c.latent);
    paintTabular(p, line, Qt::AlignVCenter, readers_);
}

}  // namespace perceiver::ui
