#include "ui/state/engine_link.h"

#include <QCoreApplication>

namespace perceiver::ui {

namespace {

template <class... F>
struct Overloaded : F... {
    using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace

EngineLink::EngineLink(EngineFactory factory, QObject* parent)
    : QObject(parent), factory_(std::move(factory)) {}

EngineLink::~EngineLink() {
    if (loader_.joinable()) loader_.join();
    engine_.reset();  // joins its threads; what they posted dies with this object
    // An engine that was still on its way here goes now, while there is an object for its threads to post to.
    QCoreApplication::removePostedEvents(this);
}

void EngineLink::start() {
    if (loader_.joinable()) return;
    loader_ = std::thread([this] {
        const api::Sink sink = [this](const api::Event& e) {
            QMetaObject::invokeMethod(
                this, [this, e] { take(e); }, Qt::QueuedConnection);
        };
        try {
            auto engine = factory_(sink);
            QMetaObject::invokeMethod(
                this,
                [this, engine] {
                    engine_ = engine;
                    if (waiting_) begin(*std::exchange(waiting_, std::nullopt));
                },
                Qt::QueuedConnection);
        } catch (const std::exception& why) {
            const QString sentence = QString::fromUtf8(why.what());
            QMetaObject::invokeMethod(
                this, [this, sentence] { emit failedToStart(sentence); }, Qt::QueuedConnection);
        }
    });
}

void EngineLink::open(api::OpenRequest request) {
    if (engine_)
        begin(std::move(request));
    else
        waiting_ = std::move(request);
}

void EngineLink::begin(api::OpenRequest request) {
    running_ = true;
    newest_ = engine_->open(std::move(request));
}

void EngineLink::cancel() {
    if (waiting_) {
        waiting_.reset();
        emit event(api::Cancelled{0});
    } else if (running_) {
        engine_->cancel(newest_);
    }
}

void EngineLink::askMap(api::JobId job, int crossAttend, int latent, int head, api::Scale scale) {
    if (!engine_) return;
    map_ = nextRequest_++;
    engine_->ask(api::MapRequest{map_, job, crossAttend, latent, head, scale});
}

void EngineLink::askGrid(api::JobId job, int crossAttend, int head, api::Scale scale, int maxSide) {
    if (!engine_) return;
    grid_ = nextRequest_++;
    engine_->ask(api::GridRequest{grid_, job, crossAttend, scale, maxSide, head});
}

void EngineLink::askLikeness(api::JobId job, int crossAttend, int latent) {
    if (!engine_) return;
    likeness_ = nextRequest_++;
    engine_->ask(api::LikenessRequest{likeness_, job, crossAttend, latent});
}

void EngineLink::askElement(api::JobId job, int crossAttend, int latent, int head, int element) {
    if (!engine_) return;
    element_ = nextRequest_++;
    engine_->ask(api::ElementRequest{element_, job, crossAttend, latent, head, element});
}

void EngineLink::askPermutation(api::PermuteRequest request) {
    if (!engine_) return;
    request.request = permutation_ = nextRequest_++;
    request.arms = {api::Arm::travel, api::Arm::stay, api::Arm::none, api::Arm::jitter};
    engine_->ask(std::move(request));
}

void EngineLink::askRivals(api::RivalsRequest request) {
    if (!engine_) return;
    request.request = rivals_ = nextRequest_++;
    engine_->ask(std::move(request));
}

void EngineLink::stopRivals() {
    rivals_ = 0;
    if (engine_) engine_->stop_rivals();
}

void EngineLink::askTrials(api::TrialsRequest request) {
    if (!engine_) return;
    request.request = trials_ = nextRequest_++;
    engine_->ask(std::move(request));
}

void EngineLink::stopTrials() {
    trials_ = 0;
    if (engine_) engine_->stop_trials();
}

void EngineLink::askComparison() {
    if (engine_) engine_->ask(api::ComparisonRequest{});
}

void EngineLink::askEvidence(api::JobId job, int target, std::vector<api::Evidence> kinds) {
    if (!engine_) return;
    evidence_ = nextRequest_++;
    engine_->ask(api::EvidenceRequest{evidence_, job, target, std::move(kinds)});
}

void EngineLink::askCurves(api::JobId job, int target, std::vector<float> values) {
    if (!engine_) return;
    curves_ = nextRequest_++;
    engine_->ask(api::CurvesRequest{curves_, job, target, std::move(values)});
}

void EngineLink::askWithout(api::JobId job, std::vector<int> elements) {
    if (!engine_) return;
    without_ = nextRequest_++;
    engine_->ask(api::WithoutRequest{without_, job, std::move(elements)});
}

void EngineLink::stopExplaining() {
    evidence_ = curves_ = without_ = 0;
    if (engine_) engine_->stop_explaining();
}

void EngineLink::askPositions(api::JobId job, int element) {
    if (!engine_) return;
    positions_ = nextRequest_++;
    engine_->ask(api::PositionsRequest{positions_, job, element});
}

void EngineLink::askCost(api::JobId job) {
    if (!engine_) return;
    cost_ = nextRequest_++;
    engine_->ask(api::CostRequest{cost_, job});
}

void EngineLink::askSound(api::JobId job, double start, double seconds, int rate, int channels) {
    if (!engine_) return;
    sound_ = nextRequest_++;
    engine_->ask(api::SoundRequest{sound_, job, start, seconds, rate, channels});
}

void EngineLink::askSolo(api::JobId job, int crossAttend, int latent) {
    if (!engine_) return;
    solo_ = nextRequest_++;
    engine_->ask(api::SoloRequest{solo_, job, crossAttend, latent, api::all_heads});
}

void EngineLink::askOutline(api::JobId job, int bins) {
    if (!engine_) return;
    outline_ = nextRequest_++;
    engine_->ask(api::OutlineRequest{outline_, job, bins});
}

void EngineLink::askFrames(api::JobId job, double start, int count, double rate, int side) {
    if (!engine_) return;
    frames_ = nextRequest_++;
    engine_->ask(api::FramesRequest{frames_, job, start, count, rate, side});
}

void EngineLink::askPublished() {
    if (engine_) engine_->ask(api::PublishedRequest{});
}

void EngineLink::fetch(const QString& model) {
    if (engine_) engine_->fetch({model.toStdString()});
}

void EngineLink::cancelFetch() {
    if (engine_) engine_->cancel_fetch();
}

bool EngineLink::current(const api::Event& e) {
    return std::visit(
        Overloaded{
            [](const api::Ready&) { return true; },
            [](const api::PublishedReady&) { return true; },
            [](const api::ComparisonReady&) { return true; },
            [this](const api::TrialsReady& t) { return t.request == trials_; },
            [this](const api::RivalsReady& r) { return r.asked.request == rivals_; },
            [](const api::FetchProgress&) { return true; },
            [](const api::Fetched&) { return true; },
            [](const api::FetchFailed&) { return true; },
            [this](const api::MapReady& m) { return m.asked.request == map_; },
            [this](const api::GridReady& g) { return g.asked.request == grid_; },
            [this](const api::LikenessReady& l) { return l.asked.request == likeness_; },
            [this](const api::EvidenceReady& x) { return x.request == evidence_; },
            [this](const api::CurvesReady& c) { return c.request == curves_; },
            [this](const api::WithoutReady& w) { return w.request == without_; },
            [this](const api::PositionsReady& p) { return p.asked.request == positions_; },
            [this](const api::CostReady& c) { return c.asked.request == cost_; },
            [this](const api::ExplainProgress& p) { return p.request == evidence_ || p.request == curves_; },
            [this](const api::ElementReady& x) { return x.asked.request == element_; },
            [this](const api::SoundReady& s) { return s.asked.request == sound_; },
            [this](const api::SoloReady& s) { return s.asked.request == solo_; },
            [this](const api::OutlineReady& o) { return o.asked.request == outline_; },
            [this](const api::FramesReady& f) { return f.asked.request == frames_; },
            [this](const api::PermutationReady& p) { return p.request == permutation_; },
            [this](const api::Failed& f) { return f.job == newest_; },  // the run, or a question about it
            [this](const auto& ofJob) { return running_ && ofJob.job == newest_; },
        },
        e);
}

void EngineLink::take(const api::Event& e) {
    if (!current(e)) return;
    if (std::holds_alternative<api::Finished>(e) || std::holds_alternative<api::Failed>(e) ||
        std::holds_alternative<api::Cancelled>(e) || std::holds_alternative<api::ModelOpened>(e))
        running_ = false;
    emit event(e);
}

}  // namespace perceiver::ui
