#include "train/augment.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace perceiver::train {
namespace {

// SplitMix64's mixing: every bit of the result depends on every bit of x.
std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;

std::int64_t reflected(std::int64_t i, std::int64_t n) {
    if (i < 0) i = -i;
    if (i >= n) i = 2 * (n - 1) - i;
    return std::clamp<std::int64_t>(i, 0, n - 1);
}

}  // namespace

Draws::Draws(std::uint64_t seed, std::uint64_t stream, std::uint64_t counter)
    : state_(mixed(mixed(mixed(seed + golden) + stream + golden) + counter + golden)) {}

Draws::result_type Draws::operator()() { return mixed(state_ += golden); }

std::uint64_t Draws::below(std::uint64_t n) {
    // The remainder of 2^64 is turned away, so that no number comes more often than another.
    const std::uint64_t turned_away = (0 - n) % n;
    for (;;)
        if (const std::uint64_t x = (*this)(); x >= turned_away) return x % n;
}

double Draws::unit() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

double Draws::normal() {
    const double radius = std::sqrt(-2 * std::log(1 - unit()));
    return radius * std::cos(2 * std::numbers::pi * unit());
}

Change draw(const Augment& a, Draws& draws) {
    const auto around_zero = [&](double size) { return size * (2 * draws.unit() - 1); };
    Change c;
    const auto places = static_cast<std::uint64_t>(2 * a.shift + 1);
    c.down = static_cast<std::int64_t>(draws.below(places)) - a.shift;
    c.right = static_cast<std::int64_t>(draws.below(places)) - a.shift;
    c.mirror = draws.below(2) == 1 && a.mirror;
    c.contrast = 1 + around_zero(a.contrast);
    c.brightness = around_zero(a.brightness);
    return c;
}

void normalise(std::span<const std::uint8_t> picture, const input::ImageConfig& image, const Change& change,
               float* out) {
    const std::int64_t rows = image.height, cols = image.width, channels = image.channels;
    for (std::int64_t k = 0; k < channels; ++k) {
        const auto at = static_cast<std::size_t>(k);
        const auto mean = static_cast<float>(image.mean.empty() ? 0 : image.mean[at]);
        const auto scale = static_cast<float>(image.std.empty() ? 1 : 1 / image.std[at]);
        const auto contrast = static_cast<float>(change.contrast),
                   added = static_cast<float>(change.brightness);
        for (std::int64_t r = 0; r < rows; ++r) {
            const std::int64_t from_row = reflected(r - change.down, rows) * cols;
            for (std::int64_t c = 0; c < cols; ++c) {
                std::int64_t from = reflected(c - change.right, cols);
                if (change.mirror) from = cols - 1 - from;
                const float value =
                    picture[static_cast<std::size_t>((from_row + from) * channels + k)] * (1 / 255.0f);
                *out++ = ((value - mean) * contrast + added) * scale;
            }
        }
    }
}

}  // namespace perceiver::train
