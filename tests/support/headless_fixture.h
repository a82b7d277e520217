// Headless work on tiny models of every kind in a folder of its own, with what it prints.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/session.h"
#include "media/image.h"
#include "support/every_kind.h"
#include "support/kind_models.h"
#include "support/threads.h"

namespace perceiver::engine {

namespace fs = std::filesystem;
using nlohmann::json;

struct HeadlessFixture : testing::Test {
    HeadlessFixture() {
        fs::create_directories(root.path / "models");
        test::write_tiny_model(root.path / "models/pictures.safetensors", test::tiny_config(), 0.5);
        test::write_tiny_model(root.path / "models/sounds.safetensors", test::tiny_sound_config(), 0.5);
        test::write_tiny_model(root.path / "models/clouds.safetensors", test::tiny_cloud_config(), 0.5);
        test::write_tiny_model(root.path / "models/films.safetensors", test::tiny_film_config(), 0.5);
        test::write_tiny_model(root.path / "several.safetensors", test::tiny_several_config());
    }
    std::string path(const std::string& name) const { return (root.path / name).string(); }
    std::string file(const std::string& name, const samples::ByteVector& bytes) const {
        fs::create_directories((root.path / name).parent_path());
        samples::write_file(root.path / name, bytes);
        return path(name);
    }
    std::string file(const std::string& name, const std::string& content) const {
        return file(name, samples::ByteVector(content.begin(), content.end()));
    }
    /// A picture unlike those of other seeds.
    std::string picture(const std::string& name, unsigned seed = 1, int side = 24) const {
        samples::ByteVector rgb(static_cast<std::size_t>(side * side * 3));
        for (std::size_t i = 0; i < rgb.size(); ++i) rgb[i] = static_cast<std::uint8_t>((i * 2654435761u * seed) >> 23);
        return file(name, media::encode_png(rgb, side, side));
    }
    std::string text(const std::string& name) const {
        const auto bytes = samples::file_bytes(root.path / name);
        return {bytes.begin(), bytes.end()};
    }
    int run(const api::HeadlessOptions& options, const api::ReportWriter& writer = {},
            const std::function<bool()>& cancelled = {}) {
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        const int code = session.headless(options, writer, cancelled);
        out = testing::internal::GetCapturedStdout();
        err = testing::internal::GetCapturedStderr();
        return code;
    }
    int run(std::vector<std::string> inputs) {
        api::HeadlessOptions options;
        options.inputs = std::move(inputs);
        return run(options);
    }
    json findings(std::vector<std::string> inputs, const std::string& model = {}) {
        api::HeadlessOptions options;
        options.inputs = std::move(inputs);
        options.model = model;
        options.json = "-";
        EXPECT_EQ(run(options), 0) << err;
        return json::parse(out);
    }
    long lines(const std::string& of) const { return std::count(of.begin(), of.end(), '\n'); }

    samples::TemporaryFolder root;
    Session session{options(), {}};
    std::string out, err;

  private:
    api::EngineOptions options() const {
        api::EngineOptions o;
        o.threads = test::threads;
        o.resources = root.path.string();
        return o;
    }
};

}  // namespace perceiver::engine
