// A sound device that takes sound when a test says so, and has played all it took.
#pragma once

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <cmath>

#include "ui/state/audio_output.h"

namespace perceiver::ui::test {

class FakeOutput final : public AudioOutput {
  public:
    bool there = true;
    int starts = 0, stops = 0;
    QueuePtr queue;

    void start(QueuePtr q) override {
        if (!there) return emit absent();
        queue = std::move(q);
        taken_ = 0;
        ++starts;
    }
    void stop() override {
        queue.reset();
        ++stops;
    }
    std::int64_t played() const override { return taken_; }

    /// Left channel of so many seconds, a tenth at a time, with the engine's answers in between.
    std::vector<float> pull(double seconds) {
        std::vector<float> out;
        for (auto left = std::llround(seconds * SoundQueue::kRate); left > 0 && queue;) {
            const auto count = std::min<std::int64_t>(left, SoundQueue::kRate / 10);
            // This device is faster than time: the player gets the moment a real one leaves it. At the end nothing
            // comes.
            for (QDeadlineTimer patience(200);
                 queue && queue->waiting() * SoundQueue::kRate < double(count) && !patience.hasExpired();)
                QCoreApplication::processEvents(QEventLoop::AllEvents, 10);
            if (!queue) break;
            std::vector<float> frames(std::size_t(2 * count));
            queue->take(frames.data(), count);
            for (std::size_t i = 0; i < frames.size(); i += 2) out.push_back(frames[i]);
            taken_ += count;
            left -= count;
        }
        return out;
    }

  private:
    std::int64_t taken_ = 0;
};

}  // namespace perceiver::ui::test
