// The engine on a tiny model in a folder of its own, and its events as a test waits for them.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <string>

#include "engine/session.h"
#include "media/image.h"
#include "support/threads.h"
#include "support/tiny_model.h"
#include "weights/to_torch.h"

namespace perceiver::engine {

namespace fs = std::filesystem;

/// A resources folder with one bundled model, and pictures beside it.
class Place {
  public:
    Place() {
        const auto* info = testing::UnitTest::GetInstance()->current_test_info();
        root = fs::temp_directory_path() / ("perceiverscope-" + std::to_string(getpid()) + "-" + info->name());
        fs::create_directories(root / "models");
        weights::Card card;
        card.title = "tiny";
        card.accuracy = 0.5;
        weights::write_bundle(root / "models" / "tiny.safetensors", config, card,
                              weights::to_data(test::random_weights(config)));
    }
    ~Place() { fs::remove_all(root); }
    std::string picture(const std::string& name, int width = 40, int height = 30, int seed = 1) const {
        std::vector<std::uint8_t> rgb(static_cast<std::size_t>(width * height * 3));
        for (std::size_t i = 0; i < rgb.size(); ++i)
            rgb[i] = static_cast<std::uint8_t>((i * 2654435761u * unsigned(seed)) >> 23);
        const auto png = media::encode_png(rgb, width, height);
        return file(name, std::string(png.begin(), png.end()));
    }
    std::string file(const std::string& name, const std::string& content) const {
        std::ofstream(root / name, std::ios::binary) << content;
        return (root / name).string();
    }
    std::string path(const std::string& name) const { return (root / name).string(); }
    std::string text(const std::string& name) const {
        std::ifstream in(root / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    api::EngineOptions options() const {
        api::EngineOptions o;
        o.threads = test::threads;
        o.resources = root.string();
        return o;
    }
    Config config = test::tiny_config();
    fs::path root;
};

/// Collects events; waits for the first of a kind that `wanted` accepts.
class Events {
  public:
    api::Sink sink() {
        return [this](const api::Event& e) {
            {
                const std::lock_guard lock(mutex_);
                all.push_back(e);
            }
            arrived_.notify_all();
        };
    }
    template <class T>
    T wait(std::function<bool(const T&)> wanted = [](const T&) { return true; }) {
        std::unique_lock lock(mutex_);
        const T* found = nullptr;
        const bool came = arrived_.wait_for(lock, std::chrono::seconds(60), [&] {
            for (const auto& e : all)
                if (const T* t = std::get_if<T>(&e); t && wanted(*t)) return (found = t, true);
            return false;
        });
        if (!came) throw std::runtime_error("the event did not come");
        return *found;
    }
    std::deque<api::Event> copy() {
        const std::lock_guard lock(mutex_);
        return all;
    }
    std::deque<api::Event> all;   // a deque: references stay valid while it grows

  private:
    std::mutex mutex_;
    std::condition_variable arrived_;
};

template <class T>
std::function<bool(const T&)> of_job(api::JobId job) {
    return [job](const T& t) { return t.job == job; };
}

struct EngineTest : testing::Test {
    Place place;
    Events events;
    Session session{place.options(), events.sink()};
    api::JobId finished(const std::string& path, api::Attend attend = api::Attend::automatic) {
        api::OpenRequest request;
        request.path = path;
        request.attend = attend;
        const auto job = session.open(request);
        events.wait<api::Finished>(of_job<api::Finished>(job));
        return job;
    }
};

}  // namespace perceiver::engine
