// Protects the engine: one file through one model with its events in order, stale and cancelled jobs, failures that
// change nothing, questions answered as inspect answers them.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include <ATen/ops/randn.h>

#include "inspect/permute.h"
#include "support/engine_fixture.h"
#include "weights/to_torch.h"

namespace perceiver::engine {
namespace {

TEST_F(EngineTest, SaysWhatItIsWhenReady) {
    const auto ready = events.wait<api::Ready>();
    ASSERT_EQ(ready.models.size(), 1u);
    EXPECT_EQ(ready.models[0].id, "tiny");
    EXPECT_EQ(ready.models[0].stages.size(), 3u);
    EXPECT_EQ(ready.models[0].stages[2].cross.shared_with, 1);
    EXPECT_TRUE(ready.kernels.ends_with("threads: " + std::to_string(test::threads))) << ready.kernels;
}

TEST_F(EngineTest, OneFileGivesItsEventsInOrder) {
    const auto job = finished(place.picture("a.png"));
    std::vector<std::string> order;
    for (const auto& e : events.copy()) {
        if (std::holds_alternative<api::Opened>(e)) order.push_back("opened");
        if (const auto* c = std::get_if<api::CrossAttendDone>(&e)) order.push_back("cross " + std::to_string(c->index));
        if (const auto* b = std::get_if<api::LatentBlockDone>(&e))
            order.push_back("block " + std::to_string(b->stage) + "." + std::to_string(b->block));
        if (std::holds_alternative<api::Finished>(e)) order.push_back("finished");
    }
    EXPECT_EQ(order, (std::vector<std::string>{"opened", "cross 0", "block 0.0", "cross 1", "block 1.0", "block 1.1",
                                               "cross 2", "block 2.0", "finished"}));
    const auto opened = events.wait<api::Opened>(of_job<api::Opened>(job));
    EXPECT_EQ(opened.file.name, "a.png");
    EXPECT_EQ(opened.file.width, 40);
    EXPECT_EQ(opened.file.view->width, 12);
    EXPECT_EQ(opened.file.crop_x, 5);
    EXPECT_EQ(opened.file.crop_width, 30);
    const auto done = events.wait<api::Finished>();
    ASSERT_EQ(done.predictions.size(), 5u);
    float sum = 0;
    for (std::size_t i = 0; i < 5; ++i) {
        sum += done.predictions[i].probability;
        if (i > 0) { EXPECT_LE(done.predictions[i].logit, done.predictions[i - 1].logit); }
    }
    EXPECT_NEAR(sum, 1, 1e-5);
    const auto map = events.wait<api::CrossAttendDone>();
    EXPECT_NEAR(std::accumulate(map.mean.values.begin(), map.mean.values.end(), 0.0), 1, 1e-4);
    EXPECT_EQ(map.mean.values.size(), 144u);
}

TEST_F(EngineTest, PastedBytesAreServedLikeAFile) {
    const auto path = place.picture("a.png");
    const std::string text = place.text("a.png");
    api::OpenRequest request;
    request.path = "clipboard";
    request.bytes = std::vector<std::uint8_t>(text.begin(), text.end());
    const auto from_file = finished(path);
    const auto pasted = session.open(request);
    const auto a = events.wait<api::Finished>(of_job<api::Finished>(from_file)),
               b = events.wait<api::Finished>(of_job<api::Finished>(pasted));
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(a.predictions[i].logit, b.predictions[i].logit);
}

TEST_F(EngineTest, ANewFileMakesTheOldOneStaleAndEveryJobEndsOnce) {
    std::vector<std::string> paths;
    for (int i = 0; i < 6; ++i) paths.push_back(place.picture("p" + std::to_string(i) + ".png", 400, 300, i + 1));
    std::vector<api::JobId> jobs;
    for (int round = 0; round < 20; ++round)
        for (const auto& path : paths) {
            api::OpenRequest request;
            request.path = path;
            jobs.push_back(session.open(request));
        }
    events.wait<api::Finished>(of_job<api::Finished>(jobs.back()));
    std::map<api::JobId, int> ends;
    std::map<api::JobId, bool> late;
    for (const auto& e : events.copy()) {
        const auto see = [&](api::JobId job, bool end) {
            if (ends[job] && !end) late[job] = true;
            ends[job] += end;
        };
        if (const auto* f = std::get_if<api::Finished>(&e)) see(f->job, true);
        if (const auto* c = std::get_if<api::Cancelled>(&e)) see(c->job, true);
        if (const auto* o = std::get_if<api::Opened>(&e)) see(o->job, false);
        if (const auto* c = std::get_if<api::CrossAttendDone>(&e)) see(c->job, false);
    }
    EXPECT_EQ(ends[jobs.back()], 1);
    for (const auto& [job, count] : ends) EXPECT_LE(count, 1) << job;
    EXPECT_TRUE(late.empty()) << "an event came after its job's end";
}

TEST_F(EngineTest, CancellingAJobEndsItAndTheNextOneRuns) {
    api::OpenRequest request;
    request.path = place.picture("big.png", 3000, 2000);
    const auto job = session.open(request);
    session.cancel(job);
    events.wait<api::Cancelled>(of_job<api::Cancelled>(job));
    finished(place.picture("next.png"));
}

TEST_F(EngineTest, AnUnreadableFileFailsInOneSentenceAndTheFormerResultStillAnswers) {
    const auto job = finished(place.picture("good.png"));
    api::OpenRequest request;
    request.path = place.file("bad.png", "this is text");
    const auto bad = session.open(request);
    const auto failed = events.wait<api::Failed>(of_job<api::Failed>(bad));
    EXPECT_EQ(failed.code, ErrorCode::unreadable_input);
    EXPECT_EQ(failed.name, "bad.png");
    EXPECT_FALSE(failed.sentence.empty());
    EXPECT_EQ(failed.sentence.find('\n'), std::string::npos);
    api::MapRequest ask;
    ask.request = 9;
    ask.job = job;
    session.ask(ask);
    EXPECT_EQ(events.wait<api::MapReady>().asked.request, 9u);
}

TEST_F(EngineTest, AModelThatCannotBeHadIsSaid) {
    for (const auto& [model, word] :
         {std::pair<std::string, std::string>{"nothing-like-it", "nothing-like-it"},
          {place.file("cut.safetensors", place.text("models/tiny.safetensors").substr(0, 5000)), "cut"}}) {
        api::OpenRequest request;
        request.path = place.picture("a.png");
        request.model = model;
        const auto failed = events.wait<api::Failed>(of_job<api::Failed>(session.open(request)));
        EXPECT_EQ(failed.code, ErrorCode::unreadable_model);
        EXPECT_NE(failed.sentence.find(word), std::string::npos) << failed.sentence;
    }
}

TEST_F(EngineTest, TheDefaultIsAModelOfPicturesWhateverElseIsMoreAccurate) {
    Config clouds = place.config;
    clouds.input.type = InputConfig::Type::points;
    clouds.input.position.max_resolution = {8, 8, 8};
    weights::Card card;
    card.title = "clouds";
    card.accuracy = 0.99;
    const fs::path bundle = place.root / "models" / "clouds.safetensors";
    weights::write_bundle(bundle, clouds, card, weights::to_data(test::random_weights(clouds)));
    const ModelLibrary library(place.root);
    ASSERT_EQ(library.list().size(), 2u);
    EXPECT_EQ(library.list().front().id, "tiny") << "the window's default";
    EXPECT_EQ(library.info("").id, "tiny");
    EXPECT_EQ(library.info("clouds").reads, "points");
    fs::remove(place.root / "models" / "tiny.safetensors");
    EXPECT_THROW(library.info(""), Error);
}

TEST_F(EngineTest, LoadingThatGivesTheFilesMemoryBackLoadsTheSameModel) {
    const auto file = place.root / "models" / "tiny.safetensors";
    weights::OpenedModel opened = weights::open_model(file);
    const weights::OpenedModel copy = opened;   // shares the bytes, so they must stay
    const Perceiver plain = weights::to_perceiver(weights::read_bundle(file));
    const Perceiver shared = weights::to_perceiver(std::move(opened));
    const Perceiver again = weights::to_perceiver(copy);
    const Perceiver alone = weights::to_perceiver(weights::open_model(file));
    const auto& image = plain.config().input.image;
    const at::Tensor picture = at::randn({image.height, image.width, image.channels});
    const at::Tensor expected = plain.forward(plain.make_input(picture)).logits;
    for (const Perceiver* model : {&shared, &again, &alone})
        EXPECT_TRUE(model->forward(model->make_input(picture)).logits.equal(expected));
}

TEST_F(EngineTest, QuestionsAreAnsweredFromTheTrace) {
    const auto path = place.picture("a.png");
    const auto job = finished(path);
    const auto model = session.model_info("tiny", {});
    ModelLibrary library(place.root);
    const auto loaded = library.load("");
    const auto prepared = encode(*open_media(path, {}, false, {}), *loaded);
    const Trace trace = loaded->perceiver.forward(prepared.input);

    session.ask(api::MapRequest{1, job, 2, 3, 1, api::Scale::logit});
    const auto map = events.wait<api::MapReady>([](const auto& m) { return m.asked.request == 1; }).map;
    const at::Tensor exact = inspect::map(trace, 2, 1, 3, inspect::Scale::logit);
    for (std::size_t i = 0; i < map.values.size(); ++i)
        EXPECT_NEAR(map.values[i], exact[std::int64_t(i)].item<float>(), 1e-5);

    session.ask(api::GridRequest{2, job, 1, api::Scale::probability, 6});
    const auto grid = events.wait<api::GridReady>().grid;
    EXPECT_EQ(grid->latents, 9);
    EXPECT_EQ(grid->rows, 6);
    EXPECT_EQ(grid->thumbs.size(), 9u * 36u);
    EXPECT_EQ(grid->entropy_bits.size(), 9u);

    session.ask(api::ElementRequest{3, job, 1, api::all_latents, api::all_heads, 50});
    const auto element = events.wait<api::ElementReady>().element;
    EXPECT_EQ(element.row, 4);
    EXPECT_EQ(element.col, 2);
    EXPECT_EQ(element.readers.size(), 5u);
    EXPECT_GE(element.readers[0].second, element.readers[1].second);
    EXPECT_EQ(element.rgb[0], prepared.file.view->rgb[150]);
    EXPECT_NEAR(element.attention,
                inspect::map(trace, 1, inspect::all, inspect::all, inspect::Scale::probability)[50].item<float>(),
                1e-6);
}

TEST_F(EngineTest, AQuestionAboutWhatDoesNotExistFailsInWords) {
    const auto job = finished(place.picture("a.png"));
    session.ask(api::MapRequest{1, job, 7, 0, 0, api::Scale::probability});
    EXPECT_EQ(events.wait<api::Failed>().code, ErrorCode::no_fit);
}

TEST_F(EngineTest, ThePermutationRunShowsBothArms) {
    const auto job = finished(place.picture("a.png"));
    session.ask(api::PermuteRequest{5, job, {42}, {api::Arm::travel, api::Arm::stay}});
    const auto travel =
        events.wait<api::PermutationReady>([](const auto& p) { return p.result.arm == api::Arm::travel; });
    const auto stay = events.wait<api::PermutationReady>([](const auto& p) { return p.result.arm == api::Arm::stay; });
    EXPECT_LT(travel.result.largest_logit_difference, 1e-4);
    EXPECT_GT(stay.result.largest_logit_difference, 1e-2);
    const auto view = events.wait<api::Opened>().file.view;
    EXPECT_EQ(travel.result.input->rgb, stay.result.input->rgb);
    const auto order = input::permutation(144, 42);
    for (std::size_t i = 0; i < 144; ++i)
        EXPECT_EQ(travel.result.input->rgb[3 * i], view->rgb[std::size_t(3 * order[i])]);
}

TEST_F(EngineTest, OfManyQuestionsTheNewestIsAnswered) {
    const auto job = finished(place.picture("a.png"));
    for (api::RequestId r = 1; r <= 1000; ++r)
        session.ask(api::MapRequest{r, job, int(r % 3), int(r % 9), api::all_heads, api::Scale::probability});
    EXPECT_EQ(events.wait<api::MapReady>([](const auto& m) { return m.asked.request == 1000; }).asked.latent, 1);
    api::RequestId last = 0;
    for (const auto& e : events.copy())
        if (const auto* m = std::get_if<api::MapReady>(&e)) {
            EXPECT_GT(m->asked.request, last);
            last = m->asked.request;
        }
}

TEST(EngineLife, ClosingWhileRunningIsCleanAndNoEventFollows) {
    const Place place;
    const auto path = place.picture("a.png", 1500, 1500);
    for (int i = 0; i < 10; ++i) {
        std::atomic<bool> closed{false}, late{false};
        {
            Session session(place.options(), [&](const api::Event&) { late = late || closed; });
            api::OpenRequest request;
            request.path = path;
            session.open(request);
            if (i % 2) std::this_thread::yield();
        }
        closed = true;
        EXPECT_FALSE(late);
    }
}

}  // namespace
}  // namespace perceiver::engine
