// The bytes once as the hub's list of files, once as an index of weights, once as a model's name. What is let
// through stays below its folder.
#include <string>

#include "base/error.h"
#include "fuzz/fuzz.h"
#include "hub/listing.h"
#include "hub/paths.h"
#include "hub/reference.h"

using namespace perceiver;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto check = [](const std::string& path) {
        if (path.empty() || path.front() == '/' || ("/" + path + "/").find("/../") != path.npos)
            __builtin_trap();
    };
    try {
        const hub::Listing listing = hub::parse_listing(text);
        if (!hub::is_hex(listing.commit, 40)) __builtin_trap();
        for (const auto& file : listing.files) check(file);
        hub::select_files(listing.files);
    } catch (const Error&) {
    }
    try {
        for (const auto& file : hub::parse_index(text)) check(file);
    } catch (const Error&) {
    }
    try {
        const hub::Reference reference = hub::parse_reference(text);
        check(reference.revision);
        if (!(hub::parse_reference(reference.text()) == reference)) __builtin_trap();
    } catch (const Error&) {
    }
    return 0;
}

std::vector<std::vector<std::uint8_t>> fuzz_seeds() {
    std::vector<std::vector<std::uint8_t>> seeds;
    for (const std::string& text :
         {R"({"id":"o/n","sha":")" + std::string(40, 'c') +
              R"(","siblings":[{"rfilename":"config.json"},{"rfilename":"model.safetensors","size":5}]})",
          std::string(R"({"metadata":{"total_size":9},"weight_map":{"a":"1.bin","b":"2.bin"}})"),
          std::string("hub:deepmind/vision-perceiver-fourier@refs/pr/1")})
        seeds.emplace_back(text.begin(), text.end());
    return seeds;
}
