// A flag one thread raises and another looks at often.
#pragma once

#include <atomic>
#include <memory>

#include "base/error.h"

namespace perceiver {

/// Copies share one flag. A default-made token is never cancelled unless someone keeps a copy and cancels it.
class CancelToken {
  public:
    void cancel() const noexcept { flag_->store(true, std::memory_order_relaxed); }
    bool cancelled() const noexcept { return flag_->load(std::memory_order_relaxed); }
    /// Throws Error{cancelled} once cancel() was called. Long work calls this at least every 50 ms.
    void check() const {
        if (cancelled()) throw Error(ErrorCode::cancelled, "Cancelled.");
    }

  private:
    std::shared_ptr<std::atomic<bool>> flag_ = std::make_shared<std::atomic<bool>>(false);
};

}  // namespace perceiver
