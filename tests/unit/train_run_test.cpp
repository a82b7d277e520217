// Protects a run: it learns, it can be stopped and goes on as if it hadn't been, it leaves whole files or
// none, and a loss that is no number ends it with the last good checkpoint in place.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <limits>
#include <map>
#include <numeric>

#include "perceiver/products.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/split_samples.h"
#include "support/train_samples.h"
#include "train/evaluate.h"
#include "train/export.h"
#include "train/run.h"
#include "weights/safetensors.h"
#include "weights/to_torch.h"

namespace perceiver::train {
namespace {

namespace fs = std::filesystem;
using samples::OwnedSplit;
using samples::recipe_for;
using samples::trainable_config;

const std::vector<std::string> names{"red", "green", "blue"};

struct TrainRun : testing::Test {
    TrainRun() { set_threads(1); }
    OwnedSplit data{24};
    samples::TemporaryFolder folder;
    const fs::path checkpoint = folder.path / "c.safetensors";
};

/// The model's normalised pixels [B, 3, rows, cols] of a batch of pictures.
at::Tensor pixels(const Batch& batch) {
    const auto& grid = std::get<GridBatch>(batch.input);
    return grid.data / grid.rstd.unsqueeze(1);
}

std::vector<float> numbers(const at::Tensor& t) {
    return {t.data_ptr<float>(), t.data_ptr<float>() + t.numel()};
}

/// A checkpoint's tensors, moments and average among them. Not its metadata: the seconds used differ by chance.
std::map<std::string, std::vector<float>> tensors_of(const fs::path& checkpoint) {
    std::map<std::string, std::vector<float>> all;
    for (const auto& [name, view] : weights::read_safetensors(checkpoint).tensors) all[name] = view.to_floats();
    return all;
}

TEST_F(TrainRun, StoppedAndResumedItIsBitForBitTheUnbrokenOne) {
    for (const char* compute : {"float32", "bfloat16"}) {
        Recipe recipe = recipe_for(trainable_config(), 14);
        recipe.compute = compute;
        Trainer unbroken(recipe, names, data.split);
        while (!unbroken.finished()) unbroken.step();

        for (int sitting = 0; sitting < 3; ++sitting) {  // stopped within an epoch, and at the end of one
            Trainer trainer(recipe, names, data.split);
            if (sitting > 0) trainer.resume(checkpoint);
            EXPECT_EQ(trainer.progress().step, 5 * sitting);
            for (int i = 0; i < 5 && !trainer.finished(); ++i) trainer.step();
            trainer.save(checkpoint);
            if (trainer.finished()) {
                EXPECT_EQ(numbers(trainer.model().parameters()), numbers(unbroken.model().parameters()));
            }
            EXPECT_EQ(trainer.finished(), sitting == 2);
        }
    }
}

TEST_F(TrainRun, AnAverageGoesOnWhereItStoppedAndIsTheModel) {
    Recipe recipe = recipe_for(trainable_config(), 14);
    recipe.average = 0.9;
    Trainer unbroken(recipe, names, data.split), plain(recipe_for(trainable_config(), 14), names, data.split);
    while (!unbroken.finished()) unbroken.step();
    while (!plain.finished()) plain.step();
    unbroken.save(folder.path / "whole");
    EXPECT_EQ(numbers(unbroken.model().parameters()), numbers(plain.model().parameters()))
        << "it is no part of training";
    {
        Trainer first(recipe, names, data.split);
        for (int i = 0; i < 6; ++i) first.step();
        first.held_out_accuracy();
        first.save(checkpoint);
    }
    Trainer second(recipe, names, data.split);
    second.resume(checkpoint);
    while (!second.finished()) second.step();
    second.save(checkpoint);
    EXPECT_EQ(tensors_of(checkpoint), tensors_of(folder.path / "whole"));
    Model as_used(unbroken.model().config(), at::kFloat), again(unbroken.model().config(), at::kFloat);
    read_checkpoint(folder.path / "whole", as_used, nullptr);
    read_checkpoint(checkpoint, again, nullptr);
    EXPECT_EQ(numbers(as_used.parameters()), numbers(again.parameters()));
    EXPECT_NE(numbers(as_used.parameters()), numbers(unbroken.model().parameters()));

    Trainer without(recipe_for(trainable_config(), 14), names, data.split);
    EXPECT_EQ(samples::failure_of([&] { without.resume(checkpoint); }).code, ErrorCode::no_fit);
}

TEST_F(TrainRun, TheSameSeedAndThreadsGiveTheSameWeights) {
    for (int threads : {1, 2}) {
        set_threads(threads);
        std::vector<float> first;
        for (int time = 0; time < 2; ++time) {
            Trainer trainer(recipe_for(trainable_config(), 6), names, data.split);
            while (!trainer.finished()) trainer.step();
            if (time == 0) first = numbers(trainer.model().parameters());
            EXPECT_EQ(numbers(trainer.model().parameters()), first) << threads << " threads";
        }
    }
    set_threads(1);
}

TEST_F(TrainRun, LearnedPositionsAreLearned) {
    Recipe recipe = recipe_for(samples::learned_config(), 60);
    Trainer trainer(recipe, names, data.split);
    const auto before = numbers(trainer.model().view("input.position").clone());
    while (!trainer.finished()) trainer.step();
    EXPECT_NE(numbers(trainer.model().view("input.position").clone()), before);
    EXPECT_GE(trainer.held_out_accuracy(), 0.75);
}

TEST_F(TrainRun, ItLearnsTwentyPictures) {
    Recipe recipe = recipe_for(trainable_config(), 60);
    Trainer trainer(recipe, names, data.split);
    const double first = trainer.step().loss;
    StepResult last;
    double tail = 0;
    while (!trainer.finished()) {
        last = trainer.step();
        if (trainer.progress().step > 50) tail += last.loss / 10;
    }
    EXPECT_LT(tail, 0.7 * first);
    EXPECT_GE(trainer.held_out_accuracy(), 0.75);
    EXPECT_NEAR(trainer.epochs(), 60 * 6 / 20.0, 1e-9);
}

TEST_F(TrainRun, ALossThatIsNoNumberStopsItAndTheLastGoodCheckpointStays) {
    Recipe recipe = recipe_for(trainable_config(), 40);
    Trainer trainer(recipe, names, data.split);
    trainer.step();
    const RunFolder files(folder.path);
    trainer.save(files.checkpoint());
    const auto good = samples::file_bytes(files.checkpoint());
    trainer.model().view("head.bias")[1] = std::numeric_limits<float>::quiet_NaN();
    trainer.model().refresh();
    const auto failure = samples::failure_of([&] { run(trainer, files, {}); });
    EXPECT_EQ(failure.code, ErrorCode::out_of_resources);
    EXPECT_NE(failure.sentence.find("no longer a number at step 2"), std::string::npos) << failure.sentence;
    EXPECT_EQ(samples::file_bytes(files.checkpoint()), good);
    EXPECT_FALSE(fs::exists(files.model()));
    EXPECT_EQ(trainer.progress().step, 1) << "the bad step was counted";
}

TEST_F(TrainRun, AWholeRunLeavesCheckpointLogAndABundleThatAnswersAsTheTrainerDoes) {
    Recipe recipe = recipe_for(trainable_config(), 40);
    recipe.card.title = "Colours";
    Trainer trainer(recipe, names, data.split);
    const RunFolder files(folder.path / "deep" / "run");
    RunOptions options;
    options.version = "9.9";
    options.checkpoint_seconds = options.log_seconds = 0;
    int told = 0;
    options.pace = [&](const Pace& p) {
        ++told;
        EXPECT_EQ(p.progress.step, told);
        EXPECT_TRUE(std::isfinite(p.loss) && p.images_per_second > 0 && p.seconds_left >= 0);
    };
    const Pace end = run(trainer, files, options);
    EXPECT_EQ(told, 40);
    EXPECT_EQ(end.done, 1);
    EXPECT_EQ(read_checkpoint_header(files.checkpoint()).progress.step, 40);
    std::ifstream log(files.log());
    EXPECT_EQ(std::count(std::istreambuf_iterator<char>(log), {}, '\n'), 41);

    const auto bundle = weights::read_bundle(files.model());
    EXPECT_EQ(bundle.card.title, "Colours");
    EXPECT_NE(bundle.card.trained_with.find("9.9: 40 steps of 6"), std::string::npos)
        << bundle.card.trained_with;
    const Perceiver model = weights::to_perceiver(bundle);
    const Evaluation all = evaluate(model, names, data.split);
    EXPECT_EQ(all.n, 24);
    EXPECT_GE(all.accuracy(), 0.75);
    EXPECT_EQ(all.right, all.right_of_label[0] + all.right_of_label[1] + all.right_of_label[2]);
    EXPECT_EQ(all.of_label, (std::vector<std::int64_t>{8, 8, 8}));
    EXPECT_EQ(samples::failure_of([&] {
                  evaluate(model, {"red", "blue", "green"}, data.split);
              }).code,
              ErrorCode::no_fit);
    EXPECT_EQ(
        samples::failure_of([&] { evaluate(model, names, data.split, [](auto) { return false; }); }).code,
        ErrorCode::cancelled);
    EXPECT_EQ(samples::failure_of([&] { run(trainer, files, {}); }).code, ErrorCode::usage) << "it was over";
}

TEST_F(TrainRun, StoppedByHandItSavesAndItsLogHasNoStepTwice) {
    const RunFolder files(folder.path);
    RunOptions options;
    options.log_seconds = 0;
    int steps = 0;
    options.go_on = [&] { return ++steps < 7; };
    {
        Trainer trainer(recipe_for(trainable_config(), 12), names, data.split);
        EXPECT_EQ(samples::failure_of([&] { run(trainer, files, options); }).code, ErrorCode::cancelled);
        trainer.save(folder.path / "copy");
        for (int i = 0; i < 2; ++i) trainer.step();
    }
    std::ofstream(files.log(), std::ios::app)
        << "8,1,1,1,1,1,1,\n9,1,1,1,1,1,1,\n";  // of steps after the checkpoint
    Trainer trainer(recipe_for(trainable_config(), 12), names, data.split);
    trainer.resume(files.checkpoint());
    EXPECT_EQ(trainer.progress().step, 7);
    options.go_on = {};
    run(trainer, files, options);
    std::ifstream log(files.log());
    std::string row;
    std::getline(log, row);
    for (int step = 1; std::getline(log, row); ++step) EXPECT_EQ(std::stoi(row), step);
}

TEST_F(TrainRun, ACheckpointIsWholeOrTheOneBeforeStays) {
    Trainer trainer(recipe_for(trainable_config(), 20), names, data.split);
    trainer.save(checkpoint);
    const auto good = samples::file_bytes(checkpoint);
    trainer.step();
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit full{good.size() / 2, before.rlim_max};  // as on a full disk, writing fails half way
    setrlimit(RLIMIT_FSIZE, &full);
    const auto failure = samples::failure_of([&] { trainer.save(checkpoint); });
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_EQ(failure.code, ErrorCode::out_of_resources);
    EXPECT_EQ(samples::file_bytes(checkpoint), good);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path), {}), 1) << "something was left behind";
}

TEST_F(TrainRun, ABrokenCheckpointChangesNothing) {
    Trainer trainer(recipe_for(trainable_config(), 20), names, data.split);
    trainer.step();
    trainer.save(checkpoint);
    const auto whole = samples::file_bytes(checkpoint);
    const auto before = numbers(trainer.model().parameters());
    const auto refused = [&](ErrorCode code) {
        EXPECT_EQ(samples::failure_of([&] { trainer.resume(checkpoint); }).code, code);
        EXPECT_EQ(numbers(trainer.model().parameters()), before);
        EXPECT_EQ(trainer.progress().step, 1);
    };
    for (double part : {0.0, 1e-4, 0.01, 0.5, 0.99}) {
        samples::write_file(checkpoint,
                            {whole.begin(), whole.begin() + std::ptrdiff_t(part * double(whole.size()))});
        refused(ErrorCode::unreadable_model);
    }
    const auto changed = [&](auto change) {
        samples::write_file(checkpoint, whole);
        const auto file = weights::read_safetensors(checkpoint);
        auto metadata = file.metadata;
        std::map<std::string, weights::TensorData> tensors;
        for (const auto& [name, t] : file.tensors)
            tensors[name] = {t.dtype, t.shape, {t.bytes.begin(), t.bytes.end()}};
        change(tensors, metadata);
        weights::write_safetensors(checkpoint, tensors, metadata);
    };
    changed([](auto& tensors, auto&) { tensors.erase("latents"); });
    refused(ErrorCode::unreadable_model);
    changed([](auto& tensors, auto&) { tensors.erase("adam.v"); });
    refused(ErrorCode::unreadable_model);
    changed([](auto& tensors, auto&) { tensors["latents"].shape = {64, 16}; });
    refused(ErrorCode::unreadable_model);
    changed([](auto& tensors, auto&) { std::fill_n(tensors["adam.m"].bytes.begin(), 4, 0xff); });
    refused(ErrorCode::unreadable_model);
    changed([](auto&, auto& metadata) { metadata["step"] = "-4"; });
    refused(ErrorCode::unreadable_model);
    changed([](auto&, auto& metadata) { metadata["labels"] = R"(["red","blue","green"])"; });
    refused(ErrorCode::no_fit);
    changed([](auto&, auto& metadata) {
        metadata["recipe"].replace(metadata["recipe"].find("\"batch\": 6"), 10, "\"batch\": 7");
    });
    refused(ErrorCode::no_fit);
}

TEST_F(TrainRun, PicturesOfAnotherSizeAreScaledToTheModels) {
    const OwnedSplit large(24, 40, 32);
    Trainer trainer(recipe_for(trainable_config(), 9), names, large.split);
    EXPECT_TRUE(std::isfinite(trainer.step().loss));
    const Feed& feed = trainer.feed();
    const std::vector<std::int64_t> two{3, 8};
    const at::Tensor whole = pixels(feed.plain(two)), changed = pixels(feed.changed(two, 0));
    EXPECT_EQ(whole.sizes(), changed.sizes());
    EXPECT_LT((whole.mean() - changed.mean()).abs().item<double>(), 0.3);
}

TEST_F(TrainRun, RecipesThatHoldOutEverythingAreRefused) {
    Recipe recipe = recipe_for(trainable_config(), 9);
    recipe.held_out = 24;
    EXPECT_EQ(samples::failure_of([&] { Trainer(recipe, names, data.split); }).code, ErrorCode::no_fit);
}

/// Every picture of a split the other way round.
struct Mirrored {
    std::vector<std::uint8_t> pixels;
    Split split;
    explicit Mirrored(const Split& of) : split(of) {
        for (std::int64_t i = 0; i < of.size(); ++i)
            for (std::int64_t r = 0; r < of.rows; ++r)
                for (std::int64_t c = of.cols; c-- > 0;)
                    for (std::size_t k = 0; k < 3; ++k)
                        pixels.push_back(of.picture(i)[static_cast<std::size_t>(3 * (r * of.cols + c)) + k]);
        split.bytes = pixels;
    }
};

TEST_F(TrainRun, ViewsOfAPictureAreThoseOfItsMirrorImage) {
    Trainer trainer(recipe_for(trainable_config(), 25), names, data.split);
    while (!trainer.finished()) trainer.step();
    const Perceiver model(trainer.model().config(), export_weights(trainer.model()));
    const OwnedSplit fresh(90);
    const Mirrored other(fresh.split);
    for (const std::int64_t views : {2, 4, 12})
        EXPECT_EQ(evaluate(model, names, fresh.split, {}, views).right_of_label,
                  evaluate(model, names, other.split, {}, views).right_of_label)
            << views;
    EXPECT_EQ(evaluate(model, names, fresh.split, {}, 12).n, 90);
    EXPECT_EQ(samples::failure_of([&] { evaluate(model, names, fresh.split, {}, 13); }).code, ErrorCode::no_fit);
    Conditions some;
    some.at_most = 70;
    EXPECT_EQ(evaluate(model, names, fresh.split, {}, 1, some).n, 70);
}

TEST_F(TrainRun, MixedPicturesCarryTheShareOfWhatIsSeen) {
    for (const bool boxes : {false, true}) {
        Recipe recipe = recipe_for(trainable_config(), 9);
        recipe.augment = {};
        (boxes ? recipe.augment.cutmix : recipe.augment.mixup) = 1;
        Trainer trainer(recipe, names, data.split);
        std::vector<std::int64_t> all(24);
        std::iota(all.begin(), all.end(), 0);
        const Batch mixed = trainer.feed().changed(all, 48), alone = trainer.feed().plain(all);
        const at::Tensor a = pixels(mixed), b = pixels(alone);
        const float* share = mixed.share.data_ptr<float>();
        int cut = 0;
        for (std::int64_t k = 0; k < 24; ++k) {
            // The other one is one of the batch with the label that is said: with it, the picture is
            // explained.
            double best = 1e9;
            for (std::int64_t o = 0; o < 24; ++o) {
                if (alone.labels[o].item<std::int64_t>() != mixed.other[k].item<std::int64_t>()) continue;
                const at::Tensor from_own =
                    boxes ? (a[k] - b[k]).abs().lt(1e-4).to(at::kFloat) : at::full({}, share[k]);
                const at::Tensor explained = from_own * b[k] + (1 - from_own) * b[o];
                best = std::min(best, (explained - a[k]).abs().max().item<double>());
            }
            if (boxes) {  // the other one may be the same
                const double own = (a[k] - b[k]).abs().lt(1e-4).to(at::kFloat).mean().item<double>();
                EXPECT_TRUE(own == 1 || std::abs(own - share[k]) < 0.05) << own << " " << share[k];
                cut += own < 1;
            }
            EXPECT_LT(best, 1e-3) << "picture " << k;
        }
        if (boxes) {
            EXPECT_GT(cut, 12);
        }
    }
}

TEST(TrainEvaluate, WilsonsIntervalIsTheTextbooks) {
    // Brown, Cai & DasGupta (2001) and R's prop.test(correct = FALSE).
    const Interval a = wilson(8, 10), b = wilson(0, 20), c = wilson(6600, 10000);
    EXPECT_NEAR(a.low, 0.4901625, 1e-7);
    EXPECT_NEAR(a.high, 0.9433178, 1e-6);
    EXPECT_NEAR(b.low, 0, 1e-12);
    EXPECT_NEAR(b.high, 0.1611252, 1e-6);
    EXPECT_NEAR(c.low, 0.6506556, 1e-6);
    EXPECT_NEAR(c.high, 0.6692215, 1e-6);
}

}  // namespace
}  // namespace perceiver::train
