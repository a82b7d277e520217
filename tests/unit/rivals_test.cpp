// Protects the rivals: what their configuration says is what runs, and a shuffle means to each what the paper
// says.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "input/fourier.h"
#include "input/input_array.h"
#include "rivals/rival.h"
#include "support/expect_error.h"
#include "support/rival_samples.h"
#include "support/tiny_model.h"

namespace perceiver::rivals {
namespace {

void expect_refused(const char* named, const std::function<void()>& act) {
    const auto failure = samples::failure_of(act);
    EXPECT_EQ(failure.code, ErrorCode::unreadable_model) << named;
    EXPECT_NE(failure.sentence.find(named), std::string::npos) << failure.sentence;
}

using at::Tensor;
using nlohmann::json;
using samples::rival_config;

constexpr Type all_types[] = {Type::resnet, Type::vit, Type::transformer};

/// Every tensor random, so that a dropped or swapped term shows.
Weights random_weights(const RivalConfig& config, int seed = 3) {
    auto random = test::generator(seed);
    Weights out;
    for (const auto& spec : tensor_specs(config)) {
        const Tensor t = at::randn(spec.shape, random);
        const double inputs = spec.shape.size() > 1 ? double(t.numel()) / double(spec.shape[0]) : 9;
        out[spec.name] = t / std::sqrt(inputs);
        if (spec.name.ends_with("norm.weight")) out[spec.name] += 1;
        if (spec.name.ends_with("norm.variance")) out[spec.name] = t.square() + 0.5;
    }
    return out;
}

Tensor pixels(std::int64_t batch, int seed = 4) {
    return at::randn({batch, 3, 16, 16}, test::generator(seed));
}

double largest(const Tensor& a, const Tensor& b) { return (a - b).abs().max().item<double>(); }

TEST(Rivals, ABatchIsAnsweredAsItsPicturesOneByOne) {
    for (const auto type : all_types) {
        const RivalConfig config = rival_config(type, 5);
        const Rival rival(config, random_weights(config));
        const Tensor batch = pixels(4), together = rival.logits(rival.features(batch));
        ASSERT_EQ(together.sizes(), at::IntArrayRef({4, 3}));
        for (std::int64_t i = 0; i < 4; ++i)
            EXPECT_LT(largest(rival.logits(rival.features(batch.narrow(0, i, 1))), together.narrow(0, i, 1)),
                      1e-4)
                << type_name(type);
        EXPECT_GT(largest(together[0], together[1]), 1e-2) << "pictures are told apart";
    }
}

TEST(Rivals, TheInputArrayIsThePixelsWithThePerceiversPositions) {
    const RivalConfig config = rival_config(Type::resnet);
    const Tensor picture = pixels(1);
    const Features f = FeatureReader(config).read(picture);
    EXPECT_EQ(largest(f.data, picture), 0);
    const std::int64_t grid[2] = {16, 16};
    const Tensor features = input::fourier_features(input::grid_positions(grid), config.input.position);
    EXPECT_LT(largest(f.positions[0].flatten(1).t(), features), 1e-6);
    EXPECT_EQ(f.data.size(1) + f.positions.size(1), config.element_channels());
}

TEST(Rivals, ATransformerReadsTheMeansOfSquaresOfPixels) {
    const RivalConfig config = rival_config(Type::transformer);
    const Tensor picture = pixels(1);
    const Features f = FeatureReader(config).read(picture);
    EXPECT_EQ(f.data.sizes(), at::IntArrayRef({1, 3, 8, 8}));
    EXPECT_LT(largest(f.data[0][1][2][3], picture[0][1].narrow(0, 4, 2).narrow(1, 6, 2).mean()), 1e-6);
    EXPECT_EQ(config.elements(), 64);
    EXPECT_EQ(f.positions.sizes(), at::IntArrayRef({1, 14, 8, 8}));
}

TEST(Rivals, TheIdentityIsNoShuffle) {
    for (const auto type : all_types) {
        const RivalConfig config = rival_config(type);
        const Features f = FeatureReader(config).read(pixels(2));
        std::vector<std::int64_t> order(static_cast<std::size_t>(config.elements()));
        std::iota(order.begin(), order.end(), 0);
        for (const bool travel : {true, false}) {
            const Features same = permuted(f, order, travel);
            EXPECT_EQ(largest(same.data, f.data), 0);
            EXPECT_EQ(largest(same.positions, f.positions), 0);
        }
    }
}

TEST(Rivals, OnlyTheTransformerTakesAShuffledArrayForTheSame) {
    for (const auto type : all_types) {
        const RivalConfig config = rival_config(type);
        const Rival rival(config, random_weights(config));
        const Features f = rival.features(pixels(3));
        const auto order = input::permutation(config.elements(), 11);
        const double travel = largest(rival.logits(permuted(f, order, true)), rival.logits(f));
        const double stay = largest(rival.logits(permuted(f, order, false)), rival.logits(f));
        if (type == Type::transformer)
            EXPECT_LT(travel, 1e-4);
        else
            EXPECT_GT(travel, 1e-2) << type_name(type);
        EXPECT_GT(stay, 1e-2) << type_name(type) << ": colours in other places are another picture";
        EXPECT_GT(largest(rival.logits(without_positions(f)), rival.logits(f)), 1e-2) << type_name(type);
    }
}

TEST(Rivals, ItsOwnPermutationIsThatOfTheInputRoom) {
    for (const auto type : all_types) {
        const RivalConfig raw = rival_config(type), own = rival_config(type, 21);
        const Weights weights = random_weights(raw);
        const Rival plain(raw, weights), shuffled(own, weights);
        const Features f = plain.features(pixels(2));
        const auto order = input::permutation(raw.elements(), 21);
        EXPECT_EQ(largest(shuffled.logits(f), plain.logits(permuted(f, order, true))), 0) << type_name(type);
    }
}

TEST(Rivals, BatchNormsLearnFromTheBatchAndAnswerFromWhatTheySaw) {
    const RivalConfig config = rival_config(Type::resnet);
    Weights weights = random_weights(config);
    for (auto& [name, t] : weights) t = t.clone();
    const Features f = FeatureReader(config).read(pixels(8));
    const Tensor before = forward(config, weights, f, Mode::answer);
    const Tensor mean = weights["stem.norm.mean"].clone();
    forward(config, weights, f, Mode::answer);
    EXPECT_EQ(largest(weights["stem.norm.mean"], mean), 0);
    for (int i = 0; i < 200; ++i) forward(config, weights, f, Mode::learn);
    EXPECT_GT(largest(weights["stem.norm.mean"], mean), 1e-3);
    EXPECT_GT(largest(forward(config, weights, f, Mode::answer), before), 1e-3);
    // Having seen nothing but this batch, both ways agree but for the running variance's n / (n - 1).
    EXPECT_LT(largest(forward(config, weights, f, Mode::answer), forward(config, weights, f, Mode::learn)),
              0.1);
}

TEST(Rivals, ReceptiveFieldsAreThoseOfThePapersTable2) {
    RivalConfig resnet = rival_config(Type::resnet);
    resnet.kernel = 7;
    EXPECT_EQ(resnet.receptive_field(), 49);
    RivalConfig vit = rival_config(Type::vit);
    vit.patch = 16;
    EXPECT_EQ(vit.receptive_field(), 256);
    RivalConfig transformer = rival_config(Type::transformer);
    transformer.input.image.height = transformer.input.image.width = 128;
    EXPECT_EQ(transformer.receptive_field(), 4096);
}

TEST(Rivals, JsonGivesAConfigBack) {
    for (const auto type : all_types) {
        const RivalConfig config = rival_config(type, (std::uint64_t{1} << 62) - 1);
        const RivalConfig read = rival_from_json(to_json(config));
        EXPECT_EQ(to_json(read), to_json(config));
        EXPECT_EQ(read.permutation, config.permutation);
        EXPECT_EQ(read.parameter_count(), config.parameter_count());
    }
}

TEST(Rivals, AWrongConfigNamesItsKey) {
    const auto refused = [](Type type, const char* key, const json& value, const char* named) {
        json object = json::parse(to_json(rival_config(type)));
        object[json::json_pointer(key)] = value;
        expect_refused(named, [&] { rival_from_json(object.dump()); });
    };
    refused(Type::resnet, "/patch", 4, "patch");
    refused(Type::resnet, "/type", "mlp", "type");
    refused(Type::resnet, "/stem", 0, "stem");
    refused(Type::resnet, "/stem", 1 << 20, "stem");
    refused(Type::resnet, "/kernel", 4, "kernel");
    refused(Type::resnet, "/kernel", 3.5, "kernel");
    refused(Type::resnet, "/stages", json::array(), "stages");
    refused(Type::resnet, "/stages/0/channels", -1, "channels");
    refused(Type::resnet, "/stages/0/width", 1, "width");
    refused(Type::resnet, "/permutation", -1, "permutation");
    refused(Type::resnet, "/input/height", 18, "halved");
    refused(Type::resnet, "/input/height", std::int64_t{1} << 40, "input.height");
    refused(Type::resnet, "/input/position/num_bands", std::int64_t{1} << 40, "num_bands");
    refused(Type::resnet, "/input/position/max_resolution", json::array({16}), "position");
    refused(Type::resnet, "/input/mean", json::array({1}), "mean");
    refused(Type::resnet, "/labels", json::array({"red"}), "labels");
    refused(Type::vit, "/patch", 5, "patches");
    refused(Type::vit, "/patch", 0, "patch");
    refused(Type::vit, "/heads", 5, "heads");
    refused(Type::vit, "/layers", std::int64_t{1} << 40, "layers");
    refused(Type::transformer, "/downsample", 3, "downsample");
    refused(Type::transformer, "/patch", 2, "patch");
}

TEST(Rivals, TensorsThatDontFitAreNamed) {
    const RivalConfig config = rival_config(Type::vit);
    const auto refused = [&](const char* named, auto change) {
        Weights weights = random_weights(config);
        change(weights);
        expect_refused(named, [&] { Rival rival(config, weights); });
    };
    refused("head.bias", [](Weights& w) { w.erase("head.bias"); });
    refused("head.bias", [](Weights& w) { w["head.bias"] = at::zeros({4}); });
    refused("head.bias", [](Weights& w) { w["head.bias"] = at::zeros({3}, at::kLong); });
    refused("stem.conv.weight", [](Weights& w) { w["stem.conv.weight"] = at::zeros({1}); });
}

}  // namespace
}  // namespace perceiver::rivals
