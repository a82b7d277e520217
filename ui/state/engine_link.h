// The window's only wire to the engine: brings it up off the UI thread, posts its events to the UI thread,
// and lets through only those that answer the newest question. Knows nothing of what the events mean to a
// view.
#pragma once

#include <QObject>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "engine/api/engine.h"

namespace perceiver::ui {

/// Makes an engine that reports to the sink; called once, on a worker thread, may take its time and throw
/// Error.
using EngineFactory = std::function<std::shared_ptr<api::Engine>(api::Sink)>;

class EngineLink final : public QObject {
    Q_OBJECT
  public:
    explicit EngineLink(EngineFactory, QObject* parent = nullptr);
    ~EngineLink() override;  ///< cancels what runs; no event after it

    void start();  ///< once, after the first paint
    bool ready() const { return engine_ != nullptr; }

    /// Runs a file. Before the engine is up the request waits, and only the newest is kept.
    void open(api::OpenRequest);
    void cancel();  ///< what runs or waits
    bool running() const { return waiting_.has_value() || running_; }

    /// Questions about `job`. The answer to an older question of the same kind is dropped when it comes.
    void askMap(api::JobId, int crossAttend, int latent, int head, api::Scale);
    void askGrid(api::JobId, int crossAttend, int head, api::Scale, int maxSide);
    void askLikeness(api::JobId, int crossAttend, int latent);
    void askElement(api::JobId, int crossAttend, int latent, int head, int element);
    void askPermutation(api::PermuteRequest);   ///< but its number, and every arm
    void askRivals(api::RivalsRequest);         ///< but its number
    void stopRivals();
    void askTrials(api::TrialsRequest);         ///< likewise; of whatever file, beside any job
    void stopTrials();
    void askComparison();
    void askEvidence(api::JobId, int target, std::vector<api::Evidence>);
    void askCurves(api::JobId, int target, std::vector<float> values);
    void askWithout(api::JobId, std::vector<int> elements);
    void stopExplaining();
    void askPositions(api::JobId, int element);
    void askCost(api::JobId);
    void askSound(api::JobId, double start, double seconds, int rate, int channels);
    void askSolo(api::JobId, int crossAttend, int latent);
    void askOutline(api::JobId, int bins);
    void askFrames(api::JobId, double start, int count, double rate, int side);

    /// Which published models there are; fetching one, beside whatever runs. Nothing before the engine is up.
    void askPublished();
    void fetch(const QString& model);
    void cancelFetch();

  signals:
    void event(const perceiver::api::Event&);  ///< on the UI thread; never stale
    void failedToStart(const QString& sentence);

  private:
    void take(const api::Event&);
    bool current(const api::Event&);
    void begin(api::OpenRequest);

    EngineFactory factory_;
    std::thread loader_;
    std::shared_ptr<api::Engine> engine_;
    std::optional<api::OpenRequest> waiting_;
    api::JobId newest_ = 0;
    bool running_ = false;
    api::RequestId nextRequest_ = 1, map_ = 0, grid_ = 0, likeness_ = 0, element_ = 0, permutation_ = 0, rivals_ = 0,
                   trials_ = 0, evidence_ = 0, curves_ = 0, without_ = 0, positions_ = 0, cost_ = 0, sound_ = 0,
                   solo_ = 0, outline_ = 0, frames_ = 0;
};

}  // namespace perceiver::ui
