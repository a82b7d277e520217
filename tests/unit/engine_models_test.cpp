// Protects a person's own models in the engine: recognised by their bytes, loaded as models, described; what is wrong
// with them is one sentence and changes nothing; NaN is answered as NaN; cancelled while they load.
#include <cmath>
#include <limits>

#include "support/engine_fixture.h"
#include "weights/checkpoint.h"

namespace perceiver::engine {
namespace {

struct EngineModelsTest : EngineTest {
    std::string bundle(const std::string& name, const Config& config,
                       const std::function<void(Weights&)>& change = {}) {
        Weights weights = test::random_weights(config, 7);
        if (change) change(weights);
        weights::Card card;
        card.title = name;
        weights::write_bundle(place.root / name, config, card, weights::to_data(weights));
        return place.path(name);
    }
    api::JobId open(const std::string& path, const std::string& model = {}) {
        api::OpenRequest request;
        request.path = path;
        request.model = model;
        return session.open(request);
    }
    api::Failed failure(api::JobId job) { return events.wait<api::Failed>(of_job<api::Failed>(job)); }
};

TEST_F(EngineModelsTest, AModelThatIsOpenedIsLoadedAndThenRunsAPicture) {
    const std::string path = bundle("mine.anything", test::tiny_config(8, 8, 3));
    const auto opened = events.wait<api::ModelOpened>(of_job<api::ModelOpened>(open(path)));
    EXPECT_EQ(opened.model.id, path);
    EXPECT_EQ(opened.model.classes, 3);
    const auto job = open(place.picture("a.png"), path);
    EXPECT_EQ(events.wait<api::Finished>(of_job<api::Finished>(job)).predictions.size(), 3u);
}

TEST_F(EngineModelsTest, EveryDamageIsOneSentenceAndTheModelInUseStays) {
    const auto before = finished(place.picture("a.png"));
    const std::string good = place.text("models/tiny.safetensors");
    std::vector<std::string> damaged;
    damaged.push_back(place.file("empty.safetensors", ""));
    damaged.push_back(place.file("short.pt", "PK"));
    damaged.push_back(place.file("text.bin", "this is no model"));
    damaged.push_back(place.file("list.json", "{\"a\": [1, 2"));
    for (const std::size_t part : {9u, 100u, 2000u})
        damaged.push_back(place.file("cut" + std::to_string(part) + ".safetensors", good.substr(0, part)));
    damaged.push_back(place.file("half.safetensors", good.substr(0, good.size() / 2)));
    std::string huge = good;
    huge[6] = '\x7f';   // a header of 2^54 bytes
    damaged.push_back(place.file("huge.safetensors", huge));
    for (const auto& path : damaged) {
        const auto failed = failure(open(path));
        EXPECT_EQ(failed.code, ErrorCode::unreadable_model) << path << ": " << failed.sentence;
        EXPECT_EQ(failed.sentence.find('\n'), std::string::npos);
        EXPECT_EQ(failed.name, fs::path(path).filename().string());
    }
    session.ask(api::MapRequest{1, before, 0, 0, 0, api::Scale::logit});
    EXPECT_EQ(events.wait<api::MapReady>().asked.job, before);   // what was shown can still be asked about
}

TEST_F(EngineModelsTest, APictureStaysAPictureWhateverItsName) {
    const auto job = finished(place.picture("photo.bin"));
    EXPECT_EQ(events.wait<api::Opened>(of_job<api::Opened>(job)).file.width, 40);
}

TEST_F(EngineModelsTest, NaNWeightsAreSaidAndTheirAnswerIsNoNumber) {
    const std::string path = bundle("nan.safetensors", test::tiny_config(), [](Weights& weights) {
        weights.at("latents")[0][0] = std::numeric_limits<float>::quiet_NaN();
    });
    const auto opened = events.wait<api::ModelOpened>(of_job<api::ModelOpened>(open(path)));
    ASSERT_EQ(opened.model.notes.size(), 1u);
    EXPECT_NE(opened.model.notes[0].find("latents"), std::string::npos);
    const auto job = open(place.picture("a.png"), path);
    const auto done = events.wait<api::Finished>(of_job<api::Finished>(job));
    ASSERT_FALSE(done.predictions.empty());
    EXPECT_TRUE(std::isnan(done.predictions[0].probability));
    session.ask(api::GridRequest{2, job, 0, api::Scale::probability, 8});
    const auto grid = events.wait<api::GridReady>().grid;
    for (const float v : grid->high) EXPECT_TRUE(std::isfinite(v));
}

TEST_F(EngineModelsTest, AModelOfAnotherKindDoesNotFitAPicture) {
    Config config = test::tiny_config();
    config.input = InputConfig();
    config.input.type = InputConfig::Type::audio;
    config.input.audio.samples_per_patch = 4;
    config.input.position.num_bands = 3;
    config.input.position.max_resolution = {16};
    const std::string path = bundle("sound.safetensors", config);
    EXPECT_EQ(events.wait<api::ModelOpened>(of_job<api::ModelOpened>(open(path))).model.reads, "audio");
    EXPECT_EQ(failure(open(place.picture("a.png"), path)).code, ErrorCode::no_fit);
}

TEST_F(EngineModelsTest, AModelWithoutAHeadNamesNoClasses) {
    Config config = test::tiny_config(12, 12, 0);
    config.head = Config::Head::none;
    const std::string path = bundle("headless.safetensors", config);
    const auto job = open(place.picture("a.png"), path);
    EXPECT_TRUE(events.wait<api::Finished>(of_job<api::Finished>(job)).predictions.empty());
    EXPECT_EQ(events.wait<api::Opened>(of_job<api::Opened>(job)).model.head, "none");
}

TEST_F(EngineModelsTest, OneThatChangedOnDiskIsReadAgain) {
    const std::string path = bundle("mine.safetensors", test::tiny_config(8, 8, 3));
    events.wait<api::ModelOpened>(of_job<api::ModelOpened>(open(path)));
    bundle("mine.safetensors", test::tiny_config(8, 8, 4));
    fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(2));
    EXPECT_EQ(events.wait<api::ModelOpened>(of_job<api::ModelOpened>(open(path))).model.classes, 4);
}

TEST_F(EngineModelsTest, LoadingToldInOrderAndEndedFromWithin) {
    const std::string path = bundle("mine.safetensors", test::tiny_config());
    ModelLibrary library(place.root);
    std::vector<LoadProgress> told;
    library.load(path, {{}, {}, [&](const LoadProgress& at) { told.push_back(at); }});
    ASSERT_GE(told.size(), 3u);
    EXPECT_EQ(told.front().step, LoadProgress::Step::reading);
    EXPECT_EQ(told.back().step, LoadProgress::Step::packing);
    for (std::size_t i = 0; i < told.size(); ++i) {
        EXPECT_LE(told[i].done, told[i].total);
        EXPECT_GE(told[i].step, told[i ? i - 1 : 0].step);
    }
    for (const auto step : {LoadProgress::Step::reading, LoadProgress::Step::checking, LoadProgress::Step::packing}) {
        ModelLibrary fresh(place.root);
        const CancelToken cancel;
        try {
            fresh.load(path, {{}, cancel, [&](const LoadProgress& at) { if (at.step == step) cancel.cancel(); }});
            ADD_FAILURE() << "not cancelled in step " << static_cast<int>(step);
        } catch (const Error& error) {
            EXPECT_EQ(error.code, ErrorCode::cancelled);
        }
    }
}

}  // namespace
}  // namespace perceiver::engine
