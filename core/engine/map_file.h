// A map as a file: PNG in viridis, or NPY with the numbers themselves.
#pragma once

#include <string>
#include <vector>

#include "engine/api/types.h"

namespace perceiver::engine {

/// Writes maps of `file` to `path` by its ending. NPY: float32 of shape [maps, ...] or, when there is one map, [...],
/// where
/// ... is [rows, cols] of a picture or spectrogram (row 0 the lowest pitch), [frames, rows, cols] of a film, [n] of a
/// cloud, of samples and of several modalities one after the other. PNG: one file a map, named with "-1", "-2" ...
/// before the ending when there are several; see map_picture. Returns the files written. Throws Error: usage (another
/// ending), out_of_resources (can't be written).
std::vector<std::string> write_maps(const std::vector<api::Map>& maps, const api::FileInfo& file,
                                    const std::string& path);

/// The map drawn, every element at least a few pixels large: a picture's and a spectrogram's as they lie (low pitch at
/// the bottom), samples as a strip, a film as a sheet of its frames, a cloud as seen from where it is seen first;
/// several modalities under each other, on one scale. White is where nothing lies.
api::Picture map_picture(const api::Map& map, const api::FileInfo& file);

/// Writes a whole file through a temporary one beside it. Throws Error{out_of_resources}.
void write_file(const std::string& path, const void* bytes, std::size_t count);

/// "dir/name.png", "-2" -> "dir/name-2.png"
std::string with_suffix(const std::string& path, const std::string& suffix);

}  // namespace perceiver::engine
