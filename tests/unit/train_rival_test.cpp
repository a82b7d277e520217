// Protects the rivals' training: true gradients, batch norms that are kept, and the paper's claim that a
// shuffle before training changes nothing for a Perceiver and a Transformer.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "input/fourier.h"
#include "input/input_array.h"
#include "perceiver/products.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/rival_samples.h"
#include "support/split_samples.h"
#include "support/tiny_model.h"
#include "support/train_samples.h"
#include "train/evaluate.h"
#include "train/rival_model.h"
#include "train/run.h"
#include "weights/to_torch_rival.h"

namespace perceiver::train {
namespace {

using at::Tensor;
using nlohmann::json;
using rivals::Type;
using samples::OwnedSplit;

constexpr Type all_types[] = {Type::resnet, Type::vit, Type::transformer};
const std::vector<std::string> names{"red", "green", "blue"};

Recipe rival_recipe(Type type, std::int64_t steps, std::uint64_t permutation = 0) {
    Recipe r = samples::recipe_for(samples::trainable_config(), steps);
    json rival = json::parse(to_json(samples::rival_config(type, permutation)));
    rival.erase("num_classes");
    rival.erase("labels");
    r.model.clear();
    r.rival = rival.dump();
    r.start = {};
    r.batch = 12;  // enough for a batch's statistics
    return r;
}

RivalModel random_model(Type type, at::ScalarType compute = at::kFloat, std::uint64_t permutation = 0) {
    RivalModel model(samples::rival_config(type, permutation), compute);
    at::manual_seed(3);
    initialise(model);
    auto random = test::generator(4);
    for (const auto& leaf : model.leaves())  // whatever starts at 0 or 1 counts too
        if (leaf.shape.size() == 1) model.view(leaf.name).add_(at::randn(leaf.shape, random).abs_(), 0.2);
    model.view("head.weight").mul_(10);
    model.refresh();
    return model;
}

Tensor pictures(std::int64_t batch) { return at::randn({batch, 3, 16, 16}, test::generator(8)); }

double relative(const Tensor& mine, const Tensor& truth) {
    const Tensor a = mine.to(at::kDouble), b = truth.to(at::kDouble);
    return ((a - b).norm() / b.norm().clamp_min(1e-9)).item<double>();
}

std::vector<float> numbers(const Tensor& t) { return {t.data_ptr<float>(), t.data_ptr<float>() + t.numel()}; }

struct Truth {
    const RivalModel& model;
    rivals::Weights weights;

    explicit Truth(const RivalModel& m) : model(m) {
        for (const auto& l : m.leaves()) weights[l.name] = m.view(l.name).to(at::kDouble).clone();
    }
    Tensor loss(const Tensor& pixels, const Tensor& pull) {
        const auto f = std::get<rivals::Features>(model.read(pixels));
        auto scratch = weights;  // running statistics of its own
        for (const auto& l : model.leaves())
            if (!l.trained) scratch[l.name] = weights[l.name].clone();
        const rivals::Features wide{f.data.to(at::kDouble), f.positions.to(at::kDouble)};
        return (rivals::forward(model.config(), scratch, wide, rivals::Mode::learn) * pull.to(at::kDouble))
            .sum();
    }
};

TEST(TrainRival, GradientsAreThoseOfDoublePrecisionAndOfSmallSteps) {
    for (const auto type : all_types)
        for (const auto compute : {at::kFloat, at::kBFloat16}) {
            RivalModel model = random_model(type, compute, 9);
            Truth truth(model);
            const Tensor pixels = pictures(5), pull = at::randn({5, 3}, test::generator(9));
            const auto mine = torch::autograd::grad({(model.forward(model.read(pixels), true) * pull).sum()},
                                                    model.operands());
            std::vector<Tensor> leaves;
            for (const auto& l : model.leaves())
                if (l.trained) leaves.push_back(truth.weights[l.name].requires_grad_());
            const auto theirs = torch::autograd::grad({truth.loss(pixels, pull)}, leaves);
            ASSERT_EQ(mine.size(), theirs.size());
            // In bfloat16 a ReLU or the largest of four near 0 chooses otherwise now and then.
            const double tolerance = compute == at::kFloat ? 1e-4 : type == Type::resnet ? 0.7 : 0.15;
            for (std::size_t i = 0; i < mine.size(); ++i)
                EXPECT_LT(relative(mine[i], theirs[i]), tolerance)
                    << type_name(type) << " " << model.leaves()[i].name;

            const at::NoGradGuard no_gradients;
            for (std::size_t i = 0; i < leaves.size() && compute == at::kFloat; ++i) {
                // Along one random direction in each leaf.
                const Tensor direction =
                    at::randn(leaves[i].sizes(), test::generator(i), leaves[i].options());
                const double step = 1e-6 / direction.norm().item<double>();
                Tensor at_leaf = leaves[i].detach();
                at_leaf.add_(direction, step);
                const double after = truth.loss(pixels, pull).item<double>();
                at_leaf.add_(direction, -2 * step);
                const double before = truth.loss(pixels, pull).item<double>();
                at_leaf.add_(direction, step);
                const double slope = (theirs[i] * direction).sum().item<double>();
                EXPECT_NEAR((after - before) / (2 * step), slope, 1e-3 * (1 + std::abs(slope)))
                    << type_name(type) << " " << model.leaves()[i].name;
            }
        }
}

/// Loss and every leaf's gradient of one training step.
struct Step {
    Tensor loss;
    std::vector<Tensor> gradients;

    Step(const Trainable& model, const ModelInput& input) {
        const Tensor labels = at::arange(4).remainder(3);
        loss = at::cross_entropy_loss(model.forward(input, true), labels, {}, at::Reduction::Mean, -100, 0.1);
        gradients = torch::autograd::grad({loss}, model.operands());
    }
    double differs_from(const Step& other) const {
        double most = relative(loss, other.loss);
        for (std::size_t i = 0; i < gradients.size(); ++i)
            // An attention's bias of all keys drops out of the softmax: its gradient is nothing but rounding.
            most = std::max(
                most, ((gradients[i] - other.gradients[i]).norm() / other.gradients[i].norm().clamp_min(1e-2))
                          .item<double>());
        return most;
    }
};

TEST(TrainRival, TrainingATransformerOnShuffledElementsIsTheSameComputation) {
    const Tensor pixels = pictures(4);
    for (const auto type : all_types) {
        RivalModel raw = random_model(type), shuffled = random_model(type, at::kFloat, 77);
        ASSERT_EQ(numbers(raw.parameters()), numbers(shuffled.parameters()));
        const double difference =
            Step(shuffled, shuffled.read(pixels)).differs_from(Step(raw, raw.read(pixels)));
        if (type == Type::transformer)
            EXPECT_LT(difference, 1e-4);
        else
            EXPECT_GT(difference, 1e-2) << type_name(type) << ": the shuffle is no shuffle";
    }
}

TEST(TrainRival, TrainingAPerceiverOnShuffledElementsIsTheSameComputation) {
    const Config config = samples::trainable_config();
    Model model(config, at::kFloat);
    at::manual_seed(3);
    Structure start;
    start.latents = false;
    initialise(model, start);
    model.refresh();
    const Tensor pixels = pictures(4);
    const std::int64_t grid[2] = {16, 16};
    const Tensor positions =
        input::fourier_features(input::grid_positions(grid), config.input.position).to(at::kFloat);
    const Tensor array = at::cat({pixels.flatten(2).transpose(1, 2), positions.expand({4, -1, -1})}, 2);
    const auto tokens = [&](const Tensor& x) {
        return TokenBatch{at::layer_norm(x, {x.size(2)}, {}, {}, config.layer_norm_eps)};
    };
    const Tensor order = at::tensor(input::permutation(256, 77), at::kLong);
    const Step in_order(model, tokens(array)), shuffled(model, tokens(array.index_select(1, order)));
    EXPECT_LT(shuffled.differs_from(in_order), 1e-4);
    EXPECT_LT(in_order.differs_from(Step(model, model.read(pixels))), 1e-4)
        << "and both are what the trainer computes";
    const Tensor colours =
        at::cat({array.narrow(2, 0, 3).index_select(1, order), array.narrow(2, 3, array.size(2) - 3)}, 2);
    EXPECT_GT(Step(model, tokens(colours)).differs_from(in_order), 1e-2)
        << "with other positions it is another picture";
}

struct TrainRivalRun : testing::Test {
    TrainRivalRun() { set_threads(1); }
    OwnedSplit data{24};
    samples::TemporaryFolder folder;
};

TEST_F(TrainRivalRun, EveryTypeLearnsTwentyPicturesAndItsBundleAnswersAsTheTrainerDoes) {
    for (const auto type : all_types) {
        const Recipe recipe = rival_recipe(type, 60, type == Type::transformer ? 0 : 5);
        Trainer trainer(recipe, names, data.split);
        EXPECT_LT(trainer.held_out_accuracy(), 1);
        const RunFolder files(folder.path / type_word(type));
        const Pace end = run(trainer, files, {});
        EXPECT_LT(end.loss, 0.9) << type_name(type);
        EXPECT_GE(trainer.held_out_accuracy(), 0.75) << type_name(type);

        const auto bundle = weights::read_rival_bundle(files.model());
        EXPECT_EQ(bundle.config.labels, names);
        EXPECT_NE(bundle.card.trained_with.find("60 steps of 12"), std::string::npos)
            << bundle.card.trained_with;
        const rivals::Rival rival = weights::to_rival(bundle);
        const Tensor pixels = pictures(3);
        const at::NoGradGuard no_gradients;
        const auto& model = trainer.trainable();
        EXPECT_LT(relative(rival.logits(rival.features(pixels)), model.forward(model.read(pixels))), 1e-2);
        const Evaluation all = evaluate(rival, names, data.split);
        EXPECT_EQ(all.n, 24);
        EXPECT_GE(all.accuracy(), 0.75) << type_name(type);
        const auto order = input::permutation(rival.config().elements(), 3);
        if (type == Type::transformer) {
            EXPECT_EQ(evaluate(rival, names, data.split, {}, order).right, all.right);
        }
        EXPECT_EQ(samples::failure_of([&] {
                      evaluate(rival, {"red", "blue", "green"}, data.split);
                  }).code,
                  ErrorCode::no_fit);
        EXPECT_EQ(
            samples::failure_of([&] { evaluate(rival, names, data.split, [](auto) { return false; }); }).code,
            ErrorCode::cancelled);
    }
}

TEST_F(TrainRivalRun, StoppedAndResumedItIsBitForBitTheUnbrokenOne) {
    for (const auto type : all_types) {
        Recipe recipe = rival_recipe(type, 8, 5);
        recipe.compute = "bfloat16";
        Trainer unbroken(recipe, names, data.split);
        while (!unbroken.finished()) unbroken.step();
        const auto checkpoint = folder.path / type_word(type);
        Trainer first(recipe, names, data.split), second(recipe, names, data.split);
        for (int i = 0; i < 5; ++i) first.step();
        first.save(checkpoint);
        second.resume(checkpoint);
        while (!second.finished()) second.step();
        EXPECT_EQ(numbers(second.trainable().parameters()), numbers(unbroken.trainable().parameters()))
            << type_name(type);
    }
}

TEST_F(TrainRivalRun, ALossThatIsNoNumberLeavesTheBatchNormsAsTheyWere) {
    Trainer trainer(rival_recipe(Type::resnet, 8), names, data.split);
    trainer.step();
    const auto before = numbers(trainer.trainable().statistics().clone());
    EXPECT_FALSE(before.empty());
    trainer.trainable().view("head.bias")[1] = std::numeric_limits<float>::quiet_NaN();
    trainer.trainable().refresh();
    EXPECT_EQ(samples::failure_of([&] { trainer.step(); }).code, ErrorCode::out_of_resources);
    EXPECT_EQ(numbers(trainer.trainable().statistics().clone()), before);
}

TEST(TrainRivalRecipe, IsAModelOrARivalAndNeverBoth) {
    const Recipe recipe = rival_recipe(Type::vit, 8, 3);
    const std::string text = to_json(recipe);
    EXPECT_EQ(to_json(recipe_from_json(text)), text);
    EXPECT_EQ(rival_config(recipe_from_json(text), names).permutation, 3u);
    const auto refused = [&](const char* key, const json& value, const char* named) {
        json changed = json::parse(text);
        changed[json::json_pointer(key)] = value;
        const auto failure =
            samples::failure_of([&] { rival_config(recipe_from_json(changed.dump()), names); });
        EXPECT_NE(failure.sentence.find(named), std::string::npos) << failure.sentence;
    };
    refused("/model", json::object(), "model");
    refused("/start", json::object(), "start");
    refused("/rival", 3, "rival");
    refused("/rival/patch", 5, "patch");
    refused("/rival/stem", 5, "stem");
    json neither = json::parse(text);
    neither.erase("rival");
    EXPECT_EQ(samples::failure_of([&] { recipe_from_json(neither.dump()); }).code,
              ErrorCode::unreadable_input);
}

TEST_F(TrainRivalRun, ItStartsFromNoBundle) {
    Trainer trainer(rival_recipe(Type::vit, 8), names, data.split);
    EXPECT_EQ(samples::failure_of([&] { trainer.start_from({}); }).code, ErrorCode::no_fit);
}

}  // namespace
}  // namespace perceiver::train
