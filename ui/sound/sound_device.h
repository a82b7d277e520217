// The door of perceiverscope-sound.so: the system's sound device, in a module of its own, because Qt Multimedia brings
// two dozen libraries that a window without sound need not wait for.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>

#include "ui/state/sound_queue.h"

namespace perceiver::ui {

/// Made, used and destroyed on one thread, which runs an event loop.
class SoundDevice {
  public:
    using Count = std::shared_ptr<std::atomic<std::int64_t>>;
    virtual ~SoundDevice() = default;
    /// Takes from the queue from now on; `heard` says how many frames of it were.
    virtual void start(const std::shared_ptr<SoundQueue>&, const Count& heard) = 0;
    virtual void stop() = 0;
};

}  // namespace perceiver::ui

/// `lost` is called on that thread when there is no device, or it goes away. The caller owns the result.
extern "C" perceiver::ui::SoundDevice* perceiverscope_create_sound_device(std::function<void()> lost);
