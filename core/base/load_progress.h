// How far the loading of a model has come, told from within to whoever asked for it.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

namespace perceiver {

struct LoadProgress {
    enum class Step { reading, checking, packing };
    Step step = Step::reading;
    std::int64_t done = 0, total = 0;  ///< bytes while reading and checking, tensors while packing
};
/// Called often, on the thread that loads; should return at once.
using LoadCallback = std::function<void(const LoadProgress&)>;

/// Counts one step.
class LoadMeter {
  public:
    LoadMeter(LoadCallback tell, LoadProgress::Step step, std::int64_t total)
        : tell_(std::move(tell)), at_{step, 0, total} {}
    void add(std::int64_t more) {
        at_.done += more;
        if (tell_) tell_(at_);
    }

  private:
    LoadCallback tell_;
    LoadProgress at_;
};

}  // namespace perceiver
