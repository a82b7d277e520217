// Arrays of numbers as NumPy stores them (.npy, format versions 1 to 3), from bytes nobody vouches for.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace perceiver::train {

struct Npy {
    std::vector<std::int64_t> shape;
    std::string type;            ///< "|i1", "<f4", as the file says
    std::vector<float> numbers;  ///< row-major

    std::int64_t size() const { return static_cast<std::int64_t>(numbers.size()); }
};

/// Throws Error{unreadable_input}: not an array, cut short or longer than it says, in another order than C's,
/// of numbers other than little-endian integers up to 32 bits and floats of 32 or 64.
Npy read_npy(std::span<const std::uint8_t> bytes);

}  // namespace perceiver::train
