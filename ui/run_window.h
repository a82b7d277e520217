// The window's front door for main(): no Qt in sight.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/api/engine.h"

namespace perceiver::ui {

struct WindowOptions {
    std::function<std::shared_ptr<api::Engine>(api::Sink)>
        engine;           ///< called off the UI thread, after the first paint
    std::string samples;  ///< folder of pictures offered while nothing is open
    std::vector<std::string> files;
    double start = api::own_start;   ///< seconds into a sound or film
    api::Pose pose{};                ///< of clouds and meshes
    std::string model;  ///< empty: the default
    std::string hyperparameters;  ///< as api::OpenRequest's
    std::string theme;  ///< "dark", "light"; empty: remembered, or as the desktop
    api::Attend attend = api::Attend::automatic;
    int cross_attend = 0, latent = api::all_latents;
    api::Scale scale = api::Scale::probability;
    std::optional<std::uint64_t> permute;
    std::string screenshot;      ///< not empty: show the file, save a picture of the window, leave
    int width = 0, height = 0;   ///< 0: as remembered
    bool startup_times = false;  ///< on stderr
};

/// Runs the window until it is closed and returns the exit code. Without a display a screenshot is still
/// taken.
int run_window(int& argc, char** argv, const WindowOptions&);

/// Whether a window can be shown here.
bool have_display();

}  // namespace perceiver::ui
