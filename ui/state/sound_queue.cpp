#include "ui/state/sound_queue.h"

#include <algorithm>

namespace perceiver::ui {

namespace {

constexpr std::int64_t kRemembered = 4 * SoundQueue::kRate;  // frames; no device holds more

}  // namespace

void SoundQueue::restart(double seconds) {
    const std::lock_guard lock(mutex_);
    pieces_.clear();
    used_ = 0;
    ended_ = false;
    held_ = seconds;
    sounding_ = taken_;
    spans_.clear();
    spans_.push_back({taken_, 0, seconds, false});
}

void SoundQueue::add(double seconds, std::vector<float> samples) {
    const std::lock_guard lock(mutex_);
    if (samples.size() >= kChannels) pieces_.push_back({seconds, std::move(samples)});
}

void SoundQueue::end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
}

double SoundQueue::waiting() const {
    const std::lock_guard lock(mutex_);
    std::size_t samples = 0;
    for (const Piece& piece : pieces_) samples += piece.samples.size();
    return double((samples - used_) / kChannels) / kRate;
}

void SoundQueue::take(float* to, std::int64_t frames) {
    const std::lock_guard lock(mutex_);
    while (frames > 0 && !pieces_.empty()) {
        Piece& piece = pieces_.front();
        const std::int64_t left = std::int64_t(piece.samples.size() - used_) / kChannels,
                           count = std::min(left, frames);
        std::copy_n(piece.samples.begin() + std::ptrdiff_t(used_), count * kChannels, to);
        spans_.push_back({taken_, count, piece.seconds + double(used_ / kChannels) / kRate, true});
        held_ = spans_.back().seconds + double(count) / kRate;
        used_ += std::size_t(count * kChannels);
        to += count * kChannels;
        taken_ += count;
        frames -= count;
        sounding_ = taken_;
        if (count == left) pieces_.pop_front(), used_ = 0;
    }
    if (frames > 0) {
        std::fill_n(to, frames * kChannels, 0.0F);
        spans_.push_back({taken_, frames, held_, false});
        taken_ += frames;
    }
    while (spans_.size() > 1 && spans_.front().first + spans_.front().frames < taken_ - kRemembered) spans_.pop_front();
}

double SoundQueue::position(std::int64_t played) const {
    const std::lock_guard lock(mutex_);
    const Span* at = spans_.empty() ? nullptr : &spans_.front();
    for (const Span& span : spans_)
        if (span.first <= played) at = &span;
    if (!at) return held_;
    const std::int64_t inside = std::clamp<std::int64_t>(played - at->first, 0, at->frames);
    return at->seconds + (at->moving ? double(inside) / kRate : 0.0);
}

bool SoundQueue::over(std::int64_t played) const {
    const std::lock_guard lock(mutex_);
    return ended_ && pieces_.empty() && played >= sounding_;
}

}  // namespace perceiver::ui
