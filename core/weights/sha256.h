// The name of a file's content: SHA-256 by libcrypto.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace perceiver::weights {

/// 64 lower-case hexadecimal digits; empty when the program was built without libcrypto.
std::string sha256_hex(std::span<const std::uint8_t> bytes);

}  // namespace perceiver::weights
