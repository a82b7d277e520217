#include "ui/state/state.h"

#include <QFileInfo>
#include <algorithm>

#include "engine/api/thumbnail.h"
#include "ui/state/model_name.h"
#include "ui/state/player.h"
#include "ui/style/format.h"

namespace perceiver::ui {

namespace {

constexpr int kDimAfterMs = 100;
constexpr int kThumbSide = 32;
constexpr int kGridRestMs = 60;

QString nameOf(const api::OpenRequest& request) {
    return QFileInfo(QString::fromStdString(request.path)).fileName();
}

}  // namespace

State::State(EngineFactory factory, QObject* parent)
    : QObject(parent),
      link_(std::move(factory)),
      hub_(link_),
      player_(new Player(*this)),
      explanation_(new Explanation(*this, link_)),
      rivals_(new RivalAnswers(*this, link_)),
      trials_(new Trials(*this, link_)),
      labs_(new LabAnswers(*this, link_)) {
    dimTimer_.setSingleShot(true);
    dimTimer_.setInterval(kDimAfterMs);
    gridTimer_.setSingleShot(true);
    gridTimer_.setInterval(kGridRestMs);
    connect(&gridTimer_, &QTimer::timeout, this, &State::askGrid);
    elementTimer_.setSingleShot(true);
    elementTimer_.setInterval(0);
    connect(&elementTimer_, &QTimer::timeout, this, &State::askElementNow);
    connect(&dimTimer_, &QTimer::timeout, this, [this] {
        dimmed_ = busy_ && !openedNew_ && !(following_ && player_->playing());  // a film that plays stays bright
        emit busyChanged();
    });
    connect(player_, &Player::playingChanged, this, [this] {
        shuffleIfWanted();
        explanation_->refresh();
    });
    connect(explanation_, &Explanation::changed, this, [this] {
        if (showsEvidence()) refreshMap();
    });
    connect(&link_, &EngineLink::event, this, &State::handle);
    connect(&link_, &EngineLink::failedToStart, this, [this](const QString& sentence) {
        setBusy(false);
        emit failed(QString(), sentence, int(ErrorCode::unreadable_model));
    });
}

// ---- files ----

void State::openFile(const QString& path) {
    open({QFileInfo(path).absoluteFilePath().toStdString(), std::nullopt, modelId_.toStdString(), attend_,
          hyperparameters_, start_, true, pose_});
}

Session State::session() const {
    Session s;
    s.view = view_;
    if (!lastOpened_ || lastOpened_->bytes) return s;
    s.file = lastOpened_->path;
    s.model = lastOpened_->model;
    s.start = lastOpened_->start;
    s.pose = lastOpened_->pose;
    s.position = player_->position();
    return s;
}

void State::resume(const Session& s) {
    go({{QFileInfo(QString::fromStdString(s.file)).absoluteFilePath().toStdString(), std::nullopt, s.model, attend_,
         hyperparameters_, s.start, true, s.pose},
        s.view,
        s.position});
}

bool State::modelChosen() const {
    if (!lastOpened_) return false;
    const auto& [named, model] = std::pair{lastOpened_->model, result_ ? result_->model : nullptr};
    return named.empty() || (lastOpened_->or_default && model && model->id != named && model->path != named);
}

std::optional<State::Place> State::place() const {
    if (!lastOpened_) return std::nullopt;
    Place here{*lastOpened_, view_, player_->position()};
    if (result_ && !modelChosen()) here.request.or_default = false;  // coming back, it is this model again
    return here;
}

void State::go(const Place& to) {
    modelId_ = QString::fromStdString(to.request.model);
    open(to.request);
    going_ = to;
}

void State::openWindowAt(double seconds) {
    if (!lastOpened_ || busy_) return;
    api::OpenRequest again = *lastOpened_;
    again.start = std::max(0.0, seconds);
    open(std::move(again), result_ && result_->finished);
}

void State::openTurned(const api::Pose& pose) {
    if (!lastOpened_ || busy_) return;
    api::OpenRequest again = *lastOpened_;
    again.pose = pose;
    if (!left_) left_ = place();
    open(std::move(again), result_ && result_->finished);
}

void State::openBytes(const QString& name, const QByteArray& bytes) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.constData());
    open({name.toStdString(), std::vector<std::uint8_t>(data, data + bytes.size()), modelId_.toStdString(),
          attend_, hyperparameters_, 0, true, pose_});
}

void State::reopenWith(const QString& modelId) {
    modelId_ = modelId;
    if (!lastOpened_) return;
    api::OpenRequest again = *lastOpened_;
    again.model = modelId.toStdString();
    again.or_default = false;
    open(std::move(again));
}

void State::useModel(const QString& id) {
    if (isOwnModel(id.toStdString())) return openFile(id);
    reopenWith(id);
    if (!lastOpened_) emit modelsChanged();
}

void State::useFetched(const QString& modelId) {
    reopenWith(modelId);
    if (!lastOpened_)
        link_.fetch(modelId);  // it is here: the answer says what it is, for its chip and its card
}

const api::FetchProgress* State::openingFetch() const {
    return busy_ && opening_ ? hub_.progress(QString::fromStdString(opening_->model)) : nullptr;
}

void State::open(api::OpenRequest request, bool following) {
    following_ = following;
    coming_.reset();
    going_.reset();
    openingName_ = nameOf(request);
    loading_.reset();
    opening_ = request;
    if (result_ && result_->finished) {
        previous_ = result_;
        previousOpened_ = lastOpened_;
    }
    openedNew_ = false;
    link_.open(std::move(request));
    setBusy(true);
}

void State::cancel() { link_.cancel(); }

void State::closeFile() {
    if (busy_) return cancel();
    if (!result_) return;
    undo_.clear();
    left_.reset();
    result_.reset();
    previous_.reset();
    lastOpened_.reset();
    opening_.reset();
    forgetMaps();
    shownMap_.reset();
    grid_.reset();
    element_.reset();
    hovered_ = marked_ = view_.held = -1;
    view_.explained = false;
    view_.compare = Compare::none;
    shuffle_ = {};
    movedOn_ = false;
    emit opened();
    emit resultChanged();
    emit viewChanged();
    emit mapChanged();
    emit gridChanged();
    emit elementChanged();
    emit shuffleChanged();
    emit busyChanged();
}

void State::setBusy(bool busy) {
    busy_ = busy;
    if (busy && !dimmed_) dimTimer_.start();
    if (!busy) {
        dimTimer_.stop();
        dimmed_ = false;
        openingName_.clear();
        loading_.reset();
        hub_.forgetProgress();
    }
    emit busyChanged();
}

std::shared_ptr<const api::ModelInfo> State::model() const {
    if (result_) return result_->model;
    if (models_.empty()) return nullptr;
    const auto named = std::find_if(models_.begin(), models_.end(),
                                    [this](const auto& m) { return m.id == modelId_.toStdString(); });
    return std::make_shared<api::ModelInfo>(named == models_.end() ? models_.front() : *named);
}

// ---- events ----

void State::handle(const api::Event& event) {
    std::visit([this](const auto& e) { on(e); }, event);
}

void State::on(const api::Ready& e) {
    models_ = e.models;
    kernels_ = QString::fromStdString(e.kernels);
    threads_ = e.threads;
    emit modelsChanged();
}

void State::on(const api::ModelProgress& e) {
    loading_ = e;
    emit busyChanged();
}

void State::on(const api::ModelOpened& e) {
    know(e.model);
    opening_ = lastOpened_;
    if (!lastOpened_) modelId_ = QString::fromStdString(e.model.id);
    setBusy(false);
    emit modelsChanged();
    emit modelOpened(QString::fromStdString(e.model.path));
    if (lastOpened_) reopenWith(QString::fromStdString(e.model.id));
}

void State::on(const api::Opened& e) {
    auto next = std::make_shared<Result>();
    next->job = e.job;
    next->file = std::make_shared<api::FileInfo>(e.file);
    next->model = std::make_shared<api::ModelInfo>(e.model);
    next->picture = toImage(e.file.picture);
    next->view = toImage(e.file.view);
    next->decodeMs = e.decode_ms;
    next->encodeMs = e.encode_ms;
    next->cross.resize(e.model.stages.size());
    next->blockMs.resize(e.model.stages.size());
    loading_.reset();
    if (following_) {
        coming_ = next;
        return;
    }
    const bool sameModel = result_ && result_->model->id == e.model.id;
    const auto goal = std::exchange(going_, std::nullopt);
    if (!left_ && result_) left_ = place();
    if (goal) left_.reset();
    result_ = next;
    lastOpened_ = opening_;
    openedNew_ = true;
    movedOn_ = false;
    dimmed_ = false;
    forgetMaps();
    shownMap_.reset();
    grid_.reset();
    hovered_ = marked_ = view_.held = -1;
    view_.masked = 0;
    view_.target = -1;
    element_.reset();
    preview_ = kNoPreview;
    shuffle_ = {};
    if (!sameModel) fitView();
    if (goal) {
        view_ = fitted(goal->view, *result_->model, result_->elements());
        emit viewChanged();
    }
    refreshMap();
    emit opened();
    if (goal) player_->seek(goal->position);
    emit resultChanged();
    emit gridChanged();
    emit elementChanged();
    emit shuffleChanged();
    emit busyChanged();
}

/// The view state keeps to what the shown model has.
void State::fitView() {
    view_ = fitted(view_, *result_->model, result_->elements());
    view_.compare = Compare::none;
    view_.other = {};
    emit viewChanged();
}

ResultPtr* State::resultOf(api::JobId job) {
    for (ResultPtr* one : {&result_, &coming_})
        if (*one && (*one)->job == job) return one;
    return nullptr;
}

void State::update(ResultPtr& result, const std::function<void(Result&)>& edit) {
    auto next = std::make_shared<Result>(*result);
    edit(*next);
    result = next;
}

/// The next window takes the place of the one before: what is pinned, pointed at and how close one looks stay.
void State::takeComing() {
    result_ = std::exchange(coming_, nullptr);
    lastOpened_ = opening_;
    movedOn_ = true;
    dimmed_ = false;
    forgetMaps();
    shuffle_ = {};
    emit opened();
    emit shuffleChanged();
}

void State::on(const api::CrossAttendDone& e) {
    ResultPtr* const of = resultOf(e.job);
    if (!of || e.index < 0 || e.index >= int((*of)->cross.size())) return;
    const auto map = std::make_shared<api::Map>(e.mean);
    const bool picture = (*of)->file->kind == api::Kind::image;
    const MapPtr thumbnail = picture ? map
                                     : std::make_shared<api::Map>(api::thumbnail(
                                           *map, api::thumbnail_cells(*(*of)->file, kThumbSide)));
    update(*of, [&](Result& r) { r.cross[std::size_t(e.index)] = {map, thumbnail, e.ms, e.separable}; });
    if (of == &coming_) return;
    if (e.index == view_.crossAttend) refreshMap();
    emit resultChanged();
}

void State::on(const api::LatentLayerDone& e) {
    ResultPtr* const of = resultOf(e.job);
    if (!of || e.stage < 0 || e.stage >= int((*of)->blockMs.size())) return;
    if (e.block != int((*of)->blockMs[std::size_t(e.stage)].size())) return;
    update(*of, [&](Result& r) { r.layersDone = e.layer + 1; });
    if (of != &coming_) emit resultChanged();
}

void State::on(const api::LatentBlockDone& e) {
    ResultPtr* const of = resultOf(e.job);
    if (!of || e.stage < 0 || e.stage >= int((*of)->blockMs.size())) return;
    update(*of, [&](Result& r) {
        r.blockMs[std::size_t(e.stage)].push_back(e.ms);
        r.layersDone = 0;
    });
    if (of != &coming_) emit resultChanged();
}

void State::on(const api::Finished& e) {
    ResultPtr* const of = resultOf(e.job);
    if (!of) return;
    update(*of, [&](Result& r) {
        r.predictions = e.predictions;
        r.timings = e.timings;
        r.finished = true;
    });
    previous_.reset();
    setBusy(false);
    if (of == &coming_) takeComing();
    emit resultChanged();
    if (left_) {
        const Place before = *std::exchange(left_, std::nullopt), after = *place();
        undo_.push(new ChangePlace(tr("another file, model or pose"), [this, before] { go(before); },
                                   [this, after] { go(after); }));
    }
    refreshMap();
    refreshGrid();
    refreshLikeness();
    if (pointed() >= 0) askElement();
    explanation_->refresh();
    shuffleIfWanted();
    emit finished();
}

void State::on(const api::Failed& e) {
    if (busy_) {  // else it was a question that failed, and the result stands
        restorePrevious();
        setBusy(false);
    } else {
        explanation_->failed();
        labs_->failed();
    }
    emit failed(QFileInfo(QString::fromStdString(e.name)).fileName(), QString::fromStdString(e.sentence),
                int(e.code));
}

void State::on(const api::Cancelled&) {
    restorePrevious();
    setBusy(false);
    emit cancelled();
}

/// A run that ends early leaves no half behind: what was finished before it is shown again.
void State::restorePrevious() {
    coming_.reset();
    going_.reset();
    const auto left = std::exchange(left_, std::nullopt);
    if (openedNew_ && previous_) lastOpened_ = previousOpened_;
    opening_ = lastOpened_;
    if (lastOpened_) modelId_ = QString::fromStdString(lastOpened_->model);  // a model that failed is not in use
    if (result_ && !result_->finished) {
        const std::string model = result_->model->id;
        result_ = std::exchange(previous_, nullptr);
        if (result_ && result_->model->id != model) fitView();
        if (result_ && left) {
            view_ = fitted(left->view, *result_->model, result_->elements());
            emit viewChanged();
        }
        forgetMaps();
        grid_.reset();
        shuffle_ = {};
        preview_ = kNoPreview;
        emit opened();
        emit resultChanged();
        emit gridChanged();
    }
    refreshMap();
    refreshGrid();
    shuffleIfWanted();
    emit shuffleChanged();
}

void State::on(const api::PermutationReady& e) {
    if (!result_ || result_->job != e.job || e.result.shuffle.seed != view_.seed) return;
    if (shuffle_.seed != e.result.shuffle.seed) shuffle_ = {e.result.shuffle.seed, {}, {}, {}, {}};
    shuffle_.of(e.result.arm) = e.result;
    emit shuffleChanged();
}

void State::know(const api::ModelInfo& model) {
    const auto known =
        std::find_if(models_.begin(), models_.end(), [&](const auto& m) { return m.id == model.id; });
    if (known == models_.end())
        models_.push_back(model);
    else
        *known = model;
}

void State::on(const api::Fetched& e) {
    know(e.model);
    hub_.take(e);
    emit modelsChanged();
}

QString loadingWords(const LoadProgress& p) {
    if (p.step == LoadProgress::Step::packing)
        return State::tr("packing %1 of %2 tensors").arg(count(p.done), count(p.total));
    const QString bytes = State::tr("%1 of %2").arg(fileSize(p.done), fileSize(p.total));
    return p.step == LoadProgress::Step::reading ? State::tr("reading %1").arg(bytes)
                                                 : State::tr("checking %1").arg(bytes);
}

}  // namespace perceiver::ui
