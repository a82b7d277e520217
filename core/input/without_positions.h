// The contrast to a permutation: an input array that says nothing of places.
#pragma once

#include "input/input_array.h"

namespace perceiver::input {

/// The same data in order with all position features 0: what is left to a model that can't tell places apart. Throws
/// Error{no_fit} for several modalities, whose positions can't be told from their codes, and for an array out of order.
InputArrayPtr without_positions(const InputArray& input);

}  // namespace perceiver::input
