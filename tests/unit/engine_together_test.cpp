// Protects the engine where everything is asked of it at once: a film that plays is opened anew again and again, while
// the pointer, the labs, evidence, shuffles and trials ask their questions, and some of it is stopped. For the thread
// sanitizer above all.
#include <map>

#include "support/av_samples.h"
#include "support/engine_fixture.h"
#include "support/film_models.h"

namespace perceiver::engine {
namespace {

struct EngineTogether : EngineTest {
    EngineTogether() {
        weights::write_bundle(place.root / "both.safetensors", both, {}, weights::to_data(test::random_weights(both)));
    }
    /// A film whose sound both the model and the player hear; empty where there is no encoder for it.
    std::string film() const {
        samples::FilmOptions options;
        options.frames = 100;
        options.sound_codec = "aac";
        options.sound = samples::sine(16'000, 1, 4, 440, 0.5);
        const auto bytes = samples::film(options);
        if (!bytes) return {};
        return place.file("clip." + options.container, std::string(bytes->begin(), bytes->end()));
    }
    api::JobId open(const std::string& path, double start) {
        api::OpenRequest request;
        request.path = path;
        request.model = place.path("both.safetensors");
        request.start = start;
        return session.open(request);
    }
    /// All that can be asked about a job, under one number.
    void ask_everything(api::RequestId id, api::JobId job, const std::string& path) {
        const int few = int(id) % 20;
        session.ask(api::MapRequest{id, job, 1, few % 16, api::all_heads, api::Scale::logit});
        session.ask(api::GridRequest{id, job, 1, api::Scale::probability, 8});
        session.ask(api::LikenessRequest{id, job, 0, 3});
        session.ask(api::ElementRequest{id, job, 0, api::all_latents, api::all_heads, few});
        session.ask(api::SoloRequest{id, job});
        session.ask(api::SoundRequest{id, job, few * 0.1, 0.2, 8000, 1});
        session.ask(api::FramesRequest{id, job, few * 0.1, 2, 0, 32});
        session.ask(api::OutlineRequest{id, job, 100});
        session.ask(api::PermuteRequest{id, job, {std::uint64_t(id)}, {api::Arm::travel}});
        session.ask(api::RivalsRequest{id, job});
        session.ask(api::EvidenceRequest{id, job, 1, {api::Evidence::attention, api::Evidence::rollout}});
        session.ask(api::WithoutRequest{id, job, {few}});
        session.ask(api::PositionsRequest{id, job});
        session.ask(api::CostRequest{id, job});
        session.ask(api::ComparisonRequest{});
        api::TrialsRequest trials;
        trials.request = id;
        trials.path = path;
        trials.model = place.path("both.safetensors");
        session.ask(trials);
    }
    template <class Answer>
    void answered(api::RequestId id) {
        events.wait<Answer>([id](const Answer& a) { return a.asked.request == id; });
    }
    const Config both = samples::film_and_sound_config();
};

TEST_F(EngineTogether, EveryJobEndsOnceAndTheLastQuestionsAreAnswered) {
    const std::string path = film();
    if (path.empty()) GTEST_SKIP() << "no encoder for it here";
    std::vector<api::JobId> jobs{open(path, 0)};
    events.wait<api::Finished>(of_job<api::Finished>(jobs[0]));
    for (int round = 1; round <= 24; ++round) {
        const api::JobId shown = jobs.back();
        ask_everything(round, shown, path);
        if (round % 2) jobs.push_back(open(path, 0.1 * round));
        if (round % 5 == 0) session.stop_explaining(), session.stop_rivals(), session.stop_trials();
        if (round % 7 == 0) session.cancel(jobs.back());
        else if (round % 3 == 0) events.wait<api::Finished>(of_job<api::Finished>(jobs.back()));
    }
    jobs.push_back(open(path, 0.5));
    events.wait<api::Finished>(of_job<api::Finished>(jobs.back()));
    constexpr api::RequestId last = 100;
    ask_everything(last, jobs.back(), path);
    answered<api::MapReady>(last);
    answered<api::GridReady>(last);
    answered<api::LikenessReady>(last);
    answered<api::ElementReady>(last);
    answered<api::SoloReady>(last);
    answered<api::SoundReady>(last);
    answered<api::FramesReady>(last);
    answered<api::OutlineReady>(last);
    answered<api::RivalsReady>(last);
    answered<api::PositionsReady>(last);
    answered<api::CostReady>(last);
    events.wait<api::PermutationReady>([](const api::PermutationReady& p) { return p.request == last; });
    events.wait<api::EvidenceReady>([](const api::EvidenceReady& e) { return e.request == last; });
    events.wait<api::WithoutReady>([](const api::WithoutReady& w) { return w.request == last; });
    events.wait<api::TrialsReady>([](const api::TrialsReady& t) { return t.request == last && t.end; });
    std::map<api::JobId, int> ends;
    for (const auto& e : events.copy()) {
        if (const auto* finished = std::get_if<api::Finished>(&e)) ++ends[finished->job];
        if (const auto* cancelled = std::get_if<api::Cancelled>(&e)) ++ends[cancelled->job];
        if (const auto* failed = std::get_if<api::Failed>(&e)) ADD_FAILURE() << failed->sentence;
    }
    EXPECT_EQ(ends.size(), jobs.size());
    for (const auto& [job, count] : ends) EXPECT_EQ(count, 1) << job;
}

}  // namespace
}  // namespace perceiver::engine
