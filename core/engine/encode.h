// From an opened file to a model's input array: which piece of the file the model reads, and where every element lies.
#pragma once

#include "engine/api/engine.h"
#include "engine/media_file.h"
#include "engine/model_library.h"
#include "input/input_array.h"

namespace perceiver::engine {

/// A file brought to a model's input array.
struct Prepared {
    api::FileInfo file;          ///< complete: parts, window, what the model sees
    input::InputArrayPtr input;
    double decode_ms = 0;        ///< of the window of a sound or film
    double encode_ms = 0;
};

/// Height and width of the pictures a model reads. Where it takes any, 224 x 224.
std::pair<std::int64_t, std::int64_t> picture_size(const ImageConfig& config);

/// Seconds of sound or film a model reads at once; 0 when it reads neither, or as much as there is.
double window_seconds(const InputConfig& config);

/// Kinds of file a model runs over: an image model also over the frames of a film, a sound model over its sound; one of
/// several senses also over what has one of them, where the others may be missing.
std::vector<api::Kind> runs_over(const InputConfig& config);

/// Which piece of a file a model reads, and how.
struct Reading {
    double start = api::own_start;   ///< seconds into a sound or film at which the window begins
    api::Pose pose{};                ///< of a cloud or mesh
};

/// The file through the model; of senses that are missing (engine/senses.h) the elements are left out. Notes say what
/// was left out or made up. Throws Error: no_fit (the model doesn't read this
/// kind, nothing at the start), unreadable_input, out_of_resources, cancelled.
Prepared encode(MediaFile& file, const LoadedModel& model, const Reading& reading = {}, const CancelToken& cancel = {});

/// How loud `samples` are at which pitch and when: at most about 1000 columns, between 40 Hz and half the rate.
api::Spectrogram spectrogram_of(std::span<const float> samples, int rate, double start, const CancelToken& cancel = {});

}  // namespace perceiver::engine
