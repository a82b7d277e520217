#include "base/error.h"
#include "fuzz/fuzz.h"
#include "support/torch_samples.h"
#include "weights/pickle.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto pickle = weights::read_pickle({data, size});
        for (const auto& value : pickle.values) {
            for (const auto item : value.items)
                if (item >= pickle.values.size()) __builtin_trap();
            const bool in_file = value.text.empty() ||
                                 (value.text.data() >= reinterpret_cast<const char*>(data) &&
                                  value.text.data() + value.text.size() <= reinterpret_cast<const char*>(data) + size);
            if (!in_file) __builtin_trap();
        }
        if (pickle.root >= pickle.values.size()) __builtin_trap();
    } catch (const Error&) {
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    std::vector<std::vector<std::uint8_t>> seeds;
    for (const int protocol : {2, 4, 5})
        seeds.push_back(samples::PickleWriter(protocol)
                            .ordered_dict()
                            .raw("(")
                            .text("w")
                            .tensor({.storage_elements = 6, .shape = {2, 3}})
                            .text("l")
                            .raw("](K\1M\1\1J\1\1\1\1\x88\x89NeG12345678")
                            .raw("u}b")
                            .end());
    for (auto& [name, bytes] : samples::hostile_pickles()) seeds.push_back(std::move(bytes));
    return seeds;
}
