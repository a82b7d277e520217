// Protects the checks of maps: curves, comparisons and randomised weights, on cases known by hand.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include "inspect/compare.h"
#include "inspect/faithfulness.h"
#include "inspect/relevance.h"
#include "inspect/sanity.h"
#include "support/probe_model.h"
#include "support/random_model.h"

namespace perceiver::inspect {
namespace {

using test::largest_difference;
using test::Numbers;
using test::Probe;

TEST(Subset, IsAsIfTheOtherElementsWereMasked) {
    for (std::uint64_t seed = 400; seed < 440; ++seed) {
        const auto m = test::random_model(seed);
        const Perceiver model(m.config, m.weights);
        const auto whole = model.make_input(m.raw, m.options);
        const at::Tensor mask = at::rand({whole->elements()}, test::generator(seed)) > 0.5;
        std::vector<std::int64_t> rows;
        for (std::int64_t i = 0; i < whole->elements(); ++i)
            if (mask[i].item<bool>()) rows.push_back(i);
        if (rows.empty()) continue;
        input::EncodeOptions options = m.options;
        options.mask = mask;
        const Trace masked = model.forward(model.make_input(m.raw, options)),
                    fewer = model.forward(subset(*whole, rows));
        const at::Tensor want =
            masked.blocks.back().empty() ? masked.cross.back().latents : masked.blocks.back().back().latents;
        const at::Tensor got =
            fewer.blocks.back().empty() ? fewer.cross.back().latents : fewer.blocks.back().back().latents;
        EXPECT_LT(largest_difference(got, want), 1e-3 * (1 + want.abs().max().item<double>())) << seed;
        EXPECT_EQ(fewer.input->elements(), static_cast<std::int64_t>(rows.size()));
    }
}

TEST(Subset, NeedsRowsInOrder) {
    const Config c = test::tiny_config();
    const auto input = Perceiver(c, test::random_weights(c)).make_input(test::random_picture(3, 3));
    for (const std::vector<std::int64_t>& rows : {std::vector<std::int64_t>{}, {2, 1}, {1, 1}, {-1}, {9}})
        EXPECT_THROW(subset(*input, rows), Error);
}

TEST(Painted, TakesTheMeanColourAndKeepsPositions) {
    Config c = test::tiny_config();
    const Perceiver model(c, test::random_weights(c));
    const auto input = model.make_input(test::random_picture(4, 5));
    const auto grey = painted(*input, std::vector<std::int64_t>{3, 7});
    at::Tensor expected = input->tokens().clone();
    const at::Tensor mean = expected.narrow(1, 0, 3).mean(0);
    for (const int row : {3, 7}) expected[row].narrow(0, 0, 3).copy_(mean);
    EXPECT_LT(largest_difference(grey->tokens(), expected), 1e-6);
}

/// One latent reads 4 pixels evenly; class 0's logit is the mean of what they bring: 4 of the first, 0 of the others.
struct FourPixels {
    Probe p{2, 2};
    at::Tensor picture;
    double u = 1 / std::sqrt(1 + 1e-5);
    FourPixels() {
        p.make();
        p.set("cross.0.value.weight", {4, 0, 0, 0});
        p.set("cross.0.output.weight", {1, 0, 0, 1});
        picture = p.picture({1, -1, 0, 0, 0, 0, 0, 0});
    }
    double probability(double logit) const { return 1 / (1 + std::exp(-logit)); }   // class 1's logit is 0
};

TEST(Faithfulness, CurvesAreTheModelsAnswersOnWhatIsLeft) {
    const FourPixels f;
    const Perceiver model(f.p.config, f.p.weights);
    const auto input = model.make_input(f.picture);
    CurveOptions options;
    options.fractions = {0, 0.25, 0.5, 1};
    const double first = f.probability(f.u), none = 0.5, alone = f.probability(4 * f.u), half = f.probability(2 * f.u);
    std::vector<double> parts;
    const Faithfulness out = faithfulness(model, *input, at::tensor({9.0, 1.0, 3.0, 2.0}), 0, options, {},
                                          [&](double part) { parts.push_back(part); });
    const auto expect_curve = [](const Curve& c, const Numbers& want) {
        ASSERT_EQ(c.probability.size(), want.size());
        for (std::size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(c.probability[i], want[i], 1e-6) << i;
    };
    expect_curve(out.deletion, {first, none, none, none});
    expect_curve(out.insertion, {none, alone, half, first});
    EXPECT_NEAR(out.deletion.area, 0.25 * (first + none) / 2 + 0.75 * none, 1e-6);
    EXPECT_NEAR(out.insertion.area, 0.25 * (none + alone) / 2 + 0.25 * (alone + half) / 2 + 0.5 * (half + first) / 2,
                1e-6);
    EXPECT_EQ(parts.size(), 16u);
    EXPECT_DOUBLE_EQ(parts.back(), 1);
    // A random order is the same for the same seed, and takes away or leaves the same elements.
    EXPECT_NEAR(out.random_deletion.probability.front(), first, 1e-6);
    EXPECT_NEAR(out.random_deletion.probability.back(), none, 1e-6);
    EXPECT_EQ(faithfulness(model, *input, at::full({4}, 1.0), 0, options).random_deletion.probability,
              out.random_deletion.probability);
}

TEST(Faithfulness, PaintedElementsAreStillRead) {
    const FourPixels f;
    const Perceiver model(f.p.config, f.p.weights);
    CurveOptions options;
    options.fractions = {0, 1};
    options.removal = CurveOptions::Removal::paint;
    const Faithfulness out =
        faithfulness(model, *model.make_input(f.picture), at::tensor({9.0, 1.0, 3.0, 2.0}), 0, options);
    const double w = 0.25 / std::sqrt(0.0625 + 1e-5);   // all four are the mean colour (1/4, -1/4)
    EXPECT_NEAR(out.deletion.probability[0], f.probability(f.u), 1e-6);
    EXPECT_NEAR(out.deletion.probability[1], f.probability(4 * w), 1e-6);
}

TEST(Faithfulness, RelevanceBeatsTheRandomOrder) {
    const Config c = test::tiny_config(8, 8);
    double deletion = 0, random = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const Weights w = test::random_weights(c, seed);
        const Perceiver model(c, w);
        const Trace trace = model.forward(model.make_input(test::random_picture(8, 8, seed)));
        const auto target = trace.logits.argmax().item<std::int64_t>();
        CurveOptions options;
        options.fractions = {0, 0.1, 0.2, 0.3, 0.5};
        const Faithfulness out =
            faithfulness(model, *trace.input, relevance(Reference(c, w), trace, target).map, target, options);
        deletion += out.deletion.area;
        random += out.random_deletion.area;
    }
    EXPECT_LT(deletion, random) << "over five models";
}

TEST(Faithfulness, WhatCannotBeAskedIsRefused) {
    const FourPixels f;
    const Perceiver model(f.p.config, f.p.weights);
    const auto input = model.make_input(f.picture);
    const at::Tensor ranking = at::arange(4);
    CurveOptions wrong;
    wrong.fractions = {0.5, 0.2};
    EXPECT_THROW(faithfulness(model, *input, ranking, 0, wrong), Error);
    EXPECT_THROW(faithfulness(model, *input, ranking, 2), Error);
    EXPECT_THROW(faithfulness(model, *input, at::arange(5), 0), Error);
    const CancelToken cancel;
    cancel.cancel();
    EXPECT_THROW(faithfulness(model, *input, ranking, 0, {}, cancel), Error);
}

TEST(Compare, DivergenceOfDistributionsKnownByHand) {
    const at::Tensor even = at::tensor({0.5, 0.5}), left = at::tensor({1.0, 0.0}), right = at::tensor({0.0, 1.0});
    EXPECT_EQ(jensen_shannon_bits(even, even), 0);
    EXPECT_DOUBLE_EQ(jensen_shannon_bits(left, right), 1);
    EXPECT_NEAR(jensen_shannon_bits(even, left), 0.3112781244591328, 1e-12);   // H(3/4, 1/4) - H(1/2, 1/2) / 2
}

TEST(Compare, SimilaritiesAreThoseOfTheWholeMaps) {
    const Config c = test::tiny_config(7, 9);
    const Perceiver model(c, test::random_weights(c));
    const Trace trace = model.forward(model.make_input(test::random_picture(7, 9)));
    for (int k = 0; k < 3; ++k) {
        const at::Tensor maps =
            test::softmax_attention(trace.cross[static_cast<std::size_t>(k)], trace.input->normalized()).mean(0);
        const at::Tensor cosine = cosine_similarity(trace, k);
        const Similarity to_five = similarity_to(trace, k, 5);
        for (int n = 0; n < 9; ++n) {
            const double want = (maps[5].dot(maps[n]) / maps[5].norm() / maps[n].norm()).item<double>();
            EXPECT_NEAR(cosine[5][n].item<double>(), want, 1e-5);
            EXPECT_NEAR(to_five.cosine[n].item<double>(), want, 1e-5);
            EXPECT_NEAR(to_five.divergence_bits[n].item<double>(), jensen_shannon_bits(maps[5], maps[n]), 1e-5);
        }
        const auto nearest = nearest_latents(to_five, 5, 3);
        ASSERT_EQ(nearest.size(), 3u);
        EXPECT_EQ(std::count(nearest.begin(), nearest.end(), 5), 0);
        EXPECT_LE(to_five.divergence_bits[nearest[0]].item<float>(), to_five.divergence_bits[nearest[1]].item<float>());
    }
    EXPECT_THROW(similarity_to(trace, 0, 9), Error);
    EXPECT_THROW(cosine_similarity(trace, 3), Error);
}

TEST(Compare, WhatChangedIsSignedAndSumsToNothing) {
    const Config c = test::tiny_config(7, 9);
    const Perceiver model(c, test::random_weights(c));
    const Trace trace = model.forward(model.make_input(test::random_picture(7, 9)));
    for (const int latent : {all, 3}) {
        const Difference d = difference(trace, 0, 2, all, latent);
        const at::Tensor before = map(trace, 0, all, latent, Scale::probability),
                         after = map(trace, 2, all, latent, Scale::probability);
        EXPECT_EQ(largest_difference(d.map, after - before), 0);
        EXPECT_NEAR(d.map.sum().item<double>(), 0, 1e-5);
        EXPECT_NEAR(d.divergence_bits, jensen_shannon_bits(before, after), 1e-6);
        EXPECT_GT(d.divergence_bits, 0.001);
    }
    EXPECT_EQ(difference(trace, 1, 1, all, all).divergence_bits, 0);
}

TEST(Sanity, RankCorrelationKnownByHand) {
    const auto of = [](const Numbers& a, const Numbers& b) { return rank_correlation(at::tensor(a), at::tensor(b)); };
    EXPECT_DOUBLE_EQ(of({1, 2, 3, 4}, {10, 20, 40, 30}), 0.8);   // 1 - 6 * 2 / (4 * 15)
    EXPECT_DOUBLE_EQ(of({1, 2, 3}, {7, 5, -1}), -1);
    EXPECT_NEAR(of({1, 1, 2}, {1, 2, 3}), std::sqrt(0.75), 1e-12);   // ranks (1/2, 1/2, 2)
    EXPECT_EQ(of({5, 5, 5}, {1, 2, 3}), 0);
    EXPECT_EQ(of({5, 5, 5}, {2, 2, 2}), 1);
    EXPECT_THROW(of({1, 2}, {1, 2, 3}), Error);
}

TEST(Sanity, StructuralSimilarityOfAMapWithItselfAndItsOpposite) {
    const at::Tensor map = at::rand({12, 15}, test::generator(4));
    EXPECT_NEAR(structural_similarity(map, map), 1, 1e-12);
    EXPECT_NEAR(structural_similarity(map, map * 7 + 3), 1, 1e-9) << "scaled to the same range";
    EXPECT_LT(structural_similarity(map, -map), -0.5);
    // One window of 2 x 2 by the formula: means 1/2, variances 1/4 and 1/4, covariance 0.
    const at::Tensor a = at::tensor({0.0, 1.0, 0.0, 1.0}).view({2, 2}),
                     b = at::tensor({0.0, 0.0, 1.0, 1.0}).view({2, 2});
    EXPECT_NEAR(structural_similarity(a, b), 9e-4 / (0.5 + 9e-4), 1e-12);
}

TEST(Sanity, RandomisedTensorsKeepTheirStatistics) {
    const Config c = test::tiny_config();
    const Weights w = test::random_weights(c);
    for (const auto how : {Randomise::permute, Randomise::redraw}) {
        const Weights other = randomised(w, "block.1.", how, 3);
        for (const auto& [name, tensor] : w) {
            if (name.rfind("block.1.", 0) != 0) {
                EXPECT_TRUE(other.at(name).equal(tensor)) << name;
            } else {
                EXPECT_FALSE(other.at(name).equal(tensor)) << name;
                EXPECT_EQ(other.at(name).sizes(), tensor.sizes());
                const at::Tensor &after = other.at(name), deviation = tensor.std();
                if (how == Randomise::permute) {
                    EXPECT_TRUE(std::get<0>(after.flatten().sort()).equal(std::get<0>(tensor.flatten().sort())))
                        << name;
                } else if (tensor.numel() > 200) {
                    EXPECT_NEAR((after.std() / deviation).item<double>(), 1, 0.2) << name;
                }
            }
        }
        EXPECT_TRUE(
            randomised(w, "head.", how, 3).at("head.weight").equal(randomised(w, "head.", how, 3).at("head.weight")));
    }
    EXPECT_THROW(randomised(w, "decoder.", Randomise::permute, 1), Error);
}

TEST(Sanity, ModulesComeFromTheAnswerBackToTheInput) {
    // Stages: cross 0 block 0; cross 1 blocks 1, 0; cross 1 block 1.
    EXPECT_EQ(modules_top_down(test::tiny_config()),
              (std::vector<std::string>{"head.", "block.1.", "cross.1.", "block.0.", "cross.0.", "latents"}));
}

struct SanityTest : testing::Test {
    Config c = test::tiny_config(10, 10);
    Weights w = test::random_weights(c);
    input::InputArrayPtr input = Perceiver(c, w).make_input(test::random_picture(10, 10));
};

TEST_F(SanityTest, AMapOfTheInputAloneIsReportedAsSuch) {
    const auto brightness = [](const Perceiver&, const Weights&, const Trace& t) {
        return t.input->tokens().narrow(1, 0, 3).sum(1);
    };
    const Sanity out = sanity(c, w, input, brightness);
    EXPECT_TRUE(out.survives);
    EXPECT_NE(out.verdict.find("does not change"), std::string::npos) << out.verdict;
    ASSERT_EQ(out.steps.size(), 6u);
    for (const auto& step : out.steps) {
        EXPECT_EQ(step.rank_correlation, 1) << step.module;
        EXPECT_NEAR(step.structural_similarity, 1, 1e-12);
    }
}

TEST_F(SanityTest, AMapOfTheModelChangesOnceWhatMakesItIsRandomised) {
    const auto last = [](const Perceiver&, const Weights&, const Trace& t) { return map(t, 2, 0, 3, Scale::logit); };
    for (const auto how : {Randomise::permute, Randomise::redraw}) {
        const Sanity out = sanity(c, w, input, last, how);
        EXPECT_EQ(out.steps[0].rank_correlation, 1) << "the head has no part in attention";
        EXPECT_FALSE(out.survives) << out.verdict;
        EXPECT_LT(out.steps.back().rank_correlation, 0.9);
        EXPECT_EQ(out.verdict.find("does not change"), std::string::npos);
    }
}

TEST_F(SanityTest, RelevanceCanBeTestedAndItCanBeCancelled) {
    const auto relevant = [this](const Perceiver&, const Weights& weights, const Trace& t) {
        return relevance(Reference(c, weights, at::kFloat), t, 1).map;
    };
    EXPECT_LT(sanity(c, w, input, relevant).steps.back().rank_correlation, 0.9);
    const CancelToken cancel;
    EXPECT_THROW(sanity(c, w, input, relevant, Randomise::redraw, 1, cancel,
                        [&](double part) {
                            if (part > 0.3) cancel.cancel();
                        }),
                 Error);
}

}  // namespace
}  // namespace perceiver::inspect
