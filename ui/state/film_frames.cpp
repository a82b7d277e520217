#include "ui/state/film_frames.h"

#include <algorithm>
#include <cmath>

#include "ui/state/player.h"
#include "ui/state/state.h"

namespace perceiver::ui {

namespace {

constexpr double kPiece = 0.5, kAhead = 1.0, kBehind = 0.3;   // seconds
constexpr double kMostRate = 30;                               // frames a second that are worth showing
constexpr double kSame = 1e-6;
constexpr int kSideStep = 64, kLeastSide = 256, kMostSide = 960;
constexpr int kOverview = 12, kOverviewSide = 160;
constexpr double kOverviewSeconds = 60;                        // of a film; all of it is decoded for its overview

}  // namespace

FilmFrames::FilmFrames(State& state) : state_(state) {
    connect(&state_.link(), &EngineLink::event, this, &FilmFrames::take);
    connect(&state_, &State::opened, this, &FilmFrames::takeResult);
    connect(&state_, &State::finished, this, &FilmFrames::takeFinished);
}

void FilmFrames::takeResult() {
    const ResultPtr r = state_.result();
    const std::string path = r && r->file->film ? r->file->path : std::string();
    if (path == path_) return;
    path_ = path;
    frames_.clear();
    overview_.clear();
    asked_.reset();
    from_ = to_ = 0;
    ended_ = false;
}

/// A question about the result before may have found nobody to answer it.
void FilmFrames::takeFinished() {
    if (path_.empty()) return;
    if (asked_) ask(asked_->start, asked_->count, asked_->rate, asked_->side);
    else follow(playhead_, side_);
}

double FilmFrames::rate() const {
    const double own = state_.result()->file->film->rate;
    return own > 0 ? std::min(own, kMostRate) : 25;
}

std::int64_t FilmFrames::frameBytes() const {
    const api::FileInfo& f = *state_.result()->file;
    const double longer = std::max({1, f.width, f.height}), scale = std::min(1.0, side_ / longer);
    return std::max<std::int64_t>(1, std::llround(3 * f.width * scale * f.height * scale));
}

std::int64_t FilmFrames::bytes() const {
    std::int64_t sum = 0;
    for (const Frame& f : frames_) sum += std::int64_t(f.picture->rgb.size());
    return sum;
}

void FilmFrames::ask(double start, int count, double rate, int side) {
    const ResultPtr r = state_.result();
    asked_ = api::FramesRequest{0, r->job, start, count, rate, side};
    state_.link().askFrames(r->job, start, count, rate, side);
}

void FilmFrames::follow(double seconds, int side) {
    playhead_ = seconds;
    side_ = std::clamp((side + kSideStep - 1) / kSideStep * kSideStep, kLeastSide, kMostSide);
    const ResultPtr r = state_.result();
    if (path_.empty() || !r || !r->finished) return;
    const bool playing = state_.player().playing(), here = seconds >= from_ - kSame && (ended_ || seconds < to_);
    const double own = r->file->film->rate, asking = own > kMostRate ? kMostRate : 0;
    // At most half of what may be kept is ahead of the playhead, and a piece is a part of that.
    const int most = int(std::max<std::int64_t>(1, kMostBytes / 4 / frameBytes()));
    const int count = std::min(most, playing ? std::max(2, int(std::ceil(rate() * kPiece))) : 2);
    if (!here) {
        const bool coming = asked_ && asked_->count > 0 && seconds >= asked_->start - kSame &&
                            seconds < asked_->start + asked_->count / rate() && asked_->side > kOverviewSide;
        if (coming) return;
        frames_.clear();
        ended_ = false;
        from_ = to_ = seconds;
        return ask(seconds, count, asking, side_);
    }
    if (asked_) return;
    if (playing && !ended_ && to_ - seconds < kAhead && bytes() < kMostBytes / 2) return ask(to_, count, asking, side_);
    if (playing || !overview_.empty() || r->file->film->frames.size() > 1) return;
    const double whole = state_.player().duration();
    if (whole > 0 && whole <= kOverviewSeconds) ask(0, kOverview, kOverview / whole, kOverviewSide);
}

void FilmFrames::take(const api::Event& event) {
    const auto* ready = std::get_if<api::FramesReady>(&event);
    if (const auto* failed = std::get_if<api::Failed>(&event); failed && asked_) {
        ended_ = true;      // what can't be read is not asked for again
        asked_.reset();
    }
    if (!ready || !asked_ || path_.empty()) return;
    const api::FramesRequest asked = *std::exchange(asked_, std::nullopt);
    const bool overview = asked.side <= kOverviewSide;
    if (overview) {
        overview_.clear();
        for (std::size_t i = 0; i < ready->frames.size(); ++i) overview_.push_back({ready->times[i], ready->frames[i]});
        emit overviewChanged();
        return follow(playhead_, side_);
    }
    for (std::size_t i = 0; i < ready->frames.size(); ++i)
        if (frames_.empty() || ready->times[i] > frames_.back().time + kSame)
            frames_.push_back({ready->times[i], ready->frames[i]});
    ended_ = ready->end;
    if (!frames_.empty()) to_ = std::max(asked.start, frames_.back().time) + 1 / rate();
    trim();
    emit changed();
    follow(playhead_, side_);
}

/// Frames behind the playhead go first.
void FilmFrames::trim() {
    std::int64_t kept = bytes();
    while (kept > kMostBytes / 2 && frames_.size() > 1 && frames_[1].time < playhead_ - kBehind) {
        kept -= std::int64_t(frames_.front().picture->rgb.size());
        frames_.pop_front();
        from_ = frames_.front().time;
    }
}

const FilmFrames::Frame* FilmFrames::at(double seconds) const {
    if (seconds < from_ - kSame || (!ended_ && seconds >= to_ + kBehind)) return nullptr;
    const auto after = std::upper_bound(frames_.begin(), frames_.end(), seconds + kSame,
                                        [](double t, const Frame& f) { return t < f.time; });
    return after == frames_.begin() ? nullptr : &*std::prev(after);
}

}  // namespace perceiver::ui
