// Protects the engine with models of the hub: fetched once and then a model like any other, the model in use goes on
// working meanwhile, a fetch is cancelled with the file it is for, refusals are one sentence.
#include <cstdlib>

#include "support/engine_fixture.h"
#include "support/hub_server.h"

namespace perceiver::engine {
namespace {

/// A hub on this machine with the place's model, which the environment points at.
struct EngineHubTest : EngineTest {
    EngineHubTest() {
        const std::string model = place.text("models/tiny.safetensors");
        hub.serve("someone/tiny", "main", std::string(40, 'a'), {{"model.safetensors", {model.begin(), model.end()}}});
        ::setenv("HF_ENDPOINT", hub.endpoint().c_str(), 1);
        ::setenv("HF_HUB_CACHE", place.path("hub").c_str(), 1);
        ::setenv("no_proxy", "*", 1);
    }
    ~EngineHubTest() override {
        session.cancel_fetch();
        hub.release();
    }
    samples::HubServer hub;
    const std::string id = "hub:someone/tiny";
};

TEST_F(EngineHubTest, AFetchedModelIsDescribedAndOpens) {
    session.fetch({"someone/tiny"});
    const auto fetched = events.wait<api::Fetched>();
    EXPECT_EQ(fetched.asked, "someone/tiny");
    EXPECT_EQ(fetched.model.id, id);
    EXPECT_EQ(fetched.model.stages.size(), 3u);
    EXPECT_EQ(events.wait<api::FetchProgress>().model, "someone/tiny");
    api::OpenRequest request;
    request.path = place.picture("a.png");
    request.model = id;
    const auto with_bundled = finished(request.path);
    const auto job = session.open(request);
    const auto a = events.wait<api::Finished>(of_job<api::Finished>(with_bundled)),
               b = events.wait<api::Finished>(of_job<api::Finished>(job));
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(a.predictions[i].logit, b.predictions[i].logit);
    EXPECT_EQ(events.wait<api::Opened>(of_job<api::Opened>(job)).model.id, id);
    EXPECT_EQ(hub.count("GET /api"), 1u) << "fetched once";
}

TEST_F(EngineHubTest, TheModelInUseGoesOnWorkingDuringAFetch) {
    hub.fail("GET /someone/tiny/resolve", samples::Fault::stall);
    session.fetch({id});
    hub.wait_for_stall();
    const auto job = finished(place.picture("a.png"));
    session.ask(api::MapRequest{1, job, 1, 2, 0, api::Scale::logit});
    events.wait<api::MapReady>();
    session.ask(api::PermuteRequest{5, job, {42}, {api::Arm::travel}});
    events.wait<api::PermutationReady>();
    session.ask(api::PublishedRequest{});
    EXPECT_EQ(events.wait<api::PublishedReady>().models.size(), hub::published().size());
    session.cancel_fetch();
    EXPECT_EQ(events.wait<api::FetchFailed>().code, ErrorCode::cancelled);
}

TEST_F(EngineHubTest, AFileWhoseModelMustBeFetchedWaitsForItAndCanBeCancelled) {
    const auto before = finished(place.picture("before.png"));
    hub.fail("GET /someone/tiny/resolve", samples::Fault::stall, 1);
    api::OpenRequest request;
    request.path = place.picture("a.png");
    request.model = id;
    const auto stalled = session.open(request);
    hub.wait_for_stall();
    session.ask(api::PermuteRequest{5, before, {42}, {api::Arm::travel}});   // what is shown is still alive
    events.wait<api::PermutationReady>();
    session.cancel(stalled);
    events.wait<api::Cancelled>(of_job<api::Cancelled>(stalled));
    const auto job = session.open(request);
    events.wait<api::Finished>(of_job<api::Finished>(job));
}

TEST_F(EngineHubTest, ARefusalIsOneSentenceForTheFetchAndForTheFile) {
    hub.fail("GET /api", samples::Fault::not_found);
    session.fetch({id});
    const auto failed = events.wait<api::FetchFailed>();
    EXPECT_EQ(failed.asked, id);
    EXPECT_EQ(failed.code, ErrorCode::unreadable_model);
    EXPECT_NE(failed.sentence.find("spelling"), std::string::npos);
    api::OpenRequest request;
    request.path = place.picture("a.png");
    request.model = id;
    const auto job = session.open(request);
    EXPECT_EQ(events.wait<api::Failed>(of_job<api::Failed>(job)).sentence, failed.sentence);
}

}  // namespace
}  // namespace perceiver::engine
