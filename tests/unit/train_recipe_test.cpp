// Protects recipes: what one says is what is done, and nothing it says is passed over in silence.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "perceiver/products.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/split_samples.h"
#include "support/train_samples.h"
#include "train/run.h"
#include "weights/rival_bundle.h"

namespace perceiver::train {
namespace {

using nlohmann::json;

json sample() { return json::parse(to_json(samples::recipe_for(samples::trainable_config(), 50))); }

TEST(TrainRecipe, WritingAndReadingItGivesItBack) {
    Recipe recipe = samples::recipe_for(samples::trainable_config(), 50);
    recipe.optimiser.kind = Optimiser::Kind::lamb;
    recipe.labels = {"red", "green", "blue"};
    recipe.start.peak = 11.25;
    recipe.card.title = "Colours";
    recipe.camera.emplace().roll = {3, 4.5};
    recipe.seed = ~std::uint64_t{0};
    recipe.schedule.drops = {0.5, 0.75};
    recipe.elements = 12;
    recipe.average = 0.99;
    recipe.card.set = {"colours", {{"size", "16"}}, "test"};
    const std::string text = to_json(recipe);
    EXPECT_EQ(to_json(recipe_from_json(text)), text);
    EXPECT_EQ(recipe_from_json(text).optimiser.kind, Optimiser::Kind::lamb);
    EXPECT_EQ(recipe_from_json(text).seed, ~std::uint64_t{0});
}

std::vector<std::filesystem::path> shipped() {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(PERCEIVERSCOPE_RECIPES))
        if (entry.path().extension() == ".json") paths.push_back(entry.path());
    return paths;
}

TEST(TrainRecipe, ShippedOnesMakeModelsThatCanBeTrained) {
    int seen = 0;
    for (const auto& entry : shipped()) {
        const Recipe recipe = read_recipe(entry);
        const auto& labels = labels_of(recipe, recipe.labels);
        EXPECT_EQ(recipe.rival.empty() ? model_config(recipe, labels).labels : rival_config(recipe, labels).labels,
                  labels)
            << entry;
        EXPECT_FALSE(recipe.card.title.empty() || recipe.card.does_not_know.empty()) << entry;
        ++seen;
    }
    EXPECT_GT(seen, 0);
}

/// A few examples of what a model reads.
struct Examples {
    std::optional<samples::OwnedSplit> pictures;
    std::optional<samples::OwnedClouds> clouds;
    std::vector<std::uint8_t> bytes, samples, labels{0, 1, 2};
    Split split;

    explicit Examples(const InputConfig& input) {
        using Type = InputConfig::Type;
        if (input.type == Type::image)
            split = pictures.emplace(3, input.image.height, input.image.width).split;
        if (input.type == Type::video) split = pictures.emplace(3, 80, 80).split;
        if (input.type == Type::points) split = clouds.emplace(3, input.points.points).split;
        if (input.type == Type::multimodal) films(input);
        if (input.type != Type::audio && input.type != Type::spectrogram) return;
        const std::int64_t rate =
            input.type == Type::audio ? input.audio.sample_rate : input.spectrogram.sample_rate;
        std::mt19937 random(1);
        for (std::int64_t k = 0; k < 3 * 2 * 5 * rate; ++k)
            bytes.push_back(static_cast<std::uint8_t>(random()));
        split = {1, 5 * rate, bytes, labels, Medium::sounds, rate};
    }

    /// Of a film of 96 x 72 and its spectrogram.
    void films(const InputConfig& input) {
        const auto& video = input.modalities.at(0).input.video;
        const std::int64_t rate = input.modalities.at(1).input.spectrogram.sample_rate;
        std::mt19937 random(1);
        for (std::int64_t k = 0; k < 3 * video.frames * 72 * 96; ++k)
            bytes.push_back(static_cast<std::uint8_t>(random()));
        for (std::int64_t k = 0; k < 3 * 2 * 3 * rate; ++k) samples.push_back(static_cast<std::uint8_t>(random()));
        split = {72, 96, bytes, labels, Medium::films, rate, video.frames, 1, video.frame_rate, samples};
    }
};

TEST(TrainRecipe, ShippedOnesTrainAStepAndLeaveABundle) {
    set_threads(1);
    for (const auto& entry : shipped()) {
        Recipe recipe = read_recipe(entry);
        recipe.schedule.seconds = recipe.held_out = 0;
        recipe.schedule.steps = 2;
        recipe.batch = 3;
        const auto& labels = labels_of(recipe, recipe.labels);
        const Examples examples(recipe.rival.empty() ? model_config(recipe, labels).input
                                                     : rival_config(recipe, labels).input);
        const samples::TemporaryFolder folder;
        Trainer trainer(recipe, recipe.labels, examples.split);
        const Pace end = run(trainer, RunFolder(folder.path), {});
        EXPECT_TRUE(std::isfinite(end.loss)) << entry;
        const auto bundle = RunFolder(folder.path).model();
        EXPECT_EQ(recipe.rival.empty() ? weights::read_bundle(bundle).config.labels
                                       : weights::read_rival_bundle(bundle).config.labels,
                  labels)
            << entry;
    }
}

TEST(TrainRecipe, ShippedCamerasFilmWhatTheTestIsFilmedByAndWorse) {
    const Camera test;
    for (const auto& entry : shipped()) {
        Recipe recipe = read_recipe(entry);
        if (!recipe.camera) continue;
        Camera& camera = *recipe.camera;
        for (auto range : {&Camera::pan, &Camera::zoom, &Camera::roll, &Camera::object_size}) {
            EXPECT_LE((camera.*range)[0], (test.*range)[0]) << entry;
            EXPECT_GE((camera.*range)[1], (test.*range)[1]) << entry;
            (camera.*range) = test.*range;
        }
        const auto windows = [](const Camera& c, double sign) { return c.window * std::exp(sign * c.window_zoom); };
        EXPECT_LE(windows(camera, -1), windows(test, -1)) << entry;
        EXPECT_GE(windows(camera, 1), windows(test, 1)) << entry;
        camera.window = test.window;
        for (auto part : {&Camera::object, &Camera::object_path, &Camera::object_swing, &Camera::object_grow,
                          &Camera::figure, &Camera::near, &Camera::nearer, &Camera::window_zoom, &Camera::contrast,
                          &Camera::wander, &Camera::zoom_wander, &Camera::roll_wander, &Camera::wait, &Camera::late,
                          &Camera::flicker, &Camera::bars, &Camera::steady}) {
            EXPECT_GE(camera.*part, test.*part) << entry;
            camera.*part = test.*part;
        }
        camera.objects = test.objects;
        const std::string known = to_json(recipe);
        recipe.camera = test;
        EXPECT_EQ(to_json(recipe), known) << entry;
    }
}

TEST(TrainRecipe, WhatIsWrongIsNamed) {
    const auto refused = [](const json& recipe, const std::string& key) {
        const auto failure = samples::failure_of([&] { recipe_from_json(recipe.dump()); });
        EXPECT_EQ(failure.code, ErrorCode::unreadable_input);
        EXPECT_NE(failure.sentence.find(key), std::string::npos) << failure.sentence;
    };
    const auto with = [](const char* pointer, const json& value) {
        json recipe = sample();
        recipe[json::json_pointer(pointer)] = value;
        return recipe;
    };
    refused(with("/batch", 0), "batch");
    refused(with("/batch", 6.5), "batch has the wrong type");
    refused(with("/batch", true), "batch has the wrong type");
    refused(with("/seed", -1), "seed has the wrong type");
    refused(with("/augment/mirror", 1), "augment.mirror has the wrong type");
    refused(with("/augment/rotate", 1), "augment.rotate is not known");
    refused(with("/augment", 3), "augment");
    refused(with("/epochs", 3), "epochs is not known");
    refused(with("/optimiser/kind", "sgd"), "optimiser.kind");
    refused(with("/optimiser/beta2", 1), "optimiser.beta2");
    refused(with("/optimiser/learning_rate", 1e9), "optimiser.learning_rate");
    refused(with("/schedule/seconds", 9), "either steps or seconds");
    refused(with("/schedule/steps", 0), "either steps or seconds");
    refused(with("/schedule/constant", 1), "schedule.constant");
    refused(with("/schedule/drops", 0.5), "schedule.drops has the wrong type");
    refused(with("/schedule/drops", {0.5, 1.5}), "schedule.drops");
    json both = with("/schedule/drops", {0.5});
    both["schedule"]["constant"] = 0.5;
    refused(both, "both constant and drops");
    refused(with("/average", 1), "average");
    refused(with("/elements", -1), "elements");
    refused(with("/card/set/pack/size", 32), "card.set.pack has the wrong type");
    refused(with("/camera", json::object({{"pan", {0.1, 0.2, 0.3}}})), "camera.pan has the wrong type");
    refused(with("/camera", json::object({{"pan", {0.5, 0.2}}})), "camera.pan ends before it begins");
    refused(with("/camera", json::object({{"dolly", 1}})), "camera.dolly is not known");
    refused(with("/camera", 1), "camera");
    refused(with("/senses", json::object({{"picture_alone", 0.6}, {"sound_alone", 0.6}})), "together");
    refused(with("/senses", json::object({{"smell_alone", 0.6}})), "senses.smell_alone is not known");
    refused(with("/augment_sound", json::object({{"snr", {20, -15}}})), "augment_sound.snr ends before it begins");
    refused(with("/compute", "float8"), "compute");
    refused(with("/labels", "cat"), "labels has the wrong type");
    refused(with("/model", 1), "model");
    json without = sample();
    without.erase("model");
    refused(without, "model is missing");
    refused(json::array(), "not a JSON object");
    EXPECT_EQ(samples::failure_of([] { recipe_from_json("{"); }).sentence,
              "The recipe is wrong: it is not JSON.");
}

TEST(TrainRecipe, OneWithABaseSaysOnlyWhatDiffers) {
    const samples::TemporaryFolder folder;
    const auto write = [&](const char* name, const std::string& text) {
        samples::write_file(folder.path / name, {text.begin(), text.end()});
        return folder.path / name;
    };
    write("base.json", sample().dump());
    const char* own = R"({"base": "base.json", "batch": 9, "optimiser": {"kind": "lamb"}})";
    const Recipe recipe = read_recipe(write("own.json", own));
    json expected = sample();
    expected["batch"] = 9;
    expected["optimiser"]["kind"] = "lamb";
    EXPECT_EQ(json::parse(to_json(recipe)), expected);
    const auto refused = [&](const char* text) {
        return samples::failure_of([&] { read_recipe(write("own.json", text)); });
    };
    EXPECT_EQ(refused(R"({"base": 3})").sentence, "The recipe is wrong: base has the wrong type.");
    EXPECT_EQ(refused(R"({"base": "nowhere.json"})").code, ErrorCode::unreadable_input);
    EXPECT_EQ(refused(R"({"base": "own.json"})").sentence, "The recipe is wrong: base is not known.");
    EXPECT_EQ(refused("[").sentence, "The recipe is wrong: it is not JSON.");
    EXPECT_EQ(refused("[]").sentence, "The recipe is wrong: it is not a JSON object.");
}

TEST(TrainRecipe, ItsModelTakesItsLabelsFromTheData) {
    Recipe recipe = samples::recipe_for(samples::trainable_config(), 50);
    const Config config = model_config(recipe, {"a", "b", "c", "d"});
    EXPECT_EQ(config.num_classes, 4);
    EXPECT_EQ(config.labels[3], "d");
    recipe.labels = {"a", "b"};
    EXPECT_EQ(samples::failure_of([&] { model_config(recipe, {"b", "a"}); }).code, ErrorCode::no_fit);
    EXPECT_EQ(samples::failure_of([&] { model_config(recipe, {}); }).code, ErrorCode::no_fit);
    recipe.model = R"({"num_latents": 16})";
    EXPECT_EQ(samples::failure_of([&] {
                  model_config(recipe, {"a", "b"});
              }).code,
              ErrorCode::unreadable_model);
}

}  // namespace
}  // namespace perceiver::train
