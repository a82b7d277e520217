// The few strokes every hand-painted part of the window shares, so that corners, lines and numbers agree.
#pragma once

#include <QColor>
#include <QFont>
#include <QImage>
#include <QPainter>
#include <QRectF>

namespace perceiver::ui {

inline constexpr double kCardRadius = 8, kPictureRadius = 4;

/// A rounded card with a one-pixel line inside its edge; `top` draws a 3-pixel band in a role's colour.
void paintCard(QPainter&, const QRectF&, const QColor& fill, const QColor& line, const QColor& top = {});
/// An image filling the rectangle with rounded corners: nearest neighbour for maps, smooth for photographs.
void paintImage(QPainter&, const QRectF&, const QImage&, bool smooth, double radius = kPictureRadius);
/// The part of an image's middle that has the rectangle's aspect.
QImage cropToAspect(const QImage&, double widthOverHeight);
/// Text in which every digit takes the same width, whatever the font does.
void paintTabular(QPainter&, const QRectF&, int flags, const QString&);
double tabularWidth(const QFontMetricsF&, const QString&);
/// A solid line through many points. Its pieces one by one where that looks the same: joining hundreds of them to one
/// outline takes milliseconds, each time a pointer moves.
void paintLine(QPainter&, const QPolygonF&, const QColor&, double width);
/// A soft shadow around what floats.
void paintShadow(QPainter&, const QRectF&, double radius, double reach);

}  // namespace perceiver::ui
