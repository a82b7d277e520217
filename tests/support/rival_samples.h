// Small rivals made in code.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "rivals/config.h"
#include "weights/safetensors.h"

namespace perceiver::samples {

/// Of pictures of 16 x 16; sizes that are not all alike.
inline rivals::RivalConfig rival_config(rivals::Type type, std::uint64_t permutation = 0) {
    rivals::RivalConfig c;
    c.type = type;
    c.permutation = permutation;
    c.input.image.height = c.input.image.width = 16;
    c.input.image.mean = {0.5, 0.4, 0.3};
    c.input.image.std = {0.2, 0.25, 0.3};
    c.input.position.num_bands = 3;
    c.input.position.max_resolution = {16, 16};
    c.labels = {"red", "green", "blue"};
    c.num_classes = 3;
    if (type == rivals::Type::resnet) {
        c.stem = 6;
        c.stages = {{8, true}, {12, false}};
        return c;
    }
    if (type == rivals::Type::vit)
        c.patch = 4;
    else
        c.downsample = 2;
    c.channels = 24;
    c.layers = 2;
    c.heads = 3;
    c.widening = 2;
    return c;
}

/// Tensors of its shapes, of random finite numbers.
inline std::map<std::string, weights::TensorData> rival_tensors(const rivals::RivalConfig& config) {
    std::mt19937 random(1);
    std::map<std::string, weights::TensorData> out;
    for (const auto& spec : tensor_specs(config)) {
        weights::TensorData& t = out[spec.name];
        t.shape = spec.shape;
        std::int64_t count = 1;
        for (const auto n : spec.shape) count *= n;
        std::vector<float> values(static_cast<std::size_t>(count));
        for (float& v : values) v = static_cast<float>(random() % 2001) / 4000.0f + 0.01f;
        t.bytes.resize(values.size() * sizeof(float));
        std::memcpy(t.bytes.data(), values.data(), t.bytes.size());
    }
    return out;
}

}  // namespace perceiver::samples
