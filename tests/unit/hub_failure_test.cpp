// Protects the cache and the person when things go wrong: one sentence that says what to do, nothing
// half-done under a whole file's name, the token in no message, and a cancel that is heard wherever the fetch
// is.
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <future>
#include <thread>
#include <utility>

#include "hub/cache.h"
#include "support/hub_fixture.h"

namespace perceiver::hub {
namespace {

namespace fs = std::filesystem;
using samples::Fault, samples::failure_of;

struct HubFailure : samples::HubFixture {
    /// Fails with `code` in one sentence that contains `words`, and keeps the property of the cache.
    void expect(const std::string& words, ErrorCode code = ErrorCode::unreadable_model) {
        settings.token = "hf_secret";
        const auto failure = failure_of([&] { fetch(); });
        EXPECT_EQ(failure.code, code) << failure.sentence;
        EXPECT_NE(failure.sentence.find(words), std::string::npos) << failure.sentence;
        EXPECT_EQ(failure.sentence.find('\n'), std::string::npos);
        EXPECT_EQ(failure.sentence.find("hf_secret"), std::string::npos);
        EXPECT_EQ(failure.sentence.find("Bearer"), std::string::npos);
        EXPECT_FALSE(cached(reference, settings));
        expect_nothing_wrong_in_the_cache();
    }
    void expect_the_next_to_be_whole() {
        hub.forget();
        storage.forget();
        expect_whole(fetch());
    }
};

TEST_F(HubFailure, EachRefusalOfTheHubHasItsSentence) {
    for (const auto& [fault, words] : {std::pair<Fault, std::string>{Fault::not_found, "check the spelling"},
                                       {Fault::unauthorized, "token"},
                                       {Fault::forbidden, "accept its conditions"},
                                       {Fault::unknown_revision, "has no revision \"main\""},
                                       {Fault::busy, "patience"},
                                       {Fault::broken, "HTTP 503"},
                                       {Fault::not_json, "list of the model's files"},
                                       {Fault::loop, "without end"}}) {
        hub.fail("GET /api", fault);
        expect(words);
        EXPECT_FALSE(fs::exists(settings.cache)) << "nothing was begun";
        hub.forget();
    }
    reference = parse_reference("deepmind/misspelt");
    EXPECT_NE(failure_of([&] { fetch(); }).sentence.find("deepmind/misspelt"), std::string::npos);
    reference = parse_reference("deepmind/tiny");
    expect_the_next_to_be_whole();
}

TEST_F(HubFailure, WithoutATokenItSaysHowToGiveOne) {
    hub.fail("GET /api", Fault::unauthorized);
    EXPECT_NE(failure_of([&] { fetch(); }).sentence.find("HF_TOKEN"), std::string::npos);
}

TEST_F(HubFailure, WhateverFailsWithTheWeightsTheNextFetchEndsWhole) {
    struct Case {
        Fault fault;
        std::string words;
        bool kept;
    };
    for (const auto& [fault, words, kept] :
         {Case{Fault::cut, "goes on from there", true}, Case{Fault::early_end, "goes on from there", true},
          Case{Fault::short_length, "another number of bytes", false},
          Case{Fault::long_length, "another number of bytes", false},
          Case{Fault::endless, "another number of bytes", false}, Case{Fault::other_bytes, "SHA-256", false},
          Case{Fault::broken, "HTTP 503", false}, Case{Fault::not_found, "no model", false},
          Case{Fault::loop, "without end", false}}) {
        fs::remove_all(settings.cache);
        storage.fail("GET /storage", fault);
        expect(words);
        std::error_code none;
        const auto size = fs::file_size(partial(), none);
        EXPECT_EQ(!none && size > 0, kept) << words;
        expect_the_next_to_be_whole();
    }
}

TEST_F(HubFailure, WhateverFailsWhileResumingTheOneAfterEndsWhole) {
    for (const Fault fault : {Fault::cut, Fault::bad_range, Fault::short_length, Fault::endless,
                              Fault::other_bytes, Fault::unauthorized}) {
        fs::remove_all(settings.cache);
        storage.fail("GET /storage", Fault::cut, 1);
        failure_of([&] { fetch(); });
        storage.fail("GET /storage", fault);
        failure_of([&] { fetch(); });
        EXPECT_FALSE(cached(reference, settings));
        expect_the_next_to_be_whole();
    }
}

TEST_F(HubFailure, SmallFilesAreCheckedByGitsName) {
    hub.fail("GET /deepmind/tiny/resolve/" + commit + "/config.json", Fault::other_bytes);
    expect("git's SHA-1");
    expect_the_next_to_be_whole();
}

TEST_F(HubFailure, AnnouncementsThatLieAreFoundOut) {
    hub.fail("HEAD /deepmind/tiny/resolve/" + commit + "/model", Fault::wrong_tag);
    expect("SHA-256");
    hub.forget();
    hub.fail("HEAD /deepmind/tiny/resolve/" + commit + "/model", Fault::no_tag);
    expect("checksum");
    hub.forget();
    hub.fail("HEAD /deepmind/tiny/resolve/" + commit + "/model", Fault::not_found);
    expect("no model");
    expect_the_next_to_be_whole();
}

TEST_F(HubFailure, ARepositoryWithoutAModelIsSaidToBeOne) {
    hub.serve("deepmind/tiny", "main", commit,
              {{"README.md", {'x'}}, {"tf_model.h5", samples::noise_bytes(2000, 1)}});
    expect("no weights that this program reads");
}

TEST_F(HubFailure, OfflineIsOneSentenceAndSaysWhatStillWorks) {
    settings.endpoint = "http://127.0.0.1:1";  // nobody listens there
    expect("were fetched before still work");
    settings.endpoint = "http://no-such-host.invalid";
    expect("its name can't be resolved");
    settings.endpoint = "not an address";
    expect("HF_ENDPOINT");
    settings.endpoint = hub.endpoint();
    settings.offline = true;
    expect("HF_HUB_OFFLINE");
    EXPECT_TRUE(hub.seen().empty());
}

TEST_F(HubFailure, AServerThatFallsSilentIsGivenUp) {
    settings.stall_timeout = std::chrono::milliseconds(200);
    hub.fail("GET /api", Fault::stall_first);
    expect("doesn't answer");
    hub.forget();
    storage.fail("GET /storage", Fault::stall);
    expect("goes on from there");
    hub.release();
    storage.release();
    settings.stall_timeout = std::chrono::milliseconds(60'000);
    expect_the_next_to_be_whole();
}

TEST_F(HubFailure, AModelPastTheLimitIsRefusedBeforeItIsFetched) {
    settings.model_bytes = 300'000;
    expect("larger than", ErrorCode::out_of_resources);
    EXPECT_EQ(storage.count("GET"), 0u);
}

TEST_F(HubFailure, ACacheThatCannotBeWrittenIsNamed) {
    samples::write_file(folder.path / "file", {1});
    settings.cache = folder.path / "file" / "hub";
    expect((folder.path / "file").string(), ErrorCode::out_of_resources);
}

TEST_F(HubFailure, AFullDiskKeepsWhatCame) {
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);  // the write says EFBIG, as a full disk says ENOSPC
    const rlimit small{100'000, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);
    expect("Writing to the cache", ErrorCode::out_of_resources);
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    EXPECT_EQ(fs::file_size(partial()), 100'000u);
    expect_the_next_to_be_whole();
}

// ---- cancelling: the servers below would never answer, so an end is the cancel's ----

struct HubCancel : HubFailure {
    void expect_cancelled(const std::function<void()>& when) {
        std::thread other([&] {
            when();
            cancel.cancel();
        });
        EXPECT_EQ(failure_of([&] { fetch(); }).code, ErrorCode::cancelled);
        other.join();
        cancel = CancelToken();
        EXPECT_FALSE(cached(reference, settings));
        expect_nothing_wrong_in_the_cache();
    }
};

TEST_F(HubCancel, BeforeTheFirstByteAndInTheMiddle) {
    hub.fail("GET /api", Fault::stall_first);
    expect_cancelled([&] { hub.wait_for_stall(); });
    hub.forget();
    storage.fail("GET /storage", Fault::stall);
    expect_cancelled([&] { storage.wait_for_stall(); });
    hub.release();
    storage.release();
    expect_the_next_to_be_whole();
}

TEST_F(HubCancel, WhileConnecting) {
    // A listener whose queue is full: connecting to it never ends.
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(listener, 0), 0);
    ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
    std::vector<int> waiting;
    for (int i = 0; i < 4; ++i) {
        waiting.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        ::connect(waiting.back(), reinterpret_cast<sockaddr*>(&address), size);
    }
    settings.endpoint = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    bool asked = false;
    tell = [&](const Progress&) { asked = true; };
    expect_cancelled([] {});
    EXPECT_TRUE(asked);
    for (int descriptor : waiting) ::close(descriptor);
    ::close(listener);
}

TEST_F(HubCancel, WhileAnotherProgramFetchesTheFile) {
    const Cache cache(settings.cache, reference);
    cache.make_folders();
    const Cache::Lock held(cache, samples::sha256_of(files["model.safetensors"]), CancelToken());
    std::promise<void> waits;
    tell = [&, told = false](const Progress& p) mutable {
        if (p.total > 0 && !std::exchange(told, true)) waits.set_value();
    };
    expect_cancelled([&] { waits.get_future().wait(); });
    EXPECT_EQ(storage.count("GET"), 0u);
}

}  // namespace
}  // namespace perceiver::hub
