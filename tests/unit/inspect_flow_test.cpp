// Protects rollout and relevance: sums that must hold, cases known by hand, and autograd on the plain model.
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include "inspect/maps.h"
#include "inspect/relevance.h"
#include "inspect/rollout.h"
#include "support/probe_model.h"
#include "support/random_model.h"

namespace perceiver::inspect {
namespace {

using test::largest_difference;
using test::Numbers;
using test::Probe;

/// A model of any kind after a run, and the attention matrices of the plain form.
struct Ran {
    test::RandomModel m;
    Reference reference;
    Trace trace;
    ReferenceRun plain;
    explicit Ran(test::RandomModel model_, std::uint64_t seed, bool gradients = false)
        : m(std::move(model_)), reference(m.config, m.weights) {
        const Perceiver model(m.config, m.weights);
        auto input = model.make_input(m.raw, m.options);
        const at::Tensor mask = test::random_mask(seed, input->elements());
        input::EncodeOptions options = m.options;
        options.mask = mask;
        trace = model.forward(model.make_input(m.raw, options));
        Weights weights;
        for (const auto& [name, tensor] : m.weights) weights[name] = tensor.to(at::kDouble);
        if (gradients) weights["latents"].requires_grad_();
        plain = Reference(m.config, weights).run(input->tokens(), {mask, true, {}});
    }
    explicit Ran(std::uint64_t seed, bool gradients = false) : Ran(test::random_model(seed), seed, gradients) {}

    /// The class's row of the decoder's attention-like matrix [O, N].
    at::Tensor class_row(const at::Tensor& matrix) const {
        std::int64_t row = 0;   // outputs of one place each, in the order of their names
        for (const auto& o : m.config.decoder.outputs) {
            if (o.name == "label" || m.config.decoder.outputs.size() == 1) break;
            row += o.dims == std::vector<std::int64_t>{1};
        }
        return matrix[row];
    }
    bool reads(std::size_t k) const { return !reads_nothing(reference, trace, k); }
};

/// Calls `cross(k)` and `self(layer)` in the order the model ran them; `layer` counts all layers that ran.
template <class Cross, class Self>
void walk(const Config& config, const Cross& cross, const Self& self) {
    std::size_t layer = 0;
    for (std::size_t k = 0; k < config.stages.size(); ++k) {
        cross(k);
        for (const auto b : config.stages[k].blocks)
            for (std::int64_t l = 0; l < config.block_modules[static_cast<std::size_t>(b)].layers; ++l) self(layer++);
    }
}

TEST(Rollout, IsTheProductOfWholeMatricesOnAnyModel) {
    for (std::uint64_t seed = 200; seed < 260; ++seed) {
        const Ran r(seed);
        const Config& c = r.m.config;
        // Forwards, with every matrix whole: [N, M] of where latents come from, [N, N] from the learned ones.
        at::Tensor inputs = at::zeros({c.num_latents, r.trace.input->elements()}, at::kDouble),
                   learned = at::eye(c.num_latents, at::kDouble);
        walk(
            c,
            [&](std::size_t k) {
                const double taken = !r.reads(k)                                                                   ? 0
                                     : c.cross_modules[static_cast<std::size_t>(c.stages[k].cross)].query_residual ? 0.5
                                                                                                                   : 1;
                inputs = inputs * (1 - taken) + r.plain.cross_attention[k].mean(0) * taken;
                learned = learned * (1 - taken);
            },
            [&](std::size_t layer) {
                const at::Tensor step =
                    (r.plain.self_attention[layer].mean(0) + at::eye(c.num_latents, at::kDouble)) / 2;
                inputs = step.matmul(inputs);
                learned = step.matmul(learned);
            });
        const at::Tensor start = c.head == Config::Head::decoder
                                     ? r.class_row(r.plain.decoder.attention.mean(0))
                                     : at::full({c.num_latents}, 1.0 / double(c.num_latents), at::kDouble);
        const Rollout out = rollout(r.reference, r.trace);
        EXPECT_LT(largest_difference(out.map, start.matmul(inputs)), 2e-4) << to_json(c);
        EXPECT_LT(largest_difference(out.from_latents, start.matmul(learned)), 2e-4) << seed;
        double all_entries = 0;
        for (const auto& entry : out.entries) all_entries += entry.sum().item<double>();
        EXPECT_NEAR(all_entries + out.remainder, 1, 1e-5) << "contributions and remainder, seed " << seed;
        EXPECT_NEAR(out.map.sum().item<double>(), all_entries, 1e-5);
    }
}

TEST(Rollout, WithIdentitySelfAttentionItIsTheMeanMap) {
    Config c = test::tiny_config(6, 7);
    c.stages = {{0, {0}}};
    c.cross_modules.resize(1);
    c.block_modules = {{3, 1, 0, 0, 1}};
    Weights w = test::random_weights(c);
    for (const char* layer : {"0", "1", "2"})
        for (const char* part : {"query", "key"}) {
            const std::string name = "block.0.layer." + std::string(layer) + "." + part;
            w[name + ".weight"] = at::eye(24) * 100;   // every latent sees itself alone
            w[name + ".bias"] = at::zeros({24});
        }
    for (const char* layer : {"0", "1", "2"})
        w["block.0.layer." + std::string(layer) + ".q_norm.weight"] = at::full({24}, 1.0);
    const Perceiver model(c, w);
    const Trace trace = model.forward(model.make_input(test::random_picture(6, 7)));
    const Rollout out = rollout(Reference(c, w), trace);
    EXPECT_LT(largest_difference(out.map * 2, map(trace, 0, all, all, Scale::probability)), 1e-6);
    EXPECT_NEAR(out.remainder, 0.5, 1e-6);
}

TEST(Rollout, OfOneLatentWithoutBlocksIsHalfItsMap) {
    Config c = test::tiny_config(6, 7);
    c.stages = {{0, {}}, {1, {}}};
    c.block_modules.clear();
    const Weights w = test::random_weights(c);
    const Perceiver model(c, w);
    const Trace trace = model.forward(model.make_input(test::random_picture(6, 7)));
    at::Tensor start = at::zeros({9});
    start[4] = 1;
    const Rollout out = rollout(Reference(c, w), trace, start);
    EXPECT_LT(largest_difference(out.entries[1] * 2, map(trace, 1, all, 4, Scale::probability)), 1e-6);
    EXPECT_LT(largest_difference(out.entries[0] * 4, map(trace, 0, all, 4, Scale::probability)), 1e-6);
    EXPECT_DOUBLE_EQ(out.remainder, 0.25);
}

TEST(Rollout, OtherWeightsAndCancelAreRefused) {
    const Ran r(203);
    const Config other = test::tiny_config();
    EXPECT_THROW(rollout(Reference(other, test::random_weights(other)), r.trace), Error);
    EXPECT_THROW(rollout(r.reference, r.trace, at::zeros({77})), Error);
    const CancelToken cancel;
    cancel.cancel();
    EXPECT_THROW(rollout(r.reference, r.trace, {}, cancel), Error);
    double last = 0;
    rollout(r.reference, r.trace, {}, {}, [&](double part) {
        EXPECT_GT(part, last);
        last = part;
    });
    EXPECT_EQ(last, 1);
}

TEST(Relevance, OfOneLatentThatReadsEvenlyIsTheValueOverM) {
    // logit c = sum over m of A_m v_m[c]; A_m = 1/3, v = (x, -x): relevance is x / 3 where positive.
    Probe p(2, 2);
    p.make();
    p.set("cross.0.value.weight", {1, 0, 0, 1});
    p.set("cross.0.output.weight", {1, 0, 0, 1});
    const Perceiver model(p.config, p.weights);
    const Trace trace = model.forward(model.make_input(p.picture({1, -1, -0.2, 0.2, 0, 0})));
    const double u = 1 / std::sqrt(1 + 1e-5), w = 0.2 / std::sqrt(0.04 + 1e-5);
    const Reference reference(p.config, p.weights);
    EXPECT_LT(largest_difference(relevance(reference, trace, 0).map, at::tensor({u / 3, 0., 0.}, at::kDouble)), 1e-6);
    EXPECT_LT(largest_difference(relevance(reference, trace, 1).map, at::tensor({0., w / 3, 0.}, at::kDouble)), 1e-6);
    // A value's bias is part of what an element brings.
    p.set("cross.0.value.bias", {2, 0});
    const Trace biased = Perceiver(p.config, p.weights).forward(trace.input);
    EXPECT_LT(largest_difference(relevance(Reference(p.config, p.weights), biased, 0).map,
                                 at::tensor({(2 + u) / 3, (2 - w) / 3, 2. / 3}, at::kDouble)), 1e-6);
}

TEST(Relevance, IsWhatAutogradOnWholeMatricesGives) {
    int compared = 0;
    for (std::uint64_t seed = 300; seed < 380; ++seed) {
        const Ran r(seed, true);
        const Config& c = r.m.config;
        if (c.head == Config::Head::none) continue;
        for (const auto* list : {&r.plain.cross_attention, &r.plain.self_attention})
            for (const auto& a : *list) a.retain_grad();
        if (c.head == Config::Head::decoder) r.plain.decoder.attention.retain_grad();
        const std::int64_t target = c.num_classes - 1;
        r.plain.logits[target].backward();
        const auto weighted = [](const at::Tensor& a) {
            return a.grad().defined() ? (a.grad() * a.detach()).clamp_min(0).mean(0)
                                      : at::zeros_like(a.detach()).mean(0);
        };
        at::Tensor inputs = at::zeros({c.num_latents, r.trace.input->elements()}, at::kDouble);
        walk(c, [&](std::size_t k) { inputs = inputs + weighted(r.plain.cross_attention[k]); },
             [&](std::size_t layer) { inputs = inputs + weighted(r.plain.self_attention[layer]).matmul(inputs); });
        const at::Tensor start = c.head == Config::Head::decoder
                                     ? r.class_row(weighted(r.plain.decoder.attention))
                                     : at::full({c.num_latents}, 1.0 / double(c.num_latents), at::kDouble);
        const at::Tensor expected = start.matmul(inputs);
        const Relevance out = relevance(r.reference, r.trace, target);
        const double scale = expected.max().item<double>();
        EXPECT_LT(largest_difference(out.map, expected), 2e-3 * scale + 1e-6) << "seed " << seed << " " << to_json(c);
        compared += scale > 1e-3;
    }
    EXPECT_GT(compared, 30) << "enough of them have something to compare";
}

TEST(Relevance, WhatDoesNotExistAndCancelAreRefused) {
    const Config c = test::tiny_config(4, 4);
    const Weights w = test::random_weights(c);
    const Perceiver model(c, w);
    const Reference reference(c, w, at::kFloat);
    const Trace trace = model.forward(model.make_input(test::random_picture(4, 4)));
    EXPECT_THROW(relevance(reference, trace, 5), Error);
    EXPECT_THROW(relevance(reference, trace, -1), Error);
    const CancelToken cancel;
    cancel.cancel();
    EXPECT_THROW(relevance(reference, trace, 0, cancel), Error);
    EXPECT_LT(largest_difference(relevance(reference, trace, 2).map, relevance(Reference(c, w), trace, 2).map), 1e-4)
        << "float32 will do";
}

}  // namespace
}  // namespace perceiver::inspect
