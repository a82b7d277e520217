// The image processor fixtures: pictures in, what the model receives out.
#pragma once

#include "fixture.h"

namespace perceiver::golden {

/// pixel_values.<case> [3, rows, cols] for every image.<case>. Throws Error: unreadable_input, unreadable_model.
Tensors process(const Fixture& fixture);

}  // namespace perceiver::golden
