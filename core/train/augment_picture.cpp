// Pictures: where every pixel comes from, then what happens to its colours.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "train/augment.h"

namespace perceiver::train {
namespace {

using Kind = Operation::Kind;

std::int64_t reflected(std::int64_t i, std::int64_t n) {
    if (i < 0) i = -i;
    if (i >= n) i = 2 * (n - 1) - i;
    return std::clamp<std::int64_t>(i, 0, n - 1);
}

/// (x, y) -> (xx x + xy y + x0, yx x + yy y + y0), of places in a picture whose middle is (0, 0) and whose
/// sides are 1.
struct Affine {
    double xx = 1, xy = 0, x0 = 0, yx = 0, yy = 1, y0 = 0;

    /// First `inner`, then this.
    Affine of(const Affine& inner) const {
        return {xx * inner.xx + xy * inner.yx,      xx * inner.xy + xy * inner.yy,
                xx * inner.x0 + xy * inner.y0 + x0, yx * inner.xx + yy * inner.yx,
                yx * inner.xy + yy * inner.yy,      yx * inner.x0 + yy * inner.y0 + y0};
    }
};

/// Full size, as in the paper: 30 degrees, a shear of 0.3, a third of the picture.
Affine affine_of(const Operation& o) {
    const double third = 0.3 * o.size, angle = o.size * std::numbers::pi / 6;
    switch (o.kind) {
        case Kind::rotate:
            return {std::cos(angle), -std::sin(angle), 0, std::sin(angle), std::cos(angle), 0};
        case Kind::shear_x:
            return {1, third, 0, 0, 1, 0};
        case Kind::shear_y:
            return {1, 0, 0, third, 1, 0};
        case Kind::translate_x:
            return {1, 0, third, 0, 1, 0};
        case Kind::translate_y:
            return {1, 0, 0, 0, 1, third};
        default:
            return {};
    }
}

/// From places of the changed picture to places of the stored one.
Affine source_of(const Change& c, std::int64_t rows, std::int64_t cols) {
    const auto& [left, top, width, height] = c.box;
    Affine at{width, 0, left + width / 2 - 0.5, 0, height, top + height / 2 - 0.5};
    for (const auto& o : c.operations)
        if (o.moves()) at = at.of(affine_of(o));
    at = at.of({1, 0, -double(c.right) / double(cols), 0, 1, -double(c.down) / double(rows)});
    return c.mirror ? at.of({-1, 0, 0, 0, 1, 0}) : at;
}

/// Adds the picture at (x, y), pixels counted from the middle of the first one, bilinear, to sum.
void add_pixel(const input::PixelView& from, double x, double y, float* sum) {
    const double left = std::floor(x), top = std::floor(y);
    const auto part_x = static_cast<float>(x - left), part_y = static_cast<float>(y - top);
    const auto column = static_cast<std::int64_t>(left), row = static_cast<std::int64_t>(top);
    const std::int64_t c0 = reflected(column, from.width), c1 = reflected(column + 1, from.width);
    const std::uint8_t *p = from.rgb + 3 * from.width * reflected(row, from.height),
                       *q = from.rgb + 3 * from.width * reflected(row + 1, from.height);
    for (std::int64_t k = 0; k < 3; ++k) {
        const auto upper = static_cast<float>(p[3 * c0 + k]), lower = static_cast<float>(q[3 * c0 + k]);
        const float above = upper + part_x * (static_cast<float>(p[3 * c1 + k]) - upper);
        const float below = lower + part_x * (static_cast<float>(q[3 * c1 + k]) - lower);
        sum[k] += above + part_y * (below - above);
    }
}

/// The changed picture's pixels [rows, cols, 3], 0 to 255, before anything happens to its colours.
std::vector<float> moved(const input::PixelView& from, const Change& c, std::int64_t rows,
                         std::int64_t cols) {
    const Affine at = source_of(c, rows, cols);
    const double scale = std::max(std::hypot(at.xx, at.yx) * double(from.width) / double(cols),
                                  std::hypot(at.xy, at.yy) * double(from.height) / double(rows));
    // So many places a pixel are averaged along each axis that none of the stored ones is passed over.
    const auto taps = static_cast<std::int64_t>(std::clamp(std::ceil(scale - 0.3), 1.0, 8.0));
    std::vector<float> out(static_cast<std::size_t>(rows * cols * 3));
    float* to = out.data();
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t k = 0; k < cols; ++k, to += 3) {
            for (std::int64_t i = 0; i < taps * taps; ++i) {
                const double u = (double(k) + (double(i % taps) + 0.5) / double(taps)) / double(cols) - 0.5;
                const double v = (double(r) + (double(i / taps) + 0.5) / double(taps)) / double(rows) - 0.5;
                add_pixel(from, (at.xx * u + at.xy * v + at.x0 + 0.5) * double(from.width) - 0.5,
                          (at.yx * u + at.yy * v + at.y0 + 0.5) * double(from.height) - 0.5, to);
            }
            for (std::int64_t k3 = 0; k3 < 3; ++k3) to[k3] /= static_cast<float>(taps * taps);
        }
    return out;
}

float grey(const float* rgb) { return 0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2]; }

/// Every value goes to middle + factor (value - middle).
template <class Middle>
void away_from(std::int64_t pixels, float factor, float* rgb, Middle middle) {
    for (std::int64_t p = 0; p < pixels; ++p, rgb += 3) {
        const float m = middle(rgb);
        for (std::int64_t k = 0; k < 3; ++k) rgb[k] = std::clamp(m + factor * (rgb[k] - m), 0.0f, 255.0f);
    }
}

/// Away from the mean of the 3 x 3 pixels around, or towards it.
void sharpen(float factor, std::int64_t rows, std::int64_t cols, float* rgb) {
    const std::vector<float> from(rgb, rgb + rows * cols * 3);
    for (std::int64_t r = 1; r + 1 < rows; ++r)
        for (std::int64_t i = 3 * (r * cols + 1); i < 3 * (r * cols + cols - 1); ++i) {
            float around = 0;
            for (const std::int64_t row : {i - 3 * cols, i, i + 3 * cols})
                for (const std::int64_t at : {row - 3, row, row + 3})
                    around += from[static_cast<std::size_t>(at)];
            around /= 9;
            rgb[i] = std::clamp(around + factor * (from[static_cast<std::size_t>(i)] - around), 0.0f, 255.0f);
        }
}

/// The channel's darkest value goes to 0, its brightest to 255.
void spread(std::int64_t pixels, float* channel) {
    float low = 255, high = 0;
    for (std::int64_t p = 0; p < pixels; ++p) {
        low = std::min(low, channel[3 * p]);
        high = std::max(high, channel[3 * p]);
    }
    if (high - low < 1) return;
    for (std::int64_t p = 0; p < pixels; ++p) channel[3 * p] = (channel[3 * p] - low) * 255 / (high - low);
}

/// As many pixels of the channel at every brightness.
void equalise(std::int64_t pixels, float* channel) {
    std::array<std::int64_t, 257> below{};
    for (std::int64_t p = 0; p < pixels; ++p) ++below[static_cast<std::size_t>(channel[3 * p]) + 1];
    for (std::size_t i = 1; i < below.size(); ++i) below[i] += below[i - 1];
    for (std::int64_t p = 0; p < pixels; ++p) {
        const auto at = static_cast<std::size_t>(channel[3 * p]);
        channel[3 * p] = 127.5f * static_cast<float>(below[at] + below[at + 1]) / static_cast<float>(pixels);
    }
}

}  // namespace

void apply(const Operation& o, std::int64_t rows, std::int64_t cols, float* rgb) {
    const std::int64_t pixels = rows * cols;
    const auto size = static_cast<float>(std::abs(o.size));
    const auto factor = static_cast<float>(1 + 0.9 * o.size);  // less or more
    switch (o.kind) {
        case Kind::auto_contrast:
            for (std::int64_t k = 0; k < 3; ++k) spread(pixels, rgb + k);
            return;
        case Kind::equalize:
            for (std::int64_t k = 0; k < 3; ++k) equalise(pixels, rgb + k);
            return;
        case Kind::solarize:
            for (std::int64_t i = 0; i < 3 * pixels; ++i)
                if (rgb[i] > 255 * (1 - size)) rgb[i] = 255 - rgb[i];
            return;
        case Kind::posterize: {
            const float step = std::exp2(std::round(4 * size));
            for (std::int64_t i = 0; i < 3 * pixels; ++i) rgb[i] = std::floor(rgb[i] / step) * step;
            return;
        }
        case Kind::contrast: {
            double sum = 0;
            for (std::int64_t p = 0; p < pixels; ++p) sum += grey(rgb + 3 * p);
            const auto mean = static_cast<float>(sum / double(pixels));
            return away_from(pixels, factor, rgb, [mean](const float*) { return mean; });
        }
        case Kind::brightness:
            return away_from(pixels, factor, rgb, [](const float*) { return 0.0f; });
        case Kind::color:
            return away_from(pixels, factor, rgb, grey);
        case Kind::sharpness:
            return sharpen(factor, rows, cols, rgb);
        default:
            return;
    }
}

void normalise(const input::PixelView& picture, const input::ImageConfig& image, const Change& change,
               float* out) {
    const std::int64_t rows = image.height, cols = image.width;
    std::vector<float> rgb;
    const bool in_place = picture.height == rows && picture.width == cols && change.operations.empty() &&
                          change.box == std::array<double, 4>{0, 0, 1, 1};
    if (in_place) {  // whole pixels, moved exactly
        rgb.reserve(static_cast<std::size_t>(rows * cols * 3));
        for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t c = 0; c < cols; ++c) {
                std::int64_t from = reflected(c - change.right, cols);
                if (change.mirror) from = cols - 1 - from;
                const std::uint8_t* p = picture.rgb + 3 * (reflected(r - change.down, rows) * cols + from);
                rgb.insert(rgb.end(), p, p + 3);
            }
    } else {
        rgb = moved(picture, change, rows, cols);
        for (const auto& o : change.operations) apply(o, rows, cols, rgb.data());
    }
    const auto contrast = static_cast<float>(change.contrast), added = static_cast<float>(change.brightness);
    for (std::size_t k = 0; k < 3; ++k) {
        const auto mean = static_cast<float>(image.mean.empty() ? 0 : image.mean[k]);
        const auto scale = static_cast<float>(image.std.empty() ? 1 : 1 / image.std[k]);
        for (std::size_t i = k; i < rgb.size(); i += 3)
            *out++ = ((rgb[i] * (1 / 255.0f) - mean) * contrast + added) * scale;
    }
}

std::array<std::int64_t, 4> cut(double area, std::int64_t rows, std::int64_t cols, Draws& draws) {
    const double side = std::sqrt(area);
    const auto height = static_cast<std::int64_t>(std::lround(side * double(rows))),
               width = static_cast<std::int64_t>(std::lround(side * double(cols)));
    const auto place = [&](std::int64_t room) {
        return static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(room + 1)));
    };
    return {place(rows - height), place(cols - width), height, width};
}

}  // namespace perceiver::train
