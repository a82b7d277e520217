// Sounds and films coded by libavcodec into files in memory. A codec or container this machine's FFmpeg can't
// write gives nothing, and the test says so.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "support/audio_samples.h"

namespace perceiver::samples {

struct FilmOptions {
    std::string codec = "libx264", container = "mp4";
    int width = 64, height = 48, frames = 30;
    std::vector<int> times_ms = {};      ///< of each frame; empty: 25 a second
    int start_ms = 0;                    ///< added to every time, of the sound too
    int degrees = 0;                     ///< it has to be turned clockwise by so much to be upright
    std::array<int, 2> pixel_shape{1, 1};
    bool interlaced = false;             ///< odd lines are of the next frame's colour
    bool halves = false;                 ///< the upper half is white instead
    int key_every = 12;
    std::string sound_codec = "";        ///< empty: no sound
    Signal sound = {};
    int sound_after_ms = 0;              ///< how much later than the first frame it starts
    bool encrypted = false;              ///< MP4 only
};

/// A film whose frame i is all of film_colour(i).
std::optional<ByteVector> film(const FilmOptions& options);
std::array<std::uint8_t, 3> film_colour(int index);
/// Which of the first 36 frames has a colour like this.
int film_index(const std::uint8_t* rgb);

/// Every film container and codec this machine can write.
struct CodedFilm {
    std::string name, codec, container;
    bool any_time;  ///< frames may be shown at any millisecond
};
std::vector<CodedFilm> film_kinds();

/// A sound alone. `bits_per_second` 0: as the encoder likes.
std::optional<ByteVector> coded_sound(const Signal& signal, const std::string& codec, const std::string& container,
                                      int bits_per_second = 0);

/// Every sound container and codec this machine can write, by "codec in container".
struct CodedSound {
    std::string name, codec, container;
    double tolerance;  ///< of a sine's level
    bool exact;        ///< a window is the slice to the last bit
};
std::vector<CodedSound> sound_kinds();

/// Whether this FFmpeg decodes what is coded so ("av1").
bool can_decode(const std::string& codec);

}  // namespace perceiver::samples
