// Protects training on clouds and sounds: what the trainer feeds is what the program feeds, the same seed
// gives the same weights, a stopped run goes on as if it hadn't been, it learns, and the bundle answers as
// the trainer does.
#include <gtest/gtest.h>

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
    const Config points_config = samples::points_config(), sound_config = samples::spectrogram_config(),
                 samples_config = samples::sound_config();
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
                {"samples", samples_config, sounds.split}};
    }
};

std::vector<float> numbers(const at::Tensor& t) {
    return {t.data_ptr<float>(), t.data_ptr<float>() + t.numel()};
}

TEST_F(TrainKinds, AnUnchangedExampleIsWhatTheProgramFeedsTheModel) {
    for (const Kind& kind : kinds()) {
        const Recipe recipe = recipe_for(kind.config, 9);
        const Model model(model_config(recipe, names), at::kFloat);
        const auto feed = make_feed(recipe, model, kind.split);
        const std::vector<std::int64_t> some{5, 0, 23};
        const at::Tensor tokens = std::get<TokenBatch>(feed->plain(some)).tokens;
        const Perceiver p(model.config(), test::random_weights(model.config()));
        for (std::size_t i = 0; i < some.size(); ++i) {
            const auto& input = model.config().input;
            const at::Tensor data =
                kind.split.medium == Medium::clouds
                    ? input::encode_points(kind.split.cloud(some[i]), input.points, std::uint64_t(some[i]))
                          .data
                    : input::encode_sound(kind.split.sound(some[i]), 8000, input);
            EXPECT_LT(test::largest_difference(tokens[std::int64_t(i)], p.make_input(data)->normalized()),
                      1e-4)
                << kind.name;
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

TEST_F(TrainKinds, ItLearnsAndItsBundleAnswersAsTheTrainerDoes) {
    for (const Kind& kind : kinds()) {
        if (kind.config.input.type == InputConfig::Type::audio)
            continue;  // 15 ms of a turned sound tell too little
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

TEST_F(TrainKinds, WhatTheModelDoesNotReadIsRefused) {
    const samples::OwnedSplit pictures(24);
    const auto refused = [&](const Config& config, const Split& split, const std::string& word) {
        const auto failure = samples::failure_of([&] { Trainer(recipe_for(config, 9), names, split); });
        EXPECT_EQ(failure.code, ErrorCode::no_fit);
        EXPECT_NE(failure.sentence.find(word), std::string::npos) << failure.sentence;
    };
    refused(points_config, pictures.split, "of pictures, the recipe's model reads clouds");
    refused(sound_config, clouds.split, "of clouds of points");
    refused(samples::trainable_config(), sounds.split, "of sounds");
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
    EXPECT_EQ(samples::failure_of([&] { evaluate(sees, names, pictures.split, {}, 2); }).code,
              ErrorCode::no_fit);
}

}  // namespace
}  // namespace perceiver::train
