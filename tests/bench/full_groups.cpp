#include <ATen/TensorOperators.h>
#include <ATen/ops/mm.h>
#include <benchmark/benchmark.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "bench/full_size.h"
#include "bench/groups.h"
#include "inspect/maps.h"
#include "support/naive.h"
#include "support/tiny_model.h"

namespace perceiver::bench {
namespace {

using benchmark::State;
using Body = std::function<void()>;

/// Registers `name/threads:T`; everything it needs is made when it runs, and gone afterwards.
void add(const std::string& name, int threads, int repetitions, std::function<Body()> make, double operations = 0) {
    benchmark::RegisterBenchmark((name + "/threads:" + std::to_string(threads)).c_str(), [=](State& state) {
        const c10::InferenceMode guard;
        set_threads(threads);
        const Body body = make();
        body();
        for (auto _ : state) body();
        if (operations > 0)
            state.counters["FLOP/s"] = benchmark::Counter(operations, benchmark::Counter::kIsIterationInvariantRate);
        set_threads(1);
    })->UseRealTime()->Unit(benchmark::kMillisecond)->MinTime(0.05)->Repetitions(repetitions);
}

/// A cross-attend with its input, shared by what runs it.
struct Cross {
    Config config;
    Weights weights;
    Perceiver model;
    input::InputArrayPtr input;
    Cross(std::int64_t side, std::int64_t heads, std::int64_t latents = 512)
        : config(cross_attend_alone(side, latents, heads)),
          weights(plausible_weights(config)),
          model(config, weights),
          input(model.make_input(test::random_picture(side, side))) {}
};

Body run_cross(std::int64_t side, std::int64_t heads, Attend how) {
    const auto cross = std::make_shared<Cross>(side, heads);
    return [cross, how] { benchmark::DoNotOptimize(cross->model.forward(cross->input, how).logits); };
}
Body run_naive_cross(std::int64_t side, std::int64_t heads) {
    const auto cross = std::make_shared<Cross>(side, heads);
    const auto naive = std::make_shared<test::Naive>(cross->config, cross->weights, at::kFloat);
    const at::Tensor tokens = cross->input->tokens();
    return [naive, tokens] { benchmark::DoNotOptimize(naive->cross_attend(0, naive->latents(), tokens)); };
}

}  // namespace

void add_cross_attends() {
    for (const int threads : {1, 2}) {
        add("cross/naive", threads, 3, [] { return run_naive_cross(224, 1); });
        add("cross/dense", threads, 5, [] { return run_cross(224, 1, Attend::dense); });
        add("cross/separable", threads, 15, [] { return run_cross(224, 1, Attend::separable); });
    }
}

void print_cross_attends(const Times& t) {
    for (const char* threads : {"/threads:1", "/threads:2"}) {
        const auto of = [&](const char* way) { return t.best(std::string("cross/") + way + threads); };
        if (of("separable") <= 0) continue;
        std::printf("cross-attend 512 x 50,176%s   naive %.1f ms, folded dense %.1f ms, separable %.2f ms   = %.1f : %.1f : 1\n",
                    threads, of("naive"), of("dense"), of("separable"), of("naive") / of("separable"), of("dense") / of("separable"));
    }
}

// ---- the latent tower ----

namespace {

constexpr std::int64_t layers = 6;
/// Of one latent layer: q, k, v, output and the two of the MLP, each 1024 x 1024; scores and their use, 8 heads.
constexpr double layer_operations = 2.0 * 512 * 1024 * 1024 * 6 + 2.0 * 2 * 512 * 512 * 1024;

struct Tower {
    Config config = imagenet(224, 512, 1);
    Weights weights = plausible_weights(config);
    at::Tensor z = at::randn({512, 1024}, test::generator(5));
};

Body run_tower(Precision precision) {
    const auto tower = std::make_shared<Tower>();
    Weights weights = tower->weights;
    const auto packed = std::make_shared<LatentTransformer>(weights, "block.0.", tower->config, tower->config.block_modules[0], precision);
    return [tower, packed] { benchmark::DoNotOptimize(packed->run(tower->z, {})); };
}
Body run_naive_tower() {
    const auto tower = std::make_shared<Tower>();
    const auto naive = std::make_shared<test::Naive>(tower->config, tower->weights, at::kFloat);
    return [tower, naive] {
        at::Tensor z = tower->z;
        for (std::int64_t l = 0; l < layers; ++l) z = naive->layer(0, l, z);
        benchmark::DoNotOptimize(z);
    };
}
Body run_product(Precision precision) {
    const at::Tensor x = at::randn({512, 1024}, test::generator(1)).to(precision == Precision::bfloat16 ? at::kBFloat16 : at::kFloat);
    const auto linear = std::make_shared<PackedLinear>(at::randn({1024, 1024}, test::generator(2)), at::randn({1024}, test::generator(3)), precision);
    return [x, linear] { benchmark::DoNotOptimize((*linear)(x)); };
}

}  // namespace

void add_tower() {
    for (const int threads : {1, 2}) {
        add("gemm/float32", threads, 15, [] { return run_product(Precision::float32); }, 2.0 * 512 * 1024 * 1024);
        add("tower/naive", threads, 4, run_naive_tower, layers * layer_operations);
        add("tower/float32", threads, 8, [] { return run_tower(Precision::float32); }, layers * layer_operations);
        if (!offers(Precision::bfloat16)) continue;
        add("gemm/bfloat16", threads, 15, [] { return run_product(Precision::bfloat16); }, 2.0 * 512 * 1024 * 1024);
        add("tower/bfloat16", threads, 8, [] { return run_tower(Precision::bfloat16); }, layers * layer_operations);
    }
}

void print_tower(const Times& t) {
    for (const std::string threads : {"/threads:1", "/threads:2"})
        for (const std::string precision : {"float32", "bfloat16"}) {
            const double tower = t.best("tower/" + precision + threads), gemm = t.best("gemm/" + precision + threads);
            if (tower <= 0 || gemm <= 0) continue;
            const double rate = layers * layer_operations / tower / 1e6, peak = 2.0 * 512 * 1024 * 1024 / gemm / 1e6;
            std::printf("latent layer, %s%s   %.1f ms (naive float32 %.1f ms, x %.2f), %.0f GFLOP/s = %.0f %% of a product's %.0f\n",
                        precision.c_str(), threads.c_str(), tower / layers, t.best("tower/naive" + threads) / layers,
                        t.best("tower/naive" + threads) / tower, rate, 100 * rate / peak, peak);
        }
}

}  // namespace perceiver::bench
