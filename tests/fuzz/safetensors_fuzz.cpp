#include "base/error.h"
#include "fuzz/fuzz.h"
#include "support/weights_samples.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto file = weights::parse_safetensors({data, size});
        for (const auto& [name, view] : file.tensors)
            if (view.to_floats().size() != static_cast<std::size_t>(view.elements())) __builtin_trap();
    } catch (const Error&) {
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    const samples::TemporaryFolder folder;
    std::vector<std::vector<std::uint8_t>> seeds;
    std::mt19937 random(1);
    for (int i = 0; i < 4; ++i) {
        const auto path = folder.path / std::to_string(i);
        weights::write_safetensors(path, samples::tensors_of_every_type(random),
                                   {{"key", "value"}, {"\u00e9", "\n"}});
        seeds.push_back(samples::file_bytes(path));
    }
    seeds.push_back(samples::safetensors_with_header("{}", 0));
    return seeds;
}
