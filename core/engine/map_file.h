// A map as a file: PNG in viridis, whole pixels enlarged, or NPY with the numbers themselves.
#pragma once

#include <string>
#include <vector>

#include "engine/api/types.h"

namespace perceiver::engine {

/// Writes to `path` by its ending. NPY: float32 [maps, rows, cols], or [rows, cols] when there is one. PNG: one file a
/// map, named with "-1", "-2" ... before the ending when there are several. Returns the files written.
/// Throws Error: usage (another ending), out_of_resources (can't be written).
std::vector<std::string> write_maps(const std::vector<api::Map>& maps, const std::string& path);

/// Writes a whole file through a temporary one beside it. Throws Error{out_of_resources}.
void write_file(const std::string& path, const void* bytes, std::size_t count);

/// "dir/name.png", "-2" -> "dir/name-2.png"
std::string with_suffix(const std::string& path, const std::string& suffix);

}  // namespace perceiver::engine
