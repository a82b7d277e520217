// Peak memory, each case in a process of its own: the most the process ever held (VmHWM), so nothing run before counts.
// Pages of files (RssFile, at the end) are the libraries' own code, which the first use of each brings in.
#include <benchmark/benchmark.h>
#include <c10/core/InferenceMode.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>

#include "bench/full_size.h"
#include "bench/groups.h"
#include "bench/naive.h"
#include "support/tiny_model.h"

namespace perceiver::bench {
namespace {

double status_megabytes(const std::string& field) {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == field) {
            double kilobytes = 0;
            status >> kilobytes;
            return kilobytes / 1024;
        }
    return 0;
}

struct Case {
    const char* name;
    void (*run)();
};

void cross(Attend how) {
    const Config config = cross_attend_alone();
    const Perceiver model(config, plausible_weights(config));
    model.forward(model.make_input(test::random_picture(224, 224)), how);
}
void naive_cross() {
    const Config config = cross_attend_alone();
    const Naive naive(config, plausible_weights(config));
    const at::Tensor tokens =
        Perceiver(config, plausible_weights(config)).make_input(test::random_picture(224, 224))->tokens();
    naive.cross_attend(0, naive.latents(), tokens);
}
void model(Precision precision, std::int64_t side) {
    const Config config = imagenet();
    const Perceiver made(config, plausible_weights(config), precision);
    made.forward(made.make_input(test::random_picture(side, side)));
}
void naive_model() {
    const Config config = imagenet();
    const Naive naive(config, plausible_weights(config));
    const Config small = cross_attend_alone();
    naive.forward(Perceiver(small, plausible_weights(small)).make_input(test::random_picture(224, 224))->tokens());
}

constexpr Case cases[] = {
    {"idle", [] {}},
    {"small-model", [] {   // LibTorch and oneDNN have run once: what a program that does anything holds
         const Config config = test::tiny_config();
         const Perceiver made(config, test::random_weights(config));
         made.forward(made.make_input(test::random_picture(12, 12)));
     }},
    {"cross-separable", [] { cross(Attend::separable); }},
    {"cross-dense", [] { cross(Attend::dense); }},
    {"cross-naive", naive_cross},
    {"model-float32", [] { model(Precision::float32, 224); }},
    {"model-float32-1024", [] { model(Precision::float32, 1024); }},
    {"model-bfloat16", [] { if (offers(Precision::bfloat16)) model(Precision::bfloat16, 224); }},
    {"model-naive", naive_model},
};

}  // namespace

int run_memory_case(const std::string& name) {
    for (const auto& c : cases)
        if (name == c.name) {
            const c10::InferenceMode guard;
            set_threads(2);
            c.run();
            std::printf("%.1f %.1f\n", status_megabytes("VmHWM:"), status_megabytes("RssFile:"));
            return 0;
        }
    return 2;
}

namespace {

void run_in_a_process(benchmark::State& state, const std::string& name) {
    char self[4096] = {};
    if (::readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        return state.SkipWithError("The program doesn't know its own name.");
    for (auto _ : state) {
        FILE* const child = ::popen(("'" + std::string(self) + "' --memory " + name).c_str(), "r");
        double megabytes = 0, files = 0;
        if (!child || std::fscanf(child, "%lf %lf", &megabytes, &files) != 2)
            state.SkipWithError("The case didn't run.");
        if (child) ::pclose(child);
        note("memory/" + name, megabytes);
        note("files/" + name, files);
        state.counters["peak_MB"] = megabytes;
    }
}

}  // namespace

void add_memory() {
    for (const auto& c : cases)
        benchmark::RegisterBenchmark((std::string("memory/") + c.name).c_str(),
                                     [name = std::string(c.name)](benchmark::State& s) { run_in_a_process(s, name); })
            ->Iterations(1)
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
}

void print_memory() {
    const double idle = noted("memory/idle"), idle_files = noted("files/idle");
    for (const auto& c : cases) {
        if (noted(std::string("memory/") + c.name) <= 0) continue;
        const double peak = noted(std::string("memory/") + c.name) - idle,
                     files = noted(std::string("files/") + c.name) - idle_files;
        std::printf(
            "peak memory %-20s %6.0f MB, %6.1f above an idle process: %5.1f of libraries' code, %6.1f of its own\n",
            c.name, peak + idle, peak, files, peak - files);
    }
}

}  // namespace perceiver::bench
