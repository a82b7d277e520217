#include "ui/state/explanation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/state/player.h"
#include "ui/state/state.h"

namespace perceiver::ui {

namespace {

constexpr double kRuns = 52;  // of the model, for one pair of curves and their random twins

}  // namespace

Explanation::Explanation(State& state, EngineLink& link) : QObject(&state), state_(state), link_(link) {}

// ---- what is known ----

int Explanation::target() const {
    const ResultPtr r = state_.result();
    if (!r || r->predictions.empty()) return -1;
    const int chosen = state_.view().target;
    return chosen >= 0 && chosen < int(r->predictions.size()) ? chosen : r->predictions.front().index;
}

const api::Prediction* Explanation::prediction() const {
    const int index = target();
    const ResultPtr r = state_.result();
    if (index < 0) return nullptr;
    const auto found =
        std::find_if(r->predictions.begin(), r->predictions.end(), [&](const auto& p) { return p.index == index; });
    return found == r->predictions.end() ? nullptr : &*found;
}

const api::EvidenceMap* Explanation::evidence(api::Evidence kind) const {
    const auto found = maps_.find(kind);
    if (found == maps_.end() || (kind == api::Evidence::relevance && found->second->target != target())) return nullptr;
    return found->second.get();
}

MapPtr Explanation::map(api::Evidence kind) const {
    return evidence(kind) ? MapPtr(maps_.at(kind), &maps_.at(kind)->map) : nullptr;
}

const api::EvidenceCurves* Explanation::curves() const {
    const auto found = curves_.find({state_.view().evidence, target()});
    return found == curves_.end() ? nullptr : &found->second;
}

double Explanation::secondsToMeasure() const {
    const ResultPtr r = state_.result();
    if (!r) return 0;
    const auto sum = [](const std::vector<double>& ms) { return std::accumulate(ms.begin(), ms.end(), 0.0); };
    return kRuns * (sum(r->timings.cross_attend) + sum(r->timings.latent)) / 1000;
}

int Explanation::goneCount() const { return int(std::count(gone_.begin(), gone_.end(), 1)); }

// ---- asking ----

void Explanation::want(bool wanted) {
    wanted_ = wanted;
    refresh();
}

void Explanation::retry() {
    const bool complete = evidence(api::Evidence::relevance) && evidence(api::Evidence::rollout);
    if (!complete && !progress_) asked_.reset();
    refresh();
}

void Explanation::failed() {
    asking_.reset();
    progress_.reset();
    stale_ = false;
    emit changed();
}

void Explanation::forget() {
    maps_.clear();
    curves_.clear();
    asked_.reset();
    asking_.reset();
    progress_.reset();
    ranked_.reset();
    order_.clear();
    without_.reset();
    stale_ = false;
    if (!std::exchange(gone_, {}).empty()) emit maskChanged();
    emit changed();
}

void Explanation::refresh() {
    const ResultPtr r = state_.result();
    const bool still = !state_.player().playing();
    if (r && r->finished && still && !r->answersNoNumber() &&
        (wanted_ || state_.view().explained || state_.view().masked > 0)) {
        askEvidence();
        if (wanted_ && !slow()) askCurves();
    }
    remask();
    emit changed();
}

void Explanation::askEvidence() {
    const ResultPtr r = state_.result();
    if (asked_ == target()) return;
    std::vector<api::Evidence> kinds;
    for (const auto kind : {api::Evidence::attention, api::Evidence::rollout})
        if (!maps_.contains(kind)) kinds.push_back(kind);
    if (target() >= 0) kinds.push_back(api::Evidence::relevance);
    asked_ = target();
    if (kinds.empty()) return;
    progress_ = 0;
    link_.askEvidence(r->job, target(), kinds);
}

void Explanation::measure() {
    askCurves();
    emit changed();
}

void Explanation::askCurves() {
    const std::pair<api::Evidence, int> wanted{state_.view().evidence, target()};
    const api::EvidenceMap* by = evidence(wanted.first);
    if (!by || wanted.second < 0 || curves() || asking_ == wanted) return;
    asking_ = wanted;
    progress_ = 0;
    link_.askCurves(state_.result()->job, wanted.second, by->map.values);
}

void Explanation::stop() {
    link_.stopExplaining();
    asking_.reset();
    progress_.reset();
    emit changed();
}

/// Which elements the slider leaves out, and what the model answers then.
void Explanation::remask() {
    const ViewState& v = state_.view();
    const auto found = maps_.find(v.evidence);
    std::vector<std::uint8_t> gone;
    if (v.masked > 0 && evidence(v.evidence)) {
        if (ranked_ != found->second) {
            ranked_ = found->second;
            order_ = api::ranking(ranked_->map.values);
        }
        const auto count = std::size_t(std::llround(v.masked * double(order_.size())));
        gone.assign(order_.size(), v.keepOnly);
        for (std::size_t i = 0; i < count; ++i) gone[std::size_t(order_[i])] = !v.keepOnly;
    }
    if (gone == gone_) return;
    gone_ = std::move(gone);
    if (gone_.empty()) without_.reset();
    stale_ = !gone_.empty();
    std::vector<int> elements;
    for (std::size_t i = 0; i < gone_.size(); ++i)
        if (gone_[i]) elements.push_back(int(i));
    if (stale_) link_.askWithout(state_.result()->job, std::move(elements));
    emit maskChanged();
}

// ---- answers ----

void Explanation::take(const api::ExplainProgress& e) {
    progress_ = e.part;
    emit changed();
}

void Explanation::take(const api::EvidenceReady& e) {
    maps_[e.evidence.kind] = std::make_shared<const api::EvidenceMap>(e.evidence);
    const bool last = e.evidence.kind == api::Evidence::relevance || (target() < 0 && maps_.size() == 2);
    if (last && !asking_) progress_.reset();
    refresh();
}

void Explanation::take(const api::CurvesReady& e) {
    if (asking_) curves_[*asking_] = e.curves;
    asking_.reset();
    progress_.reset();
    refresh();
}

void Explanation::take(const api::WithoutReady& e) {
    without_ = e;
    stale_ = false;
    emit changed();
}

}  // namespace perceiver::ui
