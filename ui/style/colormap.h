// Attention is always drawn in a perceptual map with a labelled range. Qt Gui only.
#pragma once

#include <QImage>

#include "engine/api/color_map.h"

namespace perceiver::ui {

using api::ColorMap;
using api::ColorRange;
inline constexpr ColorMap kColorMaps[] = {ColorMap::viridis, ColorMap::cividis, ColorMap::magma};
QString colorMapName(ColorMap);

/// One pixel per element, [rows, cols] row-major.
QImage paintMap(const float* values, int rows, int cols, ColorRange, ColorMap);
QImage paintMap(const api::Map&, ColorMap);
/// The same to lie over something: what is read little lets more of it through; at opacity 1 everything is the map's own
/// colour.
QImage paintMapOver(const float* values, int rows, int cols, ColorRange, ColorMap, double opacity);
QImage paintColorBar(ColorMap);          ///< 1 x 256, the highest on top
QImage toImage(const api::PicturePtr&);  ///< null for a null or empty picture

}  // namespace perceiver::ui
