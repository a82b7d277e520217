// A scripted cloud of points, as the engine tells of one.
#pragma once

#include <vector>

#include "engine/api/engine.h"

namespace perceiver::ui::test {

/// The places of a box of `side`^3 points, wider than deep than high.
std::vector<float> box(int side);
/// A file of these points; `rest`: what else is known of them.
api::FileInfo cloudFile(const std::vector<float>& xyz, api::Cloud rest = {});

}  // namespace perceiver::ui::test
