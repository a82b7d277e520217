// Attention summed over what is shown at once: over the frames of a film, over the times of a sound, over a modality.
// The maps are probabilities. No Qt, no torch.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <vector>

#include "engine/api/types.h"

namespace perceiver::api {

/// The part that is a picture or film; null when the model sees none.
inline const InputPart* seen_part(const FileInfo& file) {
    for (const auto& part : file.parts)
        if (!part.label && (part.kind == Kind::image || part.kind == Kind::video)) return &part;
    return nullptr;
}

/// The part that is a sound; null when the model hears none.
inline const InputPart* heard_part(const FileInfo& file) {
    for (const auto& part : file.parts)
        if (!part.label && part.kind == Kind::audio) return &part;
    return nullptr;
}

/// The file is a sound to the model: one, or a film that is only listened to.
inline bool only_heard(const FileInfo& file) { return file.sound && !seen_part(file); }

/// Which of these times, ascending, is the last that has come: the first of several alike (a frame shown again), and
/// the first of all before it has come.
inline int last_before(const std::vector<double>& times, double seconds) {
    const auto after = std::upper_bound(times.begin(), times.end(), seconds + 1e-6);
    if (after == times.begin()) return 0;
    return static_cast<int>(std::lower_bound(times.begin(), after, *std::prev(after)) - times.begin());
}

/// Which of the frames read shows at that time.
inline int frame_at(const FilmInfo& film, double seconds) { return last_before(film.times, seconds); }

/// Which frame of the part's grid that time belongs to.
inline int block_at(const InputPart& part, double seconds) {
    if (part.step <= 0) return 0;
    return std::clamp(static_cast<int>(std::floor((seconds - part.start) / part.step + 1e-6)), 0, part.grid.frames - 1);
}

namespace over_time_detail {

template <class Index>
std::vector<double> sums(const Map& map, const InputPart& part, int size, Index index) {
    std::vector<double> out(static_cast<std::size_t>(size), 0.0);
    if (part.first + part.grid.count() > static_cast<int>(map.values.size())) return out;
    const float* const values = map.values.data() + part.first;
    for (int i = 0; i < part.grid.count(); ++i) out[static_cast<std::size_t>(index(i))] += double{values[i]};
    return out;
}

}  // namespace over_time_detail

/// [grid.frames] attention to every frame of the part's grid.
inline std::vector<double> over_frames(const Map& map, const InputPart& part) {
    return over_time_detail::sums(map, part, part.grid.frames,
                                  [&](int i) { return i / (part.grid.rows * part.grid.cols); });
}

/// [grid.cols] attention to every time of a sound, whatever the pitch.
inline std::vector<double> over_columns(const Map& map, const InputPart& part) {
    return over_time_detail::sums(map, part, part.grid.cols, [&](int i) { return i % part.grid.cols; });
}

/// Attention to the whole part: 1 when it is the only one.
inline double share(const Map& map, const InputPart& part) {
    return over_time_detail::sums(map, part, 1, [](int) { return 0; })[0];
}

}  // namespace perceiver::api
