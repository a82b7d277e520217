#include "ui/state/audio_output.h"

#include <QAudioDevice>
#include <QAudioFormat>
#include <QAudioSink>
#include <QIODevice>
#include <QMediaDevices>
#include <QThread>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <utility>

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
    Feed(AudioOutput::QueuePtr queue, bool floats) : queue_(std::move(queue)), floats_(floats) { open(ReadOnly); }
    bool isSequential() const override { return true; }
    qint64 bytesAvailable() const override { return 1 << 20; }

  protected:
    qint64 readData(char* to, qint64 bytes) override {
        const qint64 sample = floats_ ? sizeof(float) : sizeof(qint16), frames = bytes / (sample * SoundQueue::kChannels);
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
    AudioOutput::QueuePtr queue_;
    bool floats_;
    std::vector<float> samples_;
};

using Count = std::shared_ptr<std::atomic<std::int64_t>>;

/// Lives on the sound thread.
class Device final : public QObject {
  public:
    explicit Device(AudioOutput* output) : output_(output) {}

    void start(const AudioOutput::QueuePtr& queue, const Count& heard) {
        stop();
        const QAudioDevice device = QMediaDevices::defaultAudioOutput();
        if (device.isNull()) return lose();
        QAudioFormat format = formatOf(QAudioFormat::Float);
        if (!device.isFormatSupported(format)) format = formatOf(QAudioFormat::Int16);
        if (!device.isFormatSupported(format)) return lose();
        feed_ = std::make_unique<Feed>(queue, format.sampleFormat() == QAudioFormat::Float);
        heard_ = heard;
        sink_ = std::make_unique<QAudioSink>(device, format);
        sink_->setBufferSize(format.bytesForDuration(kBufferMs * 1000));
        connect(sink_.get(), &QAudioSink::stateChanged, this, [this] {
            if (sink_ && sink_->error() != QAudio::NoError && sink_->error() != QAudio::UnderrunError) lose();
        });
        sink_->start(feed_.get());
        timer_ = startTimer(10, Qt::PreciseTimer);
    }

    void stop() {
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
    /// The output outlives this thread.
    void lose() {
        QMetaObject::invokeMethod(
            output_, [output = output_] { emit output->absent(); }, Qt::QueuedConnection);
    }

    AudioOutput* output_;
    std::unique_ptr<Feed> feed_;
    std::unique_ptr<QAudioSink> sink_;
    Count heard_;
    int timer_ = 0;
};

class SystemOutput final : public AudioOutput {
  public:
    SystemOutput() {
        // Qt's other back end wants plug-ins of its own, which a system need not have; only sinks are used of either.
        if (!qEnvironmentVariableIsSet("QT_MEDIA_BACKEND")) qputenv("QT_MEDIA_BACKEND", "ffmpeg");
        device_->moveToThread(&thread_);
        connect(&thread_, &QThread::finished, device_, &QObject::deleteLater);
        thread_.setObjectName("sound");
        thread_.start();
    }
    ~SystemOutput() override {
        thread_.quit();
        thread_.wait();
    }

    void start(QueuePtr queue) override {
        heard_ = std::make_shared<std::atomic<std::int64_t>>(0);
        QMetaObject::invokeMethod(device_, [device = device_, queue, heard = heard_] { device->start(queue, heard); });
    }
    void stop() override {
        QMetaObject::invokeMethod(device_, [device = device_] { device->stop(); });
    }
    std::int64_t played() const override { return heard_ ? heard_->load() : 0; }

  private:
    QThread thread_;
    Device* device_ = new Device(this);
    Count heard_;
};

}  // namespace

std::unique_ptr<AudioOutput> systemAudioOutput() { return std::make_unique<SystemOutput>(); }

}  // namespace perceiver::ui
