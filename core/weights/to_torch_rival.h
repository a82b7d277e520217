// The bridge from a rival's bundle to a running rival, and back.
#pragma once

#include "rivals/rival.h"
#include "weights/rival_bundle.h"

namespace perceiver::weights {

/// Throws Error: as Rival's constructor.
rivals::Rival to_rival(const RivalBundle& bundle);

/// Tensors as they go into a file: matrices and convolutions as float16, the rest as float32.
std::map<std::string, TensorData> to_rival_data(const rivals::Weights& weights);

}  // namespace perceiver::weights
