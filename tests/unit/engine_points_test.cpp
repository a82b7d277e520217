// Protects the way of a cloud through the engine: which points of the file the model gets, that a person is told, what
// is drawn beside them, and the small pictures of its maps.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/api/thumbnail.h"
#include "engine/shuffle.h"
#include "support/engine_fixture.h"
#include "support/point_samples.h"

namespace perceiver::engine {
namespace {

using Fit = input::PointsConfig::Fit;

struct EnginePoints : EngineTest {
    /// A model that reads `points` points with `features` numbers each.
    std::string model(std::int64_t points, std::int64_t features = 0, Fit fit = Fit::unit_ball) {
        Config config = place.config;
        config.input.type = InputConfig::Type::points;
        config.input.points = {3, features, points, fit};
        config.input.position.max_resolution = {8, 8, 8};
        weights::Card card;
        card.title = "clouds";
        const fs::path bundle = place.root / ("clouds" + std::to_string(++models_) + ".safetensors");
        weights::write_bundle(bundle, config, card, weights::to_data(test::random_weights(config)));
        return bundle.string();
    }
    std::string file(const std::string& name, const samples::ByteVector& bytes) {
        return place.file(name, std::string(bytes.begin(), bytes.end()));
    }
    std::string file(const std::string& name, const samples::Shape& shape) {
        return file(name, samples::ply(shape, samples::PlyForm::little));
    }

    api::JobId start(const std::string& path, const std::string& with, const api::Pose& pose = {}) {
        api::OpenRequest request;
        request.path = path;
        request.model = with;
        request.pose = pose;
        return session.open(request);
    }
    api::Opened opened(const std::string& path, const std::string& with, const api::Pose& pose = {}) {
        job = start(path, with, pose);
        events.wait<api::Finished>(of_job<api::Finished>(job));
        return events.wait<api::Opened>(of_job<api::Opened>(job));
    }
    api::JobId job = 0;

  private:
    int models_ = 0;
};

std::vector<std::array<float, 3>> rows(const std::vector<float>& xyz) {
    std::vector<std::array<float, 3>> out;
    for (std::size_t i = 0; i < xyz.size(); i += 3) out.push_back({xyz[i], xyz[i + 1], xyz[i + 2]});
    return out;
}

bool says(const api::FileInfo& file, const std::string& words) {
    return std::any_of(file.notes.begin(), file.notes.end(),
                       [&](const auto& n) { return n.find(words) != std::string::npos; });
}

double extent(const std::vector<float>& xyz, std::size_t axis) {
    float low = xyz[axis], high = xyz[axis];
    for (std::size_t i = axis; i < xyz.size(); i += 3) low = std::min(low, xyz[i]), high = std::max(high, xyz[i]);
    return double(high) - double(low);
}

TEST_F(EnginePoints, AMeshIsSpreadOverWithANoteAndTheSamePointsEveryTime) {
    const std::string path = file("box.off", samples::off(samples::box(1, 2, 3))), with = model(64);
    const api::FileInfo first = opened(path, with).file;
    ASSERT_TRUE(first.cloud);
    EXPECT_EQ(first.cloud->xyz.size(), 3u * 64);
    EXPECT_EQ(first.cloud->file_faces, 12);
    EXPECT_TRUE(first.cloud->others.empty()) << "there are none beside those that were spread";
    EXPECT_TRUE(says(first, "64 points spread over its 12 triangles"));
    EXPECT_EQ(opened(path, with).file.cloud->xyz, first.cloud->xyz);
    ASSERT_EQ(first.parts.size(), 1u);
    EXPECT_EQ(first.parts[0].kind, api::Kind::points);
    EXPECT_EQ(first.parts[0].grid.count(), 64);
}

TEST_F(EnginePoints, OfALargerCloudAsManyAsTheModelReadsAreChosenAndTheOthersStayToBeDrawn) {
    const std::string path = file("large.ply", samples::helix(300)), with = model(64);
    const api::Opened at = opened(path, with);
    EXPECT_EQ(at.model.input_elements, 64);
    EXPECT_EQ(at.file.cloud->file_points, 300);
    EXPECT_TRUE(says(at.file, "64 of its 300 points"));
    const auto chosen = rows(at.file.cloud->xyz), all = rows(at.file.cloud->others);
    ASSERT_EQ(chosen.size(), 64u);
    ASSERT_EQ(all.size(), 300u);
    for (const auto& p : chosen)  // in the same coordinates
        EXPECT_TRUE(std::any_of(all.begin(), all.end(), [&](const auto& q) {
            return std::abs(p[0] - q[0]) + std::abs(p[1] - q[1]) + std::abs(p[2] - q[2]) < 1e-5F;
        }));
    EXPECT_EQ(opened(path, with).file.cloud->xyz, at.file.cloud->xyz);
}

TEST_F(EnginePoints, ASmallerCloudIsReadWhole) {
    const api::Opened at = opened(file("small.ply", samples::helix(20)), model(64));
    EXPECT_EQ(at.model.input_elements, 20);
    EXPECT_EQ(at.file.cloud->xyz.size(), 3u * 20);
    EXPECT_TRUE(at.file.cloud->others.empty());
    EXPECT_TRUE(at.file.notes.empty());
}

using Up = api::Pose::Up;

TEST_F(EnginePoints, ShapesStandUprightByTheCustomOfTheirFormat) {
    const samples::Shape box = samples::box(1, 2, 3);
    const std::string with = model(400, 0, Fit::none);
    for (const std::string& path : {file("box.glb", samples::glb(box)), file("box.obj", samples::obj(box))}) {
        const auto turned = opened(path, with, {Up::automatic, 0}).file;
        const double unit = extent(turned.cloud->xyz, 0);
        EXPECT_NEAR(extent(turned.cloud->xyz, 2), 2 * unit, 1e-5) << "its y is our z";
        EXPECT_NEAR(extent(turned.cloud->xyz, 1), 3 * unit, 1e-5);
        EXPECT_TRUE(says(turned, "Its y axis is taken as up."));
        EXPECT_EQ(turned.cloud->pose, (api::Pose{Up::y, 0}));
    }
    const auto plain = opened(file("box.off", samples::off(box)), with).file;
    EXPECT_NEAR(extent(plain.cloud->xyz, 1), 2 * extent(plain.cloud->xyz, 0), 1e-5)
        << "of other files it stays as it is";
    EXPECT_EQ(plain.cloud->pose, (api::Pose{Up::z, 0}));
    EXPECT_FALSE(plain.cloud->surest);
}

TEST_F(EnginePoints, WhatAPersonSaysIsUpIsAndTurnsGoRoundIt) {
    const std::string path = file("box.off", samples::off(samples::box(1, 2, 3))), with = model(400, 0, Fit::none);
    const auto sides = [&](const api::Pose& pose) {
        const auto xyz = opened(path, with, pose).file.cloud->xyz;
        const double unit = std::min({extent(xyz, 0), extent(xyz, 1), extent(xyz, 2)});
        return std::array{std::lround(extent(xyz, 0) / unit), std::lround(extent(xyz, 1) / unit),
                          std::lround(extent(xyz, 2) / unit)};
    };
    EXPECT_EQ(sides({Up::x, 0}), (std::array{2L, 3L, 1L}));
    EXPECT_EQ(sides({Up::y, 0}), (std::array{1L, 3L, 2L}));
    EXPECT_EQ(sides({Up::z, 1}), (std::array{2L, 1L, 3L}));
    const auto still = opened(path, with, {Up::z, 0}).file.cloud->xyz,
               once = opened(path, with, {Up::z, 1}).file.cloud->xyz;
    for (std::size_t i = 0; i < still.size(); i += 3) {
        EXPECT_NEAR(once[i], -still[i + 1], 1e-5) << "counterclockwise from above";
        EXPECT_NEAR(once[i + 1], still[i], 1e-5);
        EXPECT_NEAR(once[i + 2], still[i + 2], 1e-5);
    }
}

TEST_F(EnginePoints, AShapeWithoutAFacingIsTurnedToWhereTheAnswerIsTheMostProbable) {
    const std::string path = file("box.obj", samples::obj(samples::box(1, 2, 3))), with = model(100);
    const auto probability = [&](int quarters, int* turned = nullptr) {
        const auto at = opened(path, with, {Up::automatic, quarters});
        if (turned) *turned = at.file.cloud->pose.quarters;
        EXPECT_EQ(at.file.cloud->surest, quarters < 0);
        return events.wait<api::Finished>(of_job<api::Finished>(job)).predictions.front().probability;
    };
    int best = -1;
    const double surest = probability(api::Pose::as_usual, &best);
    double highest = 0;
    for (int q = 0; q < 4; ++q) {
        const double p = probability(q);
        highest = std::max(highest, p);
        if (q == best) {
            EXPECT_NEAR(p, surest, 1e-5);
        }
    }
    EXPECT_NEAR(surest, highest, 1e-5);
}

TEST_F(EnginePoints, NumbersThatTheFileLacksAreRefusedInOneSentence) {
    const std::string with = model(64, 3);
    const auto failed =
        events.wait<api::Failed>(of_job<api::Failed>(start(file("bare.ply", samples::helix(100)), with)));
    EXPECT_EQ(failed.code, ErrorCode::no_fit);
    EXPECT_NE(failed.sentence.find("3 numbers with every point"), std::string::npos) << failed.sentence;
    EXPECT_EQ(failed.sentence.find('\n'), std::string::npos);
    const api::Opened at = opened(file("coloured.ply", samples::helix(100, true)), with);
    EXPECT_EQ(at.file.cloud->rgb.size(), at.file.cloud->xyz.size());
}

TEST_F(EnginePoints, OnlyWhatHoldsMoreThanItsPlaceCanStayWhenShuffled) {
    const std::string path = file("coloured.ply", samples::helix(100, true));
    const auto arms_told = [&](const std::string& with) {
        const std::vector<api::Arm> arms = opened(path, with).file.arms;
        api::PermuteRequest ask;
        ask.request = job;
        ask.job = job;
        ask.shuffle.seed = 5;
        ask.arms = arms;
        session.ask(ask);
        for (const api::Arm arm : arms)
            EXPECT_EQ(
                events.wait<api::PermutationReady>([&](const auto& e) { return e.job == job && e.result.arm == arm; })
                    .result.shuffle.seed,
                5u);
        return arms;
    };
    EXPECT_EQ(arms_told(model(64)), (std::vector{api::Arm::travel, api::Arm::jitter}));
    EXPECT_EQ(arms_told(model(64, 3)), (std::vector{api::Arm::travel, api::Arm::stay, api::Arm::none}));
}

TEST_F(EnginePoints, ShuffledPointsAreTheSameCloudAndMovedOnesAnother) {
    opened(file("plain.ply", samples::helix(100)), model(64));
    events.wait<api::Finished>([&](const auto& e) { return e.job == job; });
    api::PermuteRequest ask;
    ask.request = ask.job = job;
    ask.arms = {api::Arm::travel, api::Arm::jitter};
    ask.in_float64 = true;
    session.ask(ask);
    const auto run = [&](api::Arm arm) {
        return events.wait<api::PermutationReady>([&](const auto& e) { return e.job == job && e.result.arm == arm; })
            .result;
    };
    const auto same = run(api::Arm::travel), other = run(api::Arm::jitter);
    EXPECT_LT(same.largest_logit_difference, 1e-4);
    EXPECT_LT(*same.in_float64, 1e-10);
    EXPECT_GT(other.largest_logit_difference, 1e-3);
    EXPECT_NEAR(*other.in_float64, other.largest_logit_difference, 1e-3);
    ASSERT_TRUE(other.cloud);
    EXPECT_TRUE(other.from.empty());
    EXPECT_EQ(same.from.size() * 3, other.cloud->xyz.size());
}

TEST(EngineJitter, MovesAsManyPointsAsAskedByAboutTheSameAndAlwaysTheSameWay) {
    const std::vector<float> at(3 * 1000, 0.25F);
    const auto moved = jittered(at, 3, 0.5);
    EXPECT_EQ(moved, jittered(at, 3, 0.5));
    EXPECT_NE(moved, jittered(at, 4, 0.5));
    EXPECT_EQ(jittered(at, 3, 0), at);
    double square = 0;
    int points = 0;
    for (std::size_t i = 0; i < at.size(); i += 3) {
        points += moved[i] != at[i];
        for (std::size_t a = i; a < i + 3; ++a) square += (double(moved[a]) - 0.25) * (double(moved[a]) - 0.25);
    }
    EXPECT_EQ(points, 500);
    EXPECT_NEAR(std::sqrt(square / 1500), jitter_reach, 0.01);
}

TEST_F(EnginePoints, OnePointAndManyInOnePlaceGiveAnAnswer) {
    samples::Shape one{{{1, 2, 3}}, {}, {}, {}}, same = one;
    same.points.assign(50, {1, 2, 3});
    const std::string with = model(64);
    for (const auto& [name, shape] : {std::pair<std::string, samples::Shape>{"one.ply", one}, {"same.ply", same}}) {
        const api::Opened at = opened(file(name, shape), with);
        ASSERT_EQ(at.file.cloud->xyz.size(), 3 * shape.points.size());
        for (const float v : at.file.cloud->xyz) EXPECT_EQ(v, 0);
        for (const auto& p : events.wait<api::Finished>(of_job<api::Finished>(job)).predictions)
            EXPECT_TRUE(std::isfinite(p.logit));
    }
}

TEST_F(EnginePoints, TheSmallMapsShowTheCloudWithoutHolesInIt) {
    const api::Opened at = opened(file("helix.ply", samples::helix(300)), model(0));
    api::GridRequest ask;
    ask.request = 1;
    ask.job = job;
    session.ask(ask);
    const auto grid = events.wait<api::GridReady>().grid;
    const api::ThumbnailCells cells = api::thumbnail_cells(at.file, ask.max_side);
    ASSERT_EQ(grid->rows, cells.rows);
    const auto size = std::size_t(cells.rows) * std::size_t(cells.cols);
    std::vector<bool> filled(size, false);
    int left = cells.cols, right = 0, top = cells.rows, bottom = 0;
    for (const int c : cells.cell) {
        filled[std::size_t(c)] = true;
        left = std::min(left, c % cells.cols), right = std::max(right, c % cells.cols);
        top = std::min(top, c / cells.cols), bottom = std::max(bottom, c / cells.cols);
    }
    EXPECT_TRUE((left == 0 && right == cells.cols - 1) || (top == 0 && bottom == cells.rows - 1)) << "as large as fits";
    for (const auto& gap : cells.gaps) {
        EXPECT_FALSE(filled[std::size_t(gap.cell)]);
        double mean = 0;
        for (const int c : gap.beside) mean += double(grid->thumbs[std::size_t(c)]) / double(gap.beside.size());
        EXPECT_NEAR(double(grid->thumbs[std::size_t(gap.cell)]), mean, 1e-6);
        filled[std::size_t(gap.cell)] = true;
    }
    for (std::size_t c = 0; c < size; ++c) EXPECT_EQ(std::isfinite(grid->thumbs[c]), filled[c]) << c;
}

}  // namespace
}  // namespace perceiver::engine
