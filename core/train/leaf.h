// What the flat buffer of a model's parameters is made of. No torch here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace perceiver::train {

/// A run of the flat parameter buffer that is one operand: one tensor of the bundle, or query, key and value
/// together.
struct Leaf {
    std::string name;  ///< "block.0.layer.1.qkv.weight" for the joined ones
    std::vector<std::int64_t> shape;
    std::int64_t offset = 0, count = 0;
    std::int64_t parts = 1;  ///< tensors of the bundle in it, one after another, of equal size
    bool matrix = false;     ///< operand of a large GEMM: computed in bfloat16 on request
    bool decayed = false;    ///< two or more dimensions
    bool trained = true;     ///< false: a running statistic, which forward passes change
};

}  // namespace perceiver::train
