#include "ui/state/audio_output.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QLibrary>
#include <QThread>
#include <atomic>
#include <utility>

#include "ui/sound/sound_device.h"

namespace perceiver::ui {

namespace {

/// Null when the module is not beside the program, or cannot be loaded.
std::unique_ptr<SoundDevice> loadDevice(std::function<void()> lost) {
    const QDir program(QCoreApplication::applicationDirPath());
    for (const char* place : {".", "../lib/perceiverscope", "../lib/x86_64-linux-gnu/perceiverscope",
                              "../lib/aarch64-linux-gnu/perceiverscope"}) {
        const QString file = program.filePath(QLatin1String(place) + "/perceiverscope-sound.so");
        if (!QFile::exists(file)) continue;
        const auto create = reinterpret_cast<decltype(&perceiverscope_create_sound_device)>(
            QLibrary::resolve(file, "perceiverscope_create_sound_device"));
        if (create) return std::unique_ptr<SoundDevice>(create(std::move(lost)));
    }
    return nullptr;
}

/// What lives on the sound thread.
struct Worker final : QObject {
    std::unique_ptr<SoundDevice> device;
};

class SystemOutput final : public AudioOutput {
  public:
    SystemOutput() {
        worker_->moveToThread(&thread_);
        connect(&thread_, &QThread::finished, worker_, &QObject::deleteLater);
        thread_.setObjectName("sound");
        thread_.start();
    }
    ~SystemOutput() override {
        thread_.quit();
        thread_.wait();
    }

    void start(QueuePtr queue) override {
        heard_ = std::make_shared<std::atomic<std::int64_t>>(0);
        QMetaObject::invokeMethod(worker_, [this, queue, heard = heard_] {
            const auto lost = [this] { QMetaObject::invokeMethod(this, &AudioOutput::absent, Qt::QueuedConnection); };
            if (!worker_->device) worker_->device = loadDevice(lost);
            worker_->device ? worker_->device->start(queue, heard) : lost();
        });
    }
    void stop() override {
        QMetaObject::invokeMethod(worker_, [worker = worker_] {
            if (worker->device) worker->device->stop();
        });
    }
    std::int64_t played() const override { return heard_ ? heard_->load() : 0; }

  private:
    QThread thread_;
    Worker* worker_ = new Worker;
    SoundDevice::Count heard_;
};

}  // namespace

std::unique_ptr<AudioOutput> systemAudioOutput() { return std::make_unique<SystemOutput>(); }

}  // namespace perceiver::ui
