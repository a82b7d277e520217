#include "ui/state/engine_link.h"

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

void EngineLink::askMap(api::JobId job, int crossAttend, int latent, api::Scale scale) {
    if (!engine_) return;
    map_ = nextRequest_++;
    engine_->ask(api::MapRequest{map_, job, crossAttend, latent, api::all_heads, scale});
}

void EngineLink::askGrid(api::JobId job, int crossAttend, api::Scale scale, int maxSide) {
    if (!engine_) return;
    grid_ = nextRequest_++;
    engine_->ask(api::GridRequest{grid_, job, crossAttend, scale, maxSide});
}

void EngineLink::askElement(api::JobId job, int crossAttend, int latent, int element) {
    if (!engine_) return;
    element_ = nextRequest_++;
    engine_->ask(api::ElementRequest{element_, job, crossAttend, latent, api::all_heads, element});
}

void EngineLink::askPermutation(api::JobId job, std::uint64_t seed) {
    if (!engine_) return;
    permutation_ = nextRequest_++;
    engine_->ask(api::PermuteRequest{permutation_, job, seed, {api::Arm::travel, api::Arm::stay}});
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
            [](const api::FetchProgress&) { return true; },
            [](const api::Fetched&) { return true; },
            [](const api::FetchFailed&) { return true; },
            [this](const api::MapReady& m) { return m.asked.request == map_; },
            [this](const api::GridReady& g) { return g.asked.request == grid_; },
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
