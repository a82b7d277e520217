// The training form of a model as the tensors of a bundle.
#pragma once

#include "perceiver/perceiver.h"
#include "train/model.h"

namespace perceiver::train {

/// Every tensor of tensor_specs(model.config()): joined leaves split, what the training form leaves out
/// written as what it stands for (kv_norm: scale 1, shift 0; key and value: bias 0).
Weights export_weights(Model& model);

}  // namespace perceiver::train
