#include <ATen/TensorOperators.h>
#include <benchmark/benchmark.h>

#include <cstdio>

#include "bench/full_size.h"
#include "bench/groups.h"
#include "bench/naive.h"
#include "inspect/maps.h"
#include "support/tiny_model.h"

namespace perceiver::bench {

// ---- one cross-attend ----

namespace {

struct Cross {
    Config config;
    Weights weights;
    Perceiver model;
    input::InputArrayPtr input;
    explicit Cross(std::int64_t side)
        : config(cross_attend_alone(side)),
          weights(plausible_weights(config)),
          model(config, weights),
          input(model.make_input(test::random_picture(side, side))) {}
};

Body run_cross(std::int64_t side, Attend how) {
    const auto cross = std::make_shared<Cross>(side);
    return [cross, how] { benchmark::DoNotOptimize(cross->model.forward(cross->input, how).logits); };
}
Body run_naive_cross(std::int64_t side) {
    const auto cross = std::make_shared<Cross>(side);
    const auto naive = std::make_shared<Naive>(cross->config, cross->weights);
    const at::Tensor tokens = cross->input->tokens();
    return [naive, tokens] { benchmark::DoNotOptimize(naive->cross_attend(0, naive->latents(), tokens)); };
}

}  // namespace

void add_cross_attends() {
    for (const int threads : {1, 2}) {
        add("cross/naive", threads, 4, [] { return run_naive_cross(224); });
        add("cross/dense", threads, 6, [] { return run_cross(224, Attend::dense); });
        add("cross/separable", threads, 60, [] { return run_cross(224, Attend::separable); });
    }
}

void print_cross_attends() {
    for (const std::string threads : {"/threads:1", "/threads:2"}) {
        const double naive = best("cross/naive" + threads), dense = best("cross/dense" + threads),
                     separable = best("cross/separable" + threads);
        if (separable <= 0) continue;
        std::printf(
            "cross-attend 512 x 50,176%s: naive %.1f ms, folded dense %.1f ms, separable %.2f ms = %.1f : %.1f : 1\n",
            threads.c_str(), naive, dense, separable, naive / separable, dense / separable);
    }
}

// ---- the latent tower ----

namespace {

constexpr std::int64_t layers = 6;
constexpr double product_operations = 2.0 * 512 * 1024 * 1024;
/// Of one latent layer: q, k, v, output and the two of the MLP, each 1024 x 1024; scores and their use, 8 heads.
constexpr double layer_operations = 6 * product_operations + 2.0 * 2 * 512 * 512 * 1024;

struct Tower {
    Config config = imagenet(224, 512, 1);
    Weights weights = plausible_weights(config);
    at::Tensor z = at::randn({512, 1024}, test::generator(5));
};

Body run_tower(Precision precision) {
    Tower tower;
    const auto packed = std::make_shared<LatentTransformer>(tower.weights, "block.0.", tower.config,
                                                            tower.config.block_modules[0], precision);
    return [packed, z = tower.z] { benchmark::DoNotOptimize(packed->run(z, {})); };
}
Body run_naive_tower() {
    Tower tower;
    const auto naive = std::make_shared<Naive>(tower.config, tower.weights);
    return [naive, first = tower.z] {
        at::Tensor z = first;
        for (std::int64_t l = 0; l < layers; ++l) z = naive->layer(0, l, z);
        benchmark::DoNotOptimize(z);
    };
}
/// The measured peak: one of the layer's products alone, weights packed, activations in the type it reads.
Body run_product(Precision precision) {
    const auto linear = std::make_shared<PackedLinear>(at::randn({1024, 1024}, test::generator(2)),
                                                       at::randn({1024}, test::generator(3)), precision);
    const at::Tensor x = at::randn({512, 1024}, test::generator(1)).to(linear->type());
    return [x, linear] { benchmark::DoNotOptimize(linear->hidden(x)); };
}

}  // namespace

void add_tower() {
    for (const int threads : {1, 2}) {
        add("gemm/float32", threads, 60, [] { return run_product(Precision::float32); }, product_operations);
        add("tower/naive", threads, 5, run_naive_tower, layers * layer_operations);
        add("tower/float32", threads, 12, [] { return run_tower(Precision::float32); }, layers * layer_operations);
        if (!offers(Precision::bfloat16)) continue;
        add("gemm/bfloat16", threads, 60, [] { return run_product(Precision::bfloat16); }, product_operations);
        add("tower/bfloat16", threads, 12, [] { return run_tower(Precision::bfloat16); }, layers * layer_operations);
    }
}

void print_tower() {
    for (const std::string threads : {"/threads:1", "/threads:2"})
        for (const std::string precision : {"float32", "bfloat16"}) {
            const double tower = best("tower/" + precision + threads), gemm = best("gemm/" + precision + threads),
                         naive = best("tower/naive" + threads);
            if (tower <= 0 || gemm <= 0) continue;
            const double rate = layers * layer_operations / tower / 1e6, peak = product_operations / gemm / 1e6;
            std::printf(
                "latent layer, %s%s: %.1f ms (naive float32 %.1f ms, x %.2f), %.0f GFLOP/s = %.0f %% of one product's "
                "%.0f\n",
                precision.c_str(), threads.c_str(), tower / layers, naive / layers, naive / tower, rate,
                100 * rate / peak, peak);
        }
}

// ---- the whole forward pass ----

namespace {

at::Tensor exact_logits;   ///< of float32, against which bfloat16 is held

Body run_forward(std::int64_t side, Precision precision) {
    const Config config = imagenet();
    const auto model = std::make_shared<Perceiver>(config, plausible_weights(config), precision);
    const auto input = model->make_input(test::random_picture(side, side));
    return [model, input, side, precision] {
        const at::Tensor logits = model->forward(input).logits;
        if (side != 224) return;
        if (precision == Precision::float32) exact_logits = logits;
        else if (exact_logits.defined()) {
            note("logit error", test::largest_difference(logits, exact_logits));
            note("logit size", exact_logits.abs().max().item<double>());
        }
    };
}
Body run_naive_forward() {
    const Config config = imagenet();
    const auto naive = std::make_shared<Naive>(config, plausible_weights(config));
    const at::Tensor tokens =
        Perceiver(config, plausible_weights(config)).make_input(test::random_picture(224, 224))->tokens();
    return [naive, tokens] { benchmark::DoNotOptimize(naive->forward(tokens)); };
}

}  // namespace

void add_forwards() {
    add("forward/naive", 2, 2, run_naive_forward);
    add("forward/float32", 2, 4, [] { return run_forward(224, Precision::float32); });
    if (offers(Precision::bfloat16))
        add("forward/bfloat16", 2, 4, [] { return run_forward(224, Precision::bfloat16); });
    add("forward/float32/side:1024", 2, 2, [] { return run_forward(1024, Precision::float32); });
}

void print_forwards() {
    const double naive = best("forward/naive/threads:2"), exact = best("forward/float32/threads:2"),
                 half = best("forward/bfloat16/threads:2"), large = best("forward/float32/side:1024/threads:2");
    if (exact <= 0) return;
    std::printf("whole forward, 2 threads: naive %.0f ms, float32 %.0f ms (x %.2f)", naive, exact, naive / exact);
    if (half > 0)
        std::printf(", bfloat16 %.0f ms (x %.2f; logits off by %.2g at most, the largest is %.2g)", half, naive / half,
                    noted("logit error"), noted("logit size"));
    std::printf("\n1024 x 1024 pixels through the same model: %.0f ms = %.2f times 224 x 224\n", large, large / exact);
}

// ---- questions to a finished trace ----

namespace {

using Ask = std::function<void(const Trace&, int round)>;

void add_question(const std::string& name, std::int64_t side, int threads, int rounds, Ask ask) {
    add("maps/" + name + "/side:" + std::to_string(side), threads, rounds, [=]() -> Body {
        const auto cross = std::make_shared<Cross>(side);
        const auto trace = std::make_shared<Trace>(cross->model.forward(cross->input));
        return [trace, ask, round = 0]() mutable { ask(*trace, round++); };
    });
}
constexpr const char* questions[] = {"one latent", "mean of all", "entropy of all", "reverse"};

}  // namespace

void add_maps() {
    using inspect::all;
    using inspect::Scale;
    const Ask asks[] = {
        [](const Trace& t, int i) {
            benchmark::DoNotOptimize(inspect::map(t, 0, all, i * 37 % 512, Scale::probability));
        },
        [](const Trace& t, int) { benchmark::DoNotOptimize(inspect::map(t, 0, all, all, Scale::probability)); },
        [](const Trace& t, int) { benchmark::DoNotOptimize(inspect::entropy(t, 0, all)); },
        [](const Trace& t, int i) {
            benchmark::DoNotOptimize(inspect::reverse(t, 0, all, i * 7919 % 50176, Scale::probability));
        }};
    for (int q = 0; q < 4; ++q)
        for (const int threads : {1, 2}) {
            const bool quick = q == 0 || q == 3;
            add_question(questions[q], 224, threads, quick ? 1000 : 60, asks[q]);
            if (threads == 2) add_question(questions[q], 1024, threads, quick ? 200 : 8, asks[q]);
        }
}

void print_maps() {
    for (const char* question : questions) {
        const std::string name = "maps/" + std::string(question) + "/side:";
        std::printf(
            "%-15s 95th percentile at 50,176 inputs: %.3f ms (best %.3f; one thread %.3f), at 1,048,576: %.2f ms\n",
            question, percentile(name + "224/threads:2", 0.95), best(name + "224/threads:2"),
            percentile(name + "224/threads:1", 0.95), percentile(name + "1024/threads:2", 0.95));
    }
}

}  // namespace perceiver::bench
