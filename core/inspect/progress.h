// How long questions say how far they are.
#pragma once

#include <functional>

namespace perceiver::inspect {

/// Told the part that is done, 0 to 1, on the thread that works. May be empty.
using Progress = std::function<void(double)>;

}  // namespace perceiver::inspect
