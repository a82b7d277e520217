// A bundle's tensors as the start of training.
#pragma once

#include "perceiver/perceiver.h"
#include "train/model.h"

namespace perceiver::train {

/// Fills model.parameters() with `tensors`, those of a model of `config`. What the training form leaves out
/// (scale and shift of kv_norm, biases of key and value) goes into the weights beside it, so that the model
/// answers as that one does. The head is taken when both have the same labels; else it stays as it is.
/// Answers whether it was. Throws Error{no_fit} when the models differ in more than their input's sizes and
/// their labels: nothing was changed then.
bool import_weights(Model& model, const Config& config, const Weights& tensors);

}  // namespace perceiver::train
