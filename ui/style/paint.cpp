#include "ui/style/paint.h"

#include <QPainterPath>
#include <algorithm>
#include <cmath>

namespace perceiver::ui {

void paintCard(QPainter& p, const QRectF& r, const QColor& fill, const QColor& line, const QColor& top) {
    p.save();
    p.setRenderHint(QPainter::Antialiasing);
    p.setBrush(Qt::NoBrush);
    QPainterPath shape;
    shape.addRoundedRect(r.adjusted(0.5, 0.5, -0.5, -0.5), kCardRadius, kCardRadius);
    p.fillPath(shape, fill);
    if (top.isValid()) {
        QPainterPath outer, inner;
        outer.addRoundedRect(r, kCardRadius, kCardRadius);
        inner.addRoundedRect(r.adjusted(1, 3, -1, kCardRadius), kCardRadius - 1, kCardRadius - 2);
        QPainterPath band;
        band.addRect(QRectF(r.left(), r.top(), r.width(), kCardRadius));
        p.setPen(QPen(line, 1));
        p.drawPath(shape);
        p.fillPath(outer.intersected(band).subtracted(inner), top);
    } else {
        p.setPen(QPen(line, 1));
        p.drawPath(shape);
    }
    p.restore();
}

void paintImage(QPainter& p, const QRectF& r, const QImage& image, bool smooth, double radius) {
    if (image.isNull() || r.isEmpty()) return;
    const double ratio = p.device()->devicePixelRatioF();
    const QSize pixels(std::max(1, int(std::lround(r.width() * ratio))),
                       std::max(1, int(std::lround(r.height() * ratio))));
    QImage scaled = image.scaled(pixels, Qt::IgnoreAspectRatio,
                                 smooth ? Qt::SmoothTransformation : Qt::FastTransformation);
    p.save();
    p.setRenderHint(QPainter::Antialiasing);
    QBrush brush(scaled);
    brush.setTransform(QTransform::fromTranslate(r.left(), r.top())
                           .scale(r.width() / pixels.width(), r.height() / pixels.height()));
    p.setPen(Qt::NoPen);
    p.setBrush(brush);
    p.drawRoundedRect(r, radius, radius);
    p.restore();
}

QImage cropToAspect(const QImage& image, double aspect) {
    if (image.isNull()) return image;
    const int width = std::clamp(int(std::lround(image.height() * aspect)), 1, image.width());
    const int height = std::clamp(int(std::lround(image.width() / aspect)), 1, image.height());
    return image.copy((image.width() - width) / 2, (image.height() - height) / 2, width, height);
}

namespace {

double digitWidth(const QFontMetricsF& metrics) {
    double width = 0;
    for (char c = '0'; c <= '9'; ++c) width = std::max(width, metrics.horizontalAdvance(QLatin1Char(c)));
    return width;
}

}  // namespace

double tabularWidth(const QFontMetricsF& metrics, const QString& text) {
    const double digit = digitWidth(metrics);
    double width = 0;
    for (const QChar c : text) width += c.isDigit() ? digit : metrics.horizontalAdvance(c);
    return width;
}

void paintTabular(QPainter& p, const QRectF& r, int flags, const QString& text) {
    const QFontMetricsF metrics(p.font());
    const double digit = digitWidth(metrics), width = tabularWidth(metrics, text);
    double x = flags & Qt::AlignRight     ? r.right() - width
               : flags & Qt::AlignHCenter ? r.center().x() - width / 2
                                          : r.left();
    double y = r.top() + metrics.ascent();
    if (flags & Qt::AlignVCenter) y = r.center().y() + (metrics.ascent() - metrics.descent()) / 2;
    if (flags & Qt::AlignBottom) y = r.bottom() - metrics.descent();
    for (const QChar c : text) {
        const double advance = metrics.horizontalAdvance(c);
        p.drawText(QPointF(c.isDigit() ? x + (digit - advance) / 2 : x, y), QString(c));
        x += c.isDigit() ? digit : advance;
    }
}

void paintLine(QPainter& p, const QPolygonF& points, const QColor& color, double width) {
    if (p.opacity() < 1 || color.alpha() < 255) {  // where pieces meet they would be seen twice
        p.setPen(QPen(color, width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        p.drawPolyline(points);
        return;
    }
    QList<QLineF> pieces;
    for (int i = 1; i < int(points.size()); ++i) pieces.emplace_back(points[i - 1], points[i]);
    p.setPen(QPen(color, width, Qt::SolidLine, Qt::SquareCap));
    p.drawLines(pieces);
}

void paintShadow(QPainter& p, const QRectF& r, double radius, double reach) {
    p.save();
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(Qt::NoPen);
    const int steps = int(reach);
    for (int i = steps; i > 0; --i) {
        const double t = double(i) / steps;
        p.setBrush(QColor(0, 0, 0, int(9 * (1 - t) * (1 - t)) + 1));
        p.drawRoundedRect(r.adjusted(-i, -i + 3, i, i + 3), radius + i, radius + i);
    }
    p.restore();
}

}  // namespace perceiver::ui
