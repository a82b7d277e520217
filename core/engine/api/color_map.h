// The perceptual colour maps attention is drawn in, for the window, the report and --map alike. No Qt, no torch.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "engine/api/types.h"

namespace perceiver::api {

enum class ColorMap { viridis, cividis, magma };
using ColorTable = std::array<std::uint32_t, 256>;   ///< 0xffrrggbb

namespace color_map_detail {

// Every fifth entry (0, 5, ..., 255) of the published tables, rrggbb. Viridis and magma: van der Walt and Smith, 2015
// (CC0); cividis: Nunez, Anderton and Renslow, 2018. Catmull-Rom splines through them give the 256 entries back
// within 1 of 255 (cividis: 3, at the kink near its dark end).
inline constexpr int step = 5;
inline constexpr char viridis[] =
    "44015446085c471063481769481d6f482475472a7a46307e453781433d844142873f48893d4e8a"
    "3a538b38598c355e8d33638d31688e2e6d8e2c718e2a768e297b8e27808e25848e23898e218e8d"
    "20928c1f978b1e9c891fa18821a58524aa8328ae802eb37c35b7793dbc7446c06f50c46a5ac864"
    "65cb5e70cf577cd25089d54895d840a2da37b0dd2fbddf26cae11fd8e219e5e419f1e51dfde725";
inline constexpr char cividis[] =
    "00224e002656002a5f002d68003070083370163770203a6f273e6e2e416d34456c3a486c3f4c6c"
    "444f6c49536c4e566c535a6d575d6d5c616e60646f656870696b716d6f727272747676767a7a78"
    "7e7d788381798885788d8878928c789690779b9476a09875a59c74aaa073afa471b5a86fbaac6d"
    "bfb06bc4b468c9b965cfbd62d4c15fdac65bdfca57e5cf52ead34cf0d846f6dd3ffce236fee838";
inline constexpr char magma[] =
    "00000402020b0504160907200e0b2b140e361a104221114e29115a311165390f6e420f754a1079"
    "52137c5a167e6219806a1c81721f81792282812581892881912b81992d80a1307eaa337db2357b"
    "ba3878c23b75ca3e72d2426fd9466be04c67e75263ec5860f1605df4695cf7725cf97b5dfb8560"
    "fc8e64fd9869fea16efeaa74feb47bfebd82fec68afecf92fed89afde2a3fdebacfcf4b6fcfdbf";


inline int hex_digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

inline ColorTable expand(const char* hex) {
    const auto control = [hex](int index, int channel) {
        const char* at = hex + 6 * (index / step) + 2 * channel;
        return double(16 * hex_digit(at[0]) + hex_digit(at[1]));
    };
    ColorTable table{};
    for (int i = 0; i < 256; ++i) {
        const int a = std::min(i / step * step, 255 - step), b = a + step;
        const double t = double(i - a) / step;
        std::uint32_t rgb = 0xff;
        for (int c = 0; c < 3; ++c) {
            const double p1 = control(a, c), p2 = control(b, c);
            const double p0 = a > 0 ? control(a - step, c) : 2 * p1 - p2;
            const double p3 = b < 255 ? control(b + step, c) : 2 * p2 - p1;
            const double square = 2 * p0 - 5 * p1 + 4 * p2 - p3, cube = 3 * (p1 - p2) + p3 - p0;
            const double v = p1 + 0.5 * t * (p2 - p0 + t * (square + t * cube));
            rgb = rgb << 8 | static_cast<std::uint32_t>(std::lround(std::clamp(v, 0.0, 255.0)));
        }
        table[static_cast<std::size_t>(i)] = rgb;
    }
    return table;
}

}  // namespace color_map_detail

inline const ColorTable& color_table(ColorMap map) {
    using namespace color_map_detail;
    static const ColorTable tables[] = {expand(viridis), expand(cividis), expand(magma)};
    return tables[static_cast<std::size_t>(map)];
}

/// The values at the two ends of a colour bar, and how the colours run between them.
struct ColorRange {
    float low = 0, high = 1;
    bool root = false;
    bool diverging = false;   ///< from below 0 to above it, 0 in the middle
    /// Where on the bar a value lies: 0 at low, 1 at high.
    float position(float value) const {
        const float t = (value - low) / (high - low);
        return root ? std::sqrt(std::max(t, 0.0f)) : t;
    }
    /// Entry of the table for a value; not a number lands at 0.
    std::size_t index(float value) const {
        const float at = 255.0f * position(value) + 0.5f;
        return !(at > 0) ? 0 : at >= 255 ? 255 : static_cast<std::size_t>(at);
    }
};

/// Probability runs from 0 to the map's largest, its colours even in the square root: attention is a few peaks over a
/// wide low ground, and on an even scale the ground is one colour. A score runs evenly from its lowest to its highest,
/// a difference evenly to as far below 0 as above it.
inline ColorRange range_of(Scale scale, float low, float high) {
    if (is_difference(scale)) {
        const float most = std::max(std::abs(low), std::abs(high));
        return {most > 0 ? -most : -1.0f, most > 0 ? most : 1.0f, false, true};
    }
    if (scale == Scale::probability) low = 0;
    return {low, high > low ? high : low + 1.0f, scale == Scale::probability};
}

}  // namespace perceiver::api
