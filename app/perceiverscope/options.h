// The command line, read and checked.
#pragma once

#include <string>

#include "engine/api/engine.h"

namespace perceiver {

struct Options {
    api::HeadlessOptions work;  ///< files, model, and what to show or write of them
    bool headless = false;      ///< asked for, or implied by a result to write
    bool list_models = false, table = false, model_info = false, version = false, startup_times = false;
    int threads = 0;
    api::Precision precision = api::Precision::float32;
    api::Device device = api::Device::cpu;
    Limits limits;
    std::string screenshot, theme;
    int width = 0, height = 0;
    std::string help;  ///< not empty: print it and leave
};

/// Throws Error{usage} with a sentence that names the option.
Options read_options(int argc, const char* const* argv);

}  // namespace perceiver
