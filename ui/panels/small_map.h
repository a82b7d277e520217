// A map of any kind of file as a small picture: what stands on cards.
#pragma once

#include <QImage>

#include "ui/state/result.h"
#include "ui/style/colormap.h"

namespace perceiver::ui {

/// Null for a map that is not of all of the result's elements.
QImage smallMap(const Result&, const api::Map&, ColorMap);

}  // namespace perceiver::ui
