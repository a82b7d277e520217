// Protects the labs Positions and Cost: numbers against those worked out by hand, the same in the window as headless.
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>

#include "engine/lab.h"
#include "inspect/cost.h"
#include "support/engine_fixture.h"
#include "support/expect_error.h"
#include "support/headless_fixture.h"

namespace perceiver::engine {
namespace {

struct LabsTest : HeadlessFixture {
    std::string sample(const std::string& name) {
        for (const auto& s : samples::media_of_every_kind())
            if (s.name == name) return file(name, s.bytes);
        return {};
    }
    Prepared prepared(const std::string& file, const std::string& model) {
        return encode(*open_media(file, {}, false, {}), *library.load(model));
    }
    /// The file of that kind through its tiny model.
    std::pair<ModelPtr, Prepared> of(const std::string& file, const std::string& model) {
        return {library.load(model), prepared(file, model)};
    }
    ModelLibrary library{root.path};
};

/// Of the tiny model's 12 x 12 places, by the formula of the paper's section 3.2 alone.
double cosine_by_hand(int a, int b) {
    const auto axis = [](int i) { return -1 + 2 * double(i) / 11; };
    const double places[2][2] = {{axis(a / 12), axis(a % 12)}, {axis(b / 12), axis(b % 12)}};
    double products[3] = {0, 0, 0};  // a b, a a, b b
    const auto add = [&](double x, double y) { products[0] += x * y, products[1] += x * x, products[2] += y * y; };
    for (int k = 0; k < 2; ++k) {
        add(places[0][k], places[1][k]);
        for (int band = 0; band < 5; ++band) {
            const double f = std::numbers::pi * (1 + band * (6.0 - 1) / 4);  // 1 to half of the max resolution, 12
            add(std::sin(f * places[0][k]), std::sin(f * places[1][k]));
            add(std::cos(f * places[0][k]), std::cos(f * places[1][k]));
        }
    }
    return products[0] / std::sqrt(products[1] * products[2]);
}

TEST_F(LabsTest, FourierPositionsAreAsAlikeAsTheFormulaSays) {
    const auto [model, input] = of(picture("a.png"), "pictures");
    for (const int element : {0, 77, 143}) {
        const auto found = positions_of(*model, input, element);
        EXPECT_EQ(found.element, element);
        EXPECT_EQ(found.kind, api::Positions::fourier);
        EXPECT_EQ(found.features, 2 + 2 * 2 * 5);
        EXPECT_EQ(found.channels, 3 + 22);
        EXPECT_EQ(found.bands, (std::vector<int>{5, 5}));
        EXPECT_EQ(found.max_resolution, (std::vector<double>{12, 12}));
        EXPECT_TRUE(found.raw_position);
        ASSERT_EQ(found.cosine.size(), 144u);
        for (int other = 0; other < 144; ++other)
            EXPECT_NEAR(found.cosine[std::size_t(other)], cosine_by_hand(element, other), 1e-5);
    }
}

TEST_F(LabsTest, PositionsAreLikeThemselvesSymmetricAndTheSameAlongTheAxes) {
    const std::pair<std::string, std::string> files[] = {{picture("a.png"), "pictures"},
                                                         {sample("sound.wav"), "sounds"},
                                                         {sample("mesh.off"), "clouds"},
                                                         {sample("film.gif"), "films"}};
    for (const auto& [file, name] : files) {
        const auto [model, input] = of(file, name);
        const auto& part = input.file.parts[0];
        const int n = part.grid.count(), a = n / 3, b = n - 1;
        const auto of_a = positions_of(*model, input, a), of_b = positions_of(*model, input, b);
        EXPECT_NEAR(of_a.cosine[std::size_t(a)], 1, 1e-5) << name;
        EXPECT_NEAR(of_a.cosine[std::size_t(b)], of_b.cosine[std::size_t(a)], 1e-5) << name;
        EXPECT_LT(of_a.cosine[std::size_t(b)], 0.9F) << name;
        for (const float v : of_a.cosine) EXPECT_LE(std::abs(v), 1.0F);
        // Whatever way the array is kept, it is the cosine of its tokens' position channels.
        const at::Tensor tokens =
            input.input->tokens().slice(1, input.input->channels() - of_a.features).to(at::kDouble);
        const at::Tensor want = tokens.mv(tokens[a]) / (tokens.norm(2, {1}, false) * tokens[a].norm());
        for (int i = 0; i < n; ++i)
            EXPECT_NEAR(of_a.cosine[std::size_t(i)], want[i].item<double>(), 2e-5) << name << ' ' << i;
        if (name == "clouds") {
            int points = 0;
            for (const auto& shell : of_a.by_distance) points += shell.points;
            EXPECT_EQ(points, n);
            EXPECT_GT(of_a.by_distance.front().similarity, of_a.by_distance.back().similarity);
            EXPECT_TRUE(of_a.along_rows.empty() && of_a.along_cols.empty());
            continue;
        }
        const auto& g = part.grid;
        ASSERT_EQ(of_a.along_rows.size(), std::size_t(g.rows));
        ASSERT_EQ(of_a.along_cols.size(), std::size_t(g.cols));
        EXPECT_EQ(of_a.along_frames.size(), std::size_t(g.frames > 1 ? g.frames : 0));
        EXPECT_EQ(of_a.along_rows[std::size_t(a / g.cols % g.rows)], of_a.cosine[std::size_t(a)]);
        EXPECT_EQ(of_a.along_cols[0], of_a.cosine[std::size_t(a / g.cols * g.cols)]);
        if (g.frames > 1) {
            EXPECT_EQ(of_a.along_frames[0], of_a.cosine[std::size_t(a % (g.rows * g.cols))]);
        }
    }
}

TEST_F(LabsTest, LearnedPositionsAndNoneSaySo) {
    Config learned = test::tiny_config();
    learned.input.position = {};
    learned.input.position.type = PositionConfig::Type::learned;
    learned.input.position.channels = 16;
    learned.input.position.index_dims = {12, 12};
    Config none = test::tiny_config();
    none.input.position = {};
    none.input.position.type = PositionConfig::Type::none;
    test::write_tiny_model(root.path / "models/learned.safetensors", learned);
    test::write_tiny_model(root.path / "models/none.safetensors", none);
    const auto trained = positions_of(*library.load("learned"), prepared(picture("a.png"), "learned"), 5);
    EXPECT_EQ(trained.kind, api::Positions::learned);
    EXPECT_EQ(trained.features, 16);
    EXPECT_TRUE(trained.bands.empty());
    EXPECT_NEAR(trained.cosine[5], 1, 1e-5);
    const auto without = positions_of(*library.load("none"), prepared(picture("a.png"), "none"), api::middle_element);
    EXPECT_EQ(without.kind, api::Positions::none);
    EXPECT_EQ(without.features, 0);
    EXPECT_EQ(without.element, 6 * 12 + 6);
    EXPECT_TRUE(without.cosine.empty() && without.along_rows.empty() && without.by_distance.empty());
}

TEST_F(LabsTest, OfSeveralModalitiesAnElementIsComparedWithItsOwn) {
    const std::string film = sample("film.mp4");
    if (film.empty()) GTEST_SKIP() << "no MP4 can be made here";
    const auto model = library.load(path("several.safetensors"));
    const Prepared input = encode(*open_media(film, {}, false, {}), *model);
    ASSERT_GT(input.file.parts.size(), 1u);
    for (std::size_t p = 0; p < input.file.parts.size(); ++p) {
        const auto& part = input.file.parts[p];
        const auto found = positions_of(*model, input, part.first + part.grid.count() - 1);
        EXPECT_EQ(found.part, int(p));
        EXPECT_EQ(found.cosine.size(), found.features > 0 ? std::size_t(part.grid.count()) : 0u);
    }
    const auto middle = positions_of(*model, input, api::middle_element);
    EXPECT_NE(input.file.parts[std::size_t(middle.part)].kind, api::Kind::audio) << "what is seen before what is heard";
    const auto refused = samples::failure_of([&] { positions_of(*model, input, int(input.input->elements())); });
    EXPECT_EQ(refused.code, ErrorCode::no_fit);
}

TEST_F(LabsTest, TheCostIsThatOfInspectAndHeadlessPrintsTheSame) {
    const auto [model, input] = of(picture("a.png"), "pictures");
    const Trace trace = model->perceiver.forward(input.input);
    const api::CostTable cost = cost_of(*model, trace);
    const auto want = inspect::cost(model->perceiver.config(), {144, 3 + 12 + 12, {}});
    EXPECT_EQ(cost.flops, want.flops());
    EXPECT_EQ(cost.parameters, want.parameters());
    EXPECT_EQ(cost.matrix_bytes, want.matrix_bytes());
    EXPECT_EQ(cost.kept_bytes, want.kept_bytes());
    EXPECT_EQ(cost.elements, 144);
    EXPECT_EQ(cost.latents, 9);
    EXPECT_EQ(cost.channels, 25);
    double flops = 0;
    std::size_t timed = 0;
    for (const auto& part : cost.parts) {
        flops += part.flops;
        timed += part.milliseconds.has_value();
        const bool runs =
            part.kind == api::CostPart::Kind::cross_attend || part.kind == api::CostPart::Kind::latent_block;
        EXPECT_EQ(part.milliseconds.has_value(), runs);
        EXPECT_EQ(part.separable, part.kind == api::CostPart::Kind::cross_attend);
    }
    EXPECT_EQ(flops, cost.flops);
    EXPECT_EQ(timed, 3u + 4u);
    ASSERT_EQ(cost.by_elements.size(), 5u);
    EXPECT_EQ(cost.by_elements[2].flops, cost.flops);
    EXPECT_EQ(cost.by_latents[2].flops, cost.flops);
    EXPECT_EQ(cost.by_elements[4].flops, inspect::cost(model->perceiver.config(), {576, 0, {}}).flops());
    const auto printed = cost_lab(*model, trace).json;
    EXPECT_EQ(printed["flops"], cost.flops);
    ASSERT_EQ(printed["parts"].size(), cost.parts.size());
    for (std::size_t i = 0; i < cost.parts.size(); ++i) {
        EXPECT_EQ(printed["parts"][i]["flops"], cost.parts[i].flops);
        EXPECT_EQ(printed["parts"][i]["kept_bytes"], cost.parts[i].kept_bytes);
        if (cost.parts[i].milliseconds) {
            EXPECT_EQ(printed["parts"][i]["milliseconds"], *cost.parts[i].milliseconds);
        }
    }
    for (std::size_t i = 0; i < 5; ++i)
        EXPECT_EQ(printed["against"]["elements"][i]["flops"], cost.by_elements[i].flops);
}

TEST_F(LabsTest, HeadlessPrintsThePositionsOfTheMiddle) {
    for (const auto& [file, name] :
         {std::pair{picture("a.png"), std::string("pictures")}, {sample("mesh.off"), "clouds"}}) {
        const auto [model, input] = of(file, name);
        const auto middle = positions_of(*model, input, api::middle_element);
        const auto printed = positions_lab(*model, input);
        EXPECT_EQ(printed.map->values, middle.cosine);
        const auto& entry = printed.json[0];
        EXPECT_EQ(entry["element"], middle.element);
        EXPECT_EQ(entry["features"], middle.features);
        if (name == "pictures") {
            EXPECT_EQ(entry["along_rows"].get<std::vector<float>>(), middle.along_rows);
            EXPECT_EQ(entry["along_cols"].get<std::vector<float>>(), middle.along_cols);
        } else {
            ASSERT_EQ(entry["by_distance"].size(), middle.by_distance.size());
            EXPECT_EQ(entry["by_distance"][0]["similarity"], middle.by_distance[0].similarity);
        }
    }
}

/// A latent array as long as the input and as wide, with one head: a layer of self-attention over all of it.
TEST(SelfAttention, CostsWhatALatentLayerOfThatSizeWould) {
    Config config = test::tiny_config();
    config.num_latents = 1000;
    config.latent_channels = 24;
    config.block_modules = {{1, 1, 0, 0, 1}, {1, 1, 0, 0, 1}};
    const auto cost = inspect::cost(config, {50, 0, {}});
    for (const auto& part : cost.parts)
        if (part.kind == inspect::PartCost::Kind::latent_block) {
            EXPECT_EQ(part.flops, api::self_attend_flops(1000, 24));
        }
}

TEST_F(LabsTest, SelfAttentionOverAllElementsMeetsTheModelWhereTheCrossingIs) {
    const auto [model, input] = of(picture("a.png"), "pictures");
    const api::CostTable cost = cost_of(*model, model->perceiver.forward(input.input));
    const auto at = std::int64_t(std::llround(api::crossing_elements(cost)));
    ASSERT_GT(at, 1);
    const auto model_at = [&](std::int64_t m) { return inspect::cost(model->perceiver.config(), {m, 0, {}}).flops(); };
    const auto layer_at = [&](std::int64_t m) { return api::self_attend_flops(double(m), double(cost.channels)); };
    EXPECT_LT(layer_at(at - 1), model_at(at - 1));
    EXPECT_GT(layer_at(at + 1), model_at(at + 1));
    EXPECT_EQ(api::crossing_elements({}), 0);
}

using LabQuestions = EngineTest;

TEST_F(LabQuestions, AreAnsweredAboutTheNewestFinishedJob) {
    const auto job = finished(place.picture("a.png"));
    session.ask(api::PositionsRequest{5, job, 30});
    const auto ready = events.wait<api::PositionsReady>();
    EXPECT_EQ(ready.asked.request, 5u);
    EXPECT_EQ(ready.likeness.element, 30);
    EXPECT_NEAR(ready.likeness.cosine[31], cosine_by_hand(30, 31), 1e-5);
    session.ask(api::CostRequest{6, job});
    const auto cost = events.wait<api::CostReady>();
    const auto done = events.wait<api::Finished>();
    double measured = 0;
    for (const auto& part : cost.cost.parts)
        if (part.kind == api::CostPart::Kind::cross_attend) measured += part.milliseconds.value_or(0);
    EXPECT_EQ(measured, std::accumulate(done.timings.cross_attend.begin(), done.timings.cross_attend.end(), 0.0));
    session.ask(api::PositionsRequest{7, job, 5000});
    EXPECT_EQ(events.wait<api::Failed>().code, ErrorCode::no_fit);
    // Of many only the newest has to be answered.
    for (int i = 0; i < 100; ++i) session.ask(api::PositionsRequest{api::RequestId(100 + i), job, i});
    events.wait<api::PositionsReady>([](const api::PositionsReady& p) { return p.asked.request == 199; });
}

}  // namespace
}  // namespace perceiver::engine
