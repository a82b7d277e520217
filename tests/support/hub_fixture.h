// A hub with one model, its storage on another port, and a cache that vanishes.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "hub/hub.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/hub_server.h"

namespace perceiver::samples {

inline ByteVector noise_bytes(std::size_t size, unsigned seed) {
    ByteVector bytes(size);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<std::uint8_t>((i + seed) * 2654435761u >> 11);
    return bytes;
}

struct HubFixture : testing::Test {
    HubFixture() {
        ::setenv("no_proxy", "*", 1);  // whatever the machine's proxy is, it isn't asked for 127.0.0.1
        files = {{"config.json", {'{', '}', '\n'}},
                 {"preprocessor_config.json", {'{', ' ', '}'}},
                 {"model.safetensors", noise_bytes(300'001, 1)},
                 {"pytorch_model.bin", noise_bytes(2000, 2)},
                 {"flax_model.msgpack", noise_bytes(2000, 3)}};
        hub.serve("deepmind/tiny", "main", commit, files);
        hub.store_on(storage);
        settings.endpoint = hub.endpoint();
        settings.cache = folder.path / "cache" / "hub";
        settings.connect_timeout = settings.stall_timeout = std::chrono::milliseconds(60'000);
    }

    std::filesystem::path fetch() { return hub::fetch(reference, settings, tell, cancel); }
    std::filesystem::path model_folder() const { return settings.cache / "models--deepmind--tiny"; }
    std::filesystem::path snapshot() const { return model_folder() / "snapshots" / commit; }
    std::filesystem::path partial() const {
        return model_folder() / "blobs" / (sha256_of(files.at("model.safetensors")) + ".incomplete");
    }
    /// Every blob is whole and is what its name says; what isn't is an .incomplete file.
    void expect_nothing_wrong_in_the_cache() const {
        std::error_code none;
        for (const auto& blob : std::filesystem::directory_iterator(model_folder() / "blobs", none)) {
            if (blob.path().extension() == ".incomplete") continue;
            const ByteVector bytes = file_bytes(blob.path());
            const std::string name = blob.path().filename().string();
            EXPECT_EQ(name, name.size() == 64 ? sha256_of(bytes) : git_blob_of(bytes));
        }
    }
    void expect_whole(const std::filesystem::path& folder_with_model) const {
        EXPECT_EQ(folder_with_model, snapshot());
        for (const char* name : {"config.json", "preprocessor_config.json", "model.safetensors"}) {
            EXPECT_EQ(file_bytes(snapshot() / name), files.at(name)) << name;
            const auto target = std::filesystem::read_symlink(snapshot() / name);
            EXPECT_TRUE(target.is_relative()) << "the cache may be moved";
        }
        for (const auto& blob : std::filesystem::directory_iterator(model_folder() / "blobs"))
            EXPECT_NE(blob.path().extension(), ".incomplete");
        expect_nothing_wrong_in_the_cache();
    }

    const std::string commit = std::string(39, '1') + "f";
    std::map<std::string, ByteVector> files;
    TemporaryFolder folder;
    HubServer hub, storage;
    hub::Settings settings;
    hub::Reference reference = hub::parse_reference("hub:deepmind/tiny");
    hub::ProgressCallback tell;
    CancelToken cancel;
};

}  // namespace perceiver::samples
