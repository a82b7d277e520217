// Protects the maps: equal to the dense matrices, summing to one, lying where their pixels lie.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <gtest/gtest.h>
#include <numeric>
#include <functional>
#include <algorithm>

#include <mutex>
#include <set>
#include <thread>

#include "inspect/maps.h"
#include "inspect/permute.h"
#include "inspect/score_reader.h"
#include "perceiver/products.h"
#include "support/tiny_model.h"

namespace perceiver::inspect {
namespace {

using test::largest_difference;

struct MapsTest : testing::Test {
    Config config = test::tiny_config(10, 14);
    Perceiver model{config, test::random_weights(config)};
    input::InputArrayPtr input = model.make_input(test::random_picture(10, 14));
    Trace trace = model.forward(input);
    at::Tensor matrix(int k) const {
        return test::softmax_attention(trace.cross[static_cast<std::size_t>(k)], input->normalized());
    }
};

TEST_F(MapsTest, EveryRowColumnAndMeanEqualsTheDenseMatrix) {
    for (int k = 0; k < 3; ++k) {
        const at::Tensor dense = matrix(k);   // [heads, N, M]
        EXPECT_LT(largest_difference(map(trace, k, 1, 4, Scale::probability), dense[1][4]), 4e-6);
        EXPECT_LT(largest_difference(map(trace, k, all, 4, Scale::probability), dense.mean(0)[4]), 4e-6);
        EXPECT_LT(largest_difference(map(trace, k, 1, all, Scale::probability), dense[1].mean(0)), 4e-6);
        EXPECT_LT(largest_difference(map(trace, k, all, all, Scale::probability), dense.mean(c10::IntArrayRef{0, 1})),
                  4e-6);
        EXPECT_LT(largest_difference(reverse(trace, k, 1, 77, Scale::probability), dense[1].select(1, 77)), 4e-6);
        EXPECT_LT(largest_difference(reverse(trace, k, all, 77, Scale::probability), dense.mean(0).select(1, 77)),
                  4e-6);
    }
}

TEST_F(MapsTest, LogitsAreTheScoresWhoseSoftmaxIsTheAttention) {
    const at::Tensor scores = map(trace, 1, 2, 3, Scale::logit);
    EXPECT_LT(largest_difference(scores.softmax(0), map(trace, 1, 2, 3, Scale::probability)), 1e-6);
    // The mean of scores, latent by latent.
    at::Tensor sum = at::zeros_like(scores);
    for (int n = 0; n < 9; ++n)
        for (int h = 0; h < 4; ++h) sum += map(trace, 1, h, n, Scale::logit);
    EXPECT_LT(largest_difference(sum / 36, map(trace, 1, all, all, Scale::logit)), 1e-4);
}

TEST_F(MapsTest, LogitsIncludeTheKeyBias) {
    // A latent's scores are q.k with the bias in k: the golden matrices can't show that, softmax hides it.
    Weights moved = test::random_weights(config);
    moved["cross.1.key.bias"] = moved["cross.1.key.bias"] + 1;
    const Trace other = Perceiver(config, moved).forward(input);
    const at::Tensor difference = map(other, 1, 0, 0, Scale::logit) - map(trace, 1, 0, 0, Scale::logit);
    EXPECT_GT(difference.abs().min().item<float>(), 1e-4);
    EXPECT_LT((difference.max() - difference.min()).item<float>(), 1e-3) << "the same for every element";
}

TEST_F(MapsTest, AttentionSumsToOne) {
    for (int k = 0; k < 3; ++k)
        for (int n : {all, 0, 8}) EXPECT_NEAR(map(trace, k, all, n, Scale::probability).sum().item<float>(), 1, 1e-5);
}

TEST_F(MapsTest, SmallMapsAreTheLargeOnesAveraged) {
    std::vector<int> each(140), halved(140);   // 10 x 14 places
    for (int i = 0; i < 140; ++i) each[std::size_t(i)] = i, halved[std::size_t(i)] = i / 14 / 2 * 7 + i % 14 / 2;
    const LatentMaps whole = latent_maps(trace, 2, Scale::probability, each, 140);
    const LatentMaps small = latent_maps(trace, 2, Scale::probability, halved, 36);
    const at::Tensor dense = matrix(2).mean(0).view({9, 10, 14});
    EXPECT_LT(largest_difference(whole.thumbs, dense.flatten(1)), 5e-6);
    EXPECT_LT(largest_difference(small.thumbs.narrow(1, 0, 35),
                                 dense.view({9, 5, 2, 7, 2}).mean(c10::IntArrayRef{2, 4}).flatten(1)),
              5e-6);
    EXPECT_TRUE(small.thumbs.select(1, 35).isnan().all().item<bool>()) << "no place falls there";
    const at::Tensor entropy = -(dense.flatten(1) * dense.flatten(1).log2()).sum(1);
    EXPECT_LT(largest_difference(whole.entropy_bits, entropy), 1e-4);
    EXPECT_LT(largest_difference(small.entropy_bits, entropy), 1e-4) << "entropy is that of the whole map";
    const LatentMaps scores = latent_maps(trace, 2, Scale::logit, each, 140);
    EXPECT_LT(largest_difference(scores.entropy_bits, entropy), 1e-4) << "whichever the scale";
    EXPECT_LT(largest_difference(scores.thumbs[4].flatten(), map(trace, 2, all, 4, Scale::logit)), 1e-4);
}

TEST_F(MapsTest, MapsOfAPermutedArrayLieWhereTheirPixelsLie) {
    const Trace dense = model.forward(input, Attend::dense);
    const Permuted run = run_permuted(model, *input, dense.logits, {11}, Positions::travel);
    EXPECT_LT(run.largest_logit_difference, 1e-4);
    const auto& layout = run.trace.input->layout();
    for (int k = 0; k < 3; ++k) {
        const at::Tensor before = to_grid(map(dense, k, all, 5, Scale::probability), input->layout());
        const at::Tensor after = to_grid(map(run.trace, k, all, 5, Scale::probability), layout);
        EXPECT_LT(largest_difference(before, after), 1e-5) << k;
    }
    const at::Tensor raw = map(run.trace, 0, all, 5, Scale::probability).view({10, 14});
    EXPECT_GT(largest_difference(raw, to_grid(raw.flatten(), layout)), 1e-6) << "the array itself really is permuted";
}

TEST_F(MapsTest, WithoutPositionsOrderMeansNothingAndTheAnswerIsAnother) {
    const at::Tensor baseline = model.forward(input, Attend::dense).logits;
    const Permuted one = run_permuted(model, *input, baseline, {11}, Positions::none);
    const Permuted other = run_permuted(model, *input, baseline, {12}, Positions::none);
    EXPECT_LT(largest_difference(one.trace.logits, other.trace.logits), 1e-4);
    EXPECT_GT(one.largest_logit_difference, 1e-2);
    const at::Tensor tokens = one.trace.input->tokens();
    EXPECT_EQ(tokens.narrow(1, 3, tokens.size(1) - 3).abs().max().item<float>(), 0);
    EXPECT_GT(tokens.narrow(1, 0, 3).abs().max().item<float>(), 0);
}

TEST_F(MapsTest, BlocksMoveWholeAndAPartOfThemMoves) {
    const auto& layout = input->layout();   // 10 x 14
    const auto sorted = [](std::vector<std::int64_t> v) { return std::ranges::sort(v), v; };
    std::vector<std::int64_t> places(140);
    std::iota(places.begin(), places.end(), 0);
    EXPECT_EQ(shuffled_order(layout, {5}), input::permutation(140, 5));
    EXPECT_EQ(shuffled_order(layout, {5, 1, 0}), places) << "none of it";
    const auto tiles = shuffled_order(layout, {5, 4});   // 2 x 3 tiles; two rows and two columns are left over
    EXPECT_EQ(sorted(tiles), places);
    EXPECT_NE(tiles, places);
    for (std::int64_t r = 0; r < 10; ++r)
        for (std::int64_t c = 0; c < 14; ++c) {
            const std::int64_t from = tiles[std::size_t(r * 14 + c)];
            if (r >= 8 || c >= 12) {
                EXPECT_EQ(from, r * 14 + c) << "a tile that the edge cuts stays";
            } else {
                EXPECT_EQ(from / 14 % 4, r % 4);
                EXPECT_EQ(from % 14 % 4, c % 4);
                EXPECT_EQ(from - tiles[std::size_t(r / 4 * 4 * 14 + c / 4 * 4)], (r % 4) * 14 + c % 4)
                    << "with its neighbours";
            }
        }
    const auto half = shuffled_order(layout, {5, 1, 0.5});
    EXPECT_EQ(sorted(half), places);
    const auto still =
        std::inner_product(half.begin(), half.end(), places.begin(), 0, std::plus<>(), std::equal_to<>());
    EXPECT_GE(still, 70);
    EXPECT_LT(still, 80);
    EXPECT_THROW(shuffled_order(layout, {5, 0}), Error);
    EXPECT_THROW(shuffled_order(layout, {5, 1, 1.5}), Error);
}

TEST_F(MapsTest, WhatDoesNotExistIsRefused) {
    EXPECT_THROW(map(trace, 3, all, all, Scale::probability), Error);
    EXPECT_THROW(map(trace, -1, all, all, Scale::probability), Error);
    EXPECT_THROW(map(trace, 0, 2, all, Scale::probability), Error);
    EXPECT_THROW(map(trace, 0, all, 9, Scale::probability), Error);
    EXPECT_THROW(reverse(trace, 0, all, 140, Scale::probability), Error);
    const std::vector<int> few(139, 0), outside(140, 1);
    EXPECT_THROW(latent_maps(trace, 0, Scale::probability, few, 1), Error);
    EXPECT_THROW(latent_maps(trace, 0, Scale::probability, outside, 1), Error);
}

TEST_F(MapsTest, ManyNumbersAreMadeInBlocksAndCanBeCancelled) {
    const CancelToken cancel;
    cancel.cancel();
    EXPECT_THROW(map(trace, 0, all, all, Scale::probability, cancel), Error);
    const std::vector<int> nowhere(140, -1);
    EXPECT_THROW(latent_maps(trace, 0, Scale::probability, nowhere, 1, cancel), Error);
}

TEST_F(MapsTest, LatentsAreSharedAmongTheThreads) {
    // at::parallel_for compiled without OpenMP takes one thread and says nothing.
    const int before = at::get_num_threads();
    set_threads(2);
    std::mutex mutex;
    std::set<std::thread::id> threads;
    ScoreReader(trace, 1, all, all, Scale::probability)
        .each_latent(
            [&](std::int64_t, std::int64_t, std::int64_t, const float*) {
                const std::lock_guard lock(mutex);
                threads.insert(std::this_thread::get_id());
            },
            {});
    set_threads(before);
    EXPECT_EQ(threads.size(), 2u);
}

TEST_F(MapsTest, EntropyOfSharpAttentionIsThatOfTheMatrix) {
    // It is the difference of two sums that grow with the scores.
    Weights sharp = test::random_weights(config);
    sharp["cross.1.query.weight"] = sharp["cross.1.query.weight"] * 30;
    const Trace other = Perceiver(config, sharp).forward(input);
    const at::Tensor scores = other.cross[1].queries.to(at::kDouble).matmul(input->normalized().to(at::kDouble).t());
    const at::Tensor p = scores.softmax(-1), bits = -(p * p.clamp_min(1e-300).log2()).sum(-1);
    ASSERT_GT(scores.abs().max().item<double>(), 50);
    for (int h = 0; h < 4; ++h) {
        const at::Tensor entropy = inspect::entropy(other, 1, h);
        EXPECT_LT(largest_difference(entropy, bits[h]), 1e-3);
        EXPECT_GE(entropy.min().item<float>(), 0);
    }
}

TEST(Largest, AreSortedAndNoMoreThanThereAre) {
    const at::Tensor values = at::tensor({3.0f, 9.0f, 1.0f});
    const auto top = largest(values, 5);
    ASSERT_EQ(top.size(), 3u);
    EXPECT_EQ(top[0], (std::pair<int, float>{1, 9.0f}));
    EXPECT_EQ(top[2].first, 2);
}

}  // namespace
}  // namespace perceiver::inspect
