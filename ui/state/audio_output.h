// Where sound goes: the one place that knows of sound devices. A test gives the player one of its own.
#pragma once

#include <QObject>
#include <memory>

#include "ui/state/sound_queue.h"

namespace perceiver::ui {

class AudioOutput : public QObject {
    Q_OBJECT
  public:
    using QueuePtr = std::shared_ptr<SoundQueue>;
    using QObject::QObject;

    /// Takes from the queue what is heard from now on, on whichever thread it likes. absent() may follow.
    virtual void start(QueuePtr) = 0;
    /// At once: what was taken and not heard yet is dropped.
    virtual void stop() = 0;
    /// Frames heard since start().
    virtual std::int64_t played() const = 0;

  signals:
    void absent();  ///< there is no device, or it went away; on the thread of this object
};

/// The system's default device, looked for on a thread of its own at the first start(), which also loads what it takes
/// (see ui/sound/sound_device.h).
std::unique_ptr<AudioOutput> systemAudioOutput();

}  // namespace perceiver::ui
