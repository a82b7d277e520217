// Protects fetching: the layout other tools share, only the files of a model, resuming, progress, where the
// token goes, several at once, and no network for what is here.
#include <future>

#include "support/hub_fixture.h"

namespace perceiver::hub {
namespace {

namespace fs = std::filesystem;
using samples::Fault, samples::failure_of;

struct HubFetch : samples::HubFixture {};

TEST_F(HubFetch, TheFilesOfAModelAndNoOthersComeIntoTheLayoutThatOtherToolsRead) {
    expect_whole(fetch());
    EXPECT_EQ(samples::file_bytes(model_folder() / "refs/main"),
              samples::ByteVector(commit.begin(), commit.end()));
    EXPECT_EQ(fs::read_symlink(snapshot() / "config.json"),
              "../../blobs/" + samples::git_blob_of(files["config.json"]));
    EXPECT_EQ(hub.count("pytorch_model"), 0u);
    EXPECT_EQ(hub.count("msgpack"), 0u);
    EXPECT_EQ(hub.count("HEAD /deepmind/tiny/resolve/" + commit), 3u);
}

TEST_F(HubFetch, WhatIsHereNeedsNoNetwork) {
    fetch();
    hub.forget();
    expect_whole(fetch());
    EXPECT_TRUE(hub.seen().empty());
    settings.endpoint = "http://127.0.0.1:1";
    settings.offline = true;
    expect_whole(fetch());
    reference.revision = commit;
    expect_whole(fetch());
}

TEST_F(HubFetch, AModelThatAnotherToolFetchedIsTaken) {
    fs::create_directories(model_folder() / "blobs");
    fs::create_directories(model_folder() / "refs");
    fs::create_directories(snapshot());
    for (const char* name : {"config.json", "pytorch_model.bin"}) {
        const auto& bytes = files[name];
        const std::string blob = bytes.size() < samples::HubServer::large_bytes ? samples::git_blob_of(bytes)
                                                                                : samples::sha256_of(bytes);
        samples::write_file(model_folder() / "blobs" / blob, bytes);
        fs::create_symlink("../../blobs/" + blob, snapshot() / name);
    }
    samples::write_file(model_folder() / "refs/main", {commit.begin(), commit.end()});
    EXPECT_EQ(fetch(), snapshot());
    EXPECT_TRUE(hub.seen().empty());
    fs::remove(model_folder() / "blobs" /
               samples::sha256_of(files["pytorch_model.bin"]));  // a link that leads nowhere is no file
    expect_whole(fetch());
}

TEST_F(HubFetch, RevisionsWithSlashesAreAskedForAndRemembered) {
    const std::string other(40, 'a');
    hub.serve("deepmind/tiny", "refs/pr/1", other, {{"model.safetensors", samples::noise_bytes(5000, 9)}});
    reference.revision = "refs/pr/1";
    EXPECT_EQ(fetch(), model_folder() / "snapshots" / other);
    EXPECT_EQ(hub.count("GET /api/models/deepmind/tiny/revision/refs%2Fpr%2F1"), 1u);
    EXPECT_EQ(samples::file_bytes(model_folder() / "refs/refs/pr/1").size(), 40u);
    EXPECT_EQ(fetch(), model_folder() / "snapshots" / other);
    EXPECT_EQ(hub.count("GET /api"), 1u);
}

TEST_F(HubFetch, WeightsInSeveralFilesComeAllOrAreNotThere) {
    const std::string index =
        R"({"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors","c":"model-1.safetensors"}})";
    hub.serve("deepmind/tiny", "main", commit,
              {{"config.json", {'{', '}'}},
               {"model.safetensors.index.json", {index.begin(), index.end()}},
               {"model-1.safetensors", samples::noise_bytes(70'000, 4)},
               {"model-2.safetensors", samples::noise_bytes(50'000, 5)},
               {"model-3.safetensors", samples::noise_bytes(50'000, 6)}});
    hub.fail("GET /deepmind/tiny/resolve/" + commit + "/model-2.safetensors", Fault::broken, 1);
    EXPECT_EQ(failure_of([&] { fetch(); }).code, ErrorCode::unreadable_model);
    EXPECT_FALSE(cached(reference, settings));
    std::int64_t total = 0, last = 0;
    tell = [&](const Progress& p) { total = p.total, last = p.bytes; };
    EXPECT_EQ(fetch(), snapshot());
    EXPECT_EQ(total, 120'000);
    EXPECT_EQ(last, 120'000);
    EXPECT_EQ(hub.count("model-3"), 0u);
    EXPECT_EQ(hub.count("GET /deepmind/tiny/resolve/" + commit + "/model-1"), 1u)
        << "what was whole is not fetched again";
    EXPECT_EQ(samples::file_bytes(snapshot() / "model-2.safetensors"), samples::noise_bytes(50'000, 5));
    fs::remove(snapshot() / "model-2.safetensors");
    EXPECT_FALSE(cached(reference, settings));
}

TEST_F(HubFetch, WhatBrokeOffGoesOnWhereItStopped) {
    storage.fail("GET /storage", Fault::cut, 1);
    const auto failure = failure_of([&] { fetch(); });
    EXPECT_EQ(failure.code, ErrorCode::unreadable_model);
    EXPECT_NE(failure.sentence.find("goes on from there"), std::string::npos) << failure.sentence;
    const auto kept = fs::file_size(partial());
    EXPECT_EQ(kept, 150'000u);
    std::vector<std::int64_t> bytes;
    tell = [&](const Progress& p) {
        if (p.total > 0) bytes.push_back(p.bytes);
    };
    expect_whole(fetch());
    EXPECT_EQ(storage.seen().back().headers.at("range"), "bytes=150000-");
    EXPECT_EQ(bytes.front(), 150'000) << "what is here counts from the start";
}

TEST_F(HubFetch, ResumesAfterEveryByteItMayHaveStoppedAt) {
    const auto& weights = files["model.safetensors"];
    for (std::size_t size :
         {std::size_t{0}, std::size_t{1}, weights.size() - 1, weights.size(), weights.size() + 5}) {
        fs::remove_all(settings.cache);
        fs::create_directories(partial().parent_path());
        samples::ByteVector part = weights;
        part.resize(size);
        samples::write_file(partial(), part);
        expect_whole(fetch());
    }
}

TEST_F(HubFetch, AServerThatKnowsNoRangesStartsOver) {
    storage.fail("GET /storage", Fault::cut, 1);
    failure_of([&] { fetch(); });
    storage.fail("GET /storage", Fault::ignore_range, 1);
    std::int64_t last = 0;
    tell = [&](const Progress& p) { last = p.bytes; };
    expect_whole(fetch());
    EXPECT_EQ(last, 300'001);
}

TEST_F(HubFetch, ChunkedAnswersAndMovedRepositoriesAreFollowed) {
    storage.fail("GET /storage", Fault::chunked);
    hub.fail(" /api/models", Fault::moved, 1);
    hub.fail("HEAD /deepmind/tiny", Fault::moved, 1);
    hub.fail("GET /deepmind/tiny/resolve", Fault::moved, 1);
    expect_whole(fetch());
}

TEST_F(HubFetch, ProgressGrowsToTheTotalAndNamesTheFile) {
    std::vector<Progress> told;
    tell = [&](const Progress& p) { told.push_back(p); };
    fetch();
    ASSERT_GE(told.size(), 3u);
    EXPECT_EQ(told.front().total, 0) << "told before the first answer";
    for (std::size_t i = 1; i < told.size(); ++i)
        if (told[i - 1].total > 0) {
            EXPECT_GE(told[i].bytes, told[i - 1].bytes);
            EXPECT_EQ(told[i].total, 300'001);
        }
    EXPECT_EQ(told.back().bytes, 300'001);
    EXPECT_EQ(told.back().file, "model.safetensors");
}

TEST_F(HubFetch, TheTokenGoesToTheHubAndToNobodyElse) {
    settings.token = "hf_secret";
    fetch();
    for (const auto& request : hub.seen())
        EXPECT_EQ(request.headers.at("authorization"), "Bearer hf_secret") << request.path;
    ASSERT_FALSE(storage.seen().empty());
    for (const auto& request : storage.seen())
        EXPECT_EQ(request.headers.count("authorization"), 0u) << request.path;
}

TEST_F(HubFetch, WithoutATokenNoneIsSent) {
    fetch();
    for (const auto& request : hub.seen()) EXPECT_EQ(request.headers.count("authorization"), 0u);
}

TEST_F(HubFetch, SeveralAtOnceFetchOnceAndAllEndWhole) {
    std::vector<std::future<fs::path>> all;
    for (int i = 0; i < 4; ++i)
        all.push_back(std::async(std::launch::async, [this] { return hub::fetch(reference, settings); }));
    for (auto& one : all) EXPECT_EQ(one.get(), snapshot());
    expect_whole(snapshot());
    EXPECT_EQ(storage.count("GET /storage"), 1u) << "the others waited and found it";
}

TEST_F(HubFetch, WhatIsMissingInASnapshotIsFetchedAndTheRestKept) {
    fetch();
    hub.forget();
    storage.forget();
    fs::remove(snapshot() / "model.safetensors");
    expect_whole(fetch());
    EXPECT_EQ(storage.seen().size(), 0u) << "the blob was still there: only its link was missing";
}

}  // namespace
}  // namespace perceiver::hub
