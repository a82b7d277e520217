// The bytes once as a whole archive, where checksums stop most changes, and once as the pickle of a sound one.
#include "base/error.h"
#include "fuzz/fuzz.h"
#include "support/torch_samples.h"
#include "weights/torch_zip.h"

using namespace perceiver;

namespace {

void read(std::span<const std::uint8_t> bytes) {
    try {
        const auto file = weights::parse_torch_zip(bytes);
        for (const auto& [name, view] : file.tensors)
            if (view.to_floats().size() != static_cast<std::size_t>(view.elements())) __builtin_trap();
    } catch (const Error&) {
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    read({data, size});
    const std::vector<std::uint8_t> storage(24, 7);
    read(samples::torch_file(std::vector<std::uint8_t>(data, data + size), {storage, storage}));
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    std::mt19937 random(1);
    const auto tensors = samples::tensors_of_every_type(random);
    using samples::Holder;
    std::vector<std::vector<std::uint8_t>> seeds{samples::torch_file(tensors, Holder::dict),
                                                 samples::torch_file(tensors, Holder::parameters, 4)};
    const auto strided = samples::PickleWriter()
                             .raw("}")
                             .text("w")
                             .tensor({.storage_elements = 6, .offset = 1, .shape = {1, 2}, .strides = {1, 3}})
                             .raw("s")
                             .end();
    seeds.push_back(strided);
    seeds.push_back(samples::torch_file(strided, {std::vector<std::uint8_t>(24)}));
    seeds.push_back(samples::zip_of({{"a/data.pkl", samples::PickleWriter().raw("}").end(), true}}));
    return seeds;
}
