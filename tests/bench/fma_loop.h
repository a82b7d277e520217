// The yardstick: how many multiply-adds a plain loop that stays in registers reaches on this machine.
#pragma once

#include <cstdint>

namespace perceiver::bench {

/// Does `rounds` rounds of multiply-adds and returns how many float operations that was.
double fma_loop(std::int64_t rounds, float* keep);

}  // namespace perceiver::bench
