#include "ui/style/chart.h"

#include <algorithm>
#include <cmath>

#include "ui/style/format.h"
#include "ui/style/paint.h"

namespace perceiver::ui {

double ChartAxis::part(double v) const {
    if (logarithmic)
        return (std::log(std::max(v, 1e-300)) - std::log(from)) / (std::log(to) - std::log(from));
    return (v - from) / (to - from);
}

double ChartAxis::value(double p) const {
    return logarithmic ? std::exp(std::log(from) + p * (std::log(to) - std::log(from)))
                       : from + p * (to - from);
}

void paintAxes(QPainter& p, const Chart& chart, const Colors& c) {
    constexpr double height = 14, apart = 5;
    const QRectF& plot = chart.plot;
    p.setFont(textFont(Text::caption));
    const QFontMetricsF metrics(p.font());
    for (const ChartTick& tick : chart.y.ticks) {
        const double y = chart.at(chart.x.from, tick.at).y();
        p.fillRect(QRectF(plot.left(), y - 0.5, plot.width(), 1), c.line);
        p.setPen(c.muted);
        const double middle = std::min(y, plot.bottom() - 4);  // above the first label of x
        paintTabular(p, {plot.left() - kChartLeft - 20, middle - height / 2, kChartLeft + 15, height},
                     Qt::AlignRight | Qt::AlignVCenter, tick.label);
    }
    p.fillRect(QRectF(plot.left(), plot.bottom() - 0.5, plot.width(), 1), c.line);
    p.setPen(c.muted);
    std::vector<std::pair<double, double>> taken;
    for (const ChartTick& tick : chart.x.ticks) {
        const double x = chart.at(tick.at, chart.y.from).x(), wide = tabularWidth(metrics, tick.label);
        const double left =
            std::clamp(x - wide / 2, plot.left() - 3, std::max(plot.left() - 3, plot.right() + 3 - wide));
        const bool free = std::all_of(taken.begin(), taken.end(), [&](const auto& t) {
            return left + wide + apart < t.first || left > t.second + apart;
        });
        if (!free) continue;
        taken.emplace_back(left, left + wide);
        paintTabular(p, {left, plot.bottom() + 2, wide, height}, Qt::AlignVCenter, tick.label);
    }
}

void paintCurve(QPainter& p, const Chart& chart, const std::vector<QPointF>& values, const QColor& color,
                Qt::PenStyle style, double dot) {
    p.save();
    p.setRenderHint(QPainter::Antialiasing);
    p.setClipRect(chart.plot.adjusted(-4, -4, 4, 4));
    QPolygonF line;
    for (const QPointF& v : values) line << chart.at(v.x(), v.y());
    if (style == Qt::SolidLine) {
        paintLine(p, line, color, 2);
    } else {
        p.setPen(QPen(color, 1.5, style, Qt::RoundCap, Qt::RoundJoin));
        p.drawPolyline(line);
    }
    p.setPen(Qt::NoPen);
    p.setBrush(color);
    if (dot > 0)
        for (const QPointF& at : line) p.drawEllipse(at, dot, dot);
    p.restore();
}

std::vector<ChartTick> powerTicks(double from, double to, int most) {
    const int first = int(std::ceil(std::log10(from) - 1e-9)), last = int(std::floor(std::log10(to) + 1e-9));
    const int step = std::max(1, (last - first + most) / std::max(1, most));
    std::vector<ChartTick> ticks;
    for (int power = first; power <= last; power += step) {
        const double value = std::pow(10.0, power);
        ticks.push_back(
            {value, value >= 1 && value < 1e6 ? count(std::llround(value)) : significant(value, 1)});
    }
    return ticks;
}

}  // namespace perceiver::ui
