#include "train/camera_plane.h"

#include <algorithm>

namespace perceiver::train {

Plane::Plane(const Split& pictures, std::int64_t photograph, std::int64_t channels_, bool mirror, float blur)
    : rows(pictures.rows),
      cols(pictures.cols),
      stride(3 * cols),
      channels(channels_),
      pixels(static_cast<std::size_t>(channels * 3 * rows * stride)) {
    const auto rgb = pictures.picture(photograph);
    std::vector<float> one(static_cast<std::size_t>(rows * cols)), line(one.size());
    for (std::int64_t k = 0; k < channels; ++k) {
        for (std::size_t i = 0; i < one.size(); ++i) {
            const std::uint8_t* p = rgb.data() + 3 * i;
            one[i] = channels == 3 ? float(p[k]) : 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
        }
        soften(one, line, blur);
        unfold(one, mirror, pixels.data() + k * 3 * rows * stride);
    }
}

void Plane::soften(std::vector<float>& one, std::vector<float>& line, float part) const {
    const auto mixed = [&](float before, float here, float after) {
        return here + part * (before + after - 2 * here);
    };
    for (std::int64_t r = 0; r < rows; ++r) {
        const float* from = one.data() + r * cols;
        float* to = line.data() + r * cols;
        for (std::int64_t c = 1; c + 1 < cols; ++c) to[c] = mixed(from[c - 1], from[c], from[c + 1]);
        to[0] = mixed(from[0], from[0], from[std::min<std::int64_t>(1, cols - 1)]);
        to[cols - 1] = mixed(from[std::max<std::int64_t>(0, cols - 2)], from[cols - 1], from[cols - 1]);
    }
    for (std::int64_t r = 0; r < rows; ++r) {
        const float *here = line.data() + r * cols, *above = r > 0 ? here - cols : here,
                    *below = r + 1 < rows ? here + cols : here;
        for (std::int64_t c = 0; c < cols; ++c)
            one[static_cast<std::size_t>(r * cols + c)] = mixed(above[c], here[c], below[c]);
    }
}

void Plane::unfold(const std::vector<float>& one, bool mirror, float* to) const {
    for (std::int64_t r = 0; r < 3 * rows; ++r, to += stride) {
        const std::int64_t from = r < rows ? rows - 1 - r : r < 2 * rows ? r - rows : 3 * rows - 1 - r;
        const float* row = one.data() + from * cols;
        for (std::int64_t part = 0; part < 3; ++part) {
            if ((part != 1) != mirror)
                std::reverse_copy(row, row + cols, to + part * cols);
            else
                std::copy_n(row, cols, to + part * cols);
        }
    }
}

void sample(const Plane& plane, std::int64_t channel, const Line& line, std::int64_t count, float* to) {
    const float* from = plane.plane(channel);
    const float right = float(plane.stride) - 1.01f, bottom = float(3 * plane.rows) - 1.01f;
    for (std::int64_t i = 0; i < count; ++i) {
        const float x = std::min(std::max(line.x + float(i) * line.step_x, 0.0f), right),
                    y = std::min(std::max(line.y + float(i) * line.step_y, 0.0f), bottom);
        const auto col = static_cast<std::int32_t>(x), row = static_cast<std::int32_t>(y);
        const float across = x - float(col), down = y - float(row);
        const float *a = from + row * plane.stride + col, *b = a + plane.stride;
        const float above = a[0] + across * (a[1] - a[0]), below = b[0] + across * (b[1] - b[0]);
        to[i] = above + down * (below - above);
    }
}

}  // namespace perceiver::train
