#include <QAudioDevice>
#include <QAudioFormat>
#include <QAudioSink>
#include <QIODevice>
#include <QMediaDevices>
#include <QTimerEvent>
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "ui/sound/sound_device.h"

namespace perceiver::ui {

namespace {

constexpr int kBufferMs = 120;  // long enough for a busy machine, short enough that a seek is heard at once

QAudioFormat formatOf(QAudioFormat::SampleFormat samples) {
    QAudioFormat format;
    format.setSampleRate(SoundQueue::kRate);
    format.setChannelCount(SoundQueue::kChannels);
    format.setSampleFormat(samples);
    return format;
}

/// The queue as the device reads it: sound or silence, without end.
class Feed final : public QIODevice {
  public:
    Feed(std::shared_ptr<SoundQueue> queue, bool floats) : queue_(std::move(queue)), floats_(floats) {
        open(ReadOnly | Unbuffered);
    }
    bool isSequential() const override { return true; }
    qint64 bytesAvailable() const override { return 1 << 20; }

  protected:
    qint64 readData(char* to, qint64 bytes) override {
        const qint64 sample = floats_ ? sizeof(float) : sizeof(qint16),
                     frames = bytes / (sample * SoundQueue::kChannels);
        samples_.resize(std::size_t(frames * SoundQueue::kChannels));
        queue_->take(samples_.data(), frames);
        for (float& x : samples_) x = std::clamp(x, -1.0F, 1.0F);
        if (floats_) {
            std::copy_n(samples_.data(), samples_.size(), reinterpret_cast<float*>(to));
        } else {
            std::transform(samples_.begin(), samples_.end(), reinterpret_cast<qint16*>(to),
                           [](float x) { return qint16(std::lround(32767 * x)); });
        }
        return frames * sample * SoundQueue::kChannels;
    }
    qint64 writeData(const char*, qint64) override { return -1; }

  private:
    std::shared_ptr<SoundQueue> queue_;
    bool floats_;
    std::vector<float> samples_;
};

class Device final : public QObject, public SoundDevice {
  public:
    explicit Device(std::function<void()> lost) : lost_(std::move(lost)) {}
    ~Device() override { stop(); }

    void start(const std::shared_ptr<SoundQueue>& queue, const Count& heard) override {
        stop();
        const QAudioDevice device = QMediaDevices::defaultAudioOutput();
        if (device.isNull()) return lost_();
        QAudioFormat format = formatOf(QAudioFormat::Float);
        if (!device.isFormatSupported(format)) format = formatOf(QAudioFormat::Int16);
        if (!device.isFormatSupported(format)) return lost_();
        feed_ = std::make_unique<Feed>(queue, format.sampleFormat() == QAudioFormat::Float);
        heard_ = heard;
        sink_ = std::make_unique<QAudioSink>(device, format);
        sink_->setBufferSize(format.bytesForDuration(kBufferMs * 1000));
        connect(sink_.get(), &QAudioSink::stateChanged, this, [this] {
            if (sink_ && sink_->error() != QAudio::NoError && sink_->error() != QAudio::UnderrunError) lost_();
        });
        sink_->start(feed_.get());
        timer_ = startTimer(10, Qt::PreciseTimer);
    }

    void stop() override {
        if (timer_) killTimer(std::exchange(timer_, 0));
        if (sink_) {
            sink_->disconnect(this);
            sink_->reset();
        }
        sink_.reset();
        feed_.reset();
    }

  protected:
    void timerEvent(QTimerEvent*) override {
        const qint64 frame = sink_->format().bytesPerFrame();
        const qint64 unheard = std::max<qint64>(0, sink_->bufferSize() - sink_->bytesFree()) / frame;
        const qint64 given = sink_->processedUSecs() * SoundQueue::kRate / 1'000'000;
        *heard_ = std::max<std::int64_t>(*heard_, given - unheard);
    }

  private:
    std::function<void()> lost_;
    std::unique_ptr<Feed> feed_;
    std::unique_ptr<QAudioSink> sink_;
    Count heard_;
    int timer_ = 0;
};

}  // namespace

}  // namespace perceiver::ui

extern "C" __attribute__((visibility("default"))) perceiver::ui::SoundDevice* perceiverscope_create_sound_device(
    std::function<void()> lost) {
    // Qt's other back end wants plug-ins of its own, which a system need not have; only sinks are used of either.
    if (!qEnvironmentVariableIsSet("QT_MEDIA_BACKEND")) qputenv("QT_MEDIA_BACKEND", "ffmpeg");
    return new perceiver::ui::Device(std::move(lost));
}
