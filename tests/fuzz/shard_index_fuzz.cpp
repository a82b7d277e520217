#include "base/error.h"
#include "fuzz/fuzz.h"
#include "weights/shard_index.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        for (const auto& [tensor, file] : weights::parse_shard_index({reinterpret_cast<const char*>(data), size}))
            if (file.empty() || file.find('/') != file.npos) __builtin_trap();
    } catch (const Error&) {
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    std::vector<std::vector<std::uint8_t>> seeds;
    for (const std::string text :
         {R"({"metadata": {"total_size": 12}, "weight_map": {"a.b": "one.bin", "c": "two.bin"}})",
          R"({"weight_map": {"a": "../b"}, "x": [1, -2, 3.5, null, true, "\u0000"]})"})
        seeds.emplace_back(text.begin(), text.end());
    return seeds;
}
