// Protects models that see and hear: what the trainer feeds is what the program feeds, one sense alone is the other
// one's elements left out, noise is the same for everybody, and the bundle answers as the trainer does.
#include <gtest/gtest.h>

#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include "input/film_input.h"
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
#include "train/trainer.h"
#include "weights/to_torch.h"

namespace perceiver::train {
namespace {

using samples::recipe_for;

const std::vector<std::string> names{"red", "green", "blue"};

struct TrainSenses : testing::Test {
    TrainSenses() { set_threads(1); }
    samples::OwnedFilms films{24};
    const Config config = samples::senses_config();
    samples::TemporaryFolder folder;

    /// An example through the program's way from frames and samples.
    input::RawInput raw(std::int64_t i) const {
        const auto& modalities = config.input.modalities;
        const auto rgb = films.split.film(i);
        std::vector<input::PixelView> frames;
        for (std::int64_t t = 0; t < films.split.frames; ++t)
            frames.push_back(
                {rgb.data() + 3 * t * films.split.rows * films.split.cols, films.split.cols, films.split.rows});
        return {{"picture", input::encode_film(frames, modalities[0].input).data},
                {"sound", input::encode_sound(films.split.sound(i), films.split.rate, modalities[1].input)}};
    }
    Recipe recipe(double picture_alone, double sound_alone, std::int64_t steps = 9) const {
        Recipe r = recipe_for(config, steps);
        r.senses = Senses{picture_alone, sound_alone, 0.1};
        r.augment_sound.noisy = 0.5;
        return r;
    }
};

std::vector<float> numbers(const at::Tensor& t) { return {t.data_ptr<float>(), t.data_ptr<float>() + t.numel()}; }

TEST_F(TrainSenses, AnUnchangedExampleIsWhatTheProgramFeedsTheModel) {
    const Recipe r = recipe(0.3, 0.3);
    Model model(model_config(r, names), at::kFloat);
    const std::vector<std::int64_t> some{5, 0, 23};
    const Batch batch = make_feed(r, model, films.split)->plain(some);
    const Perceiver p(model.config(), export_weights(model));
    for (std::size_t i = 0; i < some.size(); ++i) {
        const auto expected = p.make_input(raw(some[i]))->normalized();
        EXPECT_LT(test::largest_difference(std::get<TokenBatch>(batch.input).tokens[std::int64_t(i)], expected), 1e-4);
        EXPECT_EQ(batch.labels[std::int64_t(i)].item<std::int64_t>(), films.split.label(some[i]));
    }
}

TEST_F(TrainSenses, ChangesLeaveTheFilmWhereNothingIsAskedFor) {
    Recipe r = recipe(0, 0);
    r.augment = {};
    r.augment_sound = {};
    r.senses->delay = 0;
    const Model model(model_config(r, names), at::kFloat);
    const auto feed = make_feed(r, model, films.split);
    const std::vector<std::int64_t> some{7, 2};
    // The trainer keeps bytes, the program resamples to floats.
    EXPECT_LT(test::largest_difference(std::get<TokenBatch>(feed->changed(some, 6).input).tokens,
                                       std::get<TokenBatch>(feed->plain(some).input).tokens),
              0.05);
}

TEST_F(TrainSenses, OneSenseAloneHasTheOthersElementsLeftOut) {
    const std::int64_t seen = 2 * 4 * 2, heard = 3 * 4;
    const auto elements = [&](const Recipe& r, std::int64_t first) {
        const Model model(model_config(r, names), at::kFloat);
        const std::vector<std::int64_t> some{1, 2};
        return std::get<TokenBatch>(make_feed(r, model, films.split)->changed(some, first).input).tokens.size(1);
    };
    EXPECT_EQ(elements(recipe(1, 0), 0), seen);
    EXPECT_EQ(elements(recipe(0, 1), 0), heard);
    EXPECT_EQ(elements(recipe(0, 0), 0), seen + heard);
    std::set<std::int64_t> met;
    for (std::int64_t first = 0; first < 24; first += 2) met.insert(elements(recipe(0.4, 0.4), first));
    EXPECT_EQ(met, (std::set<std::int64_t>{seen, heard, seen + heard}));
}

TEST_F(TrainSenses, AnAbsentSenseIsAMaskedOne) {
    const Perceiver p(config, test::random_weights(config));
    for (const char* gone : {"picture", "sound"}) {
        const auto whole = p.make_input(raw(3));
        input::EncodeOptions without, masked;
        without.absent = {gone};
        masked.mask = at::ones({whole->elements()}, at::kBool);
        for (const auto& s : whole->layout().segments)
            if (s.modality == gone) masked.mask.narrow(0, s.first, s.count()).zero_();
        auto one = raw(3);
        one.erase(gone);
        const auto absent = p.make_input(one, without);
        EXPECT_LT(absent->elements(), whole->elements());
        EXPECT_LT(test::largest_difference(p.forward(absent).logits, p.forward(p.make_input(raw(3), masked)).logits),
                  1e-4);
    }
    input::EncodeOptions none;
    none.absent = {"picture", "sound"};
    EXPECT_EQ(samples::failure_of([&] { p.make_input(raw(3), none); }).code, ErrorCode::no_fit);
}

TEST_F(TrainSenses, StoppedAndResumedItIsBitForBitTheUnbrokenOne) {
    const auto checkpoint = folder.path / "c.safetensors";
    const Recipe r = recipe(0.3, 0.3);
    Trainer unbroken(r, names, films.split), again(r, names, films.split);
    while (!unbroken.finished()) unbroken.step();
    for (int i = 0; i < 5; ++i) again.step();
    again.save(checkpoint);
    Trainer resumed(r, names, films.split);
    resumed.resume(checkpoint);
    while (!resumed.finished()) resumed.step();
    EXPECT_EQ(numbers(resumed.model().parameters()), numbers(unbroken.model().parameters()));
}

TEST_F(TrainSenses, ItLearnsFromEitherSenseAndItsBundleAnswersAsTheTrainerDoes) {
    Recipe r = recipe(0.3, 0.3, 90);
    r.augment = {};
    r.start.uniform = true;
    r.start.latent_std = 0.3;
    Trainer trainer(r, names, films.split);
    while (!trainer.finished()) trainer.step();
    EXPECT_GE(trainer.held_out_accuracy(), 0.75);
    const Perceiver model(trainer.model().config(), export_weights(trainer.model()));
    const Evaluation both = evaluate(model, names, films.split);
    EXPECT_EQ(both.n, 24);
    EXPECT_GE(both.accuracy(), 0.75);
    for (const char* sense : {"picture", "sound"})
        EXPECT_GE(evaluate(model, names, films.split, {}, 1, {sense, {}}).accuracy(), 0.75) << sense;
    // In noise a thousand times louder nothing is heard, and what is seen stays.
    EXPECT_LT(evaluate(model, names, films.split, {}, 1, {"sound", -30}).accuracy(), 0.75);
    EXPECT_EQ(evaluate(model, names, films.split, {}, 1, {"picture", -30}).right,
              evaluate(model, names, films.split, {}, 1, {"picture", {}}).right);
    EXPECT_EQ(evaluate(model, names, films.split, {}, 1, {"", -3}).right,
              evaluate(model, names, films.split, {}, 1, {"", -3}).right);
    EXPECT_EQ(evaluate(model, names, films.split, {}, 1, {"", 200}).right, both.right);
}

TEST_F(TrainSenses, AStartNeedsTheSameCodeOfItsModalities) {
    Trainer trainer(recipe(0.3, 0.3), names, films.split);
    Weights weights = test::random_weights(trainer.model().config());
    const auto path = folder.path / "bundle.safetensors";
    weights::write_bundle(path, trainer.model().config(), {}, weights::to_data(weights));
    EXPECT_EQ(samples::failure_of([&] { trainer.start_from(weights::read_bundle(path)); }).code, ErrorCode::no_fit);
    for (const char* sense : {"picture", "sound"})
        weights["input." + std::string(sense) + ".padding"] = trainer.model().padding(sense);
    weights::write_bundle(path, trainer.model().config(), {}, weights::to_data(weights));
    trainer.start_from(weights::read_bundle(path));
    const Perceiver before(trainer.model().config(), weights),
        after(trainer.model().config(), export_weights(trainer.model()));
    const at::Tensor expected = before.forward(before.make_input(raw(3))).logits;
    EXPECT_LT(test::largest_difference(after.forward(after.make_input(raw(3))).logits, expected),
              1e-4 * expected.abs().max().item<double>() + 1e-4);
}

TEST_F(TrainSenses, WhatDoesNotFitIsRefused) {
    const auto refused = [&](const Recipe& r, const Split& split, const std::string& word) {
        const auto failure = samples::failure_of([&] { Trainer(r, names, split); });
        EXPECT_EQ(failure.code, ErrorCode::no_fit);
        EXPECT_NE(failure.sentence.find(word), std::string::npos) << failure.sentence;
    };
    const samples::OwnedSounds sounds(24);
    refused(recipe(0, 0), sounds.split, "of sounds, the recipe's model reads films with their sound");
    Recipe wide = recipe(0, 0);
    wide.augment.shift = 9;
    refused(wide, films.split, "augment.shift");
    Split other = films.split;
    other.frame_rate = 25;
    refused(recipe(0, 0), other, "another number a second");
    other = films.split;
    other.rate = 16000;
    refused(recipe(0, 0), other, "samples a second");
    Config twice = config;
    twice.input.min_padding = 0;
    EXPECT_EQ(samples::failure_of([&] { check_trainable(twice); }).code, ErrorCode::no_fit);
    const Perceiver p(config, test::random_weights(config));
    EXPECT_EQ(samples::failure_of([&] { evaluate(p, names, sounds.split); }).code, ErrorCode::no_fit);
    EXPECT_EQ(samples::failure_of([&] { evaluate(p, names, films.split, {}, 2); }).code, ErrorCode::no_fit);
    EXPECT_EQ(samples::failure_of([&] {
                  evaluate(p, names, films.split, {}, 1, {"smell", {}});
              }).code,
              ErrorCode::no_fit);
}

}  // namespace
}  // namespace perceiver::train
