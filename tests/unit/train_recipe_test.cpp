// Protects recipes: what one says is what is done, and nothing it says is passed over in silence.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/train_samples.h"

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
    recipe.seed = ~std::uint64_t{0};
    const std::string text = to_json(recipe);
    EXPECT_EQ(to_json(recipe_from_json(text)), text);
    EXPECT_EQ(recipe_from_json(text).optimiser.kind, Optimiser::Kind::lamb);
    EXPECT_EQ(recipe_from_json(text).seed, ~std::uint64_t{0});
}

TEST(TrainRecipe, ShippedOnesMakeModelsThatCanBeTrained) {
    int seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(PERCEIVERSCOPE_RECIPES)) {
        const Recipe recipe = read_recipe(entry.path());
        const Config config = model_config(recipe, recipe.labels);
        EXPECT_EQ(config.labels, recipe.labels) << entry.path();
        EXPECT_FALSE(recipe.card.title.empty() || recipe.card.does_not_know.empty()) << entry.path();
        ++seen;
    }
    EXPECT_GT(seen, 0);
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
