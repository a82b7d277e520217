// Protects evidence as the window asks for it: maps that are shares, the same as inspect's; curves and runs without
// some elements; what it costs stays out of the pointer's way and ends when it is told to.
#include <ATen/ops/ones.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/zeros.h>

#include "engine/explain.h"
#include "inspect/cluster.h"
#include "inspect/faithfulness.h"
#include "inspect/relevance.h"
#include "support/engine_fixture.h"

namespace perceiver::engine {
namespace {

struct EngineEvidence : EngineTest {
    ModelLibrary library{place.root};
    ModelPtr model = library.load("");
    std::string path = place.picture("a.png");
    Prepared prepared = encode(*open_media(path, {}, false, {}), *model);
    Trace trace = model->perceiver.forward(prepared.input);

    api::EvidenceMap found(api::RequestId request, api::Evidence kind) {
        return events
            .wait<api::EvidenceReady>([=](const auto& e) { return e.request == request && e.evidence.kind == kind; })
            .evidence;
    }
};

TEST_F(EngineEvidence, EveryKindOfMapIsSharesOfOne) {
    const auto job = finished(path);
    session.ask(api::EvidenceRequest{4, job, 3});
    for (const auto kind : {api::Evidence::attention, api::Evidence::rollout, api::Evidence::relevance}) {
        const auto map = found(4, kind).map;
        EXPECT_EQ(map.rows, 12);
        EXPECT_EQ(map.cols, 12);
        EXPECT_GE(map.low, 0);
        EXPECT_NEAR(std::accumulate(map.values.begin(), map.values.end(), 0.0), 1, 1e-4) << name_of(kind);
    }
    EXPECT_GT(found(4, api::Evidence::rollout).remainder, 0);
}

TEST_F(EngineEvidence, RelevanceIsOfTheClassAskedFor) {
    const auto job = finished(path);
    const Reference reference = library.reference(*model, at::kFloat);
    for (const int target : {1, 4}) {
        session.ask(api::EvidenceRequest{api::RequestId(10 + target), job, target, {api::Evidence::relevance}});
        const auto evidence = found(api::RequestId(10 + target), api::Evidence::relevance);
        EXPECT_EQ(evidence.target, target);
        at::Tensor exact = inspect::relevance(reference, trace, target).map;
        exact = exact / exact.sum();
        for (std::size_t i = 0; i < evidence.map.values.size(); ++i)
            EXPECT_NEAR(evidence.map.values[i], exact[std::int64_t(i)].item<float>(), 1e-6);
    }
}

TEST_F(EngineEvidence, AClassThatDoesNotExistFailsInWords) {
    const auto job = finished(path);
    session.ask(api::EvidenceRequest{1, job, 99, {api::Evidence::relevance}});
    EXPECT_EQ(events.wait<api::Failed>().code, ErrorCode::no_fit);
}

TEST_F(EngineEvidence, WithoutElementsIsTheModelOnTheRest) {
    const auto job = finished(path);
    const std::vector<int> gone{143, 0, 17, 55};
    session.ask(api::WithoutRequest{7, job, gone});
    const auto answer = events.wait<api::WithoutReady>();
    EXPECT_EQ(answer.left, 140);
    at::Tensor mask = at::ones({144}, at::kBool);
    for (const int i : gone) mask[i] = false;
    const auto& whole = *prepared.input;
    const auto masked =
        std::make_shared<input::InputArray>(whole.layout(), whole.parts(), whole.layer_norm_eps(), mask);
    const at::Tensor exact = model->perceiver.forward(masked, Attend::dense).logits;
    for (const auto& p : answer.predictions) EXPECT_NEAR(p.logit, exact[p.index].item<float>(), 1e-4);
    std::vector<int> all(144);
    std::iota(all.begin(), all.end(), 0);
    session.ask(api::WithoutRequest{8, job, all});
    EXPECT_EQ(events.wait<api::WithoutReady>([](const auto& e) { return e.request == 8; }).left, 0);
}

TEST_F(EngineEvidence, CurvesBeginAndEndWhereTheyMust) {
    const auto job = finished(path);
    session.ask(api::EvidenceRequest{1, job, 2, {api::Evidence::attention}});
    const auto values = found(1, api::Evidence::attention).map.values;
    session.ask(api::CurvesRequest{2, job, 2, values});
    const auto c = events.wait<api::CurvesReady>().curves;
    const double whole = trace.logits.to(at::kDouble).softmax(0)[2].item<double>();
    EXPECT_EQ(c.fraction.front(), 0);
    EXPECT_EQ(c.fraction.back(), 1);
    EXPECT_NEAR(c.deletion.front(), whole, 1e-4);
    EXPECT_NEAR(c.insertion.back(), whole, 1e-4);
    EXPECT_NEAR(c.deletion.back(), c.insertion.front(), 1e-6);
    EXPECT_NEAR(c.random_deletion.front(), whole, 1e-4);
    // The slider and the curve take the same elements away.
    std::vector<int> gone = api::ranking(values);
    gone.resize(std::size_t(std::llround(0.3 * 144)));
    const auto at = std::size_t(std::ranges::find(c.fraction, 0.3) - c.fraction.begin());
    const auto without = predictions_without(*model, prepared, gone, {});
    EXPECT_NEAR(std::ranges::find(without, 2, &api::Prediction::index)->probability, c.deletion[at], 1e-5);
}

TEST_F(EngineEvidence, WhatIsStoppedIsNotHeardOfAgainAndQuestionsGoOn) {
    const auto job = finished(path);
    const std::vector<float> values(144, 1.0F);
    for (int i = 0; i < 5; ++i) {
        session.ask(api::CurvesRequest{api::RequestId(20 + i), job, 0, values});
        session.stop_explaining();
    }
    session.ask(api::MapRequest{1, job, 0, 0, 0, api::Scale::probability});
    events.wait<api::MapReady>();
    session.ask(api::CurvesRequest{40, job, 0, values});
    EXPECT_EQ(events.wait<api::CurvesReady>().request, 40u);
}

TEST_F(EngineEvidence, AModelWhoseFileChangedIsNotExplainedByAnother) {
    const auto job = finished(path);
    weights::write_bundle(place.root / "models" / "tiny.safetensors", place.config, {},
                          weights::to_data(test::random_weights(place.config)));
    fs::last_write_time(place.root / "models" / "tiny.safetensors", model->changed + std::chrono::hours(1));
    session.ask(api::EvidenceRequest{1, job, 1, {api::Evidence::relevance}});
    EXPECT_NE(events.wait<api::Failed>().sentence.find("changed"), std::string::npos);
}

TEST_F(EngineEvidence, LikenessOrdersEveryLatentOnce) {
    const auto job = finished(path);
    session.ask(api::LikenessRequest{3, job, 1, 4});
    const auto found = events.wait<api::LikenessReady>().likeness;
    ASSERT_EQ(found.to_one.size(), 9u);
    EXPECT_NEAR(found.to_one[4], 1, 1e-5);
    auto order = found.order;
    std::ranges::sort(order);
    for (int i = 0; i < 9; ++i) EXPECT_EQ(order[std::size_t(i)], i);
    EXPECT_EQ(found.cluster.size(), 9u);
    session.ask(api::LikenessRequest{4, job, 1, 99});
    EXPECT_EQ(events.wait<api::Failed>().code, ErrorCode::no_fit);
}

TEST_F(EngineEvidence, AnElementIsReadAtEveryCrossAttend) {
    const auto job = finished(path);
    session.ask(api::ElementRequest{3, job, 1, api::all_latents, api::all_heads, 50});
    const auto element = events.wait<api::ElementReady>().element;
    ASSERT_EQ(element.reading.size(), 3u);
    for (int k = 0; k < 3; ++k) {
        const at::Tensor exact = inspect::reverse(trace, k, inspect::all, 50, inspect::Scale::probability);
        for (std::size_t n = 0; n < 9; ++n)
            EXPECT_NEAR(element.reading[std::size_t(k)][n], exact[std::int64_t(n)].item<float>(), 1e-6);
    }
}

TEST_F(EngineEvidence, TheGridOfOneHeadIsThatHeads) {
    const auto job = finished(path);
    session.ask(api::GridRequest{5, job, 2, api::Scale::probability, 12, 1});
    const auto grid = events.wait<api::GridReady>().grid;
    const at::Tensor exact = inspect::map(trace, 2, 1, 6, inspect::Scale::probability);
    for (std::size_t i = 0; i < 144; ++i)
        EXPECT_NEAR(grid->thumbs[6 * 144 + i], exact[std::int64_t(i)].item<float>(), 1e-6);
}

TEST_F(EngineEvidence, AShuffleTellsItsMapsAndItsDifferenceInFloat64) {
    const auto job = finished(path);
    api::PermuteRequest ask{5, job, {42}, {api::Arm::travel, api::Arm::stay, api::Arm::none}};
    ask.cross_attend = 1;
    ask.in_float64 = true;
    session.ask(ask);
    const auto run = [&](api::Arm arm) {
        return events.wait<api::PermutationReady>([&](const auto& e) { return e.result.arm == arm; }).result;
    };
    const auto travel = run(api::Arm::travel), stay = run(api::Arm::stay), none = run(api::Arm::none);
    EXPECT_LT(*travel.in_float64, 1e-10);
    EXPECT_NEAR(*stay.in_float64, stay.largest_logit_difference, 1e-3);
    EXPECT_GT(none.largest_logit_difference, 1e-3);
    EXPECT_LT(travel.largest_map_difference, 1e-5);
    EXPECT_GT(stay.largest_map_difference, 1e-4);
    const auto order = input::permutation(144, 42);
    const at::Tensor exact = inspect::map(trace, 1, inspect::all, inspect::all, inspect::Scale::probability);
    for (std::size_t i = 0; i < 144; ++i) {
        EXPECT_EQ(travel.from[i], order[i]);
        EXPECT_NEAR(travel.put_back.values[i], exact[std::int64_t(i)].item<float>(), 1e-5);
        EXPECT_EQ(travel.as_computed.values[i], travel.put_back.values[std::size_t(order[i])]);
    }
    ask.cross_attend = 7;
    session.ask(ask);
    EXPECT_EQ(events.wait<api::Failed>().code, ErrorCode::no_fit);
}

TEST(EngineClusters, LikeIsBesideLikeAndGroupsAreTold) {
    // Two groups that look alike, their members scattered, and one that looks like nobody.
    const std::vector<int> group{0, 1, 0, 2, 1, 0, 1};
    at::Tensor s = at::zeros({7, 7});
    for (int i = 0; i < 7; ++i)
        for (int j = 0; j < 7; ++j) s[i][j] = i == j ? 1.0 : group[std::size_t(i)] == group[std::size_t(j)] ? 0.9 : 0.1;
    const auto found = inspect::clusters(s);
    for (int i = 0; i < 7; ++i)
        for (int j = 0; j < 7; ++j)
            EXPECT_EQ(found.of[std::size_t(i)] == found.of[std::size_t(j)],
                      group[std::size_t(i)] == group[std::size_t(j)]);
    int changes = 0;
    for (std::size_t i = 1; i < 7; ++i)
        changes += group[std::size_t(found.order[i])] != group[std::size_t(found.order[i - 1])];
    EXPECT_EQ(changes, 2);
    EXPECT_TRUE(inspect::clusters(at::zeros({0, 0})).order.empty());
    EXPECT_EQ(inspect::clusters(at::ones({1, 1})).order, std::vector{0});
}

TEST(EngineRanking, IsStableAndPutsWhatIsNoNumberLast) {
    EXPECT_EQ(api::ranking({1, NAN, 3, 1, 3}), (std::vector<int>{2, 4, 0, 3, 1}));
}

}  // namespace
}  // namespace perceiver::engine
