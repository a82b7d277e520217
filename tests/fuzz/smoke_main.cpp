// Runs a fuzzer's entry point over its seeds and a fixed set of mutations of them. It ends by crashing or
// with 0.
#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <random>
#include <string>

#include "fuzz/fuzz.h"

namespace {

using Input = std::vector<std::uint8_t>;

std::size_t below(std::mt19937& random, std::size_t bound) { return bound ? random() % bound : 0; }

void mutate(Input& input, const std::vector<Input>& seeds, std::mt19937& random) {
    constexpr std::array<std::uint8_t, 6> telling{0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff};
    const std::size_t at = below(random, input.size());
    const auto begin = input.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = std::min<std::size_t>(input.size() - at, 1 + random() % 16);
    const auto end = begin + static_cast<std::ptrdiff_t>(length);
    switch (random() % 7) {
        case 0:
            if (!input.empty()) *begin = static_cast<std::uint8_t>(*begin ^ 1u << random() % 8);
            break;
        case 1:
            std::fill(begin, end, telling[random() % telling.size()]);
            break;
        case 2:
            input.erase(begin, end);
            break;
        case 3:
            input.resize(at);
            break;
        case 4: {
            const Input copy(begin, end);
            input.insert(begin, copy.begin(), copy.end());
            break;
        }
        case 5:
            std::generate(begin, end, [&] { return static_cast<std::uint8_t>(random()); });
            break;
        default: {  // a piece of another seed, at the same place
            const Input& other = seeds[below(random, seeds.size())];
            for (std::size_t i = at; i < std::min({at + length, input.size(), other.size()}); ++i)
                input[i] = other[i];
        }
    }
}

int write_seeds(const std::string& folder) {
    int number = 0;
    for (const auto& seed : fuzz_seeds()) {
        std::ofstream out(folder + "/seed" + std::to_string(number++), std::ios::binary);
        out.write(reinterpret_cast<const char*>(seed.data()), static_cast<std::streamsize>(seed.size()));
        if (!out.flush()) return 1;
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 3 && arguments[1] == std::string("--seeds")) return write_seeds(arguments[2]);
    const int rounds = count == 2 ? std::stoi(arguments[1]) : 4000;
    const auto seeds = fuzz_seeds();
    for (const auto& seed : seeds) LLVMFuzzerTestOneInput(seed.data(), seed.size());
    std::mt19937 random(20'210'303);
    for (int i = 0; i < rounds; ++i) {
        Input input = seeds[below(random, seeds.size())];
        for (auto changes = 1 + random() % 6; changes > 0; --changes) mutate(input, seeds, random);
        input.shrink_to_fit();  // a sanitizer sees the first byte past it
        LLVMFuzzerTestOneInput(input.data(), input.size());
    }
    std::printf("%zu seeds, %d mutations\n", seeds.size(), rounds);
}
