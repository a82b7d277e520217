#include "ui/state/rival_answers.h"

#include "ui/state/player.h"
#include "ui/state/state.h"

namespace perceiver::ui {

RivalAnswers::RivalAnswers(State& state, EngineLink& link) : QObject(&state), state_(state), link_(link) {
    connect(&state_, &State::opened, this, &RivalAnswers::forget);
    connect(&state_, &State::finished, this, &RivalAnswers::refresh);
    connect(&state_, &State::viewChanged, this, &RivalAnswers::refresh);
}

void RivalAnswers::want(bool wanted) {
    wanted_ = wanted;
    if (wanted) return refresh();
    link_.stopRivals();
    if (answers_.size() < 3) asked_.reset();  // what did not come is asked again
}

const std::vector<api::RivalAnswer>* RivalAnswers::of(api::Arm arm) const {
    const auto found = answers_.find(arm);
    return found == answers_.end() ? nullptr : &found->second;
}

const std::vector<api::RivalAnswer>* RivalAnswers::any() const {
    if (!answers_.empty()) return &answers_.begin()->second;
    return inOrder_.empty() ? nullptr : &inOrder_;
}

void RivalAnswers::forget() {
    asked_.reset();
    answers_.clear();
    inOrder_.clear();
    whyNot_.clear();
    modelBeside_.clear();
    emit changed();
}

void RivalAnswers::refresh() {
    const ResultPtr r = state_.result();
    if (!wanted_ || !r || !r->finished || state_.player().playing()) return;
    const std::pair wanted{r->job, state_.shuffleOptions()};
    if (asked_ == wanted) return;
    asked_ = wanted;
    if (any()) inOrder_ = *any();
    answers_.clear();
    api::RivalsRequest request;
    request.job = r->job;
    request.shuffle = wanted.second;
    link_.askRivals(std::move(request));
    emit changed();
}

void RivalAnswers::askTable() {
    if (!table_) link_.askComparison();
}

void RivalAnswers::take(const api::RivalsReady& e) {
    whyNot_ = QString::fromStdString(e.why_not);
    modelBeside_ = QString::fromStdString(e.model_beside);
    if (e.why_not.empty()) answers_[e.arm] = e.answers;
    emit changed();
}

void RivalAnswers::take(const api::ComparisonReady& e) {
    table_ = e.table;
    emit tableChanged();
}

}  // namespace perceiver::ui
