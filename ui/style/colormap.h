// Attention is always drawn in a perceptual map with a labelled range. Qt Gui only.
#pragma once

#include <QImage>
#include <array>

#include "engine/api/types.h"

namespace perceiver::ui {

enum class ColorMap { viridis, cividis, magma };
inline constexpr ColorMap kColorMaps[] = {ColorMap::viridis, ColorMap::cividis, ColorMap::magma};

using ColorTable = std::array<QRgb, 256>;
const ColorTable& colorTable(ColorMap);
QString colorMapName(ColorMap);

/// The values at the two ends of a colour bar.
struct ColorRange {
    float low = 0, high = 1;
    float position(float value) const { return (value - low) / (high - low); }
    int index(float value) const {
        const float at = 255.0F * position(value) + 0.5F;
        return !(at > 0) ? 0 : at >= 255 ? 255 : int(at);    // not a number lands at 0
    }
};
/// Probability runs from 0, so that the same colour means the same part of the map's largest; a score from its lowest.
ColorRange rangeOf(api::Scale, float low, float high);

/// One pixel per element, [rows, cols] row-major.
QImage paintMap(const float* values, int rows, int cols, ColorRange, ColorMap);
QImage paintMap(const api::Map&, ColorMap);
QImage paintColorBar(ColorMap);                             ///< 1 x 256, the highest on top
QImage toImage(const api::PicturePtr&);                     ///< null for a null or empty picture

}  // namespace perceiver::ui
