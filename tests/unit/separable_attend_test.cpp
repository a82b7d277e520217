// The separable cross-attend and everything asked of its tables, against the plain form in float64: any grid, any
// number of data channels, several parts, several heads.
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>

#include "inspect/maps.h"
#include "perceiver/products.h"
#include "perceiver/reference.h"
#include "support/tiny_model.h"

namespace perceiver {
namespace {

using inspect::Scale;
using test::largest_difference;
using Type = input::InputConfig::Type;

/// One kind of input, and data for it.
struct Kind {
    const char* name;
    input::InputConfig config;
    std::vector<std::int64_t> data;   ///< shape
};

Kind image(std::int64_t rows, std::int64_t cols, std::int64_t channels) {
    Kind k{"image", {}, {rows, cols, channels}};
    k.config.image.channels = channels;
    k.config.position.max_resolution = {double(rows), double(cols)};
    return k;
}
Kind audio(std::int64_t patches, std::int64_t samples) {
    Kind k{"audio", {}, {patches * samples}};
    k.config.type = Type::audio;
    k.config.audio.samples_per_patch = samples;
    k.config.position.max_resolution = {double(patches)};
    return k;
}
Kind video(std::int64_t frames, std::int64_t rows, std::int64_t cols, std::int64_t patch) {
    Kind k{"video", {}, {frames, rows * patch, cols * patch, 3}};
    k.config.type = Type::video;
    k.config.video.patch = {1, patch, patch};
    k.config.position.max_resolution = {double(frames), double(rows), double(cols)};
    return k;
}

struct Case {
    std::vector<Kind> kinds;   ///< more than one: modalities
    std::int64_t heads;
};
void PrintTo(const Case& c, std::ostream* out) {
    for (const auto& k : c.kinds) *out << k.name << " ";
    *out << "with " << c.heads << " heads";
}

class SeparableAttend : public testing::TestWithParam<Case> {
  protected:
    SeparableAttend() {
        config.num_latents = 7;
        config.latent_channels = 16;
        config.cross_modules = {{GetParam().heads, 8 * GetParam().heads, 4 * GetParam().heads, 1}};
        config.stages = {{0, {}}, {0, {}}};
        config.num_classes = 3;
        std::vector<Kind> kinds = GetParam().kinds;
        for (auto& k : kinds) k.config.position.num_bands = 4;
        if (kinds.size() == 1) {
            config.input = kinds[0].config;
            raw[""] = at::randn(kinds[0].data, test::generator(3));
        } else {
            config.input.type = Type::multimodal;
            config.input.min_padding = 2;
            for (std::size_t i = 0; i < kinds.size(); ++i) {
                const std::string name = std::string(1, static_cast<char>('a' + i)) + kinds[i].name;
                config.input.modalities.push_back({name, kinds[i].config, false, false});
                raw[name] = at::randn(kinds[i].data, test::generator(3 + i));
            }
        }
        weights = test::random_weights(config);
        model = std::make_unique<Perceiver>(config, weights);
        input = model->make_input(raw);
    }
    /// [heads, N, M] in float64.
    at::Tensor attention(const Trace& trace) const {
        at::Tensor scores =
            trace.cross[1].queries.to(at::kDouble).matmul(trace.input->normalized().to(at::kDouble).t());
        const at::Tensor& mask = trace.input->mask();
        if (mask.defined() && !trace.cross[1].all_masked)
            scores.masked_fill_(mask.logical_not(), -std::numeric_limits<double>::infinity());
        return scores.softmax(-1);
    }
    /// Every question about a trace against its matrix.
    void expect_maps(const Trace& trace) const {
        const at::Tensor p = attention(trace), mean = p.mean(0);
        const std::int64_t m = p.size(2);
        const int h = static_cast<int>(GetParam().heads) - 1;
        const auto same = [](const at::Tensor& is, const at::Tensor& expected, double tolerance = 1e-5) {
            ASSERT_EQ(is.sizes(), expected.sizes());
            EXPECT_LT(largest_difference(is, expected), tolerance);
        };
        same(inspect::map(trace, 1, h, 4, Scale::probability), p[h][4]);
        same(inspect::map(trace, 1, inspect::all, 4, Scale::probability), mean[4]);
        same(inspect::map(trace, 1, inspect::all, inspect::all, Scale::probability), mean.mean(0));
        const auto bits = [](const at::Tensor& q) { return -(q * q.clamp_min(1e-300).log2()).sum(-1); };
        same(inspect::entropy(trace, 1, inspect::all), bits(mean), 1e-4);
        same(inspect::entropy(trace, 1, h), bits(p[h]), 1e-4);
        same(inspect::mass(trace, 1, inspect::all, 3, m - 5), mean.narrow(1, 3, m - 5).sum(1), 1e-5);
        for (const std::int64_t element : {std::int64_t{0}, m / 2, m - 1}) {
            same(inspect::reverse(trace, 1, h, element, Scale::probability), p[h].select(1, element));
            same(inspect::reverse(trace, 1, inspect::all, element, Scale::probability), mean.select(1, element));
            EXPECT_NEAR(inspect::reverse(trace, 1, inspect::all, element, Scale::logit)[2].item<float>(),
                        inspect::map(trace, 1, inspect::all, 2, Scale::logit)[element].item<float>(), 1e-4);
        }
        std::vector<int> each(static_cast<std::size_t>(m));
        std::iota(each.begin(), each.end(), 0);
        const auto maps = inspect::latent_maps(trace, 1, Scale::probability, each, static_cast<int>(m));
        same(maps.thumbs, mean);
        same(maps.entropy_bits, bits(mean), 1e-4);
    }

    Config config;
    Weights weights;
    input::RawInput raw;
    std::unique_ptr<Perceiver> model;
    input::InputArrayPtr input;
};

TEST_P(SeparableAttend, EqualsThePlainFormInDoublePrecision) {
    const ReferenceRun exact = Reference(config, weights).run(input->tokens());
    for (const Attend how : {Attend::separable, Attend::dense, Attend::automatic}) {
        const Trace trace = model->forward(input, how);
        EXPECT_TRUE(how == Attend::automatic || trace.cross[1].separable == (how == Attend::separable));
        for (std::size_t k = 0; k < exact.cross_latents.size(); ++k)
            EXPECT_LT(largest_difference(trace.cross[k].latents, exact.cross_latents[k]),
                      2e-5 * exact.cross_latents[k].abs().max().item<double>())
                << static_cast<int>(how);
        // LibTorch's own products add up in another order than oneDNN's.
        const double tolerance = product_kernels().starts_with("oneDNN") ? 2e-5 : 4e-5;
        EXPECT_LT(largest_difference(trace.logits, exact.logits), tolerance) << static_cast<int>(how);
    }
}

TEST_P(SeparableAttend, MapsEqualTheMatrixWhicheverWayItWasMade) {
    for (const Attend how : {Attend::separable, Attend::dense}) expect_maps(model->forward(input, how));
}

TEST_P(SeparableAttend, MaskedElementsAreNowhereInTheMaps) {
    at::Tensor mask = at::ones({input->elements()}, at::kBool);
    mask.narrow(0, input->elements() / 3, 5).fill_(false);
    const Trace trace = model->forward(model->make_input(raw, {mask, {}, {}}));
    expect_maps(trace);
    EXPECT_EQ(inspect::mass(trace, 1, inspect::all, input->elements() / 3, 5).max().item<float>(), 0);
}

TEST_P(SeparableAttend, WhenAllIsMaskedTheMapsAreTheSameForAll) {
    const at::Tensor mask = at::zeros({input->elements()}, at::kBool);
    expect_maps(model->forward(model->make_input(raw, {mask, {}, {}})));
}

INSTANTIATE_TEST_SUITE_P(Inputs, SeparableAttend,
                         testing::Values(Case{{image(13, 17, 3)}, 1}, Case{{image(16, 32, 3)}, 3},
                                         Case{{image(40, 9, 1)}, 2}, Case{{image(9, 20, 7)}, 2},
                                         Case{{image(70, 70, 5)}, 1}, Case{{audio(60, 1)}, 1},
                                         Case{{audio(4500, 6)}, 2}, Case{{video(3, 6, 10, 1)}, 2},
                                         Case{{video(4, 7, 9, 4)}, 1},
                                         Case{{audio(30, 5), image(12, 11, 3), video(2, 5, 8, 2)}, 2}));

TEST(SeparableAttendWide, RowsWiderThanATileAreReadInTiles) {
    Config config;
    config.num_latents = 3;
    config.latent_channels = 8;
    config.cross_modules = {{1, 8, 8, 1}};
    config.stages = {{0, {}}};
    config.num_classes = 2;
    config.input.position.num_bands = 3;
    config.input.position.max_resolution = {2, 20000};
    const Weights weights = test::random_weights(config);
    const Perceiver model(config, weights);
    const auto input = model.make_input(test::random_picture(2, 20000));
    const at::Tensor exact = Reference(config, weights).run(input->tokens()).logits;
    const Trace trace = model.forward(input, Attend::separable);
    EXPECT_LT(largest_difference(trace.logits, exact), 2e-5);
    const at::Tensor p = test::softmax_attention(trace.cross[0], input->normalized())[0];
    EXPECT_LT(largest_difference(inspect::map(trace, 0, 0, 1, Scale::probability), p[1]), 1e-6);
}

}  // namespace
}  // namespace perceiver
