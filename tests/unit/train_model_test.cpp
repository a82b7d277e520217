// Protects the training form: it is the same Perceiver, and its gradients are the true ones.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "base/error.h"
#include "input/image_input.h"
#include "support/files.h"
#include "support/split_samples.h"
#include "support/tiny_model.h"
#include "support/train_samples.h"
#include "train/export.h"
#include "weights/to_torch.h"

namespace perceiver::train {
namespace {

using at::Tensor;
using samples::trainable_config;

constexpr auto f64 = at::kDouble;

/// Every parameter random, so that a dropped or swapped term shows.
Model random_model(const Config& config, at::ScalarType compute = at::kFloat) {
    Model model(config, compute);
    auto random = test::generator(3);
    for (const auto& leaf : model.leaves()) {
        Tensor t =
            at::randn(leaf.shape, random) * (leaf.decayed ? 1.0 / std::sqrt(double(leaf.shape[1])) : 0.2);
        if (leaf.name.find("norm.weight") != std::string::npos) t = t + 1;
        if (leaf.name == "latents") t = t * 8;
        model.view(leaf.name).copy_(t);
    }
    model.refresh();
    return model;
}

/// A Perceiver as the paper writes it, in double, by plain LibTorch operations that autograd differentiates.
struct Plain {
    const Config& config;
    std::map<std::string, Tensor> leaves;
    std::int64_t batch = 0;

    Plain(Model& model) : config(model.config()) {
        for (const auto& leaf : model.leaves())
            leaves[leaf.name] = model.view(leaf.name).to(f64).detach().clone().requires_grad_();
    }
    Tensor norm(const Tensor& z, const std::string& name) const {
        return at::layer_norm(z, {z.size(-1)}, leaves.at(name + ".weight"), leaves.at(name + ".bias"),
                              config.layer_norm_eps);
    }
    Tensor linear(const Tensor& z, const std::string& name) const {
        return at::linear(z, leaves.at(name + ".weight"), leaves.at(name + ".bias"));
    }
    Tensor attend(const Tensor& q, const Tensor& k, const Tensor& v, std::int64_t heads) const {
        const auto split = [&](const Tensor& t) {
            return t.reshape({batch, t.size(1), heads, -1}).transpose(1, 2);
        };
        const Tensor scores =
            at::matmul(split(q), split(k).transpose(2, 3)) / std::sqrt(double(q.size(2) / heads));
        return at::matmul(scores.softmax(-1), split(v)).transpose(1, 2).reshape({batch, q.size(1), -1});
    }
    Tensor mlp(const Tensor& z, const std::string& p) const {
        return z + linear(at::gelu(linear(norm(z, p + "mlp_norm"), p + "mlp_in")), p + "mlp_out");
    }
    Tensor tokens(const Tensor& pixels) const {
        const bool learned = config.input.position.type == PositionConfig::Type::learned;
        const Tensor features = learned ? leaves.at("input.position") : fourier();
        const Tensor all =
            at::cat({pixels.to(f64).flatten(2).transpose(1, 2), features.expand({batch, -1, -1})}, 2);
        return at::layer_norm(all, {all.size(2)}, {}, {}, config.layer_norm_eps);
    }
    Tensor fourier() const {
        const auto& image = config.input.image;
        const auto& position = config.input.position;
        std::vector<Tensor> raw, sines, cosines;
        for (std::size_t axis = 0; axis < 2; ++axis) {
            const std::int64_t n = axis == 0 ? image.height : image.width;
            const Tensor line = at::linspace(-1, 1, n, f64);
            const Tensor x = (axis == 0 ? line.view({n, 1}) : line.view({1, n}))
                                 .expand({image.height, image.width})
                                 .reshape({-1, 1});
            const Tensor angle =
                M_PI * x * at::linspace(1, position.max_resolution[axis] / 2, position.num_bands, f64);
            raw.push_back(x);
            sines.push_back(angle.sin());
            cosines.push_back(angle.cos());
        }
        return at::cat({raw[0], raw[1], sines[0], sines[1], cosines[0], cosines[1]}, 1);
    }
    Tensor forward(const Tensor& pixels) {
        batch = pixels.size(0);
        return read(tokens(pixels));
    }
    /// Tokens [B, M, C], normalised.
    Tensor read(const Tensor& x) {
        batch = x.size(0);
        Tensor z = leaves.at("latents").expand({batch, -1, -1});
        for (const auto& stage : config.stages) {
            const std::string p = "cross." + std::to_string(stage.cross) + ".";
            const Tensor k = at::linear(x, leaves.at(p + "key.weight")),
                         v = at::linear(x, leaves.at(p + "value.weight"));
            const Tensor q = linear(norm(z, p + "q_norm"), p + "query");
            z = z +
                linear(attend(q, k, v, config.cross_modules[std::size_t(stage.cross)].heads), p + "output");
            z = mlp(z, p);
            for (const auto b : stage.blocks) z = block(z, b);
        }
        z = z.mean(1);
        if (config.head_norm) z = norm(z, "head.norm");
        return linear(z, "head");
    }
    Tensor block(Tensor z, std::int64_t b) const {
        const auto& module = config.block_modules[std::size_t(b)];
        for (std::int64_t l = 0; l < module.layers; ++l) {
            const std::string p = "block." + std::to_string(b) + ".layer." + std::to_string(l) + ".";
            const auto qkv = linear(norm(z, p + "q_norm"), p + "qkv").chunk(3, 2);
            z = z + linear(attend(qkv[0], qkv[1], qkv[2], module.heads), p + "output");
            z = mlp(z, p);
        }
        return z;
    }
};

double relative(const Tensor& a, const Tensor& truth) {
    return ((a.to(f64) - truth).norm() / (truth.norm() + 1e-12)).item<double>();
}

void expect_same_logits_when_exported(const Config& config) {
    const std::int64_t rows = config.input.image.height, cols = config.input.image.width;
    const samples::OwnedSplit data(5, rows, cols);
    Model model = random_model(config);
    const samples::TemporaryFolder folder;
    weights::write_bundle(folder.path / "m.safetensors", model.config(), {},
                          weights::to_data(export_weights(model)));
    const Perceiver exported = weights::to_perceiver(weights::read_bundle(folder.path / "m.safetensors"));

    const Tensor pixels = at::empty({5, 3, rows, cols}, at::kFloat);
    for (std::int64_t i = 0; i < 5; ++i)
        normalise({data.split.picture(i).data(), cols, rows}, model.config().input.image, {},
                  pixels.data_ptr<float>() + i * 3 * rows * cols);
    const Tensor trained = model.forward(model.read(pixels));
    for (std::int64_t i = 0; i < 5; ++i) {
        const auto encoded =
            input::encode_image({data.split.picture(i).data(), cols, rows}, model.config().input.image);
        const Trace trace = exported.forward(exported.make_input(encoded.data.view({rows, cols, 3})));
        EXPECT_LT(test::largest_difference(trained[i], trace.logits), 1e-4) << "picture " << i;
    }
    EXPECT_GT((trained[0] - trained[1]).abs().max().item<double>(), 1e-2)
        << "the pictures make no difference";
}

TEST(TrainModel, ExportedItGivesTheSameLogitsFromTheSamePixels) {
    expect_same_logits_when_exported(trainable_config(16, 20));
}
TEST(TrainModel, ExportedLearnedPositionsGiveTheSameLogits) {
    expect_same_logits_when_exported(samples::learned_config());
}

TEST(TrainModel, AnUnchangedPictureIsWhatTheProgramFeedsTheModel) {
    const samples::OwnedSplit data(4, 9, 14);
    const auto image = trainable_config(9, 14).input.image;
    for (std::int64_t i = 0; i < 4; ++i) {
        const Tensor mine = at::empty({3, 9 * 14}, at::kFloat);
        normalise({data.split.picture(i).data(), data.split.cols, data.split.rows}, image, {}, mine.data_ptr<float>());
        const auto encoded = input::encode_image({data.split.picture(i).data(), 14, 9}, image);
        EXPECT_LT(test::largest_difference(mine.t(), encoded.data), 1e-5);
    }
}

void expect_true_gradients(const Config& config, at::ScalarType compute, double tolerance) {
    Model model = random_model(config, compute);
    Plain plain(model);
    const Tensor pixels = at::randn({5, 3, 16, 16}, test::generator(8));
    const Tensor pull = at::randn({5, 3}, test::generator(9));

    const Tensor logits = model.forward(model.read(pixels)), truth = plain.forward(pixels);
    EXPECT_LT(relative(logits, truth), tolerance);
    const auto gradients = torch::autograd::grad({(logits * pull).sum()}, model.operands());
    std::vector<Tensor> order;
    for (const auto& leaf : model.leaves()) order.push_back(plain.leaves.at(leaf.name));
    const auto true_gradients = torch::autograd::grad({(truth * pull.to(f64)).sum()}, order);
    for (std::size_t i = 0; i < gradients.size(); ++i)
        EXPECT_LT(relative(gradients[i], true_gradients[i]), tolerance) << model.leaves()[i].name;
}

TEST(TrainModel, GradientsAreThoseOfAPlainPerceiverInDouble) {
    expect_true_gradients(trainable_config(), at::kFloat, 1e-4);
    expect_true_gradients(samples::learned_config(), at::kFloat, 1e-4);
}
TEST(TrainModel, BfloatGradientsStayClose) {
    expect_true_gradients(trainable_config(), at::kBFloat16, 0.06);
    expect_true_gradients(samples::learned_config(), at::kBFloat16, 0.06);
}

void expect_same_gradients_by_threads(const Config& config) {
    Model model = random_model(config);
    const Tensor pixels = at::randn({5, 3, 16, 16}, test::generator(8));
    std::vector<std::vector<Tensor>> gradients;
    for (int threads : {1, 3}) {
        set_threads(threads);
        gradients.push_back(
            torch::autograd::grad({model.forward(model.read(pixels)).square().sum()}, model.operands()));
    }
    set_threads(1);
    for (std::size_t i = 0; i < gradients[0].size(); ++i)
        EXPECT_LT(relative(gradients[1][i], gradients[0][i].to(f64)), 1e-5) << model.leaves()[i].name;
}
TEST(TrainModel, SeveralThreadsGiveTheSameGradients) {
    expect_same_gradients_by_threads(trainable_config());
    expect_same_gradients_by_threads(samples::learned_config());
}

/// Clouds, spectrograms and sounds as the program feeds them, several of a kind: [B, ...].
struct Kind {
    const char* name;
    Config config;
    Tensor data;
};
std::vector<Kind> other_kinds() {
    auto random = test::generator(21);
    const Tensor clouds = at::rand({5, 40, 3}, random) * 2 - 1;
    return {{"points", samples::points_config(), clouds},
            {"spectrogram", samples::spectrogram_config(), at::randn({5, 12, 20}, random)},
            {"sound", samples::sound_config(), at::randn({5, 120}, random)}};
}

TEST(TrainModel, ExportedCloudsAndSoundsAreAnsweredAlike) {
    for (const Kind& kind : other_kinds()) {
        Model model = random_model(kind.config);
        const Perceiver exported(model.config(), export_weights(model));
        const Tensor trained = model.forward(model.tokens(kind.data));
        for (std::int64_t i = 0; i < 5; ++i) {
            const auto array = exported.make_input(kind.data[i]);
            EXPECT_LT(test::largest_difference(model.tokens(kind.data).tokens[i], array->normalized()), 1e-4)
                << kind.name;
            EXPECT_LT(test::largest_difference(trained[i], exported.forward(array).logits), 1e-4)
                << kind.name;
        }
        EXPECT_GT((trained[0] - trained[1]).abs().max().item<double>(), 1e-2)
            << kind.name << " makes no difference";
    }
}

TEST(TrainModel, GradientsOfOtherKindsAreThoseOfAPlainPerceiver) {
    for (const Kind& kind : other_kinds())
        for (const auto& [compute, tolerance] : {std::pair{at::kFloat, 1e-4}, {at::kBFloat16, 0.06}}) {
            Model model = random_model(kind.config, compute);
            Plain plain(model);
            const Tensor pull = at::randn({5, 3}, test::generator(9));
            const Perceiver exported(model.config(), export_weights(model));
            std::vector<Tensor> tokens;
            for (std::int64_t i = 0; i < 5; ++i)
                tokens.push_back(exported.make_input(kind.data[i])->normalized());
            const Tensor logits = model.forward(model.tokens(kind.data)),
                         truth = plain.read(at::stack(tokens).to(f64));
            EXPECT_LT(relative(logits, truth), tolerance) << kind.name;
            const auto gradients = torch::autograd::grad({(logits * pull).sum()}, model.operands());
            std::vector<Tensor> order;
            for (const auto& leaf : model.leaves()) order.push_back(plain.leaves.at(leaf.name));
            const auto true_gradients = torch::autograd::grad({(truth * pull.to(f64)).sum()}, order);
            for (std::size_t i = 0; i < gradients.size(); ++i)
                EXPECT_LT(relative(gradients[i], true_gradients[i]), tolerance)
                    << kind.name << " " << model.leaves()[i].name;
        }
}

TEST(TrainModel, AUniformStartIsWithinItsBounds) {
    Structure start;
    start.latents = false;
    start.uniform = true;
    start.latent_std = 0.3;
    Model model(samples::points_config(), at::kFloat);
    at::manual_seed(1);
    initialise(model, start);
    EXPECT_NEAR(model.view("latents").abs().max().item<double>(), 0.6, 0.05);
    EXPECT_NEAR(model.view("latents").std().item<double>(), 0.28, 0.03);
    for (const char* name : {"block.0.layer.0.qkv.", "block.1.layer.0.mlp_out.", "cross.0.query.", "head."}) {
        const Tensor weight = model.view(std::string(name) + "weight"),
                     bias = model.view(std::string(name) + "bias");
        const double bound = 1 / std::sqrt(double(weight.size(1)));
        EXPECT_LE(weight.abs().max().item<double>(), bound) << name;
        EXPECT_GT(weight.abs().max().item<double>(), 0.9 * bound) << name;
        EXPECT_LE(bias.abs().max().item<double>(), bound) << name;
        EXPECT_GT(bias.abs().max().item<double>(), 0) << name;
    }
    EXPECT_EQ(model.view("head.norm.weight").min().item<double>(), 1);
    EXPECT_EQ(model.view("cross.1.q_norm.bias").abs().max().item<double>(), 0);
    const Tensor key = model.view("cross.0.key.weight");
    EXPECT_NEAR(key.std().item<double>(), 1 / std::sqrt(double(key.size(1))), 0.03);
}

/// The 2021 model of the shipped recipe in small: 4 x 4 latents with 4 heads over 16 x 16 pixels.
Config square_config() {
    Config c = trainable_config();
    c.input.position.num_bands = 8;
    c.cross_modules = {{4, 4 * 40, 32, 1}, {2, 2 * 40, 32, 1}};
    return c;
}

void expect_windows_at_the_start(const Config& config) {
    Structure structure;
    structure.peak = 13;
    Model model(config, at::kFloat);
    at::manual_seed(1);
    initialise(model, structure);
    model.refresh();
    const Perceiver p(model.config(), export_weights(model));
    const Trace trace = p.forward(p.make_input(test::random_picture(16, 16) * 0.5), Attend::dense);
    // [heads, latents, rows, columns]: the middle of every head's attention, in pixels.
    const Tensor map =
        test::softmax_attention(trace.cross[0], trace.input->normalized()).view({4, 16, 16, 16});
    const Tensor place = at::arange(16, f64);
    const Tensor rows = map.sum(3).matmul(place), cols = map.sum(2).matmul(place);
    double sum = 0, worst = 0;
    for (std::int64_t h = 0; h < 4; ++h)
        for (std::int64_t n = 0; n < 16; ++n) {
            const double off_row = rows[h][n].item<double>() - (4.0 * double(n / 4) + 1.5 + (h / 2 ? 1 : -1));
            const double off_col = cols[h][n].item<double>() - (4.0 * double(n % 4) + 1.5 + (h % 2 ? 1 : -1));
            sum += std::hypot(off_row, off_col);
            worst = std::max({worst, std::abs(off_row), std::abs(off_col)});
        }
    EXPECT_LT(sum / 64, 0.75) << "pixels";
    EXPECT_LT(worst, 2) << "pixels";
}
TEST(TrainModel, TheStructuredStartLooksAtEveryLatentsOwnCell) {
    expect_windows_at_the_start(square_config());
    Config learned = square_config();
    learned.stages = {{0, {0, 1}}};
    learned.cross_modules.resize(1);
    learned.input.position = samples::learned_config().input.position;
    learned.input.position.channels = 40;
    expect_windows_at_the_start(learned);
}

TEST(TrainModel, WhatCannotBeTrainedIsRefusedByName) {
    const auto refused = [](auto change, const std::string& word) {
        Config c = square_config();
        change(c);
        try {
            Model model(c, at::kFloat);
            initialise(model, {});
            ADD_FAILURE() << "accepted: " << word;
        } catch (const Error& e) {
            EXPECT_EQ(e.code, ErrorCode::no_fit);
            EXPECT_NE(std::string(e.sentence()).find(word), std::string::npos) << e.sentence();
        }
    };
    refused([](Config& c) { c.head = Config::Head::none; }, "head");
    refused([](Config& c) { c.input.image.prepare = ImageConfig::Prepare::patches; }, "pixels as they are");
    refused([](Config& c) { c.input.position.order = PositionConfig::Order::by_axis; }, "positions");
    refused([](Config& c) { c.input.type = InputConfig::Type::label; },
            "neither pictures nor points nor sound nor film");
    refused([](Config& c) { c.input.type = InputConfig::Type::video; }, "size of its film");
    refused(
        [](Config& c) {
            c.input.type = InputConfig::Type::video;
            c.input.video = {1, {2, 4, 4}, 4, 16, 18, 12.5, {}, {}};
        },
        "whole patches");
    refused([](Config& c) { c.input.type = InputConfig::Type::spectrogram; }, "length");
    refused(
        [](Config& c) {
            c.input.type = InputConfig::Type::points;
            c.input.points.features = 2;
        },
        "features");
    refused([](Config& c) { c.activation = Activation::gelu_tanh; }, "gelu");
    refused([](Config& c) { c.num_latents = 9; }, "num_latents");
    refused([](Config& c) { c.block_modules[0].heads = 8; }, "16 channels wide");
    refused([](Config& c) { c.block_modules[0].v_channels = 32; }, "v_channels");
    refused([](Config& c) { c.input.position.type = PositionConfig::Type::none; }, "positions");
    const auto learned = [](std::int64_t channels, std::size_t stages) {
        return [=](Config& c) {
            c.input.position = samples::learned_config().input.position;
            c.input.position.channels = channels;
            c.stages.resize(stages);
        };
    };
    refused(learned(40, 2), "reads more than once");
    refused(learned(20, 1), "bands");
    refused([](Config& c) { c.input.image.height = c.input.image.width = 0; }, "size");
    refused([](Config& c) { c.num_latents = 32; }, "not a square");
    refused([](Config& c) { c.cross_modules[0].heads = 2; }, "heads are not a square");
    refused([](Config& c) { c.input.position.max_resolution = {20, 20}; }, "max_resolution");
}

}  // namespace
}  // namespace perceiver::train
