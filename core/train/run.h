// A training run in its folder: steps until the schedule is over, a checkpoint now and then, a log, at the
// end a bundle.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "train/trainer.h"

namespace perceiver::train {

/// The files of a run.
struct RunFolder {
    explicit RunFolder(std::filesystem::path folder_) : folder(std::move(folder_)) {}
    std::filesystem::path folder;
    std::filesystem::path checkpoint() const { return folder / "checkpoint.safetensors"; }
    std::filesystem::path model() const { return folder / "model.safetensors"; }
    std::filesystem::path log() const { return folder / "log.csv"; }
    std::filesystem::path curves() const { return folder / "curves.png"; }
};

/// How a run goes, averaged over the last steps.
struct Pace {
    Progress progress;
    double loss = 0, accuracy = 0, images_per_second = 0, learning_rate = 0, epochs = 0;
    double done = 0;  ///< 0 to 1
    double seconds_left = 0;
    double held_out = -1;  ///< accuracy last measured on held-out pictures; -1: not yet
};

struct RunOptions {
    double checkpoint_seconds = 120, log_seconds = 30, held_out_seconds = 480;  ///< of training
    std::function<void(const Pace&)> pace;                                      ///< told after every step
    std::function<bool()> go_on;  ///< asked after every step; false: save a checkpoint and stop
    std::string version;          ///< of the program, for the card
};

/// Steps until the trainer is finished. Throws Error: usage (it was finished before), cancelled (stopped; the
/// checkpoint is written), what step() throws (the checkpoint before stays), out_of_resources (the folder
/// can't be written).
Pace run(Trainer&, const RunFolder&, const RunOptions&);

}  // namespace perceiver::train
