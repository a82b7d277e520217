// Protects the cost model: every published parameter count and number of operations, to the last digit printed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "inspect/cost.h"
#include "support/released_models.h"

namespace perceiver::inspect {
namespace {

using samples::Released;
using Kind = PartCost::Kind;

constexpr std::int64_t pixels = 224 * 224;

/// Thousand millions, rounded to `digits` after the point, as tables print them.
double billions(double flops, int digits = 1) {
    const double unit = std::pow(10.0, digits);
    return std::round(flops / 1e9 * unit) / unit;
}
double flops_of(const Config& config, std::int64_t elements) { return cost(config, {elements, 0, {}}).flops(); }
const PartCost& first_of(const Cost& cost, Kind kind) {
    return *std::ranges::find(cost.parts, kind, &PartCost::kind);
}

TEST(Cost, OperationsAreThoseOfThePapersTable6) {
    const std::pair<std::int64_t, double> table[] = {{1, 404.3}, {2, 447.6}, {4, 534.1}, {8, 707.2}};
    for (const auto& [crosses, want] : table)
        for (const bool at_start : {false, true})
            EXPECT_EQ(billions(flops_of(samples::perceiver_2021(crosses, at_start), pixels)), want) << crosses;
    // To the last operation, from the counting rule.
    const Cost one = cost(samples::perceiver_2021(1), {pixels, 0, {}});
    EXPECT_EQ(first_of(one, Kind::cross_attend).flops, 43'264'544'768.0);
    const auto& block = first_of(one, Kind::latent_block);
    EXPECT_EQ(block.flops / double(block.layers), 7'522'484'224.0);
    EXPECT_EQ(first_of(one, Kind::head).flops, 2.0 * 1024 * 1000);
}

TEST(Cost, CrossAttendsAloneAreThoseOfThePapersTable5) {
    struct Row {
        std::int64_t crosses, parameters;
        double flops;
    };
    for (const auto& row : {Row{4, 12'654'868, 173.1}, Row{8, 23'760'448, 346.1}, Row{12, 34'866'028, 519.2}}) {
        const Config config = samples::crosses_only(row.crosses);
        EXPECT_EQ(billions(flops_of(config, pixels)), row.flops);
        EXPECT_EQ(cost(config, {pixels, 0, {}}).parameters(), row.parameters);
    }
}

TEST(Cost, OperationsOfPerceiverIoAreThoseOfItsTable7) {
    EXPECT_EQ(billions(flops_of(samples::released(Released::fourier), pixels), 0), 407);
    EXPECT_EQ(flops_of(samples::released(Released::fourier), pixels), 406'503'806'464.0);
    // Without the convolution itself, on DeepMind's 56 x 56 elements.
    EXPECT_EQ(billions(flops_of(samples::released(Released::conv), 56 * 56), 0), 369);
    EXPECT_EQ(flops_of(samples::released(Released::conv), 56 * 56), 369'435'511'296.0);
}

TEST(Cost, ParametersAreThePublishedOnes) {
    const auto count = [](const Config& config) {
        config.validate();
        const Cost c = cost(config, {pixels, 0, {}});
        EXPECT_EQ(c.parameters(), config.parameter_count());
        return c.parameters();
    };
    EXPECT_EQ(count(samples::perceiver_2021(8)), 44'912'254);
    EXPECT_EQ(count(samples::perceiver_2021(2, true)), 44'912'254);
    EXPECT_EQ(count(samples::unshared(samples::perceiver_2021(8))), 326'241'856);
    EXPECT_EQ(count(samples::perceiver_2021(1)), 42'135'859);
    EXPECT_EQ(count(samples::perceiver_2021_learned()), 48'189'577);
    EXPECT_EQ(count(samples::released(Released::fourier)), 48'440'627);
    EXPECT_EQ(count(samples::released(Released::learned)), 62'255'848);
    EXPECT_EQ(count(samples::released(Released::conv)), 48'646'522);
    EXPECT_EQ(count(samples::released(Released::multimodal)), 19'858'855);
}

TEST(Cost, PartsComeInTheOrderTheyRunAndSayWhoseWeightsTheyHave) {
    const Cost c = cost(samples::perceiver_2021(4), {pixels, 0, {}});
    ASSERT_EQ(c.parts.size(), 2u + 4 + 8 + 1);
    EXPECT_EQ(c.parts.front().kind, Kind::input);
    EXPECT_EQ(c.parts.back().kind, Kind::head);
    std::size_t at = 2;
    for (std::size_t stage = 0; stage < 4; ++stage) {
        const auto& cross = c.parts[at++];
        EXPECT_EQ(cross.kind, Kind::cross_attend);
        EXPECT_EQ(cross.stage, stage);
        EXPECT_EQ(cross.module, stage ? 1 : 0);
        EXPECT_EQ(cross.shared, stage > 1);
        EXPECT_EQ(cross.parameters, 2'776'395);
        for (std::size_t block = 0; block < 2; ++block) {
            const auto& part = c.parts[at++];
            EXPECT_EQ(part.kind, Kind::latent_block);
            EXPECT_EQ(part.block, block);
            EXPECT_EQ(part.layers, 6);
            EXPECT_EQ(part.parameters, 6 * 6'301'696);
            EXPECT_EQ(part.shared, stage + block > 0);
        }
    }
    for (const auto& part : cost(samples::unshared(samples::perceiver_2021(4)), {pixels, 0, {}}).parts)
        EXPECT_FALSE(part.shared);
}

TEST(Cost, AttentionMatricesAreWhatIsNotKept) {
    Config config = samples::perceiver_2021(8);
    const Cost c = cost(config, {pixels, 3 + 224 + 224, {}});
    const auto& cross = first_of(c, Kind::cross_attend);
    EXPECT_EQ(cross.matrix_bytes, std::int64_t{4} * 512 * pixels);   // 103 MB, eight times
    EXPECT_EQ(cross.plain_bytes, cross.matrix_bytes + 4 * (512 + 2 * pixels) * 261);
    EXPECT_EQ(cross.kept_bytes, 4 * 512 * (261 + 2 + 3 + 224 + 224 + 1024));
    EXPECT_LT(c.kept_bytes() * 15, c.matrix_bytes());
    const auto& block = first_of(c, Kind::latent_block);
    EXPECT_EQ(block.matrix_bytes, std::int64_t{6} * 4 * 8 * 512 * 512);
    EXPECT_EQ(block.plain_bytes, std::int64_t{4} * (8 * 512 * 512 + 3 * 512 * 1024));
    EXPECT_EQ(block.kept_bytes, 4 * 512 * 1024);
}

TEST(Cost, GrowsWithTheInputAlongTheCrossAttendsAlone) {
    const Config config = samples::perceiver_2021(2);
    const Cost small = cost(config, {1000, 0, {}}), large = cost(config, {3000, 0, {}});
    const Cost huge = cost(config, {5000, 0, {}});
    for (std::size_t i = 0; i < small.parts.size(); ++i) {
        const bool cross = small.parts[i].kind == Kind::cross_attend;
        const double step = large.parts[i].flops - small.parts[i].flops;
        EXPECT_EQ(step > 0, cross);
        EXPECT_EQ(huge.parts[i].flops - large.parts[i].flops, step);   // linear in M, the paper's point
    }
}

TEST(Cost, EverySettingThatCostsIsCounted) {
    const Config plain = samples::released(Released::fourier, 0.1);
    const auto more = [&](auto change) {
        Config config = plain;
        change(config);
        config.validate();
        return flops_of(config, 500) - flops_of(plain, 500);
    };
    const double n = double(plain.num_latents), d = double(plain.latent_channels);
    EXPECT_EQ(more([](Config& c) { c.cross_modules[0].widening = 3; }), 2 * 4 * n * d * d);
    EXPECT_GT(more([](Config& c) { c.cross_modules[0].qk_channels = 300; }), 0);
    EXPECT_GT(more([](Config& c) { c.cross_modules[0].v_channels = 300; }), 0);
    EXPECT_EQ(more([](Config& c) { c.cross_modules[0].heads = 3; }), 2 * 3 * n * 500);
    EXPECT_LT(more([](Config& c) { c.block_modules[0].heads = 4; }), 0);
    EXPECT_GT(more([](Config& c) { c.activation = Activation::geglu; }), 0);
    EXPECT_EQ(more([](Config& c) { c.head = Config::Head::none, c.num_classes = 0, c.labels = {}, c.decoder = {}; }),
              -first_of(cost(plain, {500, 0, {}}), Kind::decoder).flops);
}

TEST(Cost, ADecoderCostsByThePlacesAskedFor) {
    const Config config = samples::released(Released::multimodal);
    const auto decoder = [&](std::map<std::string, std::int64_t> places) {
        return first_of(cost(config, {52'097, 0, std::move(places)}), Kind::decoder);
    };
    const PartCost label = decoder({}), some = decoder({{"audio", 15}, {"image", 6272}});
    EXPECT_GT(label.flops, 0) << "the label's only place is answered every time";
    // Keys and values once, all else for every query.
    const double q = 1026, f = 512, n = 784;
    const double query = 2 * q * f + 2 * 2 * f * n + 3 * n + 2 * f * q + 4 * q * q + 2 * q * 512;
    EXPECT_EQ(label.flops, 2 * 2 * n * 512 * f + query + 2 * 512 * 700);
    EXPECT_EQ(some.flops - label.flops, (15 + 6272) * query + 2 * 512 * (15 * 16 + 6272 * 3));
    EXPECT_EQ(some.matrix_bytes, std::int64_t{4} * 784 * (1 + 15 + 6272));
    EXPECT_EQ(some.kept_bytes, some.matrix_bytes + 4 * (6288 * (2 * 1026 + 512) + 700 + 15 * 16 + 6272 * 3));
}

}  // namespace
}  // namespace perceiver::inspect
