#include "media/orientation.h"

#include <algorithm>
#include <utility>

namespace perceiver::media {

void turn_upright(std::vector<std::uint8_t>& stored, std::int64_t& width, std::int64_t& height,
                  int orientation, const CancelToken& cancel) {
    if (orientation <= 1 || orientation > 8) return;
    const std::int64_t w = width, h = height;
    const bool turned = orientation >= 5;
    const std::int64_t row = turned ? h : w;  // pixels in a row of the result
    // In the result, the pixel stored at (x, y) is number first + x * step_x + y * step_y.
    std::int64_t first = 0, step_x = turned ? row : 1, step_y = turned ? 1 : row;
    if (orientation == 2 || orientation == 3) first += (w - 1) * step_x, step_x = -step_x;
    if (orientation == 3 || orientation == 4) first += (h - 1) * step_y, step_y = -step_y;
    if (orientation == 7 || orientation == 8) first += (w - 1) * step_x, step_x = -step_x;
    if (orientation == 6 || orientation == 7) first += (h - 1) * step_y, step_y = -step_y;

    std::vector<std::uint8_t> rgb;
    rgb.reserve(stored.size());
    while (rgb.size() < stored.size()) {
        cancel.check();
        rgb.resize(std::min(stored.size(), rgb.size() + (std::size_t{4} << 20)));
    }
    const std::uint8_t* from = stored.data();
    for (std::int64_t y = 0; y < h; ++y) {
        cancel.check();
        for (std::int64_t x = 0; x < w; ++x, from += 3) {
            std::uint8_t* to = rgb.data() + 3 * (first + x * step_x + y * step_y);
            to[0] = from[0], to[1] = from[1], to[2] = from[2];
        }
    }
    stored = std::move(rgb);
    if (turned) std::swap(width, height);
}

}  // namespace perceiver::media
