// Protects the library of models where several threads ask it at once: nobody waits for a model of somebody else, one
// load serves all who want the same, and cancelling is one asker's own.
#include <future>
#include <latch>

#include "support/engine_fixture.h"

namespace perceiver::engine {
namespace {

using namespace std::chrono_literals;
constexpr auto long_enough = 60s;   // for what comes at once, unless it never does

struct Loaded {
    ModelPtr model;
    std::optional<Error> error;
};

/// One who asks, on a thread of its own.
std::future<Loaded> ask(ModelLibrary& library, const std::string& id, const CancelToken& cancel,
                        const LoadCallback& told) {
    return std::async(std::launch::async, [&library, id, cancel, told]() -> Loaded {
        try {
            return {library.load(id, {{}, cancel, told}), {}};
        } catch (const Error& error) {
            return {{}, error};
        }
    });
}

/// One whose load is held where it first tells how far it has come, until it is let go on, to do `then`.
class Held {
  public:
    Held(ModelLibrary& library, const std::string& id, std::function<void()> then = {})
        : loaded_(ask(library, id, cancel, [this, then](const LoadProgress&) {
              if (std::exchange(held_, true)) return;
              reached_.count_down();
              go_.wait();
              if (then) then();
          })) {
        reached_.wait();
    }
    ~Held() {
        if (loaded_.valid()) go_.count_down();   // a test that failed left it
    }
    Loaded go_on() {
        go_.count_down();
        return loaded_.get();
    }
    const CancelToken cancel;

  private:
    bool held_ = false;
    std::latch reached_{1}, go_{1};
    std::future<Loaded> loaded_;   // last: it uses the others
};

/// One who asks for what another is loading, from when it waits.
class Waiting {
  public:
    Waiting(ModelLibrary& library, const std::string& id)
        : loaded_(ask(library, id, cancel, [this](const LoadProgress&) {
              if (!std::exchange(told_, true)) waits_.set_value();
          })),
          waits(waits_.get_future().wait_for(long_enough) == std::future_status::ready) {}
    Loaded end() { return loaded_.get(); }
    bool ended() const { return loaded_.wait_for(long_enough) == std::future_status::ready; }
    const CancelToken cancel;

  private:
    bool told_ = false;
    std::promise<void> waits_;
    std::future<Loaded> loaded_;

  public:
    const bool waits;   ///< and is told how far the other has come
};

struct EngineLibraryTest : testing::Test {
    Place place;
    ModelLibrary library{place.root};
    std::string other(const std::string& name) {
        fs::copy_file(place.root / "models" / "tiny.safetensors", place.root / name);
        return place.path(name);
    }
};

TEST_F(EngineLibraryTest, WhileOneModelLoadsAllOthersAreAtHand) {
    const ModelPtr kept = library.load("tiny");
    const std::string second = other("second.safetensors");
    Held held(library, other("first.safetensors"));
    auto known = ask(library, "tiny", {}, {}), fresh = ask(library, second, {}, {});
    const bool at_hand = known.wait_for(long_enough) == std::future_status::ready &&
                         fresh.wait_for(long_enough) == std::future_status::ready;
    const Loaded first = held.go_on();
    EXPECT_TRUE(at_hand);
    EXPECT_EQ(known.get().model, kept);
    EXPECT_NE(fresh.get().model, nullptr);
    EXPECT_NE(first.model, nullptr);
}

TEST_F(EngineLibraryTest, TwoWhoAskForTheSameModelShareOneLoad) {
    const std::string path = other("one.safetensors");
    Held held(library, path);
    Waiting waiting(library, path);
    const Loaded first = held.go_on(), second = waiting.end();
    EXPECT_TRUE(waiting.waits);
    ASSERT_NE(first.model, nullptr);
    EXPECT_EQ(second.model, first.model);
    EXPECT_EQ(library.load(path), first.model);
}

TEST_F(EngineLibraryTest, TheyShareItsFailureAndTheNextOneTriesAgain) {
    const std::string path = other("one.safetensors");
    Held held(library, path, [] { throw Error(ErrorCode::out_of_resources, "Something is wrong with it."); });
    Waiting waiting(library, path);
    const Loaded first = held.go_on(), second = waiting.end();
    EXPECT_TRUE(waiting.waits);
    for (const auto& loaded : {first, second}) {
        ASSERT_TRUE(loaded.error);
        EXPECT_EQ(loaded.error->code, ErrorCode::out_of_resources);
        EXPECT_STREQ(loaded.error->sentence(), "Something is wrong with it.");
    }
    EXPECT_NE(library.load(path), nullptr);
}

TEST_F(EngineLibraryTest, WhoWaitsIsCancelledWithoutWaitingForTheLoad) {
    const std::string path = other("one.safetensors");
    Held held(library, path);
    Waiting waiting(library, path);
    waiting.cancel.cancel();
    const bool ended = waiting.ended();
    const Loaded first = held.go_on(), second = waiting.end();
    EXPECT_TRUE(waiting.waits && ended);
    ASSERT_TRUE(second.error);
    EXPECT_EQ(second.error->code, ErrorCode::cancelled);
    EXPECT_NE(first.model, nullptr) << "the other's load goes on";
}

TEST_F(EngineLibraryTest, WhereTheOneWhoLoadsIsCancelledTheOneWhoWaitsTakesOver) {
    const std::string path = other("one.safetensors");
    Held held(library, path);
    Waiting waiting(library, path);
    held.cancel.cancel();
    const Loaded first = held.go_on(), second = waiting.end();
    EXPECT_TRUE(waiting.waits);
    ASSERT_TRUE(first.error);
    EXPECT_EQ(first.error->code, ErrorCode::cancelled);
    EXPECT_NE(second.model, nullptr);
}

}  // namespace
}  // namespace perceiver::engine
