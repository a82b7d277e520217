// A recipe is everything that decides how a model comes to be, apart from the data: the model, its start,
// the augmentation, the optimiser, the schedule, the seed, and the card's words. One JSON file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "perceiver/config.h"
#include "rivals/config.h"
#include "train/augment.h"
#include "train/augment_points.h"
#include "train/augment_sound.h"
#include "train/camera.h"
#include "train/init.h"
#include "train/optimiser.h"
#include "train/schedule.h"
#include "weights/bundle.h"

namespace perceiver::train {

/// Of a model that sees and hears: in what part of the batches it has one sense alone, the other one's elements left
/// out, so that it answers from either; and by how many seconds picture and sound come earlier or later together.
struct Senses {
    double picture_alone = 0, sound_alone = 0;
    double delay = 0;
};

struct Recipe {
    /// Either of them, without num_classes and labels: the Perceiver, JSON as perceiver::to_json writes, or a rival,
    /// JSON as rivals::to_json writes, which has no `start`.
    std::string model, rival;
    std::vector<std::string> labels;  ///< in the order of the logits; empty: those of the pack
    Structure start;
    Augment augment;               ///< of pictures
    PointsAugment augment_points;  ///< of clouds
    SoundAugment augment_sound;    ///< of sounds
    std::optional<Senses> senses;  ///< of films that are seen and heard
    /// Of film: it is made of the data's photographs, and its labels are the camera's motions (train/camera.h).
    std::optional<Camera> camera;
    Optimiser optimiser;
    Schedule schedule;
    std::int64_t batch = 64;
    double label_smoothing = 0.1;
    /// Of sounds, films and clouds: as many of the elements a step reads, others in every step; positions travel with
    /// them. 0: all.
    std::int64_t elements = 0;
    /// The model is the exponential moving average of the parameters, of which a step keeps this part; 0: the
    /// parameters themselves.
    double average = 0;
    std::int64_t held_out = 0;  ///< examples of the train split kept aside to watch progress
    std::uint64_t held_out_seed = 7, seed = 1;
    std::int64_t threads = 1;
    std::string compute = "automatic";  ///< "bfloat16", "float32", or the first where the processor has it
    weights::Card card;                 ///< its words; numbers come from training and evaluating
};

std::string to_json(const Recipe&);
/// Throws Error{unreadable_input} that names the key: unknown, missing, of the wrong type or out of range.
Recipe recipe_from_json(const std::string& text);
/// A recipe with "base" is the one in the file of that name beside it, but for what it says itself (JSON Merge Patch,
/// RFC 7396); that one has no base. Throws Error{unreadable_input} when either can't be read.
Recipe read_recipe(const std::filesystem::path& path);

/// Of a recipe with a camera, its motions; else the data's.
const std::vector<std::string>& labels_of(const Recipe&, const std::vector<std::string>& data);

/// The Perceiver for these labels, every default written out. Throws Error: unreadable_model (names the key),
/// no_fit when the training form can't be made of it, or when the recipe's labels are others.
Config model_config(const Recipe&, const std::vector<std::string>& labels);
/// The same of a recipe's rival.
rivals::RivalConfig rival_config(const Recipe&, const std::vector<std::string>& labels);

}  // namespace perceiver::train
