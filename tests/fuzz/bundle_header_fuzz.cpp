// The bytes once as a whole bundle, in a file that lives in memory, and once as the texts inside its
// metadata.
#include <string>

#include "base/error.h"
#include "fuzz/fuzz.h"
#include "fuzz/memory_file.h"
#include "support/weights_samples.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::read_as_file(
        data, size, [](const std::string& path) { weights::read_bundle_header(path); },
        [](const std::string& path) { weights::read_bundle(path); });
    const std::string text(reinterpret_cast<const char*>(data), size);
    for (const char* key : {"config", "card"}) {
        std::map<std::string, std::string> metadata{{"format", "perceiverscope-bundle"}, {"version", "1"}};
        metadata["config"] = to_json(samples::tiny_config());
        metadata["card"] = to_json(samples::full_card());
        metadata[key] = text;
        try {
            weights::parse_bundle_metadata(metadata);
        } catch (const Error&) {
        }
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    const samples::TemporaryFolder folder;
    const Config config = samples::tiny_config();
    weights::write_bundle(folder.path / "b", config, samples::full_card(), samples::tensors_for(config));
    const std::string texts[] = {to_json(config), weights::to_json(samples::full_card())};
    std::vector<std::vector<std::uint8_t>> seeds{samples::file_bytes(folder.path / "b")};
    for (const auto& text : texts) seeds.emplace_back(text.begin(), text.end());
    return seeds;
}
