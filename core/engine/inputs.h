// What headless was given, as single files: folders walked, a share of them taken.
#pragma once

#include <string>
#include <vector>

#include "base/cancel.h"
#include "engine/api/engine.h"

namespace perceiver::engine {

struct Input {
    std::string path;
    std::string suffix;                  ///< of results named after it: "-name"; a name that comes twice gets a number
    std::size_t given = 0;               ///< which of what was named holds it
    bool in_folder = false;
    std::vector<std::string> folders{};  ///< between the folder named and the file, the nearest first
};

struct Inputs {
    std::vector<Input> files;            ///< those named, and those below a folder named, sorted there
    bool folders = false;                ///< at least one was named
};

/// Hidden files and folders are left out, links to folders not followed. What can't be read in a folder is left out.
/// The share is taken last: suffixes are the same in all of them. Throws Error{cancelled}.
Inputs list_inputs(const std::vector<std::string>& given, const api::Shard& shard, const CancelToken& cancel);

/// Whether a file with this ending was meant to be a picture, sound, film or cloud. Endings that anything may have
/// (.txt, .csv, .json, .bin) don't count.
bool named_like_media(const std::string& path);

}  // namespace perceiver::engine
