// What the window and the report draw of a film the same way: its frames in a row, attention over them, the time below.
#pragma once

#include <QColor>
#include <QImage>
#include <QPainter>
#include <QRectF>
#include <vector>

#include "ui/style/colors.h"

namespace perceiver::ui {

/// Attention to each of as many equal parts of the time, in a role's colour or a pin's.
struct Series {
    std::vector<double> values;
    QColor color;
    QString words{};  ///< whose attention
    int slot = -1;    ///< of a pin, whose shape stands on its bars
};

/// Frames side by side, each cut to its room.
void paintFrames(QPainter&, const QRectF&, const std::vector<QImage>& frames, const Colors&);
/// A line around one of `count` frames drawn so.
void paintCurrent(QPainter&, const QRectF&, int count, int current, const Colors&);
/// A group of bars for each part of the time; a line where each would be were attention even: `even`.
void paintBars(QPainter&, const QRectF&, const std::vector<Series>&, double even, const Colors&);
/// The same as curves, for many values.
void paintCurves(QPainter&, const QRectF&, const std::vector<Series>&);
/// Seconds from `start` to `end`, five of them or as many as there is room for.
void paintTimes(QPainter&, const QRectF&, double start, double end, const Colors&);

}  // namespace perceiver::ui
