// The bridge from files of tensors to a running model, and back. The only part of this room that sees LibTorch.
#pragma once

#include "perceiver/perceiver.h"
#include "weights/bundle.h"
#include "weights/open_model.h"

namespace perceiver::weights {

/// Every tensor of the file as float32. Throws Error: unreadable_model for integer tensors, cancelled.
Weights to_weights(const Safetensors& file);
Weights to_weights(const OpenedModel& model, const CancelToken& cancel = {}, const LoadCallback& tell = {});

/// Throws Error: as Perceiver's constructor.
Perceiver to_perceiver(const Bundle& bundle);
Perceiver to_perceiver(const OpenedModel& model, const CancelToken& cancel = {});
/// The same in any precision, without holding the weights twice: the model's tensors are read where they lie and given
/// back one by one, as they are packed. Afterwards `model` has no tensors and no storages; everything else stays.
Perceiver to_perceiver(OpenedModel&& model, Precision precision = Precision::float32, const CancelToken& cancel = {},
                       const LoadCallback& tell = {});

/// float32 tensors as they go into a file.
std::map<std::string, TensorData> to_data(const Weights& weights);

}  // namespace perceiver::weights
