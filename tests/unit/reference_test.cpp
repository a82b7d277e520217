// Protects exactness: the fast path equals the plain one on models of every kind, both ways to attend, and the plain
// one is what one can differentiate, batch and run in float64.
#include <ATen/TensorOperators.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/stack.h>
#include <gtest/gtest.h>

#include "perceiver/reference.h"
#include "support/random_model.h"

namespace perceiver {
namespace {

using test::largest_difference;

double relative_difference(const at::Tensor& got, const at::Tensor& want) {
    return largest_difference(got, want) / (1 + want.abs().max().item<double>());
}

/// Of all latents and logits two passes leave, the largest relative difference.
double difference(const Trace& fast, const ReferenceRun& plain) {
    double worst = 0;
    const auto compare = [&](const at::Tensor& got, const at::Tensor& want) {
        ASSERT_EQ(got.sizes(), want.sizes());
        worst = std::max(worst, relative_difference(got, want));
    };
    for (std::size_t k = 0; k < fast.cross.size(); ++k) {
        compare(fast.cross[k].latents, plain.cross_latents[k]);
        for (std::size_t b = 0; b < fast.blocks[k].size(); ++b)
            compare(fast.blocks[k][b].latents, plain.block_latents[k][b]);
    }
    if (fast.pooled.defined()) compare(fast.pooled, plain.pooled);
    if (fast.logits.defined()) compare(fast.logits, plain.logits);
    return worst;
}

void expect_agreement(std::uint64_t seed) {
    const auto m = test::random_model(seed);
    SCOPED_TRACE("seed " + std::to_string(seed) + ": " + to_json(m.config));
    const Perceiver model(m.config, m.weights);
    const Reference reference(m.config, m.weights);
    auto input = model.make_input(m.raw, m.options);
    const at::Tensor tokens = input->tokens();
    EXPECT_LT(relative_difference(tokens, reference.tokens(m.raw, m.options)), 2e-6) << "the elements themselves";

    const at::Tensor mask = test::random_mask(seed, input->elements());
    if (mask.defined()) {
        input::EncodeOptions masked = m.options;
        masked.mask = mask;
        input = model.make_input(m.raw, masked);
    }
    const ReferenceRun plain = reference.run(tokens, {mask, true, m.places});
    // A few of these models are sharp enough to magnify float32's rounding: what it does to the plain form says how
    // much.
    const ReferenceRun rounded = Reference(m.config, m.weights, at::kFloat).run(tokens, {mask, true, m.places});
    double noise = relative_difference(rounded.latents, plain.latents);
    for (std::size_t k = 0; k < plain.cross_attention.size(); ++k)
        noise = std::max(noise, largest_difference(rounded.cross_attention[k], plain.cross_attention[k]));
    ASSERT_LT(noise, 1e-3);
    const double tolerance = 2e-5 + 5 * noise;
    const Trace dense = model.forward(input, Attend::dense);
    EXPECT_LT(difference(dense, plain), tolerance);
    if (input->separable()) {
        const Trace separable = model.forward(input, Attend::separable);
        EXPECT_TRUE(separable.cross[0].separable);
        EXPECT_LT(difference(separable, plain), tolerance);
    }
    for (std::size_t k = 0; k < dense.cross.size(); ++k) {
        const CrossTrace& cross = dense.cross[k];
        at::Tensor attention = (cross.queries.matmul(input->normalized().t()) - cross.log_sum.unsqueeze(2)).exp();
        if (mask.defined() && !cross.all_masked) attention = attention * mask;
        EXPECT_LT(largest_difference(attention, plain.cross_attention[k]), tolerance) << k;
    }
    if (m.config.head == Config::Head::decoder) {
        const DecoderTrace chosen = model.decode(plain.latents.to(at::kFloat), m.places);
        EXPECT_LT(relative_difference(chosen.query, plain.decoder.query), 2e-6);
        EXPECT_LT(largest_difference(chosen.attention, plain.decoder.attention), tolerance);
        EXPECT_LT(relative_difference(chosen.output, plain.decoder.output), tolerance);
        ASSERT_EQ(chosen.outputs.size(), plain.decoder.outputs.size());
        for (const auto& [name, answer] : plain.decoder.outputs)
            EXPECT_LT(relative_difference(chosen.outputs.at(name), answer), tolerance) << name;
    }
}

TEST(RandomModels, FastAndPlainAgree) {
    for (std::uint64_t seed = 0; seed < 150; ++seed) expect_agreement(seed);
}

TEST(RandomModels, CoverEveryVariant) {
    // The property above says nothing of a variant that no seed rolls.
    std::map<std::string, int> seen;
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        const auto m = test::random_model(seed);
        const Config& c = m.config;
        ++seen["activation " + std::to_string(int(c.activation))];
        ++seen["head " + std::to_string(int(c.head)) + (c.head_norm ? " norm" : "")];
        ++seen["outputs " + std::to_string(c.decoder.outputs.size())];
        const at::Tensor mask = test::random_mask(seed, 20);
        if (mask.defined())
            ++seen[std::string(mask.any().item<bool>() ? "some" : "all") + " masked " +
                   std::to_string(int(c.all_masked))];
        for (const auto& j : c.cross_modules) {
            ++seen[j.query_residual ? "residual" : "no residual"];
            ++seen[j.qkv_bias ? "bias" : "no bias"];
            ++seen["widening " + std::to_string(j.widening)];
            if (j.heads > 1 && j.v_channels && j.v_channels != j.qk_channels) ++seen["heads, v unlike qk"];
        }
        const auto see = [&](const InputConfig& i) {
            ++seen["input " + std::to_string(int(i.type))];
            const auto& p = i.position;
            ++seen["position " + std::to_string(int(p.type)) + (p.projected_channels ? " projected" : "")];
            if (p.type == PositionConfig::Type::fourier)
                ++seen["fourier " + std::to_string(int(p.order)) + std::to_string(int(p.spacing)) +
                       std::to_string(p.sine_only) + std::to_string(p.concat_position)];
            if (!p.axis_bands.empty()) ++seen["bands by axis"];
            if (i.type == InputConfig::Type::image)
                ++seen["prepare " + std::to_string(int(i.image.prepare)) + std::to_string(int(i.image.padding))];
        };
        see(c.input);
        for (const auto& modality : c.input.modalities) {
            see(modality.input);
            if (modality.masked) ++seen["masked modality"];
        }
    }
    // 3 activations, 4 heads, 3 numbers of outputs, 4 masks, residual and bias, 3 widenings, heads, 7 inputs, 4
    // positions, 16 Fourier forms, bands by axis, 5 preparations, masked modalities.
    EXPECT_EQ(seen.size(), 56u);
    for (const auto& [what, times] : seen) EXPECT_GT(times, 0) << what;
}

TEST(Reference, PermutationInFloat64IsExactToThirteenDigits) {
    const Config config = test::tiny_config(16, 16);
    const Reference reference(config, test::random_weights(config));
    const at::Tensor tokens = reference.tokens({{"", test::random_picture(16, 16)}});
    const at::Tensor in_order = reference.run(tokens).logits;
    auto order = input::permutation(256, 3);
    const at::Tensor index = at::tensor(order, at::kLong);
    EXPECT_LT(largest_difference(reference.run(tokens.index_select(0, index)).logits, in_order), 1e-12);
}

TEST(Reference, ABatchIsItsExamplesOneByOne) {
    for (const auto head : {Config::Head::mean, Config::Head::decoder}) {
        Config config = test::tiny_config(6, 5);
        config.head = head;
        if (head == Config::Head::decoder) {
            OutputConfig label{"", {1}, {}, 0};
            label.position.type = PositionConfig::Type::learned;
            label.position.channels = 12;
            label.position.index_dims = {1};
            config.decoder.outputs = {label};
            config.decoder.output_channels = config.num_classes;
        }
        const Reference reference(config, test::random_weights(config));
        std::vector<at::Tensor> tokens, masks, logits;
        for (std::uint64_t i = 0; i < 3; ++i) {
            tokens.push_back(reference.tokens({{"", test::random_picture(6, 5, i)}}));
            masks.push_back(at::rand({30}, test::generator(i)) > 0.4);
            logits.push_back(reference.run(tokens.back(), {masks.back(), false, {}}).logits);
        }
        const at::Tensor batch = reference.run(at::stack(tokens), {at::stack(masks), false, {}}).logits;
        EXPECT_LT(largest_difference(batch, at::stack(logits)), 1e-12);
    }
}

TEST(Reference, GradientsAreTheSlopeOfEveryWeight) {
    // Each tensor moved a little along its gradient changes the logit by what the gradient promises.
    const Config config = test::tiny_config(4, 5);
    Weights weights;
    for (const auto& [name, tensor] : test::random_weights(config))
        weights[name] = tensor.to(at::kDouble).requires_grad_();
    const Reference reference(config, weights);
    const at::Tensor tokens = reference.tokens({{"", test::random_picture(4, 5)}});
    reference.run(tokens).logits[2].backward();
    for (const auto& [name, tensor] : weights) {
        if (name.find("key.bias") != std::string::npos) continue;   // drops out of the softmax
        const at::Tensor gradient = tensor.grad();
        ASSERT_TRUE(gradient.defined()) << name;
        const double slope = gradient.norm().item<double>(), step = 1e-5;
        if (slope == 0) continue;   // head rows of other classes have none, whole tensors do
        const auto moved = [&](double by) {
            Weights w = weights;
            w[name] = (tensor + gradient * (by / slope)).detach();
            return Reference(config, w).run(tokens.detach()).logits[2].item<double>();
        };
        EXPECT_NEAR((moved(step) - moved(-step)) / (2 * step), slope, 1e-5 * (1 + slope)) << name;
        EXPECT_GT(slope, 0) << name;
    }
}

TEST(Reference, WrongWeightsTokensAndCancelAreRefused) {
    const Config config = test::tiny_config();
    Weights weights = test::random_weights(config);
    const Reference reference(config, weights);
    EXPECT_THROW(reference.run(at::randn({7, 4})), Error);
    const CancelToken cancel;
    cancel.cancel();
    EXPECT_THROW(reference.run(reference.tokens({{"", test::random_picture(3, 3)}}), {}, cancel), Error);
    weights.erase("head.bias");
    EXPECT_THROW(Reference(config, weights), Error);
}

}  // namespace
}  // namespace perceiver
