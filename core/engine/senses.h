// A model of several senses on a file that has not all of them.
#pragma once

#include <set>
#include <string>

#include "engine/media_file.h"
#include "input/input_config.h"

namespace perceiver::engine {

/// Whether a model's senses may be missing, as in a training that leaves out the elements of one now and then
/// (recipes, "senses"). Models with mask tokens were trained to fill in what is masked: they are given the rest.
bool senses_may_miss(const input::InputConfig& config);

/// Modalities that `file` has nothing for at `start` seconds. Empty when none may be missing, and when all are: the
/// file is then no fit, which reading it says.
std::set<std::string> missing_senses(const input::InputConfig& config, const MediaFile& file, double start);

/// "The film has no sound: the model answers from its picture alone."
std::string missing_words(const input::InputConfig& config, const std::set<std::string>& missing,
                          const MediaFile& file);

}  // namespace perceiver::engine
