// Protects what comes from outside and becomes a name: references, revisions, files of a listing; where the
// cache and the token are looked for; which files make a model.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "hub/digest.h"
#include "hub/hub.h"
#include "hub/listing.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/hub_server.h"

namespace perceiver::hub {
namespace {

using samples::failure_of;

TEST(HubReference, IsReadAsItIsWritten) {
    const Reference r = parse_reference("hub:deepmind/vision-perceiver-fourier@refs/pr/1");
    EXPECT_EQ(r.owner, "deepmind");
    EXPECT_EQ(r.name, "vision-perceiver-fourier");
    EXPECT_EQ(r.revision, "refs/pr/1");
    EXPECT_EQ(parse_reference("a/b.c_d-e").text(), "hub:a/b.c_d-e");
    EXPECT_EQ(parse_reference("a/b@main").text(), "hub:a/b");
    EXPECT_EQ(parse_reference(r.text()), r);
    EXPECT_TRUE(is_reference("hub:x"));
    EXPECT_FALSE(is_reference("models/hub"));
}

TEST(HubReference, WhatCouldLeaveItsFolderOrItsAddressIsNoReference) {
    for (const char* text :
         {"hub:",      "hub:name",  "hub:/name",     "hub:owner/",   "hub:a/b/c",    "hub:../x",
          "hub:a/..",  "hub:a/b@",  "hub:a/b@../..", "hub:a/b@/etc", "hub:a/b@x//y", "hub:a/b@x/",
          "hub:a b/c", "hub:a/b?x", "hub:a/b#x",     "hub:a--b/c",   "hub:a/b@x y",  "hub:a/.b",
          "hub:-a/b",  "hub:a/b\n", "hub:a/%2e%2e",  "hub:a\\b/c"}) {
        const auto failure = failure_of([&] { parse_reference(text); });
        EXPECT_EQ(failure.code, ErrorCode::unreadable_model) << text;
        EXPECT_NE(failure.sentence.find("OWNER/NAME"), std::string::npos);
    }
    EXPECT_EQ(failure_of([] { parse_reference(std::string(97, 'a') + "/b"); }).code,
              ErrorCode::unreadable_model);
}

TEST(HubPublished, EveryModelHasItsWords) {
    ASSERT_GE(published().size(), 4u);
    EXPECT_EQ(published()[0].reference.text(), "hub:deepmind/vision-perceiver-fourier");
    for (const auto& model : published()) {
        EXPECT_EQ(parse_reference(model.reference.text()), model.reference);
        EXPECT_FALSE(model.title.empty() || model.knows.empty() || model.reads.empty() ||
                     model.licence.empty());
        EXPECT_GT(model.bytes, 1'000'000);
    }
}

// ---- surroundings ----

/// Variables as a test wants them, and as they were afterwards.
class Variables {
  public:
    explicit Variables(const std::map<std::string, std::string>& wanted) {
        for (const char* name : {"HF_ENDPOINT", "HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "HOME",
                                 "HF_TOKEN", "HF_TOKEN_PATH", "HF_HUB_OFFLINE"}) {
            if (const char* value = std::getenv(name)) before_[name] = value;
            const auto found = wanted.find(name);
            names_.push_back(name);
            if (found == wanted.end())
                ::unsetenv(name);
            else
                ::setenv(name, found->second.c_str(), 1);
        }
    }
    ~Variables() {
        for (const char* name : names_)
            if (before_.count(name))
                ::setenv(name, before_[name].c_str(), 1);
            else
                ::unsetenv(name);
    }

  private:
    std::vector<const char*> names_;
    std::map<std::string, std::string> before_;
};

Settings settings_with(const std::map<std::string, std::string>& variables) {
    const Variables set(variables);
    return settings_from_environment();
}

TEST(HubSettings, TheCacheIsWhereOtherToolsHaveIt) {
    EXPECT_EQ(settings_with({{"HOME", "/h"}}).cache, "/h/.cache/huggingface/hub");
    EXPECT_EQ(settings_with({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/x"}}).cache, "/x/huggingface/hub");
    EXPECT_EQ(settings_with({{"HOME", "/h"}, {"XDG_CACHE_HOME", "/x"}, {"HF_HOME", "~/hf"}}).cache,
              "/h/hf/hub");
    EXPECT_EQ(settings_with({{"HOME", "/h"}, {"HF_HOME", "/hf"}, {"HF_HUB_CACHE", "/c"}}).cache, "/c");
}

TEST(HubSettings, TheEndpointAndOfflineAreTaken) {
    const Settings plain = settings_with({});
    EXPECT_EQ(plain.endpoint.rfind("https://", 0), 0u);
    EXPECT_FALSE(plain.offline);
    EXPECT_EQ(settings_with({{"HF_ENDPOINT", "http://mirror:8080/hf//"}}).endpoint, "http://mirror:8080/hf");
    for (const char* on : {"1", "true", "YES", "On"})
        EXPECT_TRUE(settings_with({{"HF_HUB_OFFLINE", on}}).offline) << on;
    for (const char* off : {"0", "", "no"})
        EXPECT_FALSE(settings_with({{"HF_HUB_OFFLINE", off}}).offline) << off;
}

TEST(HubSettings, TheTokenComesFromTheVariableOrElseFromTheFile) {
    const samples::TemporaryFolder folder;
    const auto write = [&](const char* name, const std::string& text) {
        samples::write_file(folder.path / name, {text.begin(), text.end()});
        return (folder.path / name).string();
    };
    write("token", "hf_file\n");
    const std::string other = write("other", "  hf_other  ");
    const std::string home = folder.path.string();
    EXPECT_EQ(settings_with({{"HF_HOME", home}}).token, "hf_file");
    EXPECT_EQ(settings_with({{"HF_HOME", home}, {"HF_TOKEN_PATH", other}}).token, "hf_other");
    EXPECT_EQ(settings_with({{"HF_HOME", home}, {"HF_TOKEN", "hf_set"}}).token, "hf_set");
    EXPECT_EQ(settings_with({{"HF_HOME", home + "/nowhere"}}).token, "");
    EXPECT_EQ(settings_with({{"HF_HOME", home + "/nowhere"}, {"HF_TOKEN", "a\r\nHost: b"}}).token, "")
        << "a line more would be a header more";
}

// ---- listings ----

const std::string commit(40, 'c');

TEST(HubListing, FilesAndCommitAreRead) {
    const auto listing =
        parse_listing(R"({"id":"o/n","sha":")" + commit + R"(","siblings":[{"rfilename":"config.json"},
        {"rfilename":"../../etc/passwd"},{"rfilename":"/abs"},{"rfilename":"sub/x.bin","size":3}],"tags":[]})");
    EXPECT_EQ(listing.commit, commit);
    EXPECT_EQ(listing.files, (std::vector<std::string>{"config.json", "sub/x.bin"}))
        << "paths that climb are left out";
}

TEST(HubListing, AnythingElseIsRefusedInOneSentence) {
    const std::string whole = R"({"sha":")" + commit + R"(","siblings":[{"rfilename":"a"}]})";
    EXPECT_NO_THROW(parse_listing(whole));
    for (std::size_t size = 0; size < whole.size(); ++size)
        EXPECT_EQ(failure_of([&] { parse_listing(whole.substr(0, size)); }).code, ErrorCode::unreadable_model)
            << size;
    for (const std::string& text :
         {std::string("[]"), std::string("null"), std::string(R"({"sha":3,"siblings":[]})"),
          std::string(R"({"sha":"../x","siblings":[]})"), R"({"sha":")" + commit + R"(","siblings":{}})",
          R"({"sha":")" + commit + R"(","siblings":[3]})",
          R"({"sha":")" + commit + R"(","siblings":[{"rfilename":3}]})", std::string(200'000, '[')})
        EXPECT_EQ(failure_of([&] { parse_listing(text); }).code, ErrorCode::unreadable_model)
            << text.substr(0, 60);
}

TEST(HubListing, AnIndexNamesEachFileOnceAndNoneOutside) {
    EXPECT_EQ(parse_index(R"({"metadata":{},"weight_map":{"a":"2.bin","b":"1.bin","c":"2.bin"}})"),
              (std::vector<std::string>{"1.bin", "2.bin"}));
    for (const char* text :
         {"{}", R"({"weight_map":{}})", R"({"weight_map":[]})", R"({"weight_map":{"a":3}})",
          R"({"weight_map":{"a":"../x"}})", R"({"weight_map":{"a":"/x"}})"})
        EXPECT_EQ(failure_of([&] { parse_index(text); }).code, ErrorCode::unreadable_model) << text;
}

TEST(HubListing, SafetensorsComeBeforePicklesAndOneFileBeforeMany) {
    std::vector<std::string> files{"flax_model.msgpack",
                                   "tf_model.h5",
                                   "pytorch_model.bin.index.json",
                                   "pytorch_model.bin",
                                   "model.safetensors.index.json",
                                   "model.safetensors",
                                   "config.json",
                                   "README.md",
                                   "preprocessor_config.json"};
    std::mt19937 random(1);
    std::shuffle(files.begin(), files.end(), random);
    const auto without = [&](const std::string& name) {
        files.erase(std::find(files.begin(), files.end(), name));
        return select_files(files);
    };
    const Selection all = select_files(files);
    EXPECT_EQ(all.weights, "model.safetensors");
    EXPECT_EQ(all.descriptions, (std::vector<std::string>{"config.json", "preprocessor_config.json"}));
    EXPECT_EQ(without("model.safetensors").index, "model.safetensors.index.json");
    EXPECT_EQ(without("model.safetensors.index.json").weights, "pytorch_model.bin");
    EXPECT_EQ(without("pytorch_model.bin").index, "pytorch_model.bin.index.json");
    EXPECT_TRUE(without("pytorch_model.bin.index.json").empty()) << "never .msgpack, never .h5";
    EXPECT_EQ(select_files({"image-cifar10-fourier.safetensors", "README.md"}).weights,
              "image-cifar10-fourier.safetensors");
    EXPECT_TRUE(select_files({"a.safetensors", "b.safetensors"}).empty());
}

TEST(HubDigest, NamesContentsAsGitAndSha256Do) {
    const samples::TemporaryFolder folder;
    const auto file = folder.path / "f";
    const auto digest = [&](Digest kind) { return digest_of_file(file, kind, CancelToken()); };
    samples::write_file(file, {'h', 'e', 'l', 'l', 'o', '\n'});
    EXPECT_EQ(digest(Digest::git_blob), "ce013625030ba8dba906f756967f9e9ca394464a");
    EXPECT_EQ(digest(Digest::sha256), "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    samples::ByteVector large(9'000'001);
    for (std::size_t i = 0; i < large.size(); ++i)
        large[i] = static_cast<std::uint8_t>(i * 2654435761u >> 13);
    samples::write_file(file, large);
    EXPECT_EQ(digest(Digest::sha256), samples::sha256_of(large)) << "in pieces as in one";
    EXPECT_EQ(digest(Digest::git_blob), samples::git_blob_of(large));
    const CancelToken cancel;
    cancel.cancel();
    EXPECT_EQ(failure_of([&] { digest_of_file(file, Digest::sha256, cancel); }).code, ErrorCode::cancelled);
}

}  // namespace
}  // namespace perceiver::hub
