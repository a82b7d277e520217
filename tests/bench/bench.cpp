// Speed as ratios in one run: products against a plain multiply-add loop, the separable cross-attend against the dense
// one, the questions a hover asks. One thread unless the name says otherwise. "FLOP/s" counts 2 per multiply-add.
#include <ATen/TensorOperators.h>
#include <ATen/ops/mm.h>
#include <benchmark/benchmark.h>
#include <c10/core/InferenceMode.h>

#include <cstdio>

#include "bench/fma_loop.h"
#include "bench/groups.h"
#include "inspect/maps.h"
#include "perceiver/separable_kernel.h"
#include "support/tiny_model.h"

namespace perceiver {
namespace {

void rate(benchmark::State& state, double operations) {
    state.counters["FLOP/s"] = benchmark::Counter(operations, benchmark::Counter::kIsIterationInvariantRate);
}

void plain_fma_loop(benchmark::State& state) {
    float keep = 0;
    double operations = 0;
    for (auto _ : state) operations = bench::fma_loop(100'000, &keep);
    benchmark::DoNotOptimize(keep);
    rate(state, operations);
}
BENCHMARK(plain_fma_loop)->UseRealTime();

/// A latent transformer's product: [n, k] x [k, m].
void packed_product(benchmark::State& state) {
    const c10::InferenceMode guard;
    set_threads(static_cast<int>(state.range(3)));
    const std::int64_t n = state.range(0), k = state.range(1), m = state.range(2);
    const at::Tensor x = at::randn({n, k}, test::generator(1)), w = at::randn({m, k}, test::generator(2)),
                     b = at::randn({m}, test::generator(3));
    const PackedLinear linear(w, b);
    for (auto _ : state) benchmark::DoNotOptimize(linear(x));
    rate(state, 2.0 * double(n * k * m));
    set_threads(1);
}
BENCHMARK(packed_product)
    ->ArgNames({"n", "k", "m", "threads"})
    ->Args({512, 1024, 1024, 1})
    ->Args({512, 1024, 1024, 2})
    ->Args({64, 128, 384, 1})
    ->UseRealTime();

/// The same through LibTorch, that is, the installed BLAS.
void libtorch_product(benchmark::State& state) {
    const c10::InferenceMode guard;
    const std::int64_t n = state.range(0), k = state.range(1), m = state.range(2);
    const at::Tensor x = at::randn({n, k}, test::generator(1)), w = at::randn({k, m}, test::generator(2));
    for (auto _ : state) benchmark::DoNotOptimize(at::mm(x, w));
    rate(state, 2.0 * double(n * k * m));
}
BENCHMARK(libtorch_product)->ArgNames({"n", "k", "m"})->Args({512, 1024, 1024})->Args({64, 128, 384})->UseRealTime();

/// The 2021 ImageNet cross-attend's shape when side is 224: 512 latents, 261 channels, one head.
struct Paper {
    explicit Paper(std::int64_t side) {
        Config c;
        c.num_latents = 512;
        c.latent_channels = 256;   // the latent side is not what is measured here
        c.cross_modules = {{1, 0, 0, 1}};
        c.stages = {{0, {}}};
        c.num_classes = 10;
        c.input.position.num_bands = 64;
        c.input.position.max_resolution = {double(side), double(side)};
        model = std::make_unique<Perceiver>(c, test::random_weights(c));
        input = model->make_input(test::random_picture(side, side));
    }
    std::unique_ptr<Perceiver> model;
    input::InputArrayPtr input;
};

void cross_attend(benchmark::State& state, Attend how) {
    const Paper paper(state.range(0));
    set_threads(static_cast<int>(state.range(1)));
    for (auto _ : state) benchmark::DoNotOptimize(paper.model->forward(paper.input, how).logits);
    set_threads(1);
}
void sides_and_threads(benchmark::internal::Benchmark* cases) {
    cases->ArgNames({"side", "threads"})->Args({32, 1})->Args({96, 1})->Args({96, 2});
    cases->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(cross_attend, separable, Attend::separable)->Apply(sides_and_threads);
BENCHMARK_CAPTURE(cross_attend, dense, Attend::dense)->Apply(sides_and_threads);

void hover_map_of_one_latent(benchmark::State& state) {
    const Paper paper(state.range(0));
    const Trace trace = paper.model->forward(paper.input);
    for (auto _ : state) benchmark::DoNotOptimize(inspect::map(trace, 0, inspect::all, 7, inspect::Scale::probability));
}
BENCHMARK(hover_map_of_one_latent)->Arg(32)->Arg(96)->UseRealTime()->Unit(benchmark::kMillisecond);

void hover_readers_of_one_pixel(benchmark::State& state) {
    const Paper paper(state.range(0));
    const Trace trace = paper.model->forward(paper.input);
    for (auto _ : state)
        benchmark::DoNotOptimize(inspect::reverse(trace, 0, inspect::all, 7, inspect::Scale::probability));
}
BENCHMARK(hover_readers_of_one_pixel)->Arg(32)->Arg(96)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace perceiver

// Without arguments: small sizes, one of them each a second or less. --full GROUP (cross, tower, forward, maps, memory,
// cost, or all; may be given several times): the full-size comparisons, whose ratios are printed at the end.
int main(int argc, char** argv) {
    namespace bench = perceiver::bench;
    perceiver::set_threads(1);
    std::vector<char*> rest{argv[0]};
    std::vector<const bench::Group*> chosen;
    for (int i = 1; i < argc; ++i) {
        const std::string option = argv[i], value = i + 1 < argc ? argv[i + 1] : "";
        if (option == "--memory") return bench::run_memory_case(value);
        if (option != "--full") {
            rest.push_back(argv[i]);
            continue;
        }
        ++i;
        const std::size_t before = chosen.size();
        for (const auto& group : bench::groups())
            if (value == "all" || value == group.name) chosen.push_back(&group);
        if (chosen.size() == before) {
            std::fprintf(stderr, "ps_bench: --full takes cross, tower, forward, maps, memory, cost or all.\n");
            return 2;
        }
    }
    std::printf("products: %s; separable attention: %s; BLAS: %s\n", perceiver::product_kernels().c_str(),
                perceiver::separable_kernel_target().c_str(), perceiver::blas_kernels().c_str());
    int count = static_cast<int>(rest.size());
    benchmark::Initialize(&count, rest.data());
    if (benchmark::ReportUnrecognizedArguments(count, rest.data())) return 2;
    if (!chosen.empty()) benchmark::ClearRegisteredBenchmarks();
    for (const auto* group : chosen) group->add();
    benchmark::RunSpecifiedBenchmarks();
    for (const auto* group : chosen) group->print();
    return 0;
}
