// What training does to a picture before the model sees it. Labels are never touched.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "input/input_config.h"
#include "input/pixel_view.h"

namespace perceiver::train {

struct Augment {
    bool mirror = false;     ///< left and right exchanged, for half of the pictures
    std::int64_t shift = 0;  ///< pixels up to which a picture moves along each axis; the border is reflected
    double brightness = 0;   ///< up to this much is added or taken, in parts of full scale
    double contrast = 0;     ///< distances from the mean are scaled by 1 - contrast to 1 + contrast
    double crop = 1;         ///< a box of this part of the picture's area up to all of it is what is seen
    double stretch = 0;      ///< the box is up to e^stretch times as wide or as high as the picture's shape
    std::int64_t operations =
        0;                  ///< so many Operations, one after the other (RandAugment: Cubuk et al., 2020)
    double strength = 0.3;  ///< of the operations, 0 to 1: up to this size
    double mixup = 0;       ///< another picture is laid over with a share of Beta(mixup, mixup); 0: never
    double cutmix = 0;      ///< a box of another one, of area Beta(cutmix, cutmix); with both, either
};

/// What can be done to a picture; those from `rotate` on move its pixels.
struct Operation {
    enum class Kind {
        identity,
        auto_contrast,
        equalize,
        solarize,
        posterize,
        contrast,
        brightness,
        color,
        sharpness,
        rotate,
        shear_x,
        shear_y,
        translate_x,
        translate_y
    };
    static constexpr std::uint64_t kinds = 14;
    Kind kind = Kind::identity;
    double size = 0;  ///< -1 to 1: to one side or the other, or less and more

    bool moves() const { return kind >= Kind::rotate; }
};

/// One choice of everything an Augment leaves open but for the mixing of pictures.
struct Change {
    bool mirror = false;
    std::int64_t down = 0, right = 0;
    double brightness = 0, contrast = 1;
    std::array<double, 4> box{0, 0, 1, 1};  ///< left, top, width, height as parts of the picture
    std::vector<Operation> operations{};
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

/// One stored picture as the model's normalised pixels [3, height, width], changed: scaled to the model's
/// size where it has another.
void normalise(const input::PixelView& picture, const input::ImageConfig&, const Change&, float* out);

/// The picture `rgb` [rows, cols, 3], values 0 to 255, after an operation that moves no pixels.
void apply(const Operation&, std::int64_t rows, std::int64_t cols, float* rgb);

/// A random box of a picture of that size that covers about `area` of it: top, left, rows, cols; may be
/// empty.
std::array<std::int64_t, 4> cut(double area, std::int64_t rows, std::int64_t cols, Draws&);

}  // namespace perceiver::train
