#include "ui/style/film_paint.h"

#include <QLocale>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "ui/style/paint.h"
#include "ui/style/pins.h"

namespace perceiver::ui {

namespace {

constexpr double kFrameGap = 2, kTimeRoom = 64, kMark = 9;

double highest(const std::vector<Series>& series) {
    double high = 0;
    for (const Series& s : series)
        for (const double v : s.values) high = std::max(high, v);
    return high;
}

}  // namespace

void paintFrames(QPainter& p, const QRectF& room, const std::vector<QImage>& frames, const Colors& c) {
    if (frames.empty()) p.fillRect(room, c.panel);
    const double step = room.width() / double(std::max<std::size_t>(1, frames.size()));
    for (std::size_t i = 0; i < frames.size(); ++i) {
        const QRectF at(room.left() + double(i) * step, room.top(), step - (step > 12 ? kFrameGap : 0), room.height());
        paintImage(p, at, cropToAspect(frames[i], at.width() / at.height()), true, 2);
    }
}

void paintCurrent(QPainter& p, const QRectF& room, int count, int current, const Colors& c) {
    if (current < 0 || current >= count) return;
    const double step = room.width() / count;
    const QRectF at(room.left() + current * step - 1, room.top() - 1, std::max(step, 4.0), room.height() + 2);
    p.save();
    p.setRenderHint(QPainter::Antialiasing);
    p.setBrush(Qt::NoBrush);
    p.setPen(QPen(c.input, 2));
    p.drawRoundedRect(at, 3, 3);
    p.restore();
}

void paintBars(QPainter& p, const QRectF& room, const std::vector<Series>& series, double even, const Colors& c) {
    p.fillRect(room, c.panel);
    const double high = std::max(highest(series), 1.2 * even);
    if (high <= 0) return;
    const double tall = room.height() - 4;
    for (std::size_t s = 0; s < series.size(); ++s) {
        const auto n = double(std::max<std::size_t>(1, series[s].values.size())), step = room.width() / n;
        const double gap = std::min(series.size() > 1 ? 12.0 : 3.0, step / 4),
                     wide = (step - gap) / double(series.size());
        const bool marked = series[s].slot >= 0 && wide > 2 * kMark && tall > 2 * kMark;
        for (std::size_t i = 0; i < series[s].values.size(); ++i) {
            const double bar = tall * std::clamp(series[s].values[i] / high, 0.0, 1.0);
            const QRectF at(room.left() + double(i) * step + double(s) * wide, room.bottom() - bar, wide, bar);
            p.fillRect(at, series[s].color);
            if (marked)
                paintPin(p, {at.center().x(), room.bottom() - kMark}, series[s].slot, kMark, series[s].color,
                         c.background);
        }
    }
    if (even <= 0) return;
    QColor line = c.text;
    line.setAlphaF(0.5F);
    p.setPen(QPen(line, 1, Qt::DashLine));
    const double y = std::round(room.bottom() - tall * even / high) + 0.5;
    p.drawLine(QPointF(room.left(), y), QPointF(room.right(), y));
}

void paintCurves(QPainter& p, const QRectF& room, const std::vector<Series>& series) {
    const double high = highest(series);
    if (high <= 0) return;
    p.save();
    p.setRenderHint(QPainter::Antialiasing);
    for (const Series& s : series) {
        // Many values to a pixel: the highest of them, so that no peak is lost.
        const int points = std::max(1, std::min(int(s.values.size()), int(room.width())));
        QPolygonF line;
        for (int i = 0; i < points; ++i) {
            const auto n = s.values.size(), from = std::size_t(i) * n / std::size_t(points),
                       to = std::max(from + 1, std::size_t(i + 1) * n / std::size_t(points));
            const double value =
                *std::max_element(s.values.begin() + std::ptrdiff_t(from), s.values.begin() + std::ptrdiff_t(to));
            line << QPointF(room.left() + (i + 0.5) * room.width() / points,
                            room.bottom() - 1 - (room.height() - 4) * value / high);
        }
        QPainterPath below;
        below.addPolygon(line);
        below.lineTo(line.back().x(), room.bottom());
        below.lineTo(line.front().x(), room.bottom());
        QColor fill = s.color;
        fill.setAlphaF(0.15F);
        p.fillPath(below, fill);
        paintLine(p, line, s.color, 1.5);
    }
    p.restore();
}

void paintTimes(QPainter& p, const QRectF& room, double start, double end, const Colors& c) {
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    const int steps = std::clamp(int(room.width() / kTimeRoom), 1, 4), decimals = end - start < 5 ? 2 : 1;
    for (int i = 0; i <= steps; ++i) {
        QString words = QLocale().toString(start + (end - start) * i / steps, 'f', decimals);
        if (i == 0 || i == steps) words += QStringLiteral("\u00a0s");
        const double x = room.left() + room.width() * i / steps;
        const int side = i == 0 ? Qt::AlignLeft : i == steps ? Qt::AlignRight : Qt::AlignHCenter;
        const QRectF at = i == 0       ? QRectF(x, room.top(), kTimeRoom, room.height())
                          : i == steps ? QRectF(x - kTimeRoom, room.top(), kTimeRoom, room.height())
                                       : QRectF(x - kTimeRoom / 2, room.top(), kTimeRoom, room.height());
        paintTabular(p, at, side | Qt::AlignVCenter, words);
    }
}

}  // namespace perceiver::ui
