// What training does to a picture before the model sees it. Labels are never touched.
#pragma once

#include <cstdint>
#include <random>
#include <span>

#include "input/input_config.h"

namespace perceiver::train {

struct Augment {
    bool mirror = false;     ///< left and right exchanged, for half of the pictures
    std::int64_t shift = 0;  ///< pixels up to which a picture moves along each axis; the border is reflected
    double brightness = 0;   ///< up to this much is added or taken, in parts of full scale
    double contrast = 0;     ///< distances from the mean are scaled by 1 - contrast to 1 + contrast
};

/// One choice of everything an Augment leaves open.
struct Change {
    bool mirror = false;
    std::int64_t down = 0, right = 0;
    double brightness = 0, contrast = 1;
};

/// Random 64-bit numbers that follow from a seed and two counters alone, so that a stopped run goes on with
/// the numbers an unbroken one would have drawn, and nothing has to be kept. Meets
/// std::uniform_random_bit_generator.
class Draws {
  public:
    using result_type = std::uint64_t;
    Draws(std::uint64_t seed, std::uint64_t stream, std::uint64_t counter);
    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return ~result_type{0}; }
    result_type operator()();
    std::uint64_t below(std::uint64_t n);  ///< [0, n)
    double unit();                         ///< [0, 1)
    double normal();                       ///< of mean 0 and standard deviation 1

  private:
    std::uint64_t state_;
};

Change draw(const Augment&, Draws&);

/// One stored picture [height, width, 3] as the model's normalised pixels [3, height, width], changed.
void normalise(std::span<const std::uint8_t> picture, const input::ImageConfig&, const Change&, float* out);

}  // namespace perceiver::train
