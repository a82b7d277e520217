#include "ui/style/pins.h"

#include <QPolygonF>

namespace perceiver::ui {

QColor pinColor(int slot, Theme theme) {
    static const char* const dark[] = {"#5aa9ff", "#f5e14b", "#ff6f3c", "#f59bd0", "#e6e9ef"};
    static const char* const light[] = {"#2176d2", "#9a7d00", "#c83e0c", "#b23f86", "#1a1d23"};
    return QColor(QLatin1String((theme == Theme::dark ? dark : light)[slot % 5]));
}

void paintPin(QPainter& p, const QPointF& at, int slot, double size, const QColor& color, const QColor& edge) {
    const double r = size / 2, thin = r * 0.36;
    p.save();
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(QPen(edge, 1.2));
    p.setBrush(color);
    switch (slot % 5) {
        case 0: p.drawEllipse(at, r, r); break;
        case 1: p.drawRect(QRectF(at.x() - r * 0.88, at.y() - r * 0.88, r * 1.76, r * 1.76)); break;
        case 2:
            p.drawPolygon(QPolygonF{{at.x(), at.y() - r * 1.1},
                                    {at.x() + r * 1.05, at.y() + r * 0.8},
                                    {at.x() - r * 1.05, at.y() + r * 0.8}});
            break;
        case 3:
            p.drawPolygon(QPolygonF{{at.x(), at.y() - r * 1.2},
                                    {at.x() + r * 1.2, at.y()},
                                    {at.x(), at.y() + r * 1.2},
                                    {at.x() - r * 1.2, at.y()}});
            break;
        default:
            p.drawPolygon(QPolygonF{{at.x() - thin, at.y() - r},
                                    {at.x() + thin, at.y() - r},
                                    {at.x() + thin, at.y() - thin},
                                    {at.x() + r, at.y() - thin},
                                    {at.x() + r, at.y() + thin},
                                    {at.x() + thin, at.y() + thin},
                                    {at.x() + thin, at.y() + r},
                                    {at.x() - thin, at.y() + r},
                                    {at.x() - thin, at.y() + thin},
                                    {at.x() - r, at.y() + thin},
                                    {at.x() - r, at.y() - thin},
                                    {at.x() - thin, at.y() - thin}});
    }
    p.restore();
}

QString pinSign(int slot) {
    static const char* const signs[] = {"●", "■", "▲", "◆", "✚"};
    return QString::fromUtf8(signs[slot % 5]);
}

}  // namespace perceiver::ui
