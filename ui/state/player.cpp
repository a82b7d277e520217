#include "ui/state/player.h"

#include <algorithm>
#include <cmath>

#include "ui/state/state.h"

namespace perceiver::ui {

namespace {

constexpr int kTickMs = 16;
constexpr double kSame = 1e-6;        // seconds
constexpr double kRunShare = 0.3;     // of the newest run in the estimate of what the next takes

}  // namespace

Player::Player(State& state) : QObject(&state), state_(state) {
    timer_.setInterval(kTickMs);
    timer_.setTimerType(Qt::PreciseTimer);
    connect(&timer_, &QTimer::timeout, this, &Player::tick);
    connect(&state_, &State::opened, this, &Player::takeResult);
    connect(&state_, &State::finished, this, &Player::takeFinished);
    connect(&state_, &State::failed, this, &Player::pause);
    connect(&state_, &State::cancelled, this, [this] { wanted_.reset(); });
}

bool Player::available() const {
    const ResultPtr r = state_.result();
    return r && (r->file->sound || r->file->film);
}

std::pair<double, double> Player::window() const {
    const ResultPtr r = state_.result();
    if (!r) return {0, 0};
    if (r->file->sound) return {r->file->sound->start, r->file->sound->start + r->file->sound->seconds};
    if (r->file->film) return {r->file->film->start, r->file->film->start + r->file->film->seconds};
    return {0, 0};
}

double Player::duration() const {
    const ResultPtr r = state_.result();
    if (!r) return 0;
    const double claimed = r->file->film ? r->file->film->duration : r->file->sound ? r->file->sound->duration : 0;
    return claimed > 0 ? claimed : window().second;
}

void Player::takeResult() {
    const ResultPtr r = state_.result();
    if (!available()) {
        pause();
        path_.clear();
        return;
    }
    if (std::exchange(model_, r->model->id) != r->model->id || r->file->path != path_) wanted_.reset();
    if (r->file->path != path_) {
        path_ = r->file->path;
        pause();
        setLoop(std::nullopt);
        moveTo(window().first);
    }
}

void Player::play() {
    if (playing_ || !available()) return;
    if (position_ >= duration() - 1e-3) moveTo(0);
    playing_ = true;
    from_ = position_;
    clock_.start();
    timer_.start();
    emit playingChanged();
}

void Player::pause() {
    if (!playing_) return;
    playing_ = false;
    timer_.stop();
    emit playingChanged();
}

void Player::toggle() { playing_ ? pause() : play(); }

void Player::seek(double seconds) {
    moveTo(seconds);
    from_ = position_;
    clock_.start();
    follow();
}

void Player::setLoop(std::optional<std::pair<double, double>> loop) {
    if (loop && loop->second < loop->first) std::swap(loop->first, loop->second);
    if (loop == loop_) return;
    loop_ = loop;
    if (loop_ && (position_ < loop_->first || position_ >= loop_->second)) seek(loop_->first);
    emit loopChanged();
}

void Player::tick() {
    double next = from_ + double(clock_.nsecsElapsed()) / 1e9;
    if (loop_ && next >= loop_->second) {
        next = loop_->first;
        from_ = next;
        clock_.start();
    }
    const double end = duration();
    moveTo(next);
    if (next >= end) pause();
    follow();
}

void Player::moveTo(double seconds) {
    const double next = std::clamp(seconds, 0.0, std::max(0.0, duration()));
    if (next == position_) return;
    position_ = next;
    emit positionChanged();
}

void Player::takeFinished() {
    const double took = state_.movedOn() && asked_.isValid() ? double(asked_.nsecsElapsed()) / 1e9
                                                             : state_.result()->timings.total / 1e3;
    run_ = state_.movedOn() ? run_ + kRunShare * (took - run_) : took;
    follow();
}

/// Where the playhead is when a run that begins now is done.
double Player::ahead() const {
    if (!playing_) return position_;
    const double at = position_ + run_;
    if (!loop_ || at < loop_->second || loop_->second <= loop_->first) return at;
    return loop_->first + std::fmod(at - loop_->first, loop_->second - loop_->first);
}

/// Results follow the playhead: before it leaves the model's window, the one that begins where it will be when that is
/// computed, or the last whole one. One run at a time; where a run takes longer than its window lasts, windows between
/// are left out.
void Player::follow() {
    if (!available() || state_.busy()) return;
    const auto [start, end] = window();
    const double length = end - start, last = std::max(0.0, duration() - length), at = ahead();
    const bool early = playing_ && at >= start - run_ && at < start;  // its result came before the playhead
    if (length <= 0 || early || (at >= start - kSame && at < end)) return;
    const double next = std::min(at, last);
    if (std::abs(next - start) < kSame || (wanted_ && std::abs(next - *wanted_) < kSame)) return;
    wanted_ = next;
    asked_.start();
    state_.openWindowAt(next);
}

}  // namespace perceiver::ui
