// The two names a file's content has on the hub: SHA-256 of large files, git's name (SHA-1 of a header and
// the content) of small ones. By libcrypto, in pieces.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/cancel.h"

namespace perceiver::hub {

enum class Digest { sha256, git_blob };

/// Lower-case hexadecimal digits: 64, or 40 for git's. Throws Error: out_of_resources (can't be read),
/// cancelled.
std::string digest_of_file(const std::filesystem::path& file, Digest, const CancelToken&);

}  // namespace perceiver::hub
