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
QImage paintColorBar(ColorMap);          ///< 1 x 256, the highest on top
QImage toImage(const api::PicturePtr&);  ///< null for a null or empty picture

}  // namespace perceiver::ui
