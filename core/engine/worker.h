// A thread with named slots: a task posted to a slot replaces the one still waiting there. Newest wins.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace perceiver::engine {

class Worker {
  public:
    /// `setup` runs first on the new thread.
    explicit Worker(std::function<void()> setup) : thread_([this, setup = std::move(setup)] { setup(), work(); }) {}
    /// Drops what waits, lets what runs end, joins.
    ~Worker() { stop(); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    /// Tasks must not throw. Slots are served in the order their waiting task first arrived.
    void post(int slot, std::function<void()> task) {
        {
            const std::lock_guard lock(mutex_);
            if (stopping_) return;
            for (auto& waiting : tasks_)
                if (waiting.first == slot) {
                    waiting.second = std::move(task);
                    return;
                }
            tasks_.emplace_back(slot, std::move(task));
        }
        wake_.notify_one();
    }
    void stop() {
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
            tasks_.clear();
        }
        wake_.notify_one();
        if (thread_.joinable()) thread_.join();
    }

  private:
    void work() {
        std::unique_lock lock(mutex_);
        while (true) {
            wake_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
            if (stopping_) return;
            const auto task = std::move(tasks_.front().second);
            tasks_.pop_front();
            lock.unlock();
            task();
            lock.lock();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    std::list<std::pair<int, std::function<void()>>> tasks_;
    bool stopping_ = false;
    std::thread thread_;   // last: it uses the others
};

}  // namespace perceiver::engine
