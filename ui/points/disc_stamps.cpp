#include "ui/points/disc_stamps.h"

#include <algorithm>
#include <cmath>

namespace perceiver::ui {

namespace {

constexpr float kRound = 2.5F;      // pixels of radius from which a disc is shaded as a ball
constexpr float kStill = 12;        // from which it may snap to whole pixels

/// Of a ball lit from the upper left, at most 1 and no darker than its colour can still be read off a colour bar.
float shade(float dx, float dy, float radius) {
    if (radius < kRound) return 1;
    const float nx = dx / radius, ny = dy / radius, nz = std::sqrt(std::max(0.0F, 1 - nx * nx - ny * ny));
    return std::min(1.0F, 0.76F + 0.34F * std::max(0.0F, 0.8F * nz - 0.42F * nx - 0.42F * ny));
}

}  // namespace

DiscStamps::Stamp DiscStamps::make(float radius, float x, float y) {
    Stamp s;
    s.reach = int(std::ceil(radius + 0.5F));
    s.side = 2 * s.reach + 1;
    for (int row = 0; row < s.side; ++row) {
        std::array<std::int16_t, 2> span{std::int16_t(s.side), 0};
        for (int column = 0; column < s.side; ++column) {
            const float dx = float(column - s.reach) + 0.5F - x, dy = float(row - s.reach) + 0.5F - y;
            const float cover = std::clamp(radius + 0.5F - std::hypot(dx, dy), 0.0F, 1.0F);
            s.texels.push_back({std::uint16_t(std::lround(256 * cover * shade(dx, dy, radius))),
                                std::uint16_t(std::lround(256 * cover))});
            if (s.texels.back().cover == 0) continue;
            span = {std::min(span[0], std::int16_t(column)), std::int16_t(column + 1)};
        }
        s.spans.push_back(span);
    }
    return s;
}

const DiscStamps::Stamp& DiscStamps::stamp(float x, float y, float radius) {
    const int step = std::max(1, int(std::lround(radius * kSteps)));
    const bool still = radius >= kStill;
    const int column = still ? kPhases / 2 : int(x * kPhases), row = still ? kPhases / 2 : int(y * kPhases);
    const auto key = std::size_t((step * kPhases + row) * kPhases + column);
    if (key >= stamps_.size()) stamps_.resize(key + kPhases * kPhases);
    if (!stamps_[key]) {
        const auto middle = [&](int phase) { return (float(phase) + (still ? 0 : 0.5F)) / kPhases; };
        stamps_[key] = std::make_unique<Stamp>(make(float(step) / kSteps, middle(column), middle(row)));
    }
    return *stamps_[key];
}

void DiscStamps::put(QImage::Format format, std::uint32_t* pixels, int stride, int width, int height, float x, float y,
                     float radius, QRgb color) {
    const float left = std::floor(x), top = std::floor(y);
    const Stamp& s = stamp(x - left, y - top, std::min(radius, float(kLargest)));
    const int x0 = int(left) - s.reach, y0 = int(top) - s.reach;
    const std::uint32_t redBlue = color & 0xff00ffU, green = color >> 8 & 0xffU;
    const std::uint32_t opaque = format == QImage::Format_RGB32 ? 0xff000000U : 0;
    for (int row = std::max(0, -y0), rows = std::min(s.side, height - y0); row < rows; ++row) {
        const auto span = s.spans[std::size_t(row)];
        const int first = std::max(int(span[0]), -x0), last = std::min(int(span[1]), width - x0);
        const Texel* texel = s.texels.data() + std::ptrdiff_t(row) * s.side;
        std::uint32_t* to = pixels + std::ptrdiff_t(y0 + row) * stride + x0;
        for (int column = first; column < last; ++column) {
            const std::uint32_t ink = texel[column].ink, cover = texel[column].cover, keep = 256 - cover,
                                was = to[column];
            const std::uint32_t rb = redBlue * ink + (was & 0xff00ffU) * keep;
            const std::uint32_t ag = green * ink + (cover * 255 << 16) + (was >> 8 & 0xff00ffU) * keep;
            to[column] = (rb >> 8 & 0xff00ffU) | (ag & 0xff00ff00U) | opaque;
        }
    }
}

}  // namespace perceiver::ui
