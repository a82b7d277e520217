// The bytes as a NumPy array; what is accepted has as many numbers as its shape says.
#include <string>

#include "base/error.h"
#include "fuzz/fuzz.h"
#include "train/npy.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const train::Npy array = train::read_npy({data, size});
        std::int64_t count = 1;
        for (const auto n : array.shape) count *= n;
        if (count != array.size() || array.size() > static_cast<std::int64_t>(size)) __builtin_trap();
    } catch (const Error&) {
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    std::vector<std::vector<std::uint8_t>> seeds;
    for (const char* text : {"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
                             "{'descr': '|i1', 'fortran_order': False, 'shape': (24,), }"}) {
        const std::string header = text;
        std::vector<std::uint8_t> bytes{
            0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, static_cast<std::uint8_t>(header.size()), 0};
        bytes.insert(bytes.end(), header.begin(), header.end());
        bytes.resize(bytes.size() + 24, 3);
        seeds.push_back(std::move(bytes));
    }
    return seeds;
}
