#include "input/resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

namespace perceiver::input {
namespace {

using Filter = ImageProcessorConfig::Resample;

constexpr int weight_bits = 22;
/// A weight is held as two numbers of 16 bits, high * 2^low_bits + low: every processor can multiply and add many such
/// numbers at a time. The sums are exact in 32 bits, as no filter's positive weights come to more than 1.3 in all.
constexpr int low_bits = 11;
/// Weights and lines are filled up with zeros to a multiple of this, so that a compiler makes whole vectors of them.
constexpr std::int64_t chunk = 8;

double sinc(double x) {
    if (x == 0) return 1;
    x *= std::numbers::pi;
    return std::sin(x) / x;
}

/// How far a filter reaches from its middle, in source pixels when enlarging.
double reach(Filter filter) {
    switch (filter) {
        case Filter::lanczos: return 3;
        case Filter::bicubic: return 2;
        case Filter::box: return 0.5;
        default: return 1;
    }
}

double value(Filter filter, double x) {
    const double d = std::abs(x);
    switch (filter) {
        case Filter::lanczos: return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
        case Filter::bicubic: {  // Keys' cubic with a = -1/2
            constexpr double a = -0.5;
            if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
            return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
        }
        case Filter::box: return x > -0.5 && x <= 0.5 ? 1 : 0;
        case Filter::hamming:
            if (d == 0) return 1;
            // Pillow keeps these two constants in single precision.
            return d < 1 ? sinc(d) * (double(0.54f) + double(0.46f) * std::cos(d * std::numbers::pi)) : 0;
        default: return d < 1 ? 1 - d : 0;
    }
}

/// Which source pixels make each pixel of one axis, and how much of each.
struct Taps {
    struct Run {
        std::int64_t first = 0;
        std::int64_t weights = 0, count = 0;  ///< where its own begin, and how many, a multiple of chunk
    };
    std::vector<Run> runs;
    std::vector<std::int16_t> high, low;
};

/// Of an axis with `from` pixels brought to `to`.
Taps make_taps(std::int64_t from, std::int64_t to, Filter filter) {
    const double scale = double(from) / double(to), spread = std::max(scale, 1.0), support = reach(filter) * spread;
    const double narrow = 1 / spread;
    Taps taps;
    taps.runs.reserve(static_cast<std::size_t>(to));
    std::vector<double> shares;
    for (std::int64_t i = 0; i < to; ++i) {
        const double middle = (double(i) + 0.5) * scale;
        const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(middle - support + 0.5));
        const auto end = std::min(from, static_cast<std::int64_t>(middle + support + 0.5));
        shares.clear();
        double sum = 0;
        for (std::int64_t p = first; p < end; ++p) {
            shares.push_back(value(filter, (double(p) - middle + 0.5) * narrow));
            sum += shares.back();
        }
        const std::size_t begin = taps.high.size();
        for (double share : shares) {
            if (sum != 0) share /= sum;
            const double scaled = share * (1 << weight_bits);
            const auto weight = static_cast<std::int32_t>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
            taps.high.push_back(static_cast<std::int16_t>(weight >> low_bits));
            taps.low.push_back(static_cast<std::int16_t>(weight & ((1 << low_bits) - 1)));
        }
        const std::int64_t count = (end - first + chunk - 1) / chunk * chunk;
        taps.high.resize(begin + static_cast<std::size_t>(count));
        taps.low.resize(begin + static_cast<std::size_t>(count));
        taps.runs.push_back({first, static_cast<std::int64_t>(begin), count});
    }
    return taps;
}

/// One line of one channel; writes a value every `stride` places. `line` may be read `chunk` values past its end.
template <class T>
void resample_line(const std::int16_t* line, const Taps& taps, T* to, std::int64_t stride) {
    for (const auto& run : taps.runs) {
        const std::int16_t* pixels = line + run.first;
        const std::int16_t *high = taps.high.data() + run.weights, *low = taps.low.data() + run.weights;
        std::int32_t high_sum = 0, low_sum = 1 << (weight_bits - 1);  // a half, to round
        for (std::int64_t t = 0; t < run.count; ++t) {
            high_sum += pixels[t] * high[t];
            low_sum += pixels[t] * low[t];
        }
        *to = static_cast<T>(std::clamp(((high_sum << low_bits) + low_sum) >> weight_bits, 0, 255));
        to += stride;
    }
}

/// The pixel each pixel of an axis is a copy of. Pillow steps along by adding, and so do we: the sums round alike.
std::vector<std::int64_t> nearest(std::int64_t from, std::int64_t to) {
    const double step = double(from) / double(to);
    std::vector<std::int64_t> source;
    source.reserve(static_cast<std::size_t>(to));
    double at = step * 0.5;
    for (std::int64_t i = 0; i < to; ++i, at += step)
        source.push_back(std::min(from - 1, static_cast<std::int64_t>(at)));
    return source;
}

}  // namespace

std::vector<std::uint8_t> resample(const PixelView& picture, const PixelBox& box, std::int64_t rows, std::int64_t cols,
                                   Filter filter, const CancelToken& cancel) {
    const auto source_row = [&](std::int64_t y) {
        return picture.rgb + 3 * ((box.y + y) * picture.width + box.x);
    };
    std::vector<std::uint8_t> out(static_cast<std::size_t>(rows * cols * 3));
    if (filter == Filter::nearest) {
        const auto across = nearest(box.width, cols), down = nearest(box.height, rows);
        std::uint8_t* to = out.data();
        for (const std::int64_t y : down) {
            cancel.check();
            for (const std::int64_t x : across) to = std::copy_n(source_row(y) + 3 * x, 3, to);
        }
        return out;
    }

    const Taps across = make_taps(box.width, cols, filter), down = make_taps(box.height, rows, filter);
    const std::int64_t width = box.width + chunk, height = box.height + chunk;
    std::vector<std::int16_t> line(static_cast<std::size_t>(3 * width));
    std::vector<std::int16_t> columns(static_cast<std::size_t>(cols * 3 * height));   // [cols, 3, height]
    for (std::int64_t y = 0; y < box.height; ++y) {
        cancel.check();
        const std::uint8_t* row = source_row(y);
        for (std::int64_t x = 0; x < box.width; ++x)
            for (std::int64_t c = 0; c < 3; ++c) line[static_cast<std::size_t>(c * width + x)] = row[3 * x + c];
        for (std::int64_t c = 0; c < 3; ++c)
            resample_line(line.data() + c * width, across, columns.data() + c * height + y, 3 * height);
    }
    for (std::int64_t i = 0; i < cols * 3; ++i) {
        cancel.check();
        resample_line(columns.data() + i * height, down, out.data() + i, cols * 3);
    }
    return out;
}

}  // namespace perceiver::input
