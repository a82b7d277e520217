#include "input/image_processor.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "base/error.h"
#include "base/limits.h"
#include "input/resample.h"

namespace perceiver::input {
namespace {

void require(bool holds, const std::string& what) {
    if (!holds) throw Error(ErrorCode::unreadable_model, "The image processor's settings are wrong: " + what + ".");
}

std::int64_t floor_half(std::int64_t v) { return (v - (v < 0)) / 2; }

/// What the crop takes along one axis of `length` pixels: from `first` up to `end`, outside of 0..length zeros.
struct Span {
    std::int64_t first = 0, end = 0;
};
Span middle(std::int64_t length, std::int64_t wanted, bool round_up) {
    const std::int64_t first = floor_half(length - wanted + (round_up ? 1 : 0));
    if (wanted <= length) return {first, first + wanted};
    // The picture is padded to the crop's size by half of what lacks, rounded down, while the crop begins that far
    // above, rounded down too: when an odd number lacks, the crop has one pixel less.
    const std::int64_t before = (wanted - length) / 2;
    return {std::max(first, -before), std::min(first + wanted, wanted - before)};
}

PixelBox crop_box(const PixelView& picture, const ImageProcessorConfig& config) {
    if (!config.do_center_crop) return {0, 0, picture.width, picture.height};
    const double shorter = double(std::min(picture.width, picture.height));
    const auto side = [&](std::int64_t size, std::int64_t crop) {
        return std::max<std::int64_t>(1, static_cast<std::int64_t>(double(size) / double(crop) * shorter));
    };
    const Span y = middle(picture.height, side(config.height, config.crop_height), config.crop_rounds_up);
    const Span x = middle(picture.width, side(config.width, config.crop_width), config.crop_rounds_up);
    return {x.first, y.first, x.end - x.first, y.end - y.first};
}

void require_memory(std::int64_t rows, std::int64_t cols) {
    if (rows > Limits{}.pixels / cols)
        throw Error(ErrorCode::out_of_resources, "The model wants this picture at " + std::to_string(cols) + " x " +
                                                     std::to_string(rows) + " pixels, which is more than fits.");
}

/// The box of the picture with zeros where it reaches past the edges, [height, width, 3].
std::vector<std::uint8_t> cut(const PixelView& picture, const PixelBox& box) {
    std::vector<std::uint8_t> out(static_cast<std::size_t>(box.height * box.width * 3));
    const std::int64_t x0 = std::max<std::int64_t>(0, box.x), x1 = std::min(picture.width, box.x + box.width);
    const std::int64_t y1 = std::min(picture.height, box.y + box.height);
    for (std::int64_t y = std::max<std::int64_t>(0, box.y); y < y1; ++y)
        std::copy_n(picture.rgb + 3 * (y * picture.width + x0), 3 * (x1 - x0),
                    out.data() + 3 * ((y - box.y) * box.width + x0 - box.x));
    return out;
}

/// What becomes of each byte of each channel. Rescaled in float64, then everything in float32, as numpy does it.
std::array<std::array<float, 256>, 3> values(const ImageProcessorConfig& config) {
    std::array<std::array<float, 256>, 3> table{};
    for (std::size_t c = 0; c < 3; ++c)
        for (int b = 0; b < 256; ++b) {
            float v = static_cast<float>(config.do_rescale ? b * config.rescale_factor : b);
            if (config.do_normalize) v = (v - static_cast<float>(config.mean[c])) / static_cast<float>(config.std[c]);
            table[c][static_cast<std::size_t>(b)] = v;
        }
    return table;
}

}  // namespace

void validate(const ImageProcessorConfig& config) {
    const auto size = [](std::int64_t value, const std::string& key) {
        require(value >= 1 && value <= 1 << 14, key + " is " + std::to_string(value) + ", not 1 to 16384");
    };
    size(config.crop_height, "crop_size.height");
    size(config.crop_width, "crop_size.width");
    size(config.height, "size.height");
    size(config.width, "size.width");
    const auto in_range = [](double v) { return v >= 1e-6 && v <= 1e6; };
    require(in_range(config.rescale_factor), "rescale_factor is not between 0.000001 and 1000000");
    for (double m : config.mean) require(m >= -1e6 && m <= 1e6, "image_mean is out of range");
    for (double s : config.std) require(in_range(s), "image_std is not between 0.000001 and 1000000");
}

ProcessedImage process_image(const PixelView& picture, const ImageProcessorConfig& config, const CancelToken& cancel) {
    validate(config);
    ProcessedImage out;
    out.crop = crop_box(picture, config);
    require_memory(out.crop.height, out.crop.width);
    out.rows = config.do_resize ? config.height : out.crop.height;
    out.cols = config.do_resize ? config.width : out.crop.width;
    require_memory(out.rows, out.cols);

    require_memory(out.crop.height, out.cols);   // between the two passes of a resize

    const PixelBox& box = out.crop;
    const bool inside = box.x >= 0 && box.y >= 0 && box.x + box.width <= picture.width &&
                        box.y + box.height <= picture.height;
    if (!config.do_resize) {
        out.view = cut(picture, box);
    } else if (inside) {
        out.view = resample(picture, box, out.rows, out.cols, config.resample, cancel);
    } else {
        const auto framed = cut(picture, box);
        out.view = resample({framed.data(), box.width, box.height}, {0, 0, box.width, box.height}, out.rows, out.cols,
                            config.resample, cancel);
    }
    const auto table = values(config);
    out.data.resize(out.view.size());
    for (std::size_t i = 0; i < out.view.size(); i += 3)
        for (std::size_t c = 0; c < 3; ++c) out.data[i + c] = table[c][out.view[i + c]];
    return out;
}

}  // namespace perceiver::input
