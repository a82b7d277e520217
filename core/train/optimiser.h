// AdamW and LAMB on one flat buffer of parameters.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "train/leaf.h"

namespace perceiver::train {

/// AdamW (Loshchilov & Hutter, 2019): decay apart from the gradient. LAMB (You et al., 2020), with which the
/// paper trains: the same direction, decay added to it, and each tensor's step as long as the tensor
/// ("Perceiver", 4.1).
struct Optimiser {
    enum class Kind { adamw, lamb } kind = Kind::adamw;
    double learning_rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    double weight_decay = 0;  ///< of tensors with two or more dimensions
    double clip_norm = 0;     ///< longest gradient over all parameters; 0: no limit
};

/// Running means of the gradient and of its square; and, if there is one, of the parameters.
struct Moments {
    std::vector<float> first, second, average{};
};

/// Length of the gradient over all parameters.
double gradient_norm(std::span<const float> gradient);

/// Makes step number `step` (from 1) at this learning rate. `gradient` has length `norm` and is clipped on
/// the fly.
void update(const Optimiser&, const std::vector<Leaf>&, std::int64_t step, double learning_rate,
            std::span<const float> gradient, double norm, std::span<float> parameters, Moments&);

/// Brings the average up to date after step number `step` (from 1): it keeps `decay` of itself, less during the first
/// steps, so that the start is forgotten: (1 + step) / (10 + step).
void average(double decay, std::int64_t step, std::span<const float> parameters, std::span<float> average);

}  // namespace perceiver::train
