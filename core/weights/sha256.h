// The name of a file's content: SHA-256 by libcrypto.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/cancel.h"
#include "base/load_progress.h"

namespace perceiver::weights {

/// 64 lower-case hexadecimal digits; empty when the program was built without libcrypto.
std::string sha256_hex(std::span<const std::uint8_t> bytes);

/// Of a file, which is not held in memory. Throws Error: unreadable_model (it can't be read), cancelled.
std::string sha256_of_file(const std::filesystem::path& path, const CancelToken& cancel, LoadMeter* meter = nullptr);

}  // namespace perceiver::weights
