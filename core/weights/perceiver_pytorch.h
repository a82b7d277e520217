// State dicts of the package perceiver-pytorch (class Perceiver). Its weights tell most of the model; the rest is the
// arguments it was made with, from a JSON file beside them.
#pragma once

#include <string>
#include <vector>

#include "perceiver/config.h"
#include "weights/tensor_sources.h"

namespace perceiver::weights {

struct PerceiverPytorchModel {
    Config config;
    std::vector<TensorSource> sources;  ///< of every tensor of tensor_specs(config)
    std::vector<std::string> copies;    ///< tensors of the file that repeat tied ones
    std::vector<std::string> notes;     ///< what was taken for granted
};

/// `hyperparameters`: the arguments of Perceiver(...) as a JSON object, as far as they are known; "" for none. Also
/// read are version (of the package), labels, image_size, mean and std. What the weights say is checked against it;
/// what neither says is taken as the package has it by default where the widths bear it out. Tied layers whose names
/// were deduplicated are found again. Throws Error{unreadable_model} that names the keys that are needed, with an
/// example, or the key or tensor that is wrong.
PerceiverPytorchModel read_perceiver_pytorch(const std::string& hyperparameters, const Checkpoint& checkpoint);

/// Whether the names are such a model's.
bool is_perceiver_pytorch(const Checkpoint& checkpoint);

}  // namespace perceiver::weights
