// A good file of every kind and ending that the program reads, under the names people give them.
#pragma once

#include <string>
#include <vector>

#include "support/files.h"

namespace perceiver::samples {

struct MediaSample {
    std::string name;   ///< "film.mp4"
    std::string kind;   ///< "image", "audio", "video", "points"
    ByteVector bytes;
};

/// Those that this machine's FFmpeg can't write are missing. Films are 1.2 s, some with sound; sounds 0.5 s.
std::vector<MediaSample> media_of_every_kind();

}  // namespace perceiver::samples
