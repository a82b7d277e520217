#include "ui/style/colorbar.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <cmath>

#include "ui/style/format.h"

namespace perceiver::ui {

namespace {

/// The nearest of 1, 2, 5 times a power of ten at or below `value`.
double roundNumber(double value) {
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    const double lead = value / power;
    return power * (lead >= 5 ? 5 : lead >= 2 ? 2 : 1);
}

QString shortTimes(double times) {
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
    if (map.scale == api::Scale::logit) {
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

}  // namespace perceiver::ui
