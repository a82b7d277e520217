#include "base/error.h"
#include "fuzz/fuzz.h"
#include "support/torch_samples.h"
#include "weights/torch_zip.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        const auto file = weights::parse_torch_zip({data, size});
        for (const auto& [name, view] : file.tensors)
            if (view.to_floats().size() != static_cast<std::size_t>(view.elements())) __builtin_trap();
    } catch (const Error&) {
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    std::mt19937 random(1);
    const auto tensors = samples::tensors_of_every_type(random);
    using samples::Holder;
    std::vector<std::vector<std::uint8_t>> seeds{samples::torch_file(tensors, Holder::dict),
                                                 samples::torch_file(tensors, Holder::parameters, 4)};
    seeds.push_back(
        samples::torch_file(samples::PickleWriter()
                                .raw("}")
                                .text("w")
                                .tensor({.storage_elements = 6, .offset = 1, .shape = {1, 2}, .strides = {1, 3}})
                                .raw("s")
                                .end(),
                            {std::vector<std::uint8_t>(24)}));
    seeds.push_back(samples::zip_of({{"a/data.pkl", samples::PickleWriter().raw("}").end(), true}}));
    return seeds;
}
