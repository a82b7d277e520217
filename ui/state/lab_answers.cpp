#include "ui/state/lab_answers.h"

#include "ui/state/state.h"

namespace perceiver::ui {

LabAnswers::LabAnswers(State& state, EngineLink& link) : QObject(&state), state_(state), link_(link) {
    connect(&state_, &State::opened, this, &LabAnswers::another);
    connect(&state_, &State::finished, this, &LabAnswers::refreshPositions);
    connect(&state_, &State::finished, this, &LabAnswers::refreshCost);
    connect(&state_, &State::pointedChanged, this, &LabAnswers::refreshPositions);
}

void LabAnswers::wantPositions(bool wanted) {
    positionsWanted_ = wanted;
    refreshPositions();
}

void LabAnswers::wantCost(bool wanted) {
    costWanted_ = wanted;
    refreshCost();
}

int LabAnswers::element() const {
    const int held = state_.view().held;
    return held >= 0 ? held : state_.hovered() >= 0 ? state_.hovered() : api::middle_element;
}

/// Another result is shown. Of the next window of the same film the answers before stay until the new ones
/// come.
void LabAnswers::another() {
    asking_.reset();
    known_.reset();
    costAsked_.reset();
    if (!state_.movedOn() || !state_.result()) {
        positions_.reset();
        cost_.reset();
        emit positionsChanged();
        emit costChanged();
    }
    refreshPositions();
    refreshCost();
}

/// One question at a time, whose answer is shown whatever is pointed at by then: so a pointer that never
/// rests sees something move as well.
void LabAnswers::refreshPositions() {
    const ResultPtr r = state_.result();
    if (!positionsWanted_ || !r || !r->finished) return;
    const Asked wanted{r->job, element()};
    if (known_ == wanted || (asking_ && asking_->first == r->job)) return;
    asking_ = wanted;
    link_.askPositions(wanted.first, wanted.second);
}

void LabAnswers::refreshCost() {
    const ResultPtr r = state_.result();
    if (!costWanted_ || !r || !r->finished || costAsked_ == r->job) return;
    costAsked_ = r->job;
    link_.askCost(r->job);
}

void LabAnswers::failed() { asking_.reset(); }

void LabAnswers::take(const api::PositionsReady& e) {
    asking_.reset();
    if (!state_.result() || state_.result()->job != e.asked.job) return;
    positions_ = e.likeness;
    known_ = {e.asked.job, e.asked.element};
    emit positionsChanged();
    refreshPositions();
}

void LabAnswers::take(const api::CostReady& e) {
    if (!state_.result() || state_.result()->job != e.asked.job) return;
    cost_ = e.cost;
    emit costChanged();
}

}  // namespace perceiver::ui
