// Session: api::Engine for the window. One worker opens files, one fetches models, one runs them, one answers questions
// about the newest trace, one explains it, one runs trials over many files, and three read on for playing (sound,
// frames, outline); events go to one sink. The steps themselves are run.h's, the same that headless takes.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

#include "base/cancel.h"
#include "engine/api/engine.h"
#include "engine/model_library.h"
#include "engine/playback.h"
#include "engine/rivals.h"
#include "engine/run.h"
#include "engine/stopwatch.h"
#include "engine/worker.h"

namespace perceiver::engine {

class Session final : public api::Engine {
  public:
    Session(const api::EngineOptions& options, api::Sink sink);
    ~Session() override;

    api::JobId open(api::OpenRequest request) override;
    void cancel(api::JobId job) override;
    void ask(api::MapRequest request) override;
    void ask(api::GridRequest request) override;
    void ask(api::LikenessRequest request) override;
    void ask(api::ElementRequest request) override;
    void ask(api::PermuteRequest request) override;
    void ask(api::RivalsRequest request) override;
    void ask(api::TrialsRequest request) override;
    void ask(api::ComparisonRequest request) override;
    void ask(api::SoundRequest request) override;
    void ask(api::SoloRequest request) override;
    void ask(api::OutlineRequest request) override;
    void ask(api::FramesRequest request) override;
    void ask(api::EvidenceRequest request) override;
    void ask(api::CurvesRequest request) override;
    void ask(api::WithoutRequest request) override;
    void ask(api::PositionsRequest request) override;
    void ask(api::CostRequest request) override;
    void ask(api::PublishedRequest request) override;
    void stop_explaining() override;
    void stop_rivals() override { renew(rivals_slot).cancel(); }
    void stop_trials() override { renew(trials_slot).cancel(); }
    void fetch(api::FetchRequest request) override;
    void cancel_fetch() override;
    std::vector<api::ModelInfo> models() const override { return library_.list(); }
    std::vector<api::PublishedModel> published() const override { return library_.published(); }
    api::ComparisonTable comparison() const override { return comparison_table(rivals_.list(), library_.list()); }
    api::ModelInfo model_info(const std::string& id, const std::string& hyperparameters = {}) const override;
    std::string kernels() const override;
    int headless(const api::HeadlessOptions& options, const api::ReportWriter& writer,
                 const std::function<bool()>& cancelled) override;

  private:
    /// One opened file. `ended` is set by whoever tells its end (finished, failed or cancelled): nobody tells it twice.
    struct Job {
        api::JobId id = 0;
        api::OpenRequest request;
        CancelToken cancel;
        std::atomic<bool> ended{false};
        Stopwatch since_open;
        std::string shown_name() const;
    };
    using JobPtr = std::shared_ptr<Job>;
    /// What questions are answered from.
    struct Done {
        api::JobId job = 0;
        ModelPtr model;
        MediaFilePtr file;
        Prepared prepared;
        Trace trace;
    };
    using DonePtr = std::shared_ptr<const Done>;
    /// A model in its plain form, its weights read again.
    struct Referred { ModelPtr model; std::shared_ptr<const Reference> reference; };
    enum Slot { ready_slot, run_slot, permute_slot, rivals_slot, trials_slot, comparison_slot, map_slot, grid_slot,
                likeness_slot, element_slot, solo_slot, evidence_slot, curves_slot, without_slot, positions_slot,
                cost_slot, published_slot, fetch_slot, sound_slot, outline_slot, frames_slot, slots };
    static constexpr double often_ms = 50;   ///< between two words on how far something has come

    void emit(const api::Event& event);
    /// Events of a job; dropped once it ended. With `ends` this event is its end.
    void emit(Job& job, const api::Event& event, bool ends = false);
    void fail(Job& job, std::exception_ptr thrown, ErrorCode otherwise);
    void get_ready();
    void decode_job(const JobPtr& job);
    void run_job(const JobPtr& job, const MediaFilePtr& file, const std::string& model);
    /// The job's file, opened or kept from the job before.
    MediaFilePtr opened(const Job& job);
    /// The opened file is a model.
    void load_job(const JobPtr& job);
    /// Tells the sink how the fetch of that model goes.
    Fetching fetching(const std::string& model, const CancelToken& cancel);
    /// The same for a job's model, and how its loading goes.
    Fetching loading(const JobPtr& job, const std::string& model);
    void trials_job(const api::TrialsRequest& request, const CancelToken& cancel);
    void permute_job(const api::PermuteRequest& request, const CancelToken& cancel);
    /// Reads on a worker from the newest finished job, unless a newer question of that kind came; `read` tells what it
    /// found itself. What goes wrong without a code of its own is `otherwise`.
    template <class Request, class Read>
    void look(std::optional<Worker>& worker, Slot slot, Request request, ErrorCode otherwise, Read read);
    /// The same, with one answer.
    template <class Request, class Answer>
    void answer(std::optional<Worker>& worker, Slot slot, Request request, Answer answer);
    std::function<void(double)> explaining(api::RequestId request, api::JobId job, double from, double to);
    /// Kept in `kept` for the next question; only one thread may use the same.
    const Reference& reference_of(const Done& done, Referred& kept, at::ScalarType type, const CancelToken& cancel);
    CancelToken renew(Slot slot);
    DonePtr done_for(api::JobId job) const;

    const int threads_;
    ModelLibrary library_;
    RivalLibrary rivals_;
    const Limits limits_;
    api::Sink sink_;
    std::mutex sink_mutex_;

    mutable std::mutex mutex_;                 // guards what follows
    api::JobId last_job_ = 0;
    JobPtr current_;
    DonePtr done_;
    CancelToken slot_cancel_[slots];

    struct Baseline { api::JobId job = 0; Trace trace; } baseline_;   // the model worker's own
    Referred referred_, exact_;                // the explainer's in float32, the model worker's in float64
    Playback playback_;
    /// The file opened last: another window or model doesn't open it again. The decoder's own.
    struct Kept { std::string path; std::filesystem::file_time_type changed; MediaFilePtr file; } kept_;
    std::optional<Worker> decoder_, fetcher_, runner_, inspector_, explainer_, trier_, listener_, outliner_, viewer_;
};

}  // namespace perceiver::engine
