// Loops over the rows of the latent array that aren't matrix products, compiled once per instruction set. Plain
// pointers and no standard library: see cmake/PerceiverScopeLevels.cmake.
#pragma once

#include <cstdint>

namespace perceiver::rows {

struct Norm {
    std::int64_t columns;
    const float *weight, *bias;
    float eps;
};

#define PERCEIVER_ROW_LOOPS(level)                                                                                    \
    namespace level {                                                                                                 \
    /* One row: (x - mean) / deviation * weight + bias, as float or as the 16 bits of a bfloat16. */                  \
    void layer_norm(const Norm&, const float* x, float* out);                                                         \
    void layer_norm(const Norm&, const float* x, std::uint16_t* out);                                                 \
    /* One row of n scores; `out` may be x itself. x is overwritten. */                                               \
    void softmax(std::int64_t n, float* x, float* out);                                                               \
    void softmax(std::int64_t n, float* x, std::uint16_t* out);                                                       \
    }
PERCEIVER_ROW_LOOPS(baseline)
PERCEIVER_ROW_LOOPS(avx2)
PERCEIVER_ROW_LOOPS(avx512)
#undef PERCEIVER_ROW_LOOPS

}  // namespace perceiver::rows
