// Protects training on clouds, sounds and film: what the trainer feeds is what the program feeds, the same
// seed gives the same weights, a stopped run goes on as if it hadn't been, it learns, and the bundle answers
// as the trainer does.
#include <gtest/gtest.h>

#include "input/film_input.h"
#include "input/points_input.h"
#include "input/sound_input.h"
#include "perceiver/products.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/split_samples.h"
#include "support/tiny_model.h"
#include "support/train_samples.h"
#include "train/evaluate.h"
#include "train/export.h"
#include "train/feed.h"
#include "train/run.h"
#include "weights/to_torch.h"

namespace perceiver::train {
namespace {

using samples::recipe_for;

const std::vector<std::string> names{"red", "green", "blue"};

struct TrainKinds : testing::Test {
    TrainKinds() { set_threads(1); }
    samples::OwnedClouds clouds{24};
    samples::OwnedSounds sounds{24};
    samples::OwnedSplit pictures{24};
    const Config points_config = samples::points_config(), sound_config = samples::spectrogram_config(),
                 samples_config = samples::sound_config(), film_config = samples::film_config();
    samples::TemporaryFolder folder;
    const std::filesystem::path checkpoint = folder.path / "c.safetensors";

    struct Kind {
        const char* name;
        const Config& config;
        const Split& split;
    };
    std::vector<Kind> kinds() const {
        return {{"points", points_config, clouds.split},
                {"spectrogram", sound_config, sounds.split},
                {"samples", samples_config, sounds.split},
                {"film", film_config, pictures.split}};
    }
};

/// A clip as the feed makes the `i`th picture's, through the program's way from 8-bit frames.
at::Tensor film_over(const Recipe& recipe, const Split& split, std::int64_t i, const InputConfig& input) {
    const auto shape = input::film_shape(input);
    Draws draws(recipe.seed, for_held_out, static_cast<std::uint64_t>(i));
    const auto grey = film(split, i, test_clip_motion(i), *recipe.camera,
                           {shape.frames, shape.height, shape.width, 1}, draws);
    std::vector<std::uint8_t> rgb;
    for (const auto value : grey) rgb.insert(rgb.end(), 3, value);
    std::vector<input::PixelView> frames;
    for (std::int64_t t = 0; t < shape.frames; ++t)
        frames.push_back({rgb.data() + 3 * t * shape.height * shape.width, shape.width, shape.height});
    return input::encode_film(frames, input).data;
}

std::vector<float> numbers(const at::Tensor& t) {
    return {t.data_ptr<float>(), t.data_ptr<float>() + t.numel()};
}

TEST_F(TrainKinds, AnUnchangedExampleIsWhatTheProgramFeedsTheModel) {
    for (const Kind& kind : kinds()) {
        const Recipe recipe = recipe_for(kind.config, 9);
        const Model model(model_config(recipe, labels_of(recipe, names)), at::kFloat);
        const auto feed = make_feed(recipe, model, kind.split);
        const std::vector<std::int64_t> some{5, 0, 23};
        const Batch batch = feed->plain(some);
        const at::Tensor tokens = std::get<TokenBatch>(batch.input).tokens;
        const Perceiver p(model.config(), test::random_weights(model.config()));
        for (std::size_t i = 0; i < some.size(); ++i) {
            const auto& input = model.config().input;
            const at::Tensor data =
                kind.config.input.type == InputConfig::Type::video
                    ? film_over(recipe, kind.split, some[i], input)
                : kind.split.medium == Medium::clouds
                    ? input::encode_points(kind.split.cloud(some[i]), input.points, std::uint64_t(some[i]))
                          .data
                    : input::encode_sound(kind.split.sound(some[i]), 8000, input);
            EXPECT_LT(test::largest_difference(tokens[std::int64_t(i)], p.make_input(data)->normalized()),
                      1e-4)
                << kind.name;
            EXPECT_EQ(batch.labels[std::int64_t(i)].item<std::int64_t>(),
                      recipe.camera ? test_clip_motion(some[i]) : kind.split.label(some[i]));
        }
    }
}

TEST_F(TrainKinds, StoppedAndResumedItIsBitForBitTheUnbrokenOne) {
    for (const Kind& kind : kinds())
        for (const char* compute : {"float32", "bfloat16"}) {
            Recipe recipe = recipe_for(kind.config, 9);
            recipe.compute = compute;
            Trainer unbroken(recipe, names, kind.split), again(recipe, names, kind.split);
            while (!unbroken.finished()) unbroken.step();
            for (int i = 0; i < 5; ++i) again.step();
            again.save(checkpoint);
            Trainer resumed(recipe, names, kind.split);
            resumed.resume(checkpoint);
            while (!resumed.finished()) resumed.step();
            EXPECT_EQ(numbers(resumed.model().parameters()), numbers(unbroken.model().parameters()))
                << kind.name << compute;
            recipe.seed = 6;
            Trainer other(recipe, names, kind.split);
            while (!other.finished()) other.step();
            EXPECT_NE(numbers(other.model().parameters()), numbers(unbroken.model().parameters()))
                << kind.name;
        }
}

TEST_F(TrainKinds, AStepMayReadAPartOfTheElements) {
    for (const Kind& kind : kinds()) {
        const auto end = [&](std::int64_t elements, int stop_after) {
            Recipe recipe = recipe_for(kind.config, 6);
            recipe.elements = elements;
            auto trainer = std::make_unique<Trainer>(recipe, names, kind.split);
            for (int i = 0; i < stop_after; ++i) trainer->step();
            if (stop_after > 0) {
                trainer->save(checkpoint);
                trainer = std::make_unique<Trainer>(recipe, names, kind.split);
                trainer->resume(checkpoint);
            }
            while (!trainer->finished()) trainer->step();
            return numbers(trainer->model().parameters());
        };
        EXPECT_EQ(end(100'000, 0), end(0, 0)) << kind.name << ": more than there are is all";
        EXPECT_NE(end(5, 0), end(0, 0)) << kind.name;
        EXPECT_EQ(end(5, 0), end(5, 3)) << kind.name << ": stopped and resumed";
    }
    Recipe recipe = recipe_for(samples::trainable_config(), 6);
    recipe.elements = 5;
    EXPECT_EQ(samples::failure_of([&] { Trainer(recipe, names, pictures.split); }).code, ErrorCode::no_fit);
}

TEST_F(TrainKinds, ItLearnsAndItsBundleAnswersAsTheTrainerDoes) {
    for (const Kind& kind : kinds()) {
        if (kind.config.input.type == InputConfig::Type::audio ||
            kind.config.input.type == InputConfig::Type::video)
            continue;  // 15 ms of a turned sound and a camera over noise tell too little
        Recipe recipe = recipe_for(kind.config, 60);
        recipe.augment_sound.mixup = 0.1;
        recipe.start.uniform = true;
        recipe.start.latent_std = 0.3;
        Trainer trainer(recipe, names, kind.split);
        while (!trainer.finished()) trainer.step();
        EXPECT_GE(trainer.held_out_accuracy(), 0.75) << kind.name;
        const Perceiver model(trainer.model().config(), export_weights(trainer.model()));
        const Evaluation one = evaluate(model, names, kind.split),
                         three = evaluate(model, names, kind.split, {}, 3);
        EXPECT_GE(one.accuracy(), 0.75) << kind.name;
        EXPECT_GE(three.accuracy(), 0.75) << kind.name;
        EXPECT_EQ(three.n, 24);
    }
}

TEST_F(TrainKinds, MixedSoundsHaveBothLabels) {
    Recipe recipe = recipe_for(sound_config, 9);
    recipe.augment_sound.mixup = 1;
    const Model model(model_config(recipe, names), at::kFloat);
    const std::vector<std::int64_t> some{0, 1, 2, 3, 4, 5};
    const Batch batch = make_feed(recipe, model, sounds.split)->changed(some, 12);
    ASSERT_TRUE(batch.share.defined());
    EXPECT_EQ(batch.labels.numel(), 6);
    EXPECT_EQ(batch.other.numel(), 6);
    EXPECT_TRUE(batch.share.ge(0).logical_and(batch.share.le(1)).all().item<bool>());
    EXPECT_GT(batch.share.std().item<double>(), 0.05);
    recipe.augment_sound.mixup = 0;
    EXPECT_FALSE(make_feed(recipe, model, sounds.split)->changed(some, 12).share.defined());
}

TEST_F(TrainKinds, AModelOfFilmIsMeasuredOnTheTestClips) {
    Trainer trainer(recipe_for(film_config, 9), names, pictures.split);
    EXPECT_EQ(trainer.model().config().labels, motion_names());
    trainer.step();
    Perceiver model(trainer.model().config(), export_weights(trainer.model()));
    const Evaluation e = evaluate(model, names, pictures.split);
    EXPECT_EQ(e.n, test_clips);
    EXPECT_EQ(e.of_label, std::vector<std::int64_t>(9, 200));
    const Perceiver colours(film_config, test::random_weights(film_config));
    EXPECT_EQ(samples::failure_of([&] { evaluate(colours, names, pictures.split); }).code, ErrorCode::no_fit);
}

TEST_F(TrainKinds, AnotherModelsWeightsAreAStart) {
    for (const Kind& kind : kinds()) {
        const Recipe recipe = recipe_for(kind.config, 9);
        Trainer trainer(recipe, names, kind.split);
        const Config& config = trainer.model().config();
        // With everything a model may have and the training form has not.
        weights::Card card;
        card.title = "Before";
        const std::filesystem::path path = folder.path / "bundle.safetensors";
        const Weights random = test::random_weights(config);
        weights::write_bundle(path, config, card, weights::to_data(random));
        trainer.start_from(weights::read_bundle(path));
        const Perceiver before(config, random), after(config, export_weights(trainer.model()));
        const auto& input = config.input;
        const at::Tensor data = input.type == InputConfig::Type::video
                                    ? film_over(recipe, kind.split, 3, input)
                                : kind.split.medium == Medium::clouds
                                    ? input::encode_points(kind.split.cloud(3), input.points).data
                                    : input::encode_sound(kind.split.sound(3), 8000, input);
        const at::Tensor expected = before.forward(before.make_input(data)).logits;
        EXPECT_LT(test::largest_difference(after.forward(after.make_input(data)).logits, expected),
                  1e-4 * expected.abs().max().item<double>() + 1e-4)
            << kind.name;
        trainer.save(checkpoint);
        EXPECT_EQ(read_checkpoint_header(checkpoint).began_from, "Before");
    }
}

TEST_F(TrainKinds, AStartOfOtherLabelsKeepsTheHeadAndAnotherModelIsRefused) {
    const std::filesystem::path path = folder.path / "bundle.safetensors";
    Config config = points_config;
    config.labels = {"cup", "jug", "mug"};
    weights::write_bundle(path, config, {}, weights::to_data(test::random_weights(config)));
    Trainer trainer(recipe_for(points_config, 9), names, clouds.split);
    const auto head = numbers(trainer.model().view("head.weight").clone()),
               latents = numbers(trainer.model().view("latents").clone());
    trainer.start_from(weights::read_bundle(path));
    EXPECT_EQ(numbers(trainer.model().view("head.weight").clone()), head);
    EXPECT_NE(numbers(trainer.model().view("latents").clone()), latents);

    const auto now = numbers(trainer.model().parameters());
    const auto refused = [&](const Config& other, const char* word) {
        weights::write_bundle(path, other, {}, weights::to_data(test::random_weights(other)));
        const auto failure = samples::failure_of([&] { trainer.start_from(weights::read_bundle(path)); });
        EXPECT_EQ(failure.code, ErrorCode::no_fit);
        EXPECT_NE(failure.sentence.find(word), std::string::npos) << failure.sentence;
        EXPECT_EQ(numbers(trainer.model().parameters()), now);
    };
    Config heads = points_config, input = points_config;
    heads.cross_modules[0].heads = 2;
    refused(heads, "cross-attends");
    input.input.position.num_bands = 3;
    refused(input, "key.weight");
}

TEST_F(TrainKinds, WhatTheModelDoesNotReadIsRefused) {
    const auto refused = [&](const Config& config, const Split& split, const std::string& word) {
        const auto failure = samples::failure_of([&] { Trainer(recipe_for(config, 9), names, split); });
        EXPECT_EQ(failure.code, ErrorCode::no_fit);
        EXPECT_NE(failure.sentence.find(word), std::string::npos) << failure.sentence;
    };
    refused(points_config, pictures.split, "of pictures, the recipe's model reads clouds");
    refused(sound_config, clouds.split, "of clouds of points");
    refused(samples::trainable_config(), sounds.split, "of sounds");
    refused(film_config, sounds.split, "reads pictures");
    Recipe without = recipe_for(film_config, 9);
    without.camera.reset();
    EXPECT_NE(
        samples::failure_of([&] { Trainer(without, names, pictures.split); }).sentence.find("no camera"),
        std::string::npos);
    Split other = sounds.split;
    other.rate = 16000;
    refused(sound_config, other, "samples a second");
    Split wide = clouds.split;
    wide.rows = 30;
    wide.cols = 6;
    refused(points_config, wide, "6 numbers each");
    const Perceiver p(points_config, test::random_weights(points_config));
    EXPECT_EQ(samples::failure_of([&] { evaluate(p, names, sounds.split); }).code, ErrorCode::no_fit);
    const Config picture = samples::trainable_config();
    const Perceiver sees(picture, test::random_weights(picture));
    EXPECT_EQ(samples::failure_of([&] { evaluate(sees, names, pictures.split, {}, 13); }).code,
              ErrorCode::no_fit);
}

}  // namespace
}  // namespace perceiver::train
