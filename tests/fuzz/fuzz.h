// What each fuzzer of this folder defines: the entry point, and files to begin with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

/// Good inputs, made in code.
std::vector<std::vector<std::uint8_t>> fuzz_seeds();
