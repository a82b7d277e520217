// Protects the facts about Perceivers that are easy to get wrong. Numbers come from formulas written out here, in
// double precision, or by hand; each test fails when one falls into its pit. They are numbered as in the survey of the
// published implementations that the program was written from.
#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <numbers>

#include "support/probe_model.h"

namespace perceiver {
namespace {

using test::Numbers;
using test::Probe;
using std::numbers::pi;

double gelu_erf(double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); }

/// An MLP alone: the latent stays 0, LN gives `x` to every MLP input channel, the answer is out(activation(in(x))).
Probe mlp_probe(Activation activation, const Numbers& into) {
    Probe p(2, 2);
    p.config.activation = activation;
    p.make();
    p.set("cross.0.mlp_norm.bias", into);
    p.set("cross.0.mlp_out.weight", {1, 0, 0, 1});
    return p;
}

TEST(Pitfall01, GeluIsErfOrTanhAsTheConfigSays) {
    // erf: x Phi(x). tanh: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))). They differ by up to 4.8e-4.
    for (const auto& [activation, at_two, at_minus_two] :
         {std::tuple{Activation::gelu, 1.9544997361036416, -0.0455002638963584},
          {Activation::gelu_tanh, 1.9545976940877750, -0.0454023059122250}}) {
        Probe p = mlp_probe(activation, {2, -2});
        p.set("cross.0.mlp_in.weight", {1, 0, 0, 1});
        p.expect(p.picture({1, 2}), {at_two, at_minus_two});
    }
}

TEST(Pitfall02, LayerNormAddsOneHundredThousandth) {
    EXPECT_EQ(Config().layer_norm_eps, 1e-5);
    const double u = 1e-3 / std::sqrt(1e-6 + 1e-5);   // 0.30; with 1e-12 it would be 1
    Probe p(2, 2);                                    // tokens
    p.config.cross_modules[0].query_residual = false;
    p.make();
    p.set("cross.0.value.weight", {1, 0, 0, 1});
    p.set("cross.0.output.weight", {1, 0, 0, 1});
    p.expect(p.picture({1e-3, -1e-3}), {u, -u});
    Probe latents(2, 2);                              // latents
    latents.config.head_norm = true;
    latents.make();
    latents.set("latents", {1e-3, -1e-3});
    latents.set("head.norm.weight", {1, 1});
    latents.expect(latents.picture({1, 2}), {u, -u});
}

TEST(Pitfall03, TheMlpIsNoWiderUnlessTheConfigSaysSo) {
    EXPECT_EQ(CrossModule().widening, 1);
    EXPECT_EQ(BlockModule().widening, 1);
    Probe p(2, 2);
    p.config.cross_modules[0].widening = 3;
    p.make();
    EXPECT_EQ(p.weights.at("cross.0.mlp_in.weight").sizes(), (c10::IntArrayRef{6, 2}));
    p.set("cross.0.mlp_norm.bias", {1, 2});
    p.set("cross.0.mlp_in.weight", {1, 0, 0, 1, 1, 1, 0, 0, 0, 0, -1, 1});
    p.set("cross.0.mlp_out.weight", {1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 5});
    p.expect(p.picture({1, 2}), {gelu_erf(1) + gelu_erf(2) + gelu_erf(3), 5 * gelu_erf(1)});
}

TEST(Pitfall04, QueryAndKeyAreAsWideAsWhatIsRead) {
    Config c = test::tiny_config();
    c.cross_modules[0].heads = 1;
    c.cross_modules[0].qk_channels = c.cross_modules[0].v_channels = 0;
    const std::int64_t channels = c.token_channels();
    std::map<std::string, std::vector<std::int64_t>> shapes;
    for (const auto& spec : tensor_specs(c)) shapes[spec.name] = spec.shape;
    EXPECT_EQ(shapes["cross.0.query.weight"], (std::vector<std::int64_t>{channels, 24}));
    EXPECT_EQ(shapes["cross.0.value.weight"], (std::vector<std::int64_t>{channels, channels}));
    EXPECT_EQ(shapes["cross.0.output.weight"], (std::vector<std::int64_t>{24, channels}));
    EXPECT_EQ(shapes["block.0.layer.0.query.weight"], (std::vector<std::int64_t>{24, 24}));
}

/// The attention of one latent, head by head, in loops: q [F], keys [M][F], values [M][V].
Numbers attend_by_hand(const Numbers& q, const std::vector<Numbers>& keys, const std::vector<Numbers>& values,
                       std::size_t heads) {
    const std::size_t f = q.size() / heads, v = values[0].size() / heads;
    Numbers out(values[0].size(), 0);
    for (std::size_t h = 0; h < heads; ++h) {
        Numbers weight;
        double sum = 0;
        for (const auto& key : keys) {
            double score = 0;
            for (std::size_t i = h * f; i < (h + 1) * f; ++i) score += q[i] * key[i];
            weight.push_back(std::exp(score / std::sqrt(double(f))));
            sum += weight.back();
        }
        for (std::size_t m = 0; m < keys.size(); ++m)
            for (std::size_t i = h * v; i < (h + 1) * v; ++i) out[i] += weight[m] / sum * values[m][i];
    }
    return out;
}

/// Two heads of 2 channels read pixels of 2 channels: keys and values are linear in what LayerNorm leaves, +-u.
struct TwoHeads {
    Probe p{4, 2};
    Numbers q{1, -0.5, 0.25, 2};
    std::vector<Numbers> keys, values;
    at::Tensor data;

    TwoHeads() {
        p.config.cross_modules[0].heads = 2;
        p.config.cross_modules[0].qk_channels = p.config.cross_modules[0].v_channels = 4;
        p.make();
        const Numbers key{1, 0, 0.5, 0.5, 0, -1, 2, 1}, value{1, 2, 3, 4, 5, 6, 7, 9}, bias{0.1, 0.2, 0.3, 0.4};
        p.set("cross.0.query.bias", q);
        p.set("cross.0.key.weight", key);
        p.set("cross.0.key.bias", {9, 9, 9, 9});
        p.set("cross.0.value.weight", value);
        p.set("cross.0.value.bias", bias);
        p.set("cross.0.output.weight", {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1});
        p.set("latents", {10, 20, 30, 40});
        const double u = 1 / std::sqrt(1 + 1e-5), w = 0.2 / std::sqrt(0.04 + 1e-5);
        data = p.picture({1, -1, -0.2, 0.2, 0, 0});
        for (const double x : {u, -w, 0.0}) {   // LayerNorm of (a, -a) is (x, -x)
            Numbers k, v;
            for (std::size_t i = 0; i < 4; ++i) {
                k.push_back((key[2 * i] - key[2 * i + 1]) * x + 9);
                v.push_back((value[2 * i] - value[2 * i + 1]) * x + bias[i]);
            }
            keys.push_back(k);
            values.push_back(v);
        }
    }
    Numbers answer(const Numbers& read, bool residual) const {
        Numbers out = read;
        for (std::size_t i = 0; residual && i < 4; ++i) out[i] += 10.0 * double(i + 1);
        return out;
    }
};

TEST(Pitfall04, HeadsAreContiguousChannelsAndScoresAreDividedByTheRootOfAHeadsChannels) {
    const TwoHeads t;
    const Numbers read = attend_by_hand(t.q, t.keys, t.values, 2);
    t.p.expect(t.data, t.answer(read, true), 2e-5);
    EXPECT_GT(std::abs(read[1] - attend_by_hand(t.q, t.keys, t.values, 1)[1]), 1e-2) << "the numbers tell heads apart";
}

TEST(Pitfall06, TheQueryResidualIsASwitch) {
    TwoHeads t;
    t.p.config.cross_modules[0].query_residual = false;
    t.p.expect(t.data, t.answer(attend_by_hand(t.q, t.keys, t.values, 2), false), 5e-6);
}

/// 8 x 8 pixels of value 10 row + column + 1, through a kernel that is 1 at one tap: what the convolution reads there.
struct Convolution {
    Probe p{1, 1};
    at::Tensor tokens(ImageConfig::Padding padding, std::int64_t row, std::int64_t column) {
        auto& image = p.config.input.image;
        image.prepare = ImageConfig::Prepare::conv_pool;
        image.padding = padding;
        image.conv_channels = 1;
        p.make();
        Numbers kernel(49, 0), picture;
        kernel[static_cast<std::size_t>(7 * row + column)] = 1;
        p.set("input.conv.weight", kernel);
        p.set("input.conv_norm.weight", {1});
        p.set("input.conv_norm.variance", {1 - 1e-5});
        for (int i = 0; i < 64; ++i) picture.push_back(10 * (i / 8) + i % 8 + 1);
        const at::Tensor data = at::tensor(picture, at::kFloat).view({8, 8, 1});
        const at::Tensor fast = Perceiver(p.config, p.weights).make_input(data)->tokens();
        EXPECT_LT(test::largest_difference(fast, Reference(p.config, p.weights).tokens({{"", data}})), 1e-4);
        return fast.flatten();
    }
};

TEST(Pitfall07, TheConvolutionPadsAsItsPublisherDoes) {
    ImageConfig image;
    image.prepare = ImageConfig::Prepare::conv_pool;
    EXPECT_EQ(image.elements(224, 0), 55);
    image.padding = ImageConfig::Padding::same;
    EXPECT_EQ(image.elements(224, 0), 56);
    const auto numbers = [](const at::Tensor& t) {
        return std::vector<float>(t.data_ptr<float>(), t.data_ptr<float>() + t.numel());
    };
    // Symmetric: the middle tap reads pixel 2i; 4 x 4 pooled without padding is 1 x 1.
    EXPECT_EQ(numbers(Convolution().tokens(ImageConfig::Padding::symmetric, 3, 3).round()), (std::vector<float>{45}));
    // Kernels are [out, in, height, width]: one row up and one column to the right of the middle.
    EXPECT_EQ(numbers(Convolution().tokens(ImageConfig::Padding::symmetric, 2, 4).round()), (std::vector<float>{36}));
    // Same: 2 before and 3 after, so the middle tap reads pixel 2i + 1; pooled to 2 x 2 with one more after.
    EXPECT_EQ(numbers(Convolution().tokens(ImageConfig::Padding::same, 3, 3).round()),
              (std::vector<float>{56, 58, 76, 78}));
}

/// The features of one place by the formulas of "Perceiver", section 3.2.
Numbers features_by_hand(const Numbers& position, const PositionConfig& c) {
    const std::size_t axes = position.size();
    const auto angle = [&](std::size_t axis, std::int64_t band) {
        const double top = c.max_resolution[axis] / 2,
                     step = c.num_bands == 1 ? 0 : double(band) / double(c.num_bands - 1);
        const double f = c.spacing == PositionConfig::Spacing::linear ? 1 + step * (top - 1) : std::pow(top, step);
        return pi * f * position[axis];
    };
    Numbers out;
    const auto bands = [&](std::size_t axis, bool cosine) {
        for (std::int64_t k = 0; k < c.num_bands; ++k)
            out.push_back(cosine ? std::cos(angle(axis, k)) : std::sin(angle(axis, k)));
    };
    if (c.order == PositionConfig::Order::by_function) {
        if (c.concat_position) out = position;
        for (int cosine = 0; cosine < (c.sine_only ? 1 : 2); ++cosine)
            for (std::size_t a = 0; a < axes; ++a) bands(a, cosine);
    } else {
        for (std::size_t a = 0; a < axes; ++a) {
            bands(a, false);
            if (!c.sine_only) bands(a, true);
            if (c.concat_position) out.push_back(position[a]);
        }
    }
    return out;
}

PositionConfig fourier(std::int64_t bands, std::vector<double> max_resolution) {
    PositionConfig p;
    p.num_bands = bands;
    p.max_resolution = std::move(max_resolution);
    return p;
}

/// Tokens of the fast encoder and of the reference are `expected`, [M][C].
void expect_tokens(const Probe& p, const input::RawInput& raw, const std::vector<Numbers>& expected) {
    const at::Tensor fast = Perceiver(p.config, p.weights).make_input(raw)->tokens();
    const at::Tensor plain = Reference(p.config, p.weights).tokens(raw);
    ASSERT_EQ(fast.size(0), static_cast<std::int64_t>(expected.size()));
    for (std::size_t m = 0; m < expected.size(); ++m) {
        const at::Tensor want = at::tensor(expected[m], at::kDouble);
        ASSERT_EQ(fast.size(1), want.size(0));
        EXPECT_LT(test::largest_difference(fast[static_cast<std::int64_t>(m)], want), 1e-6) << m;
        EXPECT_LT(test::largest_difference(plain[static_cast<std::int64_t>(m)], want), 1e-6) << m;
    }
}

TEST(Pitfall08To10, FourierFeaturesOfAGridAreThoseOfTheFormulas) {
    // Rows come before columns (y, x), row-major; -1 and 1 are both reached; the two axes have their own frequencies.
    for (const auto order : {PositionConfig::Order::by_function, PositionConfig::Order::by_axis})
        for (const auto spacing : {PositionConfig::Spacing::linear, PositionConfig::Spacing::geometric})
            for (const bool concat : {true, false})
                for (const bool sine_only : {true, false}) {
                    Probe p(1, 1);
                    p.config.input.position = fourier(3, {8, 20});
                    p.config.input.position.order = order;
                    p.config.input.position.spacing = spacing;
                    p.config.input.position.concat_position = concat;
                    p.config.input.position.sine_only = sine_only;
                    p.make();
                    std::vector<Numbers> expected;
                    const Numbers pixels{7, 8, 9, 10, 11, 12};
                    for (int i = 0; i < 6; ++i) {
                        Numbers token{pixels[static_cast<std::size_t>(i)]};
                        const Numbers own =
                            features_by_hand({i / 3 == 0 ? -1.0 : 1.0, double(i % 3) - 1}, p.config.input.position);
                        token.insert(token.end(), own.begin(), own.end());
                        expected.push_back(token);
                    }
                    expect_tokens(p, {{"", at::tensor(pixels, at::kFloat).view({2, 3, 1})}}, expected);
                }
}

TEST(Pitfall10, ASinglePlaceLiesAtMinusOne) {
    Probe p(1, 1);
    p.config.input.position = fourier(1, {4, 4});
    p.config.input.position.sine_only = true;
    p.make();
    expect_tokens(p, {{"", p.picture({5})}}, {{5, -1, -1, std::sin(-pi), std::sin(-pi)}});
}

TEST(Pitfall10, DecoderQueriesOfChosenPlacesNeverReachOne) {
    // -1 + 2 index / n of the output's own sides, not of max_resolution.
    Probe p(2, 1);
    p.config.head = Config::Head::decoder;
    OutputConfig image{"image", {2, 5}, fourier(2, {7, 9}), 0}, label{"label", {1}, fourier(1, {4}), 2};
    p.config.decoder.outputs = {image, label};
    p.config.decoder.output_channels = 3;
    p.make();
    const std::vector<std::int64_t> places{0, 4, 7, 9};
    const Perceiver model(p.config, p.weights);
    const at::Tensor query = model.decode(at::zeros({1, 2}), {{"image", places}}).query;
    ReferenceRun run;
    run.latents = at::zeros({1, 2}, at::kDouble);
    Reference(p.config, p.weights).answer(run, {{"image", places}});
    for (std::size_t i = 0; i < places.size(); ++i) {
        const Numbers place{-1 + 2 * double(places[i] / 5) / 2, -1 + 2 * double(places[i] % 5) / 5};
        const at::Tensor want = at::tensor(features_by_hand(place, image.position), at::kDouble);
        EXPECT_LT(test::largest_difference(query[static_cast<std::int64_t>(i)], want), 1e-6);
        EXPECT_LT(test::largest_difference(run.decoder.query[static_cast<std::int64_t>(i)], want), 1e-12);
    }
}

TEST(Pitfall11, HighFrequenciesAreExactToTheLastDigitOfFloat32) {
    // pi f x with f = 15360 in float32 is good to 2e-3 only: angles are made in float64.
    Probe p(1, 1);
    p.config.input.type = InputConfig::Type::audio;
    p.config.input.audio.samples_per_patch = 1;
    p.config.input.position = fourier(192, {30720});
    p.make();
    std::vector<Numbers> expected;
    for (int i = 0; i < 77; ++i) {
        Numbers token{0};
        const Numbers own = features_by_hand({-1 + 2 * double(i) / 76}, p.config.input.position);
        token.insert(token.end(), own.begin(), own.end());
        expected.push_back(token);
    }
    expect_tokens(p, {{"", at::zeros({77})}}, expected);
}

TEST(Pitfall12, TheHighestFrequencyIsHalfTheMaxResolution) {
    // ModelNet40's "max frequency of 1120" is a max_resolution of 2240: a point at 1 / 2240 is a quarter of that wave
    // on.
    Probe p(1, 1);
    p.config.input.type = InputConfig::Type::points;
    p.config.input.points.dims = 1;
    p.config.input.position = fourier(64, {2240});
    p.make();
    const at::Tensor token =
        Perceiver(p.config, p.weights).make_input(at::tensor({1.0f / 2240}).view({1, 1}))->tokens()[0];
    EXPECT_NEAR(token[64].item<float>(), 1, 1e-6) << "the last sine";
    EXPECT_NEAR(token[128].item<float>(), 0, 1e-5) << "the last cosine";
    EXPECT_EQ(token.size(0), 129);
}

TEST(Pitfall13, MaskedElementsAreAsIfAbsent) {
    const TwoHeads t;
    const Numbers read = attend_by_hand(t.q, {t.keys[0], t.keys[2]}, {t.values[0], t.values[2]}, 2);
    for (const auto rule : {Config::AllMasked::nothing, Config::AllMasked::everything}) {
        Probe p = t.p;
        p.config.all_masked = rule;
        p.expect(t.data, t.answer(read, true), 2e-5, at::tensor({1, 0, 1}).to(at::kBool));
    }
}

TEST(Pitfall13, WithEverythingMaskedNothingIsReadOrAllAlike) {
    const TwoHeads t;
    const at::Tensor none = at::zeros({3}, at::kBool);
    Probe p = t.p;
    p.set("cross.0.output.bias", {1, 1, 1, 1});
    p.config.all_masked = Config::AllMasked::nothing;   // DeepMind: 0 before the output's linear, whose bias stays
    p.expect(t.data, {11, 21, 31, 41}, 2e-5, none);
    p.config.all_masked = Config::AllMasked::everything;   // Hugging Face, perceiver-pytorch: uniform
    const Numbers read = attend_by_hand({0, 0, 0, 0}, t.keys, t.values, 2);
    Numbers expected = t.answer(read, true);
    for (auto& x : expected) x += 1;
    p.expect(t.data, expected, 2e-5, none);
}

/// Sound of 2 samples a patch, a label of 3 classes, video of 1 channel; the widest is 4 channels, padded to 6.
Probe multimodal_probe() {
    Probe p(1, 1);
    InputConfig audio, label, video;
    audio.type = InputConfig::Type::audio;
    audio.audio.samples_per_patch = 2;
    audio.position.type = PositionConfig::Type::learned;   // such elements are written out, the others' are separable
    audio.position.channels = 1;
    audio.position.index_dims = {2};
    label.type = InputConfig::Type::label;
    label.label.classes = 3;
    label.position.type = PositionConfig::Type::none;
    video.type = InputConfig::Type::video;
    video.video.channels = 1;
    video.position = fourier(1, {4, 4, 4});
    video.position.sine_only = true;
    video.position.concat_position = false;
    p.config.input.type = InputConfig::Type::multimodal;
    p.config.input.min_padding = 2;
    p.config.input.modalities = {{"audio", audio}, {"label", label, true, true}, {"video", video}};
    p.make();
    p.set("input.audio.position", {20, 30});
    p.set("input.audio.padding", {1, 2, 3});
    p.set("input.label.padding", {5, 6, 7});
    p.set("input.label.mask_token", {-1, -2, -3, -4, -5, -6});
    p.set("input.video.padding", {8, 9});
    return p;
}

TEST(Pitfall14, ModalitiesFollowTheirNamesAndArePaddedAfterTheirFeatures) {
    const Probe p = multimodal_probe();
    const input::RawInput raw{{"video", at::tensor({0.5f}).view({1, 1, 1, 1})},
                              {"label", at::tensor({0.0f, 1.0f, 0.0f})},
                              {"audio", at::tensor({10.0f, 11.0f, 12.0f, 13.0f})}};
    const double s = std::sin(-pi);
    expect_tokens(p, raw,
                  {{10, 11, 20, 1, 2, 3}, {12, 13, 30, 1, 2, 3}, {-1, -2, -3, -4, -5, -6}, {0.5, s, s, s, 8, 9}});
    // Given, the label's token is [one-hot, padding].
    const at::Tensor given = Perceiver(p.config, p.weights).make_input(raw, {{}, {{"label", false}}, {}})->tokens()[2];
    EXPECT_EQ(test::largest_difference(given, at::tensor({0., 1., 0., 5., 6., 7.}, at::kDouble)), 0);
    Config wrong = p.config;
    std::swap(wrong.input.modalities[0], wrong.input.modalities[1]);
    EXPECT_THROW(wrong.validate(), Error);
}

TEST(Pitfall14, AMaskedLabelDoesNotMatter) {
    const Probe p = multimodal_probe();
    const Perceiver model(p.config, p.weights);
    const auto tokens = [&](const at::Tensor& label) {
        return model.make_input({{"video", at::zeros({1, 1, 1, 1})}, {"label", label}, {"audio", at::zeros({4})}})
            ->tokens();
    };
    EXPECT_EQ(test::largest_difference(tokens(at::tensor({1.0f, 0.0f, 0.0f})), tokens(at::tensor({0.0f, 0.0f, 1.0f}))),
              0);
}

TEST(Pitfall15, AnOutputOfManyPlacesIsAnsweredWhereItIsAskedAndLeftOutOtherwise) {
    Probe p(2, 1);
    p.config.head = Config::Head::decoder;
    p.config.decoder.outputs = {{"image", {2, 5}, fourier(2, {7, 9}), 0}, {"label", {1}, fourier(1, {4}), 2}};
    p.config.decoder.output_channels = 3;
    p.make();
    const Perceiver model(p.config, test::random_weights(p.config));
    const at::Tensor latents = at::tensor({0.5f, -1.0f}).view({1, 2});
    const DecoderTrace label = model.decode(latents, {}), both = model.decode(latents, {{"image", {3, 8}}});
    EXPECT_EQ(label.outputs.size(), 1u);
    EXPECT_EQ(both.outputs.at("image").sizes(), (c10::IntArrayRef{2, 3}));
    EXPECT_LT(test::largest_difference(label.outputs.at("label"), both.outputs.at("label")), 1e-6);
    EXPECT_THROW(model.decode(latents, {{"image", {10}}}), Error) << "a place of another output's sides";
}

TEST(Pitfall16, AllCrossAttendsButTheFirstShareAndTheBlocksShareFromTheFirstOn) {
    const Config c = config_from_perceiver_2021(R"({"format": "perceiver-2021", "version": 1, "num_latents": 4,
        "latent_channels": 8, "num_cross_attends": 3, "num_blocks": 3, "self_attends_per_block": 2,
        "arrangement": "interleaved", "share_cross_attends": "all_but_first", "share_blocks": true, "cross_heads": 1,
        "self_heads": 2, "activation": "gelu", "num_classes": 2, "input": {"type": "image", "channels": 3,
        "position": {"type": "fourier", "num_bands": 2, "max_resolution": [4, 4]}}})");
    ASSERT_EQ(c.stages.size(), 3u);
    for (std::size_t s = 0; s < 3; ++s) {
        EXPECT_EQ(c.stages[s].cross, s == 0 ? 0 : 1);
        EXPECT_EQ(c.stages[s].blocks, (std::vector<std::int64_t>{0}));
    }
    EXPECT_EQ(c.cross_modules.size(), 2u);
    EXPECT_EQ(c.block_modules.size(), 1u);
    // 2 cross-attends, 2 self-attend layers, as the paper counts them.
    const auto lin = [](std::int64_t in, std::int64_t out) { return in * out + out; };
    const std::int64_t tokens = 3 + 2 * 5, cross = 16 + 2 * tokens + lin(8, tokens) + 2 * lin(tokens, tokens) +
                                                   lin(tokens, 8) + 16 + 2 * lin(8, 8);
    EXPECT_EQ(c.parameter_count(), 32 + 2 * cross + 2 * (32 + 6 * lin(8, 8)) + lin(8, 2));
}

TEST(Pitfall17, TheHeadIsTheMeanAndOneLinearWithoutANorm) {
    EXPECT_FALSE(Config().head_norm);
    Probe p(2, 2);
    p.config.num_latents = 3;
    p.make();
    p.set("latents", {1, 2, 3, 5, 8, 20});
    p.set("head.bias", {0.5, -0.5});
    p.expect(p.picture({1, 2}), {4.5, 8.5});
}

TEST(Pitfall18, LinearWeightsAreOutByIn) {
    Probe p(2, 2);
    p.make();
    p.set("latents", {1, 2});
    p.set("head.weight", {1, 10, 100, 1000});
    p.expect(p.picture({1, 2}), {21, 2100}, 1e-3);
}

TEST(Pitfall20, GegluMultipliesTheFirstHalfByTheErfGeluOfTheSecond) {
    Probe p = mlp_probe(Activation::geglu, {2, 3});
    p.set("cross.0.mlp_in.weight", {1, 0, 0, 1, -1, 0, 0, 1});
    p.expect(p.picture({1, 2}), {2 * gelu_erf(-2), 3 * gelu_erf(3)}, 5e-6);
}

TEST(Pitfall20, QueriesKeysAndValuesMayHaveNoBias) {
    Probe p(2, 2);
    p.config.cross_modules[0].qkv_bias = false;
    p.make();
    EXPECT_FALSE(p.weights.count("cross.0.query.bias") || p.weights.count("cross.0.key.bias") ||
                 p.weights.count("cross.0.value.bias"));
    EXPECT_TRUE(p.weights.count("cross.0.output.bias"));
    p.set("cross.0.value.weight", {1, 0, 0, 1});
    p.set("cross.0.output.weight", {1, 0, 0, 1});
    const double u = 1 / std::sqrt(1 + 1e-5);
    p.expect(p.picture({1, -1}), {u, -u});
}

TEST(Pitfall26, PixelsAreReadWholeWithEveryChannel) {
    Probe p(1, 2);
    p.make();
    expect_tokens(p, {{"", p.picture({1, 2, 3, 4, 5, 6})}}, {{1, 2}, {3, 4}, {5, 6}});
}

}  // namespace
}  // namespace perceiver
