// Small models and weights files made in code.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "perceiver/config.h"
#include "support/files.h"
#include "weights/bundle.h"
#include "weights/safetensors.h"

namespace perceiver::samples {

using Tensors = std::map<std::string, weights::TensorData>;

/// A safetensors file with this header text, as it is, and `data_bytes` zeros after it.
ByteVector safetensors_with_header(const std::string& header, std::size_t data_bytes);

/// A tensor of random bytes.
weights::TensorData random_tensor(weights::DType dtype, std::vector<std::int64_t> shape,
                                  std::mt19937& random);

/// Tensors of every type, with a scalar and an empty one among them.
Tensors tensors_of_every_type(std::mt19937& random);

/// A valid Perceiver of a few hundred numbers, and tensors of its shapes.
Config tiny_config();
Tensors tensors_for(const Config& config);
weights::Card full_card();

}  // namespace perceiver::samples
