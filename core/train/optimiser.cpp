#include "train/optimiser.h"

#include <algorithm>
#include <cmath>

namespace perceiver::train {
namespace {

struct Numbers {
    float beta1, beta2, correction1, correction2, epsilon, clip;
};

// The direction of Adam for one parameter, and its moments brought up to date.
inline float direction(const Numbers& n, float gradient, float& first, float& second) {
    gradient *= n.clip;
    first = n.beta1 * first + (1 - n.beta1) * gradient;
    second = n.beta2 * second + (1 - n.beta2) * gradient * gradient;
    return first * n.correction1 / (std::sqrt(second * n.correction2) + n.epsilon);
}

void adamw(const Numbers& n, std::int64_t count, float rate, float decay, const float* __restrict g,
           float* __restrict p, float* __restrict m, float* __restrict v) {
    for (std::int64_t i = 0; i < count; ++i) p[i] -= rate * (direction(n, g[i], m[i], v[i]) + decay * p[i]);
}

void lamb(const Numbers& n, std::int64_t count, float rate, float decay, const float* g, float* p, float* m,
          float* v) {
    std::vector<float> step(static_cast<std::size_t>(count));
    double length = 0, size = 0;
    for (std::int64_t i = 0; i < count; ++i) {
        const float s = direction(n, g[i], m[i], v[i]) + decay * p[i];
        step[static_cast<std::size_t>(i)] = s;
        length += double(s) * s;
        size += double(p[i]) * p[i];
    }
    const double trust = length > 0 && size > 0 ? std::sqrt(size / length) : 1;
    const auto scaled = static_cast<float>(rate * trust);
    for (std::int64_t i = 0; i < count; ++i) p[i] -= scaled * step[static_cast<std::size_t>(i)];
}

}  // namespace

double gradient_norm(std::span<const float> gradient) {
    double sum[8] = {};  // side by side, so that no addition waits for the one before
    std::size_t i = 0;
    for (; i + 8 <= gradient.size(); i += 8)
        for (std::size_t k = 0; k < 8; ++k) sum[k] += double(gradient[i + k]) * gradient[i + k];
    for (; i < gradient.size(); ++i) sum[0] += double(gradient[i]) * gradient[i];
    double all = 0;
    for (double s : sum) all += s;
    return std::sqrt(all);
}

void update(const Optimiser& o, const std::vector<Leaf>& leaves, std::int64_t step, double learning_rate,
            std::span<const float> gradient, double norm, std::span<float> parameters, Moments& moments) {
    const auto corrected = [&](double beta) { return float(1 / (1 - std::pow(beta, double(step)))); };
    const double clip = o.clip_norm > 0 && norm > o.clip_norm ? o.clip_norm / norm : 1;
    const Numbers n{float(o.beta1),     float(o.beta2),   corrected(o.beta1),
                    corrected(o.beta2), float(o.epsilon), float(clip)};
    for (const auto& leaf : leaves) {
        if (!leaf.trained) continue;
        const auto decay = float(leaf.decayed ? o.weight_decay : 0);
        const std::int64_t count = leaf.count / leaf.parts;
        for (std::int64_t part = 0; part < leaf.parts; ++part) {
            const std::int64_t at = leaf.offset + part * count;
            const auto run = o.kind == Optimiser::Kind::lamb ? lamb : adamw;
            run(n, count, float(learning_rate), decay, gradient.data() + at, parameters.data() + at,
                moments.first.data() + at, moments.second.data() + at);
        }
    }
}

void average(double decay, std::int64_t step, std::span<const float> parameters, std::span<float> average) {
    const double early = (1 + double(step)) / (10 + double(step));
    const auto taken = static_cast<float>(1 - std::min(decay, early));
    for (std::size_t i = 0; i < average.size(); ++i) average[i] += taken * (parameters[i] - average[i]);
}

}  // namespace perceiver::train
