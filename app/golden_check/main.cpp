// golden_check: is this build equal to the reference implementations? Prints, for every tensor of every fixture, its
// shape and how far it is off. Fixtures of the same format from anywhere will do.
#include <cstdio>
#include <cstring>
#include <string>

#include "base/error.h"
#include "processor.h"
#include "run.h"

namespace perceiver::golden {
namespace {

const char* const usage =
    "golden_check FIXTURE...\n"
    "Runs each fixture folder (fixture.json, inputs.safetensors, expected.safetensors, a model) through the dense\n"
    "attention, where the input allows it the separable one, and the plain form in float64. Prints for every recorded\n"
    "tensor: shape, largest absolute and relative difference, and the worst element's difference as a part of its "
    "tolerance.\n"
    "Exit codes: 0 all within tolerance, 1 some are not, 2 usage, 3 fixture unreadable, 4 model unreadable, 5 they "
    "don't fit.\n";

/// Whether every line passes.
bool print(const char* way, const std::vector<Comparison>& lines) {
    bool passed = true;
    for (const auto& c : lines) {
        passed &= c.passes();
        if (c.problem.empty())
            std::printf("  %-9s %-20s %-20s abs %.2e  rel %.2e  %5.1f %% of tolerance  %s\n", way, c.name.c_str(),
                        c.shape.c_str(), c.largest_absolute, c.largest_relative, 100 * c.of_tolerance,
                        c.passes() ? "ok" : "OFF");
        else
            std::printf("  %-9s %-20s %-20s %s  OFF\n", way, c.name.c_str(), c.shape.c_str(), c.problem.c_str());
    }
    return passed;
}

bool check(const Fixture& fixture) {
    if (fixture.family == "hf_image_processor") return print("exact", compare(fixture, process(fixture)));
    bool passed = true;
    for (const auto& path : fixture.models) {
        std::printf(" %s\n", path.filename().c_str());
        passed &= print("dense", compare(fixture, run(fixture, path, Attend::dense).tensors));
        const Result automatic = run(fixture, path, Attend::automatic);
        if (automatic.separable) passed &= print("separable", compare(fixture, automatic.tensors));
        passed &= print("reference", compare(fixture, run_reference(fixture, path)));
    }
    return passed;
}

int run_all(int count, char** paths) {
    if (count == 0) {
        std::fputs(usage, stderr);
        return static_cast<int>(ErrorCode::usage);
    }
    int off = 0, code = 0;
    for (int i = 0; i < count; ++i) {
        try {
            const Fixture fixture = read_fixture(paths[i]);
            std::printf("%s\n", fixture.name.c_str());
            if (!check(fixture)) ++off;
        } catch (const Error& e) {
            std::fprintf(stderr, "golden_check: %s: %s\n", paths[i], e.sentence());
            code = static_cast<int>(e.code);
        }
    }
    if (code) return code;
    std::printf(off ? "%d of %d fixtures are off.\n" : "All within tolerance.\n", off, count);
    return off ? 1 : 0;
}

}  // namespace
}  // namespace perceiver::golden

int main(int argc, char** argv) {
    if (argc == 2 && (!std::strcmp(argv[1], "--help") || !std::strcmp(argv[1], "-h"))) {
        std::fputs(perceiver::golden::usage, stdout);
        return 0;
    }
    try {
        return perceiver::golden::run_all(argc - 1, argv + 1);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "golden_check: %s\n", e.what());
        return static_cast<int>(perceiver::ErrorCode::out_of_resources);
    }
}
