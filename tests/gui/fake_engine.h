// An engine a test scripts: real pictures in, maps made up from them out. No model, no LibTorch.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "engine/api/engine.h"

namespace perceiver::ui::test {

struct FakeModel {
    int side = 32, latents = 64, stages = 4, classes = 10;
};
api::ModelInfo makeModel(const FakeModel& = {});

class FakeEngine : public api::Engine {
  public:
    explicit FakeEngine(api::Sink, std::vector<api::ModelInfo> models = {makeModel()});

    /// What open() does once it has recorded the request; by default play().
    std::function<void(api::JobId)> onOpen;
    bool answering = true;  ///< false: questions are recorded, not answered
    /// When set, every path that is no picture is this file (its path and name are the request's): a sound, film or
    /// cloud with its parts. The models then have so many elements.
    std::optional<api::FileInfo> medium;

    // ---- the script: each sends the event(s) of that job ----
    void play(api::JobId);  ///< everything, to the end
    void sendOpened(api::JobId);
    void sendModelProgress(api::JobId, const LoadProgress&);
    /// The opened file turns out to be a model of this shape.
    void sendModelOpened(api::JobId, api::ModelInfo);
    void sendCrossAttend(api::JobId, int index);
    void sendCrossAttendOnly(api::JobId, int index);  ///< its latent block is still to come
    void sendLayer(api::JobId, int stage, int block, int layer);
    void sendFinished(api::JobId);
    bool answersNaN = false;  ///< what the weights of a broken model make
    void sendFailed(api::JobId, const std::string& sentence);
    void answer(const api::MapRequest&);
    void answer(const api::GridRequest&);
    void answer(const api::ElementRequest&);
    void answer(const api::PermuteRequest&);
    void answer(const api::RivalsRequest&);    ///< a ResNet trained in order and one trained shuffled, a Transformer
    std::string noRivals, modelBeside;         ///< why not, when set
    void sendTrials(const api::TrialsRequest&, double part, bool end);   ///< of ten files
    void sendTrialsFailed(const api::TrialsRequest& r, const std::string& why) {
        sink_(api::TrialsReady{r.request, {}, 0, true, why});
    }
    void sendComparison();
    void answer(const api::LikenessRequest&);  ///< the more alike the nearer their numbers, two clusters: even and odd
    void answer(const api::EvidenceRequest&);  ///< relevance is the fake map of cross-attend 0, latent = class
    void answer(const api::CurvesRequest&);
    void answer(const api::WithoutRequest&);   ///< the answer sinks with what is left
    void answer(const api::PositionsRequest&); ///< cosine falls with the distance on the grid: 1 / (1 + distance / 3)
    bool noPositions = false;                  ///< the model gets none
    void answer(const api::CostRequest&);      ///< one part for every stage of the model; 0.01 M GFLOP a cross-attend
    void answer(const api::SoundRequest&);    ///< soundAt(), to the end of SoundInfo::duration
    static float soundAt(double seconds);     ///< a sweep: no two moments are alike
    void answer(const api::SoloRequest&);     ///< half as loud as SoundInfo::samples
    void answer(const api::OutlineRequest&);  ///< two parts: half, then all
    void answer(const api::FramesRequest&);   ///< FilmInfo::frames again and again, at FilmInfo::rate
    void sendPublished();
    void sendFetchProgress(const std::string& model, std::int64_t bytes, std::int64_t total);
    void sendFetched(const std::string& model);
    void sendFetchFailed(const std::string& model, ErrorCode, const std::string& sentence);

    // ---- what was asked ----
    std::map<api::JobId, api::OpenRequest> opened;
    std::vector<api::JobId> cancelled;
    std::vector<api::MapRequest> maps;
    std::vector<api::PermuteRequest> permutations;
    std::vector<api::RivalsRequest> rivals;
    int rivalsStopped = 0;
    std::vector<api::TrialsRequest> trials;   ///< nothing is answered by itself
    int trialsStopped = 0;
    std::vector<api::LikenessRequest> likenesses;
    std::vector<api::EvidenceRequest> evidence;
    std::vector<api::CurvesRequest> curves;
    std::vector<api::WithoutRequest> without;
    int explainingStopped = 0;
    std::vector<api::PositionsRequest> positions;
    std::vector<api::CostRequest> costs;
    std::vector<api::SoundRequest> sounds;
    std::vector<api::SoloRequest> solos;
    std::vector<api::OutlineRequest> outlines;
    std::vector<api::FramesRequest> frames;
    std::vector<std::string> fetches;
    int fetchesCancelled = 0;
    std::vector<api::PublishedModel> onTheHub;
    api::JobId newest() const { return last_; }

    // ---- api::Engine ----
    api::JobId open(api::OpenRequest) override;
    void cancel(api::JobId) override;
    void ask(api::MapRequest) override;
    void ask(api::GridRequest) override;
    void ask(api::ElementRequest) override;
    void ask(api::PermuteRequest) override;
    void ask(api::RivalsRequest) override;
    void ask(api::ComparisonRequest) override { sendComparison(); }
    void stop_rivals() override { ++rivalsStopped; }
    void ask(api::TrialsRequest r) override { trials.push_back(std::move(r)); }
    void stop_trials() override { ++trialsStopped; }
    void ask(api::LikenessRequest) override;
    void ask(api::EvidenceRequest) override;
    void ask(api::CurvesRequest) override;
    void ask(api::WithoutRequest) override;
    void ask(api::PositionsRequest) override;
    void ask(api::CostRequest) override;
    void stop_explaining() override { ++explainingStopped; }
    void ask(api::SoundRequest) override;
    void ask(api::SoloRequest) override;
    void ask(api::OutlineRequest) override;
    void ask(api::FramesRequest) override;
    void ask(api::PublishedRequest) override { sendPublished(); }
    void fetch(api::FetchRequest r) override { fetches.push_back(r.model); }
    void cancel_fetch() override { ++fetchesCancelled; }
    std::vector<api::PublishedModel> published() const override { return onTheHub; }
    api::ComparisonTable comparison() const override;
    std::vector<api::ModelInfo> models() const override { return models_; }
    api::ModelInfo model_info(const std::string&, const std::string&) const override { return models_.front(); }
    std::string kernels() const override { return "none"; }
    int headless(const api::HeadlessOptions&, const api::ReportWriter&,
                 const std::function<bool()>&) override {
        return 0;
    }

    /// The value a map holds for one element: what a hover must show.
    float valueOf(api::JobId, int crossAttend, int latent, api::Scale, int element);

  private:
    struct Job {
        api::FileInfo file;
        std::vector<float> salience;  ///< [rows, cols], 0..1
    };
    const api::ModelInfo& modelOf(api::JobId) const;
    const Job& job(api::JobId);
    api::ModelInfo shapeOf(api::JobId);
    api::Map makeMap(api::JobId, int crossAttend, int latent, api::Scale);
    std::vector<api::Prediction> predictions(api::JobId, float best) const;

    api::Sink sink_;
    std::vector<api::ModelInfo> models_;
    std::map<api::JobId, Job> jobs_;
    api::JobId last_ = 0;
};

}  // namespace perceiver::ui::test
