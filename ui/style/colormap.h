// Attention is always drawn in a perceptual map with a labelled range. Qt Gui only.
#pragma once

#include <QImage>

#include "engine/api/color_map.h"
#include "ui/style/colors.h"

namespace perceiver::ui {

using api::ColorMap;
using api::ColorRange;
inline constexpr ColorMap kColorMaps[] = {ColorMap::viridis, ColorMap::cividis, ColorMap::magma};
QString colorMapName(ColorMap);
/// The part of a map's colours that stands out from the theme's ground, for what has no ground of its own: points on a
/// dark one start at 0.15 of the map, on a light one they end at 0.85, so that none vanish.
api::ColorTable colorsOnGround(ColorMap, Theme);
/// Of differences: blue below 0, the theme's ground at 0, orange above, as light at one end as at the other (in Oklab;
/// Ottosson 2020).
const api::ColorTable& divergingColors(Theme);
/// What a range is drawn in: a difference in diverging colours, all else in the map's.
const api::ColorTable& colorsFor(const ColorRange&, ColorMap, Theme);

/// One pixel per element, [rows, cols] row-major.
QImage paintMap(const float* values, int rows, int cols, ColorRange, const api::ColorTable&);
QImage paintMap(const float* values, int rows, int cols, ColorRange, ColorMap);
QImage paintMap(const api::Map&, ColorMap);
/// The same to lie over something: what is read little lets more of it through; at opacity 1 everything is the map's
/// own colour.
QImage paintMapOver(const float* values, int rows, int cols, ColorRange, const api::ColorTable&, double opacity);
QImage paintMapOver(const float* values, int rows, int cols, ColorRange, ColorMap, double opacity);
QImage paintColorBar(const api::ColorTable&);  ///< 1 x 256, the highest on top
QImage paintColorBar(ColorMap);
QImage toImage(const api::PicturePtr&);  ///< null for a null or empty picture

}  // namespace perceiver::ui
