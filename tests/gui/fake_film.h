// A scripted film: 16 plain frames of 80 x 60 of a film of 6 seconds, of which a model sees 48 x 48 in 4 x 6 x 6
// blocks.
#pragma once

#include <QColor>

#include "engine/api/engine.h"

namespace perceiver::ui::test {

inline constexpr int kFrames = 16, kBlocks = 4, kRows = 6, kCols = 6;
inline constexpr double kRate = 12.5, kWindow = kFrames / kRate;

QColor colourOf(int frame);
/// `heard`: with a sound, which the model reads too.
api::FileInfo film(bool heard = false, int frames = kFrames);

}  // namespace perceiver::ui::test
