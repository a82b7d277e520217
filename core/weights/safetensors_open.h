// A safetensors file opened as far as its header, for readers that may not need the weights.
#pragma once

#include "base/input_file.h"
#include "weights/safetensors_header.h"

namespace perceiver::weights {

struct OpenSafetensors {
    InputFile file;                   ///< stands at the first byte of the weights
    std::vector<std::uint8_t> bytes;  ///< everything before them
    SafetensorsHeader header;         ///< its ranges end exactly where the file does
};

/// Throws as read_safetensors.
OpenSafetensors open_safetensors(const std::filesystem::path& path, const Limits& limits);

}  // namespace perceiver::weights
