// The curves of a run, drawn.
#pragma once

#include <filesystem>

namespace perceiver {

/// Whether this build can: it takes OpenCV and the media libraries.
extern const bool can_plot;

/// Throws Error: as train::read_log; out_of_resources (the PNG can't be written).
void plot_log(const std::filesystem::path& log, const std::filesystem::path& png);

}  // namespace perceiver
