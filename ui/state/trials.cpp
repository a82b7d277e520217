#include "ui/state/trials.h"

#include <QSaveFile>

#include "ui/state/state.h"

namespace perceiver::ui {

namespace {

constexpr double kLeastPart = 0.01;  // before which nobody knows how long it takes

}  // namespace

Trials::Trials(State& state, EngineLink& link) : QObject(&state), state_(state), link_(link) {}

QString Trials::path() const {
    if (!state_.view().trialFolder.isEmpty()) return state_.view().trialFolder;
    const auto& shown = state_.lastOpened();
    return shown && !shown->bytes ? QString::fromStdString(shown->path) : QString();
}

void Trials::start() {
    const auto model = state_.model();
    if (path().isEmpty() || !model) return;
    api::TrialsRequest request;
    request.path = path().toStdString();
    request.model = model->id;
    if (state_.lastOpened()) request.hyperparameters = state_.lastOpened()->hyperparameters;
    const ViewState& v = state_.view();
    // A folder may hold other sizes than the shown file: the wish itself, which each file's grid limits as it can.
    request.shuffle = v.trialFolder.isEmpty()
                          ? state_.shuffleOptions()
                          : api::ShuffleOptions{v.seed, v.block, v.fraction, state_.shuffleOptions().along};
    request.seeds = v.trialSeeds;
    of_ = path();
    result_.reset();
    failed_.clear();
    running_ = true;
    stopped_ = false;
    part_ = 0;
    since_.start();
    link_.askTrials(std::move(request));
    emit changed();
}

void Trials::stop() {
    if (!running_) return;
    link_.stopTrials();
    running_ = false;
    stopped_ = true;
    emit changed();
}

double Trials::secondsLeft() const {
    return part_ < kLeastPart ? -1 : double(since_.elapsed()) / 1000 * (1 - part_) / part_;
}

bool Trials::save(const QString& path) const {
    if (!result_) return false;
    QSaveFile file(path);
    const std::string csv = api::to_csv(*result_);
    return file.open(QIODevice::WriteOnly) && file.write(csv.data(), qint64(csv.size())) == qint64(csv.size()) &&
           file.commit();
}

void Trials::take(const api::TrialsReady& e) {
    failed_ = QString::fromStdString(e.failed);
    if (e.failed.empty()) result_ = e.result;
    part_ = e.part;
    running_ = !e.end;
    emit changed();
}

}  // namespace perceiver::ui
