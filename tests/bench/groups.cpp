#include "bench/groups.h"

#include <benchmark/benchmark.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "perceiver/products.h"

namespace perceiver::bench {
namespace {

std::map<std::string, std::vector<double>> times;   ///< milliseconds of every iteration
std::map<std::string, double> notes;

}  // namespace

void add(const std::string& name, int threads, int iterations, std::function<Body()> make, double operations) {
    const std::string full = name + "/threads:" + std::to_string(threads);
    benchmark::RegisterBenchmark(full.c_str(), [=](benchmark::State& state) {
        const c10::InferenceMode guard;
        set_threads(threads);
        const Body body = make();
        body();
        for (auto _ : state) {
            const auto start = std::chrono::steady_clock::now();
            body();
            times[full].push_back(
                std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
        }
        state.counters["best_ms"] = best(full);
        if (operations > 0) state.counters["best_FLOP/s"] = operations / best(full) * 1e3;
        set_threads(1);
    })->UseRealTime()->Unit(benchmark::kMillisecond)->Iterations(iterations);
}

double best(const std::string& name) { return percentile(name, 0); }

double percentile(const std::string& name, double part) {
    const auto at = times.find(name);
    if (at == times.end()) return 0;
    std::vector<double> sorted = at->second;
    std::sort(sorted.begin(), sorted.end());
    return sorted[static_cast<std::size_t>(part * double(sorted.size() - 1) + 0.5)];
}

void note(const std::string& name, double value) { notes[name] = value; }
double noted(const std::string& name) {
    const auto at = notes.find(name);
    return at == notes.end() ? 0 : at->second;
}

const std::vector<Group>& groups() {
    static const std::vector<Group> all{{"cross", add_cross_attends, print_cross_attends},
                                        {"tower", add_tower, print_tower},
                                        {"forward", add_forwards, print_forwards},
                                        {"maps", add_maps, print_maps},
                                        {"memory", add_memory, print_memory},
                                        {"cost", add_costs, print_costs}};
    return all;
}

}  // namespace perceiver::bench
