// The bytes once as a rival's whole bundle, in a file that lives in memory, and once as the config inside its
// metadata.
#include <string>

#include "base/error.h"
#include "fuzz/fuzz.h"
#include "fuzz/memory_file.h"
#include "support/rival_samples.h"
#include "support/weights_samples.h"
#include "weights/rival_bundle.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::read_as_file(
        data, size, [](const std::string& path) { weights::read_rival_bundle_header(path); },
        [](const std::string& path) { weights::read_rival_bundle(path); });
    try {
        const rivals::RivalConfig config =
            rivals::rival_from_json({reinterpret_cast<const char*>(data), size});
        // What is valid has a size, and comes back from what is written of it.
        if (config.parameter_count() <= 0 || config.receptive_field() <= 0) __builtin_trap();
        if (to_json(rivals::rival_from_json(to_json(config))) != to_json(config)) __builtin_trap();
    } catch (const Error&) {
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    const samples::TemporaryFolder folder;
    std::vector<std::vector<std::uint8_t>> seeds;
    for (const auto type : {rivals::Type::resnet, rivals::Type::vit, rivals::Type::transformer}) {
        const rivals::RivalConfig config = samples::rival_config(type, 7);
        const std::string text = to_json(config);
        seeds.emplace_back(text.begin(), text.end());
        if (type != rivals::Type::vit) continue;
        weights::write_rival_bundle(folder.path / "b", config, samples::full_card(),
                                    samples::rival_tensors(config));
        seeds.push_back(samples::file_bytes(folder.path / "b"));
    }
    return seeds;
}
