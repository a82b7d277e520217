// Hugging Face folders: settings, their defaults, and what no folder may get wrong.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/model_folders.h"

namespace perceiver::weights {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using samples::hugging_face_image_model;
using samples::refusal_of_model;
using samples::says;
using samples::write_text;

class HuggingFace : public testing::Test {
  protected:
    void SetUp() override { samples::write_hugging_face_folder(folder.path, config); }
    json settings() const {
        const auto bytes = samples::file_bytes(folder.path / "config.json");
        return json::parse(bytes.begin(), bytes.end());
    }
    void write(const json& object) const { write_text(folder.path / "config.json", object.dump()); }
    Config with(const char* key, const json& value) const {
        json object = settings();
        object[key] = value;
        write(object);
        return open_model(folder.path).config;
    }
    std::string refusal_with(const char* key, const json& value) const {
        json object = settings();
        object[key] = value;
        write(object);
        const std::string sentence = refusal_of_model(folder.path);
        samples::write_hugging_face_folder(folder.path, config);
        return sentence;
    }

    const samples::TemporaryFolder folder;
    const Config config = hugging_face_image_model("Fourier");
};

TEST_F(HuggingFace, every_image_class_is_written_and_read_again_the_same) {
    for (const char* kind : {"Fourier", "Learned", "ConvProcessing"}) {
        const samples::TemporaryFolder own;
        Config wanted = hugging_face_image_model(kind);
        samples::write_hugging_face_folder(own.path, wanted);
        const OpenedModel model = open_model(own.path);
        EXPECT_EQ(model.format, ModelFormat::hugging_face);
        ASSERT_TRUE(model.config.input.image.processor.has_value());
        wanted.input.image = model.config.input.image;  // how pictures are made ready is another test's
        EXPECT_EQ(to_json(model.config), to_json(wanted)) << kind;
        EXPECT_TRUE(says(model.card.summary, std::string("PerceiverForImageClassification") + kind));
    }
}

TEST_F(HuggingFace, settings_that_are_missing_have_the_defaults_of_transformers) {
    json object = settings();
    for (const char* key : {"num_blocks", "qk_channels", "v_channels", "hidden_act", "use_query_residual",
                            "image_size", "cross_attention_shape_for_attention", "self_attention_widening_factor",
                            "cross_attention_widening_factor", "torch_dtype", "d_model", "label2id"})
        object.erase(key);
    object["vocab_size"] = 262;
    object["layer_norm_eps"] = 1e-12;  // which none of its modules reads
    write(object);
    const Config got = open_model(folder.path).config;
    EXPECT_EQ(got.stages[0].blocks.size(), 1u);
    EXPECT_EQ(got.activation, Activation::gelu);
    EXPECT_TRUE(got.cross_modules[0].query_residual);
    EXPECT_EQ(got.layer_norm_eps, 1e-5);
    EXPECT_EQ(got.all_masked, Config::AllMasked::everything);
    object.erase("num_cross_attention_heads");  // 8, which doesn't divide 261
    write(object);
    EXPECT_TRUE(says(refusal_of_model(folder.path), "cross_modules[0].heads"));
    object = settings();
    object["num_cross_attention_heads"] = 1;
    object.erase("num_latents");
    write(object);
    EXPECT_TRUE(says(refusal_of_model(folder.path),
                     "perceiver.embeddings.latents is of shape [3, 4]; config.json asks for [256, 4]"));
}

TEST_F(HuggingFace, activations_are_the_ones_they_are_named_for) {
    EXPECT_EQ(with("hidden_act", "gelu_new").activation, Activation::gelu_tanh);
    EXPECT_EQ(with("hidden_act", "gelu").activation, Activation::gelu);
    EXPECT_TRUE(says(refusal_with("hidden_act", "silu"), "hidden_act is \"silu\""));
}

TEST_F(HuggingFace, what_contradicts_the_weights_is_named_with_both_shapes) {
    EXPECT_TRUE(says(refusal_with("d_latents", 8),
                     "perceiver.embeddings.latents is of shape [3, 4]; config.json asks for [3, 8]"));
    EXPECT_TRUE(says(refusal_with("id2label", {{"0", "a"}, {"1", "b"}, {"2", "c"}}),
                     "perceiver.decoder.decoder.final_layer.weight is of shape [2, 4]; config.json asks for [3, 4]"));
    EXPECT_TRUE(says(refusal_with("qk_channels", 6),
                     "attention.self.query.weight is of shape [261, 4]; config.json asks for [6, 4]"));
    EXPECT_TRUE(says(refusal_with("num_self_attends_per_block", 3),
                     "self_attends.2.attention.self.layernorm1.weight is missing"));
    EXPECT_TRUE(says(refusal_with("id2label", {{"0", "a"}, {"2", "b"}}), "id2label has no text for 1"));
    EXPECT_TRUE(says(refusal_with("num_blocks", 2000), "num_blocks is 2000"));
    EXPECT_TRUE(says(refusal_with("num_latents", "many"), "num_latents"));
    EXPECT_TRUE(says(refusal_with("num_latents", 1.5), "num_latents"));
}

TEST_F(HuggingFace, other_architectures_are_refused_by_name) {
    for (const char* name : {"PerceiverForOpticalFlow", "PerceiverForMaskedLM", "PerceiverForSequenceClassification"})
        EXPECT_TRUE(says(refusal_with("architectures", {name}), name));
    EXPECT_TRUE(says(refusal_with("model_type", "vit"), "of type vit"));
    write_text(folder.path / "config.json", "[1]");
    EXPECT_TRUE(says(refusal_of_model(folder.path), "not a JSON object"));
    fs::remove(folder.path / "config.json");
    EXPECT_TRUE(says(refusal_of_model(folder.path), "config.json must lie beside"));
}

TEST_F(HuggingFace, an_architecture_that_is_not_named_is_known_by_its_tensors_or_asked_for) {
    for (const char* kind : {"Learned", "ConvProcessing"}) {
        const samples::TemporaryFolder own;
        samples::write_hugging_face_folder(own.path, hugging_face_image_model(kind));
        const auto bytes = samples::file_bytes(own.path / "config.json");
        json object = json::parse(bytes.begin(), bytes.end());
        object.erase("architectures");
        write_text(own.path / "config.json", object.dump());
        EXPECT_TRUE(says(open_model(own.path).card.summary, kind));
    }
    json object = settings();
    object.erase("architectures");
    write(object);
    EXPECT_TRUE(says(refusal_of_model(folder.path), "Add \"architectures\""));
}

TEST_F(HuggingFace, tensors_nobody_asked_for_are_said) {
    auto tensors = samples::hugging_face_tensors(config);
    tensors["perceiver.extra.weight"] = tensors.begin()->second;
    tensors["a.num_batches_tracked"] = {DType::i64, {}, samples::ByteVector(8)};
    write_safetensors(folder.path / "model.safetensors", tensors, {});
    const auto notes = open_model(folder.path).notes;
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_TRUE(says(notes[0], "1 tensor of the file is no part of the model: perceiver.extra.weight"));
    EXPECT_EQ(notes[0].find("num_batches_tracked"), std::string::npos);
    tensors["perceiver.embeddings.latents"] = {DType::i32, {3, 4}, samples::ByteVector(48)};
    write_safetensors(folder.path / "model.safetensors", tensors, {});
    EXPECT_TRUE(says(refusal_of_model(folder.path), "latents is not of floating-point numbers"));
}

TEST_F(HuggingFace, names_may_stand_inside_another_module) {
    samples::Tensors inside;
    for (const auto& [name, tensor] : samples::hugging_face_tensors(config)) inside["module." + name] = tensor;
    write_safetensors(folder.path / "model.safetensors", inside, {});
    const OpenedModel model = open_model(folder.path);
    EXPECT_TRUE(model.notes.empty());
    EXPECT_EQ(model.config.labels, config.labels);
}

TEST_F(HuggingFace, both_spellings_of_the_preprocessor_are_read) {
    EXPECT_EQ(open_model(folder.path).config.input.image.processor->crop_height, 256) << "the default without a file";
    write_text(
        folder.path / "preprocessor_config.json",
        R"({"crop_size": 64, "size": 32, "resample": 2, "feature_extractor_type": "PerceiverFeatureExtractor"})");
    auto image = open_model(folder.path).config.input.image;
    EXPECT_EQ(image.processor->crop_width, 64);
    EXPECT_EQ(image.processor->height, 32);
    EXPECT_EQ(image.height, 32);
    write_text(folder.path / "preprocessor_config.json",
               R"({"size": {"height": 20, "width": 30}, "do_center_crop": false})");
    image = open_model(folder.path / "preprocessor_config.json").config.input.image;
    EXPECT_EQ(image.processor->width, 30);
    EXPECT_FALSE(image.processor->do_center_crop);
    write_text(folder.path / "preprocessor_config.json", R"({"size": "large"})");
    EXPECT_TRUE(says(refusal_of_model(folder.path), "size"));
}

TEST_F(HuggingFace, a_model_of_the_hubs_cache_has_its_owners_name) {
    const fs::path snapshot = folder.path / "models--someone--a-perceiver" / "snapshots" / "0123abcd";
    fs::create_directories(snapshot);
    samples::write_hugging_face_folder(snapshot, config);
    EXPECT_EQ(open_model(snapshot).card.title, "someone/a-perceiver");
    EXPECT_EQ(open_model(snapshot / "model.safetensors").card.title, "someone/a-perceiver");
}

/// Folder to bundle and back: the same numbers under the same names, the same model.
void expect_round_trip(const fs::path& from) {
    const samples::TemporaryFolder folder;
    const OpenedModel first = open_model(from);
    write_bundle(folder.path / "b.safetensors", first.config, first.card, first.tensors);
    const OpenedModel bundle = open_model(folder.path / "b.safetensors");
    EXPECT_EQ(bundle.format, ModelFormat::bundle);
    EXPECT_EQ(bundle.card.title, first.card.title);
    write_hugging_face_folder(folder.path / "out", bundle);
    EXPECT_EQ(to_json(open_model(folder.path / "out").config), to_json(first.config));
    const Checkpoint theirs = open_checkpoint(from / "model.safetensors"),
                     ours = open_checkpoint(folder.path / "out" / "model.safetensors");
    ASSERT_EQ(ours.tensors.size(), theirs.tensors.size());
    for (const auto& [name, view] : theirs.tensors) {
        ASSERT_TRUE(ours.tensors.contains(name)) << name;
        EXPECT_EQ(ours.tensors.at(name).dtype, view.dtype) << name;
        EXPECT_EQ(ours.tensors.at(name).shape, view.shape) << name;
        if (name.ends_with("num_batches_tracked")) continue;  // of training alone
        EXPECT_TRUE(std::ranges::equal(ours.tensors.at(name).bytes, view.bytes)) << name;
    }
}

class GoldenRoundTrip : public testing::TestWithParam<const char*> {};
TEST_P(GoldenRoundTrip, to_a_bundle_and_back_bit_for_bit) {
    const fs::path folder = fs::path(PERCEIVERSCOPE_GOLDEN) / GetParam() / "model";
    if (!fs::exists(folder)) GTEST_SKIP() << "golden fixtures are not at " << PERCEIVERSCOPE_GOLDEN;
    expect_round_trip(folder);
}
INSTANTIATE_TEST_SUITE_P(HuggingFace, GoldenRoundTrip,
                         testing::Values("hf_image_fourier", "hf_image_learned", "hf_image_conv", "hf_multimodal"),
                         [](const auto& instance) { return std::string(instance.param); });

TEST_F(HuggingFace, to_a_bundle_and_back_bit_for_bit_with_every_setting_unusual) {
    Config c = hugging_face_image_model("Fourier");
    c.activation = Activation::gelu_tanh;
    c.cross_modules[0].query_residual = false;
    c.cross_modules[0].widening = 2;
    c.block_modules[0].widening = 3;
    c.cross_modules[0].qk_channels = c.block_modules[0].qk_channels = 6;
    c.cross_modules[0].v_channels = c.block_modules[0].v_channels = 4;
    c.input.image.processor.emplace();
    c.input.image.processor->crop_height = 300;
    c.input.image.processor->resample = input::ImageProcessorConfig::Resample::lanczos;
    c.input.image.processor->mean = {0.1, 0.2, 0.3};
    const samples::TemporaryFolder own;
    samples::write_hugging_face_folder(own.path, c);
    write_text(own.path / "preprocessor_config.json", hugging_face_preprocessor(c.input.image));
    expect_round_trip(own.path);
    EXPECT_EQ(open_model(own.path).config.input.image.processor->mean[2], 0.3);
    Config query = hugging_face_image_model("Fourier");  // the width of queries everywhere
    query.cross_modules[0].qk_channels = query.block_modules[0].qk_channels = 4;
    samples::write_hugging_face_folder(own.path, query);
    expect_round_trip(own.path);
}

TEST_F(HuggingFace, a_folder_is_new_or_it_is_left_alone) {
    const OpenedModel model = open_model(folder.path);
    const auto refusal = [&](const fs::path& to) {
        return samples::failure_of([&] { write_hugging_face_folder(to, model); });
    };
    EXPECT_EQ(refusal(folder.path).code, ErrorCode::out_of_resources);
    EXPECT_TRUE(says(refusal(folder.path).sentence, "not empty"));
    EXPECT_TRUE(says(refusal(folder.path / "config.json").sentence, "a file of that name"));
    EXPECT_EQ(refusal("/proc/nowhere/out").code, ErrorCode::out_of_resources);
    OpenedModel other = model;
    other.config.decoder.cross.query_residual = false;
    EXPECT_EQ(samples::failure_of([&] { write_hugging_face_folder(folder.path / "new", other); }).code,
              ErrorCode::no_fit);
    EXPECT_FALSE(fs::exists(folder.path / "new"));
    write_hugging_face_folder(folder.path / "new", model);
    EXPECT_EQ(open_model(folder.path / "new").sha256, open_model(folder.path).sha256);
}

TEST_F(HuggingFace, a_model_that_transformers_lacks_is_not_written) {
    const auto reason = [](const Config& c) {
        const auto failure = samples::failure_of([&] { hugging_face_config(c); });
        EXPECT_EQ(failure.code, ErrorCode::no_fit);
        return failure.sentence;
    };
    EXPECT_TRUE(says(reason(samples::tiny_config()), "the mean of its latents"));
    Config c = config;
    c.stages.push_back(c.stages[0]);
    EXPECT_TRUE(says(reason(c), "one cross-attend"));
    c = config;
    c.activation = Activation::geglu;
    EXPECT_TRUE(says(reason(c), "GEGLU"));
    c = config;
    c.input.position.max_resolution = {100, 100};
    EXPECT_TRUE(says(reason(c), "input"));
    c = config;
    c.decoder.cross.query_residual = false;
    EXPECT_TRUE(says(reason(c), "decoder"));
    c = config;
    c.all_masked = Config::AllMasked::nothing;
    EXPECT_FALSE(reason(c).empty());
}

}  // namespace
}  // namespace perceiver::weights
