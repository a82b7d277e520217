// Protects the reading of preprocessor_config.json: both spellings, the defaults of what is missing, refusals by name.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/weights_samples.h"
#include "weights/preprocessor_config.h"

namespace perceiver::weights {
namespace {

using input::ImageProcessorConfig;
using Filter = ImageProcessorConfig::Resample;

const std::string modern = R"({"do_center_crop": false, "crop_size": {"height": 30, "width": 40}, "do_resize": false,
    "size": {"height": 20, "width": 10}, "resample": 2, "do_rescale": false, "rescale_factor": 0.5,
    "do_normalize": false, "image_mean": [0.1, 0.2, 1], "image_std": [0.3, 2, 0.5], "image_processor_type": "PerceiverImageProcessor"})";

TEST(PreprocessorConfig, EveryKeyIsRead) {
    const auto c = image_processor_from_json(modern);
    EXPECT_FALSE(c.do_center_crop || c.do_resize || c.do_rescale || c.do_normalize || c.crop_rounds_up);
    EXPECT_EQ(c.crop_height, 30);
    EXPECT_EQ(c.crop_width, 40);
    EXPECT_EQ(c.height, 20);
    EXPECT_EQ(c.width, 10);
    EXPECT_EQ(c.resample, Filter::bilinear);
    EXPECT_EQ(c.rescale_factor, 0.5);
    EXPECT_EQ(c.mean, (std::array{0.1, 0.2, 1.0}));
    EXPECT_EQ(c.std, (std::array{0.3, 2.0, 0.5}));
}

TEST(PreprocessorConfig, TheFeatureExtractorsSpellingMeansTheSame) {
    const auto c = image_processor_from_json(R"({"crop_size": 32, "size": 28, "resample": 3, "do_center_crop": true,
        "feature_extractor_type": "PerceiverFeatureExtractor", "image_std": 0.5, "image_mean": 0})");
    EXPECT_EQ(c.crop_height, 32);
    EXPECT_EQ(c.crop_width, 32);
    EXPECT_EQ(c.height, 28);
    EXPECT_EQ(c.width, 28);
    EXPECT_EQ(c.mean, (std::array{0.0, 0.0, 0.0}));
    EXPECT_EQ(c.std, (std::array{0.5, 0.5, 0.5}));
    EXPECT_TRUE(c.do_rescale) << "its files don't have the key, and it always rescaled";
    EXPECT_EQ(c.rescale_factor, 1.0 / 255);
}

TEST(PreprocessorConfig, WhatIsMissingOrNullKeepsTheDefault) {
    for (const char* text : {"{}", R"({"size": null, "crop_size": null, "image_mean": null, "resample": null,
                                       "do_resize": null, "rescale_factor": null, "image_processor_type": null})"}) {
        const auto c = image_processor_from_json(text);
        EXPECT_TRUE(c.do_center_crop && c.do_resize && c.do_rescale && c.do_normalize);
        EXPECT_EQ(c.crop_height, 256);
        EXPECT_EQ(c.width, 224);
        EXPECT_EQ(c.resample, Filter::bicubic);
        EXPECT_EQ(c.mean, (std::array{0.485, 0.456, 0.406}));
    }
}

TEST(PreprocessorConfig, SizesAreHeightFirstAndOtherKeysAreNobodysBusiness) {
    const auto c = image_processor_from_json(R"({"size": [5, 7], "processor_class": 3, "do_pad": {"deep": [[]]},
        "crop_size": {"width": 8, "height": 9, "longest_edge": null},
        "image_processor_type": "PerceiverImageProcessorFast"})");
    EXPECT_EQ(c.height, 5);
    EXPECT_EQ(c.width, 7);
    EXPECT_EQ(c.crop_height, 9);
    EXPECT_EQ(c.crop_width, 8);
}

TEST(PreprocessorConfig, RefusalsNameTheKey) {
    const std::pair<const char*, const char*> cases[] = {
        {R"({"do_resize": 1})", "do_resize"},
        {R"({"do_normalize": "true"})", "do_normalize"},
        {R"({"size": true})", "size"},
        {R"({"size": 224.5})", "size"},
        {R"({"size": "224"})", "size"},
        {R"({"size": 0})", "size"},
        {R"({"size": -3})", "size"},
        {R"({"size": 18446744073709551615})", "size"},
        {R"({"size": {"shortest_edge": 224}})", "size"},
        {R"({"size": {"height": 3}})", "size"},
        {R"({"size": {"height": 3, "width": {}}})", "size.width"},
        {R"({"size": [3]})", "size"},
        {R"({"crop_size": [1, 2, 3]})", "crop_size"},
        {R"({"crop_size": {"height": 20000, "width": 1}})", "crop_size.height"},
        {R"({"resample": 6})", "resample"},
        {R"({"resample": -1})", "resample"},
        {R"({"resample": "bicubic"})", "resample"},
        {R"({"resample": true})", "resample"},
        {R"({"rescale_factor": "1/255"})", "rescale_factor"},
        {R"({"rescale_factor": 0})", "rescale_factor"},
        {R"({"image_mean": [0.5, 0.5]})", "image_mean"},
        {R"({"image_mean": [0.5, 0.5, null]})", "image_mean"},
        {R"({"image_mean": {}})", "image_mean"},
        {R"({"image_std": [0.5, 0, 0.5]})", "image_std"},
        {R"({"image_std": -1})", "image_std"},
        {R"({"image_processor_type": "CLIPImageProcessor"})", "CLIPImageProcessor"},
        {R"({"feature_extractor_type": 7})", "feature_extractor_type"},
        {"[]", "object"},
        {"", "JSON"},
        {"{} {}", "JSON"},
        {R"({"size": 1e999})", "JSON"},
        {"{\"size\": \"\xff\"}", "JSON"},
    };
    for (const auto& [text, word] : cases) {
        const auto failure = samples::failure_of([&text = text] { image_processor_from_json(text); });
        EXPECT_EQ(failure.code, ErrorCode::unreadable_model) << text;
        EXPECT_NE(failure.sentence.find(word), std::string::npos) << text << ": " << failure.sentence;
    }
}

TEST(PreprocessorConfig, ATruncatedFileIsRefusedWhereverItEnds) {
    for (std::size_t length = 0; length < modern.size(); ++length)
        EXPECT_THROW(image_processor_from_json(modern.substr(0, length)), Error) << length;
}

TEST(PreprocessorConfig, AHugeOrDeepFileIsRefusedWithoutHarm) {
    EXPECT_THROW(image_processor_from_json(std::string(100'000, '[')), Error);
    EXPECT_THROW(image_processor_from_json("{\"x\": \"" + std::string(2'000'000, 'x') + "\"}"), Error);
}

TEST(PreprocessorConfig, AModelsConfigKeepsItAndRefusesWhatContradictsIt) {
    Config config = samples::tiny_config();
    config.input.image.height = config.input.image.width = 0;
    config.input.image.processor = image_processor_from_json(modern);
    config.input.image.processor->crop_rounds_up = true;
    config.input.image.processor->resample = Filter::hamming;
    const std::string text = to_json(config);
    const auto kept = config_from_json(text).input.image.processor;
    ASSERT_TRUE(kept);
    EXPECT_EQ(to_json(config_from_json(text)), text);
    EXPECT_FALSE(kept->do_center_crop || kept->do_resize || kept->do_rescale || kept->do_normalize);
    EXPECT_TRUE(kept->crop_rounds_up);
    EXPECT_EQ(kept->crop_width, 40);
    EXPECT_EQ(kept->height, 20);
    EXPECT_EQ(kept->resample, Filter::hamming);
    EXPECT_EQ(kept->mean, (std::array{0.1, 0.2, 1.0}));
    EXPECT_FALSE(config_from_json(to_json(samples::tiny_config())).input.image.processor);

    using J = nlohmann::json;
    const std::pair<std::function<void(J&)>, const char*> cases[] = {
        {[](J& image) { image["processor"]["dropout"] = 1; }, "input.processor.dropout"},
        {[](J& image) { image["processor"]["mean"] = {1, 2}; }, "input.processor.mean"},
        {[](J& image) { image["processor"]["resample"] = "cubic"; }, "cubic"},
        {[](J& image) { image["processor"]["crop_width"] = 0; }, "crop_size.width"},
        {[](J& image) { image["processor"] = 3; }, "input.processor"},
        {[](J& image) { image["channels"] = 4; }, "channels"},
        {[](J& image) { image["processor"]["do_resize"] = image["height"] = image["width"] = 20; }, "do_resize"},
        {[](J& image) {
             image["height"] = image["width"] = 20;
             image["processor"]["do_resize"] = true;
         }, "another size"},
    };
    for (const auto& [spoil, word] : cases) {
        J json = J::parse(text);
        spoil(json["input"]);
        const auto failure = samples::failure_of([&] { config_from_json(json.dump()); });
        EXPECT_NE(failure.sentence.find(word), std::string::npos) << failure.sentence;
    }
}

}  // namespace
}  // namespace perceiver::weights
