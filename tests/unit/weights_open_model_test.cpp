// Every published form of a Perceiver opens as one Config and tensors by our names; what doesn't says why.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "support/model_folders.h"
#include "weights/open_model.h"
#include "weights/sha256.h"

namespace perceiver::weights {
namespace {

namespace fs = std::filesystem;
using samples::refusal_of_model;
using samples::says;
using samples::write_text;

/// What must hold of every opened model: exactly its config's tensors, each whole.
void expect_sound(const OpenedModel& model) {
    model.config.validate();
    const auto specs = tensor_specs(model.config);
    ASSERT_EQ(model.tensors.size(), specs.size());
    for (const auto& spec : specs) {
        ASSERT_TRUE(model.tensors.contains(spec.name)) << spec.name;
        EXPECT_EQ(model.tensors.at(spec.name).shape, spec.shape) << spec.name;
        std::size_t bytes = item_size(model.tensors.at(spec.name).dtype);
        for (const auto n : spec.shape) bytes *= static_cast<std::size_t>(n);
        EXPECT_EQ(model.tensors.at(spec.name).bytes.size(), bytes) << spec.name;
    }
}

// ---- The golden models: names and shapes as the libraries themselves wrote them.

fs::path golden(const std::string& name) { return fs::path(PERCEIVERSCOPE_GOLDEN) / name / "model"; }

class GoldenModel : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
        if (!fs::exists(golden(GetParam()))) GTEST_SKIP() << "golden fixtures are not at " << PERCEIVERSCOPE_GOLDEN;
    }
};

TEST_P(GoldenModel, opens_completely_from_its_folder_and_from_every_file_in_it) {
    const fs::path folder = golden(GetParam());
    const bool lucid = std::string(GetParam()).starts_with("lucid");
    const OpenedModel model = open_model(lucid ? folder / "model.pt" : folder);
    expect_sound(model);
    EXPECT_EQ(model.sha256.size(), model.sha256.empty() ? 0u : 64u);
    for (const auto& note : model.notes)
        EXPECT_TRUE(std::string(GetParam()) == "hf_image_learned" && says(note, "8 x 8 pixels")) << note;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const OpenedModel again = open_model(entry.path());
        EXPECT_EQ(to_json(again.config), to_json(model.config)) << entry.path();
        for (const auto& [name, view] : model.tensors)
            EXPECT_TRUE(std::ranges::equal(again.tensors.at(name).bytes, view.bytes)) << name;
    }
}
INSTANTIATE_TEST_SUITE_P(All, GoldenModel,
                         testing::Values("hf_image_fourier", "hf_image_learned", "hf_image_conv", "hf_multimodal",
                                         "lucid_tied", "lucid_untied", "lucid_embeddings", "dm_iterative_shared",
                                         "dm_iterative_unshared", "dm_at_start", "dm_single_cross_learned",
                                         "dm_audio_raw", "dm_video", "dm_points", "dm_points_masked", "dm_multimodal",
                                         "dm_projection"),
                         [](const auto& instance) { return std::string(instance.param); });

// ---- Small ones made here.

TEST(OpenModel, a_bundle_opens_with_its_card) {
    const samples::TemporaryFolder folder;
    const Config config = samples::tiny_config();
    const auto tensors = samples::tensors_for(config);
    write_bundle(folder.path / "any.name", config, samples::full_card(), tensors);
    const OpenedModel model = open_model(folder.path / "any.name");
    expect_sound(model);
    EXPECT_EQ(model.format, ModelFormat::bundle);
    EXPECT_EQ(to_json(model.config), to_json(config));
    EXPECT_EQ(to_json(model.card), to_json(samples::full_card()));
    for (const auto& [name, tensor] : tensors)
        EXPECT_TRUE(std::ranges::equal(model.tensors.at(name).bytes, tensor.bytes));
    EXPECT_EQ(model.sha256, read_bundle(folder.path / "any.name").sha256);
    auto more = tensors;
    more["unknown"] = tensors.at("latents");
    const auto bundle = read_safetensors(folder.path / "any.name");
    write_safetensors(folder.path / "more", more, bundle.metadata);
    EXPECT_TRUE(says(refusal_of_model(folder.path / "more"), "unknown")) << "bundles stay strict";
}

TEST(OpenModel, numbers_that_are_none_are_said_and_opened_all_the_same) {
    const samples::TemporaryFolder folder;
    const Config config = samples::tiny_config();
    for (const float value : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
        auto tensors = samples::zeros_for(config);
        write_bundle(folder.path / "m", config, {}, tensors);
        EXPECT_TRUE(open_model(folder.path / "m").notes.empty());
        std::memcpy(tensors["head.bias"].bytes.data() + 4, &value, sizeof value);
        write_bundle(folder.path / "m", config, {}, tensors);
        const OpenedModel model = open_model(folder.path / "m");
        expect_sound(model);
        ASSERT_EQ(model.notes.size(), 1u);
        EXPECT_TRUE(says(model.notes[0], "not finite numbers (1 tensor: head.bias)"));
    }
}

TEST(OpenModel, what_is_no_perceiver_is_refused_by_what_it_holds) {
    const samples::TemporaryFolder folder;
    std::mt19937 random(1);
    const auto write = [&](const char* tensor) {
        write_safetensors(folder.path / "w", {{tensor, samples::random_tensor(DType::f32, {2}, random)}}, {});
    };
    write("bert.embeddings.weight");
    EXPECT_TRUE(says(refusal_of_model(folder.path / "w"), "of no Perceiver that this program knows"));
    EXPECT_TRUE(says(refusal_of_model(folder.path / "w"), "bert.embeddings.weight"));
    write("perceiver_encoder/~/cross_attention/attention/linear/w");
    EXPECT_TRUE(says(refusal_of_model(folder.path / "w"), "haiku"));
    write("perceiver.embeddings.latents");
    EXPECT_TRUE(says(refusal_of_model(folder.path / "w"), "config.json must lie beside"));
    write_safetensors(folder.path / "w", {}, {});
    EXPECT_TRUE(says(refusal_of_model(folder.path / "w"), "no tensors"));
    EXPECT_TRUE(says(refusal_of_model(folder.path / "nothing"), "no such file"));
    write_text(folder.path / "config.json", "{}");
    fs::remove(folder.path / "w");
    EXPECT_TRUE(says(refusal_of_model(folder.path / "config.json"), "holds no weights"));
    EXPECT_TRUE(says(refusal_of_model(folder.path), "holds no weights"));
}

TEST(OpenModel, a_perceiver_2021_folder_that_disagrees_with_itself_names_the_first_tensor) {
    const samples::TemporaryFolder folder;
    write_text(folder.path / "config.json", R"({"format": "perceiver-2021", "num_latents": 3, "latent_channels": 4,
        "num_cross_attends": 2, "num_blocks": 2, "self_attends_per_block": 1, "arrangement": "interleaved",
        "share_cross_attends": "none", "share_blocks": true, "cross_heads": 1, "self_heads": 2, "num_classes": 2,
        "input": {"type": "image", "channels": 3,
                  "position": {"type": "fourier", "num_bands": 1, "max_resolution": [4, 4]}}})");
    Config config = samples::tiny_config();
    for (auto& cross : config.cross_modules) cross.v_channels = 0;
    auto tensors = samples::tensors_for(config);
    write_safetensors(folder.path / "weights.safetensors", tensors, {});
    const OpenedModel model = open_model(folder.path);
    expect_sound(model);
    EXPECT_EQ(model.format, ModelFormat::perceiver_2021);
    tensors["cross.1.query.weight"].shape = {4, 9};
    write_safetensors(folder.path / "weights.safetensors", tensors, {});
    EXPECT_TRUE(
        says(refusal_of_model(folder.path), "cross.1.query.weight is of shape [4, 9]; config.json asks for [9, 4]"));
    tensors.erase("cross.1.query.weight");
    write_safetensors(folder.path / "weights.safetensors", tensors, {});
    EXPECT_TRUE(says(refusal_of_model(folder.path), "cross.1.query.weight is missing"));
}

TEST(OpenModel, several_files_have_the_hash_of_their_list) {
    const samples::TemporaryFolder folder;
    const Config config = samples::hugging_face_image_model("Fourier");
    samples::write_hugging_face_folder(folder.path, config);
    const OpenedModel whole = open_model(folder.path);
    samples::Tensors parts[2];
    std::string map;
    for (const auto& [name, tensor] : samples::hugging_face_tensors(config)) {
        const std::size_t part = name.find("decoder") != name.npos;
        parts[part][name] = tensor;
        map += (map.empty() ? "\"" : ", \"") + name + "\": \"" + (part ? "b" : "a") + "\"";
    }
    fs::remove(folder.path / "model.safetensors");
    write_safetensors(folder.path / "a", parts[0], {});
    write_safetensors(folder.path / "b", parts[1], {});
    write_text(folder.path / "model.safetensors.index.json", "{\"weight_map\": {" + map + "}}");
    const OpenedModel model = open_model(folder.path);
    expect_sound(model);
    EXPECT_EQ(to_json(model.config), to_json(whole.config));
    ASSERT_EQ(model.files.size(), 2u);
    std::string lines;
    for (const char* name : {"a", "b"}) lines += sha256_of_file(folder.path / name, {}) + "  " + name + "\n";
    EXPECT_EQ(model.sha256, sha256_hex({reinterpret_cast<const std::uint8_t*>(lines.data()), lines.size()}));
}

TEST(OpenModel, cancelling_and_limits_are_heeded) {
    const samples::TemporaryFolder folder;
    write_bundle(folder.path / "m", samples::tiny_config(), {}, samples::zeros_for(samples::tiny_config()));
    OpenOptions options;
    options.cancel.cancel();
    EXPECT_EQ(samples::failure_of([&] { open_model(folder.path / "m", options); }).code, ErrorCode::cancelled);
    OpenOptions small;
    small.limits.model_bytes = 1000;
    EXPECT_EQ(samples::failure_of([&] { open_model(folder.path / "m", small); }).code, ErrorCode::out_of_resources);
}

}  // namespace
}  // namespace perceiver::weights
