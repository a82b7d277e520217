#include "bench/fma_loop.h"

namespace perceiver::bench {
namespace {

using Lanes = float __attribute__((vector_size(64)));
constexpr int chains = 12;   // enough independent sums to hide the latency of one

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
void spin(std::int64_t rounds, float* keep) {
    Lanes sum[chains];
    for (int c = 0; c < chains; ++c) sum[c] = Lanes{} + *keep + float(c);   // different: equal ones would be merged
    const Lanes factor = Lanes{} + 0.999f, addend = Lanes{} + 0.001f;
    for (std::int64_t r = 0; r < rounds; ++r)
        for (auto& s : sum) s = s * factor + addend;
    float total = 0;
    for (const auto& s : sum)
        for (int i = 0; i < 16; ++i) total += s[i];
    *keep = total;
}

}  // namespace

double fma_loop(std::int64_t rounds, float* keep) {
    spin(rounds, keep);
    return 2.0 * 16 * chains * double(rounds);
}

}  // namespace perceiver::bench
