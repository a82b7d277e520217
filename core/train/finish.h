// From a checkpoint to a bundle with its card.
#pragma once

#include <filesystem>
#include <string>

#include "train/checkpoint.h"
#include "train/recipe.h"

namespace perceiver::train {

/// The card's words are the recipe's; what it was trained with is said by the checkpoint. Labels are the
/// checkpoint's, or the recipe's when it holds none. Throws as read_checkpoint, model_config and
/// weights::write_bundle.
void bundle_checkpoint(const std::filesystem::path& checkpoint, const Recipe& recipe,
                       const std::string& version, const std::filesystem::path& bundle);

}  // namespace perceiver::train
