// Finds and loads the engine, and with it LibTorch: at run time, so that the window is up before.
#pragma once

#include <memory>
#include <string>

#include "engine/api/engine.h"

namespace perceiver {

/// The folder with models/ and samples/: beside an installed program, or the source tree's.
std::string resources_folder();

/// Loads perceiverscope-engine.so (once a process) and makes an engine; an empty sink makes one for headless
/// work. Takes about half a second; any thread. Throws Error{out_of_resources} when the module can't be
/// loaded.
std::shared_ptr<api::Engine> load_engine(const api::EngineOptions&, api::Sink);

}  // namespace perceiver
