// Protects the model: what the paper says it is (sharing, invariance), dense = separable, bad weights refused.
#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

#include "perceiver/perceiver.h"
#include "perceiver/products.h"
#include "support/tiny_model.h"

namespace perceiver {
namespace {

using test::largest_difference;

struct PerceiverTest : testing::Test {
    Config config = test::tiny_config();
    Weights weights = test::random_weights(config);
    Perceiver model{config, weights};
    input::InputArrayPtr input = model.make_input(test::random_picture(12, 12));
};

TEST_F(PerceiverTest, DenseAndSeparableAgreeEverywhere) {
    for (const auto& [rows, cols] : {std::pair{12, 12}, {1, 40}, {37, 3}, {16, 17}}) {
        const auto x = model.make_input(test::random_picture(rows, cols));
        const Trace dense = model.forward(x, Attend::dense), separable = model.forward(x, Attend::separable);
        for (std::size_t k = 0; k < dense.cross.size(); ++k) {
            EXPECT_LT(largest_difference(dense.cross[k].log_sum, separable.cross[k].log_sum), 1e-4)
                << rows << " " << cols;
            EXPECT_LT(largest_difference(dense.cross[k].latents, separable.cross[k].latents), 1e-4)
                << rows << " " << cols;
        }
        EXPECT_LT(largest_difference(dense.logits, separable.logits), 1e-4) << rows << " " << cols;
    }
}

TEST_F(PerceiverTest, AutomaticTakesTheSeparableWayOnlyOnAnArrayInOrder) {
    EXPECT_TRUE(model.forward(input).cross[0].separable);
    const auto shuffled = input::permuted(*input, input::permutation(144, 1), true);
    EXPECT_FALSE(model.forward(shuffled).cross[0].separable);
    EXPECT_THROW(model.forward(shuffled, Attend::separable), Error);
}

TEST_F(PerceiverTest, PermutingElementsWithTheirPositionsChangesNothing) {
    const Trace in_order = model.forward(input, Attend::dense);
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const auto order = input::permutation(144, seed);
        const Trace travel = model.forward(input::permuted(*input, order, true));
        EXPECT_LT(largest_difference(travel.logits, in_order.logits), 1e-4);
        const Trace stay = model.forward(input::permuted(*input, order, false));
        EXPECT_GT(largest_difference(stay.logits, in_order.logits), 1e-2) << "positions matter to this model";
    }
}

TEST_F(PerceiverTest, TheTraceRegeneratesTheSoftmaxOfDoublePrecision) {
    const Trace trace = model.forward(input);
    for (const auto& cross : trace.cross) {
        const at::Tensor exact = test::softmax_attention(cross, input->normalized());
        const at::Tensor logits = cross.queries.matmul(input->normalized().t());
        EXPECT_LT(largest_difference((logits - cross.log_sum.unsqueeze(2)).exp(), exact), 1e-5);
    }
}

TEST_F(PerceiverTest, AttentionStaysExactWhenItIsSharp) {
    Weights sharp = weights;
    for (const char* j : {"0", "1"})
        sharp["cross." + std::string(j) + ".query.weight"] = weights["cross." + std::string(j) + ".query.weight"] * 40;
    const Perceiver strict(config, sharp);
    const Trace dense = strict.forward(input, Attend::dense), separable = strict.forward(input, Attend::separable);
    EXPECT_TRUE(separable.logits.isfinite().all().item<bool>());
    EXPECT_LT(largest_difference(dense.logits, separable.logits), 2e-3);
}

TEST_F(PerceiverTest, SharedModulesAreTheSameNumbersTwice) {
    // Stages 2 and 3 name cross module 1; giving stage 3 its own copy of those weights must not change the answer.
    Config unshared = config;
    unshared.cross_modules.push_back(config.cross_modules[1]);
    unshared.stages[2].cross = 2;
    Weights copied = weights;
    for (const auto& [name, tensor] : weights)
        if (name.rfind("cross.1.", 0) == 0) copied["cross.2." + name.substr(8)] = tensor;
    const Perceiver other(unshared, copied);
    EXPECT_EQ(largest_difference(other.forward(input).logits, model.forward(input).logits), 0);
    EXPECT_GT(other.parameter_count(), model.parameter_count());
}

TEST_F(PerceiverTest, EveryTensorMatters) {
    // Nothing is loaded and then forgotten: moving any one tensor moves the logits, but for the key biases, which add
    // the same to every score of a latent and drop out of the softmax.
    const at::Tensor before = model.forward(input).logits;
    for (const auto& [name, tensor] : weights) {
        Weights moved = weights;
        moved[name] = tensor + 0.05 * at::randn(tensor.sizes(), test::generator(9));
        const double change = largest_difference(Perceiver(config, moved).forward(input).logits, before);
        if (name.find(".key.bias") != std::string::npos) EXPECT_LT(change, 1e-4) << name;
        else EXPECT_GT(change, 1e-6) << name;
    }
}

TEST_F(PerceiverTest, Bfloat16IsNearFloat32OrRefusedInASentence) {
    if (!offers(Precision::bfloat16)) {
        EXPECT_THROW(Perceiver(config, weights, Precision::bfloat16), Error);
        return;
    }
    const Perceiver half(config, weights, Precision::bfloat16);
    EXPECT_EQ(half.precision(), Precision::bfloat16);
    const at::Tensor exact = model.forward(input).pooled, near = half.forward(input).pooled;
    const double size = exact.square().mean().sqrt().item<double>();
    const double error = (near - exact).square().mean().sqrt().item<double>() / size;
    EXPECT_LT(error, 0.05) << "8 bits of mantissa, a few layers";
    EXPECT_GT(error, 1e-6) << "and really those";
}

TEST_F(PerceiverTest, WeightsThatAreMovedInAreLetGo) {
    const auto name = "block.0.layer.0.mlp_in.weight";
    Weights own;
    for (const auto& [key, tensor] : weights) own.emplace(key, tensor.clone());
    const c10::weak_intrusive_ptr<c10::TensorImpl> watched(own.at(name).getIntrusivePtr());
    const Perceiver made(config, std::move(own));
    // oneDNN packs them anew; LibTorch's product keeps them as its own.
    EXPECT_EQ(watched.use_count(), product_kernels().starts_with("oneDNN") ? 0u : 1u);
    EXPECT_EQ(largest_difference(made.forward(input).logits, model.forward(input).logits), 0);
}

TEST_F(PerceiverTest, CancellingStopsBetweenParts) {
    for (std::size_t stop_at : {0u, 1u, 2u}) {
        const CancelToken cancel;
        std::size_t crosses = 0;
        Observer observer;
        observer.cross_attend_done = [&](std::size_t stage, const Trace&) {
            ++crosses;
            if (stage == stop_at) cancel.cancel();
        };
        EXPECT_THROW(model.forward(input, Attend::automatic, cancel, observer), Error);
        EXPECT_EQ(crosses, stop_at + 1);
    }
}

TEST_F(PerceiverTest, TheSameModelServesSeveralThreadsAtOnce) {
    const at::Tensor alone = model.forward(input).logits;
    std::vector<at::Tensor> results(4);
    std::vector<std::thread> threads;
    for (auto& result : results)
        threads.emplace_back([&] {
            for (int i = 0; i < 5; ++i) result = model.forward(input).logits;
        });
    for (auto& thread : threads) thread.join();
    for (const auto& result : results) EXPECT_LT(largest_difference(result, alone), 1e-5);
}

TEST_F(PerceiverTest, WrongWeightsAreNamed) {
    const auto sentence = [&](const Weights& w) -> std::string {
        try {
            const Perceiver made(config, w);
        } catch (const Error& e) {
            EXPECT_EQ(e.code, ErrorCode::unreadable_model);
            return e.sentence();
        }
        return "";
    };
    Weights missing = weights, misshapen = weights, extra = weights, nan = weights;
    missing.erase("block.1.layer.0.key.weight");
    misshapen["head.weight"] = at::randn({5, 23});
    extra["surprise"] = at::randn({1});
    nan["latents"] = weights["latents"].clone();
    nan["latents"][0][0] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_NE(sentence(missing).find("block.1.layer.0.key.weight is missing"), std::string::npos);
    EXPECT_NE(sentence(misshapen).find("head.weight is 5 x 23"), std::string::npos);
    EXPECT_NE(sentence(extra).find("surprise"), std::string::npos);
    EXPECT_EQ(sentence(nan), "") << "such weights are said where they are read, and still open";
}

TEST_F(PerceiverTest, AnInputOfOtherChannelsDoesNotFit) {
    Config other = config;
    other.input.position.num_bands = 2;
    const Perceiver narrow(other, test::random_weights(other));
    EXPECT_THROW(model.forward(narrow.make_input(test::random_picture(12, 12))), Error);
}

TEST(ConfigTest, JsonRoundTripKeepsEverything) {
    const Config c = test::tiny_config();
    EXPECT_EQ(to_json(config_from_json(to_json(c))), to_json(c));
}

TEST(ConfigTest, UnknownMissingAndContradictoryKeysAreNamed) {
    const auto complaint = [](auto change) -> std::string {
        auto json = nlohmann::json::parse(to_json(test::tiny_config()));
        change(json);
        try {
            config_from_json(json.dump());
        } catch (const Error& e) {
            return e.sentence();
        }
        return "";
    };
    using J = nlohmann::json;
    EXPECT_NE(complaint([](J& j) { j["dropout"] = 0.1; }).find("dropout is not known"), std::string::npos);
    EXPECT_NE(complaint([](J& j) { j.erase("num_latents"); }).find("num_latents is missing"), std::string::npos);
    EXPECT_NE(complaint([](J& j) { j["num_latents"] = 1.5; }).find("num_latents is not a whole number"),
              std::string::npos);
    EXPECT_NE(complaint([](J& j) { j["num_latents"] = 1e300; }).find("num_latents"), std::string::npos);
    EXPECT_NE(complaint([](J& j) { j["num_latents"] = std::uint64_t{1} << 63; }).find("num_latents"),
              std::string::npos);
    EXPECT_NE(complaint([](J& j) { j["activation"] = "relu"; }).find("activation is \"relu\""), std::string::npos);
    EXPECT_NE(complaint([](J& j) { j["cross_modules"][1]["heads"] = 5; }).find("cross_modules[1].heads"),
              std::string::npos);
    EXPECT_NE(complaint([](J& j) { j["stages"][2]["cross"] = 7; }).find("stages[2].cross"), std::string::npos);
    EXPECT_NE(complaint([](J& j) { j["stages"][2]["blocks"] = {-1}; }).find("stages[2].blocks"), std::string::npos);
    EXPECT_NE(complaint([](J& j) { j["input"]["std"] = {1, 0, 1}; }).find("input.std"), std::string::npos);
    EXPECT_NE(complaint([](J& j) { j["labels"].push_back("more"); }).find("labels has 6 names"), std::string::npos);
    EXPECT_NE(complaint([](J& j) { j = J::array(); }), "");
    EXPECT_THROW(config_from_json("{"), Error);
}

TEST(ConfigTest, TheImageNetPerceiverHasThePublishedParameterCounts) {
    // "Perceiver", tables 5 to 7: 44.9 M shared, 326.2 M with nothing shared, 42.1 M with one cross-attend.
    const auto count = [](std::int64_t crosses, const char* sharing, bool share_blocks) {
        const nlohmann::json json = {
            {"format", "perceiver-2021"},
            {"version", 1},
            {"num_latents", 512},
            {"latent_channels", 1024},
            {"num_cross_attends", crosses},
            {"num_blocks", 8},
            {"self_attends_per_block", 6},
            {"arrangement", "interleaved"},
            {"share_cross_attends", sharing},
            {"share_blocks", share_blocks},
            {"cross_heads", 1},
            {"self_heads", 8},
            {"activation", "gelu"},
            {"num_classes", 1000},
            {"input",
             {{"type", "image"},
              {"channels", 3},
              {"position", {{"type", "fourier"}, {"num_bands", 64}, {"max_resolution", {224, 224}}}}}}};
        return config_from_perceiver_2021(json.dump()).parameter_count();
    };
    EXPECT_EQ(count(8, "all_but_first", true), 44'912'254);
    EXPECT_EQ(count(8, "none", false), 326'241'856);
    EXPECT_EQ(count(1, "all", true), 42'135'859);
}

}  // namespace
}  // namespace perceiver
