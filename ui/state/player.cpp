#include "ui/state/player.h"

#include <algorithm>
#include <cmath>

#include "engine/api/over_time.h"
#include "ui/state/resample.h"
#include "ui/state/state.h"

namespace perceiver::ui {

namespace {

constexpr int kTickMs = 16, kOutlineBins = 2000;
constexpr double kAhead = 1, kPiece = 0.5, kShortestLoop = 0.05, kRest = 0.05;  // seconds
constexpr double kSame = 1e-6;     // seconds
constexpr double kRunShare = 0.3;  // of the newest run in the estimate of what the next takes

}  // namespace

Player::Player(State& state) : QObject(&state), state_(state) {
    timer_.setInterval(kTickMs);
    timer_.setTimerType(Qt::PreciseTimer);
    connect(&timer_, &QTimer::timeout, this, &Player::tick);
    connect(&state_, &State::opened, this, &Player::takeResult);
    connect(&state_, &State::finished, this, &Player::takeFinished);
    connect(&state_, &State::failed, this, &Player::pause);
    connect(&state_, &State::cancelled, this, [this] { wanted_.reset(); });
    connect(&state_, &State::viewChanged, this, [this] {
        if (source_ == Source::solo) askSolo();
    });
    connect(&state_.link(), &EngineLink::event, this, qOverload<const api::Event&>(&Player::take));
}

Player::~Player() = default;

void Player::setOutput(OutputFactory make) {
    makeOutput_ = std::move(make);
    output_.reset();
}

// ---- what there is to play ----

bool Player::available() const {
    const ResultPtr r = state_.result();
    return r && (r->file->sound || r->file->film);
}

bool Player::hasSound() const {
    const ResultPtr r = state_.result();
    return r && (r->file->sound || (r->file->film && r->file->film->has_sound));
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

bool Player::goesOn() const {
    const ResultPtr r = state_.result();
    return r && api::only_heard(*r->file) && duration() > window().second - window().first + kRest;
}

std::pair<double, double> Player::range() const {
    std::pair<double, double> all{0, duration()};
    if (source_ != Source::file && !absent_) all = {window().first, std::min(window().second, duration())};
    if (!loop_) return all;
    const std::pair<double, double> both{std::max(all.first, loop_->first), std::min(all.second, loop_->second)};
    return both.second - both.first >= kShortestLoop ? both : all;
}

void Player::takeResult() {
    const ResultPtr r = state_.result();
    if (source_ == Source::shuffled || !available()) hearFile();
    if (!available()) {
        pause();
        path_.clear();
        return;
    }
    if (std::exchange(model_, r->model->id) != r->model->id || r->file->path != path_) wanted_.reset();
    if (r->file->path != path_) {
        path_ = r->file->path;
        pause();
        hearFile();
        setLoop(std::nullopt);
        outline_.reset();
        emit outlineChanged();
        moveTo(window().first);
    }
}

// ---- the transport ----

void Player::play() {
    if (playing_ || !available()) return;
    const auto [first, end] = range();
    if (position_ < first - kSame || position_ >= end - 1e-3) moveTo(first);
    playing_ = true;
    from_ = position_;
    clock_.start();
    timer_.start();
    absent_ = false;  // it may have come since
    if (hasSound()) startSound();
    emit playingChanged();
}

void Player::pause() {
    if (!playing_) return;
    playing_ = false;
    timer_.stop();
    if (queue_) output_->stop();
    queue_.reset();
    awaited_ = false;
    emit playingChanged();
}

void Player::toggle() { playing_ ? pause() : play(); }

void Player::seek(double seconds) {
    moveTo(seconds);
    from_ = position_;
    clock_.start();
    refill();
    follow();
}

void Player::setLoop(std::optional<std::pair<double, double>> loop) {
    if (loop && loop->second < loop->first) std::swap(loop->first, loop->second);
    if (loop && loop->second - loop->first < kShortestLoop) loop->second = loop->first + kShortestLoop;
    if (loop == loop_) return;
    loop_ = loop;
    if (loop_ && (position_ < loop_->first || position_ > loop_->second))  // at its end it plays on from its start
        seek(loop_->first);
    else
        refill();
    emit loopChanged();
}

void Player::loopFromHere() {
    const double from = std::min(position_, duration() - kShortestLoop);
    setLoop(std::pair(from, loop_ && loop_->second > from + kShortestLoop ? loop_->second : duration()));
}

void Player::loopToHere() {
    const double to = std::max(position_, kShortestLoop);
    setLoop(std::pair(loop_ && loop_->first < to - kShortestLoop ? loop_->first : 0, to));
}

void Player::tick() {
    const auto [first, end] = range();
    if (sounding()) {
        feed();
        const std::int64_t played = output_->played();
        if (played > 0 && soundless_) {
            soundless_ = false;
            emit sourceChanged();
        }
        const bool over = queue_->over(played);
        moveTo(over ? end : queue_->position(played));
        if (over) {
            pause();
            if (source_ == Source::shuffled) hearFile();
        }
    } else {
        double next = from_ + double(clock_.nsecsElapsed()) / 1e9;
        if (loop_ && next >= end) {
            next = first;
            from_ = next;
            clock_.start();
        }
        moveTo(next);
        if (next >= end) pause();
    }
    follow();
}

void Player::moveTo(double seconds) {
    const double next = std::clamp(seconds, 0.0, std::max(0.0, duration()));
    if (next == position_) return;
    position_ = next;
    emit positionChanged();
}

void Player::takeFinished() {
    if (available()) {
        const bool first = !outline_;
        job_ = state_.result()->job;  // the engine plays from what it finished last
        awaited_ = false;
        whole_.clear();
        soloOf_ = {-1, -2};
        if (source_ == Source::solo) askSolo();
        if (first && goesOn()) state_.link().askOutline(job_, kOutlineBins);
        feed();
    }
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
    if (!available() || state_.busy() || source_ == Source::shuffled) return;
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

// ---- what is heard ----

void Player::setSource(Source source) {
    if (source == source_) return;
    source_ = source;
    whole_.clear();
    soloOf_ = {-1, -2};
    if (source_ == Source::solo) askSolo();
    refill();
    emit sourceChanged();
}

void Player::setSolo(bool on) {
    if (on && !hasSound()) return;
    setSource(on ? Source::solo : Source::file);
}

void Player::hearFile() { setSource(Source::file); }

void Player::hearShuffled(const api::PermutationResult& result) {
    const ResultPtr r = state_.result();
    if (!r || !r->file->sound || result.sound.empty()) return;
    setSource(Source::shuffled);
    moveTo(window().first);
    takeWhole(result.sound, r->file->sound->rate);
    play();
}

void Player::askSolo() {
    const ResultPtr r = state_.result();
    const std::pair<int, int> wanted{state_.view().crossAttend, state_.view().pinned};
    if (!r || !r->finished || wanted == soloOf_) return;
    soloOf_ = wanted;
    state_.link().askSolo(job_, wanted.first, wanted.second);
}

void Player::take(const api::Event& event) {
    if (const auto* piece = std::get_if<api::SoundReady>(&event)) take(*piece);
    if (const auto* solo = std::get_if<api::SoloReady>(&event);
        solo && source_ == Source::solo && solo->asked.job == job_)
        takeWhole(solo->samples, solo->rate);
    if (const auto* outline = std::get_if<api::OutlineReady>(&event); outline && available()) {
        outline_ = *outline;
        emit outlineChanged();
    }
}

void Player::takeWhole(std::vector<float> samples, int rate) {
    whole_ = resampled(samples, rate, SoundQueue::kRate);
    wholeStart_ = window().first;
    refill();
}

void Player::take(const api::SoundReady& ready) {
    if (!awaited_ || !queue_ || ready.asked.job != job_) return;
    awaited_ = false;
    const double first = range().first;
    const bool nothing = ready.samples.empty(), fromTheFirst = std::abs(next_ - first) < kSame;
    queue_->add(next_, ready.samples);
    next_ += ready.asked.seconds;
    if (ready.end && loop_ && !(nothing && fromTheFirst)) {
        next_ = first;
    } else if (ready.end) {
        ended_ = true;
        queue_->end();
    }
    feed();
}

bool Player::sounding() const { return playing_ && queue_; }

void Player::startSound() {
    if (!output_) {
        output_ = makeOutput_();
        connect(output_.get(), &AudioOutput::absent, this, &Player::lose);
    }
    queue_ = std::make_shared<SoundQueue>();
    refill();
    output_->start(queue_);
}

/// No device: the clock goes on from here.
void Player::lose() {
    absent_ = soundless_ = true;
    if (queue_) output_->stop();
    queue_.reset();
    awaited_ = false;
    from_ = position_;
    clock_.start();
    emit sourceChanged();
}

void Player::refill() {
    if (!sounding()) return;
    queue_->restart(position_);
    next_ = position_;
    awaited_ = ended_ = false;
    feed();
}

void Player::feed() {
    while (sounding() && !awaited_ && !ended_ && queue_->waiting() < kAhead)
        if (!(source_ == Source::file ? feedPiece() : feedWhole())) return;
}

/// Where the next piece ends; begins the loop again, or ends, where there is none.
std::optional<double> Player::pieceEnd() {
    const auto [first, end] = range();
    if (next_ >= end - kSame && loop_) next_ = first;
    if (next_ < end - kSame) return std::min(next_ + kPiece, end);
    // A solo goes on with the model's next window, which comes when the playhead gets there.
    if (source_ == Source::solo && end < duration() - 1e-3) return {};
    ended_ = true;
    queue_->end();
    return {};
}

bool Player::feedPiece() {
    const auto end = pieceEnd();
    if (!end || job_ == 0) return false;
    awaited_ = true;
    state_.link().askSound(job_, next_, *end - next_, SoundQueue::kRate, SoundQueue::kChannels);
    return true;
}

bool Player::feedWhole() {
    if (whole_.empty()) return false;
    // The next window is there a little before the playhead, which then goes on at its start.
    if (next_ < wholeStart_ && next_ > wholeStart_ - kAhead) next_ = wholeStart_;
    if (next_ < wholeStart_) return false;
    const auto end = pieceEnd();
    if (!end) return false;
    const auto index = [&](double seconds) {
        return std::size_t(std::llround(std::max(0.0, seconds - wholeStart_) * SoundQueue::kRate));
    };
    std::vector<float> piece;
    for (std::size_t i = index(next_); i < index(*end); ++i)
        piece.insert(piece.end(), SoundQueue::kChannels, i < whole_.size() ? whole_[i] : 0.0F);
    queue_->add(next_, std::move(piece));
    next_ = *end;
    return true;
}

}  // namespace perceiver::ui
