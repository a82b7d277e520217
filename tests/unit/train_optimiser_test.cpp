// Protects the optimisers and the schedule against their definitions.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "train/optimiser.h"
#include "train/schedule.h"

namespace perceiver::train {
namespace {

/// A matrix, a bias, and three matrices side by side.
std::vector<Leaf> leaves() {
    std::vector<Leaf> all;
    const auto add = [&](const char* name, std::vector<std::int64_t> shape, std::int64_t parts) {
        Leaf l;
        l.name = name;
        l.count = 1;
        for (auto n : shape) l.count *= n;
        l.offset = all.empty() ? 0 : all.back().offset + all.back().count;
        l.decayed = shape.size() > 1;
        l.parts = parts;
        l.shape = std::move(shape);
        all.push_back(l);
    };
    add("matrix", {5, 7}, 1);
    add("bias", {11}, 1);
    add("joined", {9, 4}, 3);
    return all;
}
constexpr std::size_t count = 35 + 11 + 36;

/// The definition, one tensor at a time, in double: Loshchilov & Hutter (2019), algorithm 2, and You et al.
/// (2020), algorithm 2, with phi the identity.
struct Definition {
    const Optimiser& o;
    std::vector<double> p, m = std::vector<double>(count), v = std::vector<double>(count);

    void step(std::int64_t t, double rate, const std::vector<float>& gradient) {
        double squares = 0;
        for (double g : gradient) squares += g * g;
        const double norm = std::sqrt(squares),
                     clip = o.clip_norm > 0 && norm > o.clip_norm ? o.clip_norm / norm : 1;
        for (const auto& [first, size, decay] : {std::tuple{0, 35, o.weight_decay},
                                                 {35, 11, 0.0},
                                                 {46, 12, o.weight_decay},
                                                 {58, 12, o.weight_decay},
                                                 {70, 12, o.weight_decay}})
            tensor(t, rate, gradient, clip, std::size_t(first), std::size_t(size), decay);
    }
    void tensor(std::int64_t t, double rate, const std::vector<float>& gradient, double clip,
                std::size_t first, std::size_t size, double decay) {
        std::vector<double> u(size);
        double u2 = 0, p2 = 0;
        for (std::size_t k = 0; k < size; ++k) {
            const std::size_t i = first + k;
            const double g = gradient[i] * clip;
            m[i] = o.beta1 * m[i] + (1 - o.beta1) * g;
            v[i] = o.beta2 * v[i] + (1 - o.beta2) * g * g;
            const double mh = m[i] / (1 - std::pow(o.beta1, double(t))),
                         vh = v[i] / (1 - std::pow(o.beta2, double(t)));
            u[k] = mh / (std::sqrt(vh) + o.epsilon) + decay * p[i];
            u2 += u[k] * u[k];
            p2 += p[i] * p[i];
        }
        const double trust = o.kind == Optimiser::Kind::lamb && u2 > 0 && p2 > 0 ? std::sqrt(p2 / u2) : 1;
        for (std::size_t k = 0; k < size; ++k) p[first + k] -= rate * trust * u[k];
    }
};

void expect_definition(Optimiser o) {
    std::mt19937 random(4);
    std::normal_distribution<float> normal;
    std::vector<float> p(count), g(count);
    for (auto& x : p) x = normal(random);
    Definition truth{o, {p.begin(), p.end()}};
    Moments moments{std::vector<float>(count), std::vector<float>(count)};
    for (std::int64_t t = 1; t <= 30; ++t) {
        for (auto& x : g) x = normal(random) * (t % 3 ? 0.05f : 2.0f);  // now below, now above the clip
        const double rate = 1e-2 / double(t);
        truth.step(t, rate, g);
        update(o, leaves(), t, rate, g, gradient_norm(g), p, moments);
    }
    for (std::size_t i = 0; i < count; ++i)
        EXPECT_NEAR(p[i], truth.p[i], 2e-5 * (1 + std::abs(truth.p[i]))) << i;
}

TEST(TrainOptimiser, AdamWIsItsDefinition) {
    expect_definition({Optimiser::Kind::adamw, 1e-2, 0.9, 0.98, 1e-8, 0.1, 1.0});
    expect_definition({Optimiser::Kind::adamw, 1e-2, 0.8, 0.999, 1e-6, 0, 0});
}
TEST(TrainOptimiser, LambIsItsDefinition) {
    expect_definition({Optimiser::Kind::lamb, 1e-2, 0.9, 0.999, 1e-6, 0.1, 10});
    expect_definition({Optimiser::Kind::lamb, 1e-2, 0.9, 0.999, 1e-6, 0.1, 1});
}

TEST(TrainOptimiser, LambMovesANewBiasThoughItIsZero) {
    Optimiser o;
    o.kind = Optimiser::Kind::lamb;
    std::vector<float> p(count), g(count, 0.5f);
    Moments moments{p, p};
    update(o, leaves(), 1, 1e-2, g, gradient_norm(g), p, moments);
    for (float x : p) EXPECT_NEAR(x, -1e-2f, 1e-6f);
}

TEST(TrainOptimiser, LengthOfTheGradient) {
    std::vector<float> g(1003, 2.0f);
    EXPECT_NEAR(gradient_norm(g), 2 * std::sqrt(1003.0), 1e-9);
}

TEST(TrainSchedule, RisesInTheWarmUpThenFallsToZero) {
    for (const Schedule& s : {Schedule{20, 500, 0}, Schedule{0, 500, 0}, Schedule{20, 0, 50}}) {
        const auto at = [&](std::int64_t step) { return s.factor(step, 0.1 * double(step)); };
        EXPECT_NEAR(at(0), s.warm_up_steps > 0 ? 1.0 / 20 : 1.0, 1e-12);
        for (std::int64_t i = 1; i < s.warm_up_steps; ++i) EXPECT_GT(at(i), at(i - 1));
        for (std::int64_t i = s.warm_up_steps + 1; i <= 500; ++i) EXPECT_LE(at(i), at(i - 1));
        EXPECT_NEAR(at(250), 0.5, 1e-12);
        EXPECT_NEAR(at(500), 0, 1e-12);
        EXPECT_NEAR(at(700), 0, 1e-12);
        EXPECT_LT(s.done(499, 49.9), 1);
        EXPECT_EQ(s.done(500, 50), 1);
    }
}

TEST(TrainSchedule, ConstantThenCosine) {
    Schedule s{0, 1000, 0};
    s.constant = 0.6;
    for (const std::int64_t step : {0, 1, 300, 599}) EXPECT_EQ(s.factor(step, 0), 1) << step;
    for (std::int64_t step = 601; step <= 1000; ++step) EXPECT_LT(s.factor(step, 0), s.factor(step - 1, 0)) << step;
    EXPECT_NEAR(s.factor(800, 0), 0.5, 1e-12);
    EXPECT_NEAR(s.factor(1000, 0), 0, 1e-12);
}

TEST(TrainSchedule, DropsAreThePapers) {
    Schedule s{0, 120, 0};
    s.drops = {84.0 / 120, 102.0 / 120, 114.0 / 120};
    for (std::int64_t epoch = 0; epoch < 120; ++epoch)
        EXPECT_NEAR(s.factor(epoch, 0), epoch < 84 ? 1 : epoch < 102 ? 0.1 : epoch < 114 ? 0.01 : 0.001, 1e-9) << epoch;
}

TEST(TrainOptimiser, TheAverageForgetsTheStartAndThenKeepsItsPart) {
    std::vector<float> average_of(3, 100.0f);
    const std::vector<float> at{1, 2, 3};
    for (std::int64_t step = 1; step <= 30; ++step) average(0.999, step, at, average_of);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(average_of[i], at[i], 1e-3) << "the start is still in it";
    const std::vector<float> there{2, 3, 4};
    average(0.9, 1'000'000, there, average_of);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(average_of[i], at[i] + 0.1f, 1e-3);
}

}  // namespace
}  // namespace perceiver::train
