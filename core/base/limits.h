// How much of anything the program will take in; checked before memory is allocated.
#pragma once

#include <cstdint>

namespace perceiver {

struct Limits {
    std::int64_t file_bytes = std::int64_t{2} << 30;     ///< largest media file read into memory
    std::int64_t pixels = 100'000'000;                   ///< width x height of a picture, from its header
    std::int64_t side = 65'500;                          ///< width or height of a picture
    std::int64_t seconds = 24 * 3600;                    ///< of a sound or film, looked at as a whole
    std::int64_t decoded_bytes = std::int64_t{1} << 30;  ///< samples or frames decoded in one call
    std::int64_t points = 50'000'000;                    ///< points, and faces, of a cloud or mesh
    std::int64_t model_bytes = std::int64_t{8} << 30;    ///< largest weights file
    std::int64_t model_header_bytes = 100'000'000;       ///< largest safetensors header (the format's own limit)
};

}  // namespace perceiver
