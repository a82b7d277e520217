#include "ui/style/colorbar.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <cmath>

#include "ui/style/format.h"
#include "ui/style/paint.h"

namespace perceiver::ui {

namespace {

/// The nearest of 1, 2, 5 times a power of ten at or below `value`.
double roundNumber(double value) {
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    const double lead = value / power;
    return power * (lead >= 5 ? 5 : lead >= 2 ? 2 : 1);
}

QString shortTimes(double times) {
    if (times >= 10) times = std::round(times);
    const QString number = times == std::floor(times) ? QLocale().toString(times, 'f', 0)
                                                      : significant(times, times < 1 ? 1 : 2);
    return number + QString::fromUtf8("×");
}

void add(std::vector<Tick>& ticks, double apart, double position, const QString& label) {
    if (position < 0 || position > 1) return;
    for (const Tick& t : ticks)
        if (std::abs(t.position - position) < apart) return;
    ticks.push_back({position, label});
}

}  // namespace

std::vector<Tick> colorBarTicks(const api::Map& map, int elements, double apart) {
    const auto tr = [](const char* s) { return QCoreApplication::translate("ColorBar", s); };
    const ColorRange range = api::range_of(map.scale, map.low, map.high);
    std::vector<Tick> ticks;
    if (range.diverging) {
        const bool attention = map.scale == api::Scale::probability_difference;
        const auto words = [&](float end) {
            const QString sign = end > 0 ? QStringLiteral("+") : QString(QChar(0x2212));
            return sign +
                   (attention ? shortTimes(std::abs(double(end)) * elements) : significant(std::abs(double(end))));
        };
        ticks.push_back({1, (attention ? tr("%1 uniform") : tr("%1 score")).arg(words(range.high))});
        ticks.push_back({0.5, QStringLiteral("0")});
        ticks.push_back({0, words(range.low)});
    } else if (map.scale == api::Scale::logit) {
        ticks.push_back({1, tr("%1 score").arg(significant(range.high))});
        ticks.push_back({0, significant(range.low)});
        const double middle = (double(range.low) + double(range.high)) / 2;
        add(ticks, apart, 0.5, significant(middle));
    } else {
        const double top = double(range.high) * elements;
        ticks.push_back({1, tr("%1 uniform").arg(shortTimes(top >= 10 ? std::round(top) : top))});
        ticks.push_back({0, QStringLiteral("0")});
        for (const double times : {1.0, roundNumber(top / 2), roundNumber(top / 4), roundNumber(top / 20)})
            add(ticks, apart, double(range.position(float(times / elements))), shortTimes(times));
    }
    std::sort(ticks.begin(), ticks.end(),
              [](const Tick& a, const Tick& b) { return a.position > b.position; });
    return ticks;
}

void paintColorBar(QPainter& p, const QRectF& bar, const api::Map& map, int elements, const api::ColorTable& table,
                   const Colors& c, std::optional<float> pointedAt) {
    constexpr double tickLength = 3, labelWidth = 100, labelHeight = 20;
    paintImage(p, bar, paintColorBar(table), true, 3);
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    for (const Tick& t : colorBarTicks(map, elements, 18 / bar.height())) {
        const double y = bar.bottom() - t.position * bar.height();
        p.fillRect(QRectF(bar.right() + 1,
                          y - (t.position >= 1   ? 0
                               : t.position <= 0 ? 1
                                                 : 0.5),
                          tickLength, 1),
                   c.line);
        const double middle = std::clamp(y, bar.top() + 6, bar.bottom() - 6);
        paintTabular(p, {bar.right() + 7, middle - labelHeight / 2, labelWidth, labelHeight}, Qt::AlignVCenter,
                     t.label);
    }
    if (!pointedAt) return;
    const double at = std::clamp(double(api::range_of(map.scale, map.low, map.high).position(*pointedAt)), 0.0, 1.0);
    const double y = bar.bottom() - at * bar.height();
    p.save();
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(Qt::NoPen);
    p.setBrush(c.text);
    p.drawPolygon(QPolygonF{{bar.left() - 2, y}, {bar.left() - 8, y - 4}, {bar.left() - 8, y + 4}});
    p.restore();
}

}  // namespace perceiver::ui
