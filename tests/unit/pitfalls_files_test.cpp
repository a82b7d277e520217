// The pitfalls of published files (pitfalls_test.cpp has those of the models themselves), numbered alike: each test
// fails when one falls into its pit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "input/image_processor.h"
#include "support/model_folders.h"
#include "support/released_models.h"
#ifdef PERCEIVERSCOPE_TORCH_SAMPLES
#include "support/torch_samples.h"
#endif

namespace perceiver::weights {
namespace {

using nlohmann::json;
using samples::refusal_of_model;
using samples::says;

/// A folder as transformers writes it, whose config.json is changed.
struct PublishedFolder {
    samples::TemporaryFolder folder;
    json settings;

    explicit PublishedFolder(const Config& config) {
        samples::write_hugging_face_folder(folder.path, config);
        const auto bytes = samples::file_bytes(folder.path / "config.json");
        settings = json::parse(bytes.begin(), bytes.end());
    }
    void write() const { samples::write_text(folder.path / "config.json", settings.dump()); }
    Config config() const {
        write();
        return open_model(folder.path).config;
    }
    std::string refusal() const {
        write();
        return refusal_of_model(folder.path);
    }
};

TEST(Pitfall05, ValueChannelsAreThoseOfTheCrossAttendAndOfEveryLatentLayer) {
    Config wanted = samples::hugging_face_image_model("Fourier");   // 4 latent channels, 261 of the input
    wanted.cross_modules[0].v_channels = wanted.block_modules[0].v_channels = 8;
    PublishedFolder p(wanted);
    EXPECT_TRUE(p.settings["qk_channels"].is_null());
    EXPECT_EQ(p.settings["v_channels"], 8);
    const Config got = p.config();
    EXPECT_EQ(got.qk_channels(got.cross_modules[0]), 261);
    EXPECT_EQ(got.v_channels(got.cross_modules[0]), 8);
    EXPECT_EQ(got.qk_channels(got.block_modules[0]), 4);
    EXPECT_EQ(got.v_channels(got.block_modules[0]), 8);
    // As transformers makes it, a latent layer answers as many channels as it has values, and can't add them.
    auto tensors = samples::hugging_face_tensors(wanted);
    for (auto& [name, tensor] : tensors)
        if (name.ends_with("attention.output.dense.weight") && name.find("self_attends") != std::string::npos)
            tensor.shape = {8, 8}, tensor.bytes.resize(2 * tensor.bytes.size());
    write_safetensors(p.folder.path / "model.safetensors", tensors, {{"format", "pt"}});
    EXPECT_TRUE(says(p.refusal(), "attention.output.dense.weight is of shape [8, 8]; config.json asks for [4, 8]"));
}

TEST(Pitfall19, TheCropOfAnOddMarginRoundsDownForEitherSpellingOfThePreprocessor) {
    std::vector<std::uint8_t> rgb;   // 9 x 9 pixels, each says where it is
    for (int y = 0; y < 9; ++y)
        for (int x = 0; x < 9; ++x) rgb.insert(rgb.end(), {std::uint8_t(x), std::uint8_t(y), 0});
    for (const char* text :
         {R"({"crop_size": 8, "size": 6, "do_resize": false, "feature_extractor_type": "PerceiverFeatureExtractor"})",
          R"({"crop_size": {"height": 8, "width": 8}, "size": {"height": 6, "width": 6}, "do_resize": false,
                                 "image_processor_type": "PerceiverImageProcessor"})"}) {
        PublishedFolder p(samples::hugging_face_image_model("Fourier"));
        samples::write_text(p.folder.path / "preprocessor_config.json", text);
        auto processor = *p.config().input.image.processor;
        const auto cropped = input::process_image({rgb.data(), 9, 9}, processor);   // 6 of 9: the margin is 3
        ASSERT_EQ(cropped.rows, 6);
        EXPECT_EQ(cropped.view[0], 1) << "(9 - 6) / 2, not (9 - 6 + 1) / 2";
        EXPECT_EQ(cropped.view[1], 1);
        processor.crop_rounds_up = true;   // DeepMind's code and the older extractor
        EXPECT_EQ(input::process_image({rgb.data(), 9, 9}, processor).view[0], 2);
    }
}

TEST(Pitfall22, NumbersOfNoAxisAndOf64BitsAreReadAndLeftOut) {
    const Config config = samples::hugging_face_image_model("ConvProcessing");
    const PublishedFolder p(config);
    auto tensors = samples::hugging_face_tensors(config);
    const std::int64_t steps = 12345;
    samples::ByteVector bytes(sizeof steps);
    std::memcpy(bytes.data(), &steps, sizeof steps);
    const std::string name = "perceiver.input_preprocessor.convnet.batchnorm.num_batches_tracked";
    tensors[name] = {DType::i64, {}, bytes};
    write_safetensors(p.folder.path / "model.safetensors", tensors, {{"format", "pt"}});
    const Checkpoint checkpoint = open_checkpoint(p.folder.path / "model.safetensors");
    EXPECT_EQ(checkpoint.tensors.at(name).dtype, DType::i64);
    EXPECT_TRUE(checkpoint.tensors.at(name).shape.empty());
    const OpenedModel model = open_model(p.folder.path);
    EXPECT_TRUE(model.notes.empty()) << "it is nobody's concern";
    EXPECT_TRUE(std::ranges::none_of(model.tensors, [](const auto& t) { return t.second.dtype == DType::i64; }));
}

TEST(Pitfall23, TheGeluIsTheOneTheFolderNames) {
    for (const auto& [name, activation] : {std::pair{"gelu", Activation::gelu}, {"gelu_new", Activation::gelu_tanh}}) {
        PublishedFolder p(samples::hugging_face_image_model("Fourier"));
        p.settings["hidden_act"] = name;
        EXPECT_EQ(p.config().activation, activation) << name;
    }
    PublishedFolder silent(samples::hugging_face_image_model("Fourier"));
    silent.settings.erase("hidden_act");
    EXPECT_EQ(silent.config().activation, Activation::gelu) << "transformers' own default is the erf";
}

#ifdef PERCEIVERSCOPE_TORCH_SAMPLES
TEST(Pitfall24, AStateDictIsReadThoughItIsAnOrderedDictWithMetadataInAFolderOfAnyName) {
    const Config config = samples::hugging_face_image_model("Fourier");
    const PublishedFolder p(config);
    std::filesystem::remove(p.folder.path / "model.safetensors");
    const auto wanted = samples::hugging_face_tensors(config);
    for (const char* top : {"archive", "pytorch_model", "run.final"}) {
        samples::write_file(p.folder.path / "pytorch_model.bin",
                            samples::torch_file(wanted, samples::Holder::ordered_dict_with_metadata, 2, top));
        const OpenedModel model = open_model(p.folder.path);
        EXPECT_TRUE(model.notes.empty());
        EXPECT_EQ(open_checkpoint(p.folder.path / "pytorch_model.bin").tensors.size(), wanted.size()) << top;
    }
}
#endif

TEST(Pitfall25, WidthsAreThoseOfTheTensorsWhateverNewerConfigsSay) {
    PublishedFolder p(samples::released(samples::Released::multimodal, 0.05));
    const Config older = p.config();
    const auto label = std::ranges::find(older.decoder.outputs, "label", &OutputConfig::name);
    ASSERT_NE(label, older.decoder.outputs.end());
    ASSERT_NE(older.decoder.output_channels, 512);
    ASSERT_NE(label->position.channels, 1024);
    for (const char* key : {"output_num_channels", "_label_trainable_num_channels"}) p.settings.erase(key);
    EXPECT_EQ(to_json(p.config()), to_json(older)) << "older folders lack the keys";
    p.settings["output_num_channels"] = 512;
    p.settings["_label_trainable_num_channels"] = 1024;
    EXPECT_EQ(to_json(p.config()), to_json(older)) << "newer ones repeat the defaults";
}

}  // namespace
}  // namespace perceiver::weights
