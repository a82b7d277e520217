// A checkpoint: everything a stopped run needs to go on as if it had never stopped. One safetensors file: a
// float32 tensor per leaf of the model, "adam.m" and "adam.v" for the optimiser, "average" where the recipe asks
// for one, and the rest in the metadata. Random numbers follow from the seed and the step (train/augment.h), so
// there is no state of them to keep.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "train/optimiser.h"
#include "train/trainable.h"

namespace perceiver::train {

struct Progress {
    std::int64_t step = 0;  ///< steps made
    double seconds = 0;     ///< of training, over all sittings
};

struct Checkpoint {
    std::string recipe;               ///< JSON; empty when the file holds none
    std::vector<std::string> labels;  ///< empty when the file holds none
    Progress progress;
    std::string began_from;  ///< title of the bundle training started from; empty: from nothing
};

/// Whole or absent: see weights::write_safetensors, whose errors it throws.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint&, Trainable&, const Moments&);

/// What a file says about itself, without its weights. Throws Error: unreadable_model.
Checkpoint read_checkpoint_header(const std::filesystem::path& path);

/// To go on: fills the model's parameters and the moments, which are as long as they have to be. With null, to use the
/// model: fills the parameters with their average if the file holds one. Throws Error: unreadable_model (a leaf is
/// missing or misshapen, numbers that are not finite, no optimiser's state where one is wanted).
Checkpoint read_checkpoint(const std::filesystem::path& path, Trainable&, Moments*);

}  // namespace perceiver::train
