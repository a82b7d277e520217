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
    if (a.crop < 1 || a.stretch > 0) {
        const double area = 1 - draws.unit() * (1 - a.crop), shape = std::exp(around_zero(a.stretch) / 2);
        const double width = std::min(1.0, std::sqrt(area) * shape),
                     height = std::min(1.0, std::sqrt(area) / shape);
        c.box = {draws.unit() * (1 - width), draws.unit() * (1 - height), width, height};
    }
    for (std::int64_t i = 0; i < a.operations; ++i) {
        const auto kind = static_cast<Operation::Kind>(draws.below(Operation::kinds));
        c.operations.push_back({kind, around_zero(a.strength)});
    }
    return c;
}

}  // namespace perceiver::train
