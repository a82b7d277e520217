// Small random Perceivers for tests: every weight random, so that a dropped or swapped term shows.
#pragma once

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>

#include "perceiver/perceiver.h"

namespace perceiver::test {

/// Two distinct cross-attends over three stages, shared and own blocks, several heads: what sharing and folding touch.
inline Config tiny_config(std::int64_t rows = 12, std::int64_t cols = 12, std::int64_t classes = 5) {
    Config c;
    c.num_latents = 9;
    c.latent_channels = 24;
    c.cross_modules = {{2, 20, 16, 1}, {4, 24, 24, 2}};
    c.block_modules = {{2, 4, 0, 0, 1}, {1, 3, 18, 27, 2}};
    c.stages = {{0, {0}}, {1, {1, 0}}, {1, {1}}};
    c.num_classes = classes;
    c.input.image.height = rows;
    c.input.image.width = cols;
    c.input.image.mean = {0.5, 0.4, 0.3};
    c.input.image.std = {0.2, 0.25, 0.3};
    c.input.position.num_bands = 5;
    c.input.position.max_resolution = {double(rows), double(cols)};
    for (std::int64_t i = 0; i < classes; ++i) c.labels.push_back("label " + std::to_string(i));
    return c;
}

inline at::Generator generator(std::uint64_t seed) { return at::make_generator<at::CPUGeneratorImpl>(seed); }

inline Weights random_weights(const Config& config, std::uint64_t seed = 1) {
    Weights weights;
    auto gen = generator(seed);
    for (const auto& spec : tensor_specs(config)) {
        at::Tensor t = at::randn(spec.shape, gen);
        if (spec.shape.size() == 2) t = t * (2.0 / std::sqrt(double(spec.shape[1])));
        else t = t * 0.3;
        if (spec.name.find("norm.weight") != std::string::npos) t = t + 1;
        weights.emplace(spec.name, t);
    }
    return weights;
}

/// [rows, cols, 3], as if normalised.
inline at::Tensor random_picture(std::int64_t rows, std::int64_t cols, std::uint64_t seed = 2) {
    return at::randn({rows, cols, 3}, generator(seed));
}

inline double largest_difference(const at::Tensor& a, const at::Tensor& b) {
    return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

/// The plain form of one attention, all in float64: what folding, chunks, online softmax and the separable way must
/// equal.
inline at::Tensor softmax_attention(const CrossTrace& cross, const at::Tensor& normalized) {
    const at::Tensor scores = cross.queries.to(at::kDouble).matmul(normalized.to(at::kDouble).t());
    return scores.softmax(-1);
}

}  // namespace perceiver::test
