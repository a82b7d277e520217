// Small charts of the labs: a plot with labelled axes, even or logarithmic, and curves in it. Qt Gui only.
#pragma once

#include <QPainter>
#include <QPointF>
#include <QRectF>
#include <QString>
#include <vector>

#include "ui/style/colors.h"

namespace perceiver::ui {

struct ChartTick {
    double at = 0;
    QString label;
};

struct ChartAxis {
    double from = 0, to = 1;
    bool logarithmic = false;
    std::vector<ChartTick> ticks;

    double part(double value) const;  ///< 0 at `from`, 1 at `to`
    double value(double part) const;
};

/// x from left to right, y from bottom to top.
struct Chart {
    QRectF plot;
    ChartAxis x, y;

    QPointF at(double vx, double vy) const {
        return {plot.left() + x.part(vx) * plot.width(), plot.bottom() - y.part(vy) * plot.height()};
    }
};

/// Room that labels take left of and below a plot.
inline constexpr double kChartLeft = 30, kChartBottom = 16;

/// A line at every tick of y, its label left of the plot, those of x below it; of two that would touch, one.
void paintAxes(QPainter&, const Chart&, const Colors&);
/// A curve, cut off at the plot's edges, with a dot of that radius at each point (0: none).
void paintCurve(QPainter&, const Chart&, const std::vector<QPointF>&, const QColor&, Qt::PenStyle,
                double dot);
/// Powers of ten from `from` to `to`, at most so many of them.
std::vector<ChartTick> powerTicks(double from, double to, int most);

}  // namespace perceiver::ui
