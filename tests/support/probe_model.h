// A Perceiver that is transparent: one latent, every weight 0 but those a test sets, a head that shows the latent.
#pragma once

#include <ATen/ops/eye.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "perceiver/reference.h"
#include "support/tiny_model.h"

namespace perceiver::test {

using Numbers = std::vector<double>;

struct Probe {
    Config config;
    Weights weights;

    /// Pictures of 1 x M pixels of `channels`, without positions; D latent channels are the logits.
    Probe(std::int64_t d, std::int64_t channels) {
        config.num_latents = 1;
        config.latent_channels = config.num_classes = d;
        config.cross_modules = {{}};
        config.stages = {{0, {}}};
        config.input.image.channels = channels;
        config.input.position.type = PositionConfig::Type::none;
    }
    /// Call once the config is right: zeros, the norms' scales 1 but those of queries, a head that is the identity.
    void make() {
        for (const auto& spec : tensor_specs(config)) weights[spec.name] = at::zeros(spec.shape, at::kDouble);
        if (config.head == Config::Head::mean) weights["head.weight"] = at::eye(config.latent_channels, at::kDouble);
        for (std::size_t j = 0; j < config.cross_modules.size(); ++j)
            set("cross." + std::to_string(j) + ".kv_norm.weight", Numbers(std::size_t(config.token_channels()), 1));
    }
    void set(const std::string& name, const Numbers& numbers) {
        at::Tensor& t = weights.at(name);
        ASSERT_EQ(t.numel(), static_cast<std::int64_t>(numbers.size())) << name;
        t = at::tensor(numbers, at::kDouble).view(t.sizes());
    }
    at::Tensor picture(const Numbers& numbers) const {
        return at::tensor(numbers, at::kFloat).view({1, -1, config.input.image.channels});
    }
    /// Every way to run answers `expected`.
    void expect(const at::Tensor& data, const Numbers& expected, double tolerance = 2e-6,
                const at::Tensor& mask = {}) const {
        const Perceiver model(config, weights);
        const Reference reference(config, weights);
        const auto input = model.make_input({{"", data}}, {mask, {}, {}});
        const at::Tensor want = at::tensor(expected, at::kDouble);
        const auto compare = [&](const at::Tensor& got, const char* way) {
            ASSERT_EQ(got.sizes(), want.sizes()) << way;
            EXPECT_LT(largest_difference(got, want), tolerance) << way << " answers " << got << ", not " << want;
        };
        compare(model.forward(input, Attend::dense).logits, "dense");
        if (input->separable()) compare(model.forward(input, Attend::separable).logits, "separable");
        compare(reference.run(reference.tokens({{"", data}}), {mask, false, {}}).logits, "reference");
    }
};

}  // namespace perceiver::test
