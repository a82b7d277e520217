#include "input/image_input.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/_upsample_bilinear2d_aa.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "input/image_processor.h"

namespace perceiver::input {
namespace {

/// [1, 3, rows, cols] float32 in 0..255, from a box of the picture.
at::Tensor resample(const PixelView& picture, std::int64_t x, std::int64_t y, std::int64_t width, std::int64_t height,
                    std::int64_t rows, std::int64_t cols, ImageConfig::Resample how) {
    const at::Tensor all =
        at::from_blob(const_cast<std::uint8_t*>(picture.rgb), {picture.height, picture.width, 3}, at::kByte);
    const at::Tensor box =
        all.narrow(0, y, height).narrow(1, x, width).permute({2, 0, 1}).unsqueeze(0).to(at::kFloat).contiguous();
    const std::vector<std::int64_t> size{rows, cols};
    const at::Tensor scaled = how == ImageConfig::Resample::bicubic
                                  ? at::_upsample_bicubic2d_aa(box, size, /*align_corners=*/false)
                                  : at::_upsample_bilinear2d_aa(box, size, /*align_corners=*/false);
    return scaled.clamp(0, 255);
}

EncodedImage encoded(ProcessedImage image) {
    EncodedImage out;
    out.rows = image.rows;
    out.cols = image.cols;
    out.data = at::empty({image.rows * image.cols, 3}, at::kFloat);
    std::ranges::copy(image.data, out.data.data_ptr<float>());
    out.view = std::move(image.view);
    out.crop_x = double(image.crop.x);
    out.crop_y = double(image.crop.y);
    out.crop_width = double(image.crop.width);
    out.crop_height = double(image.crop.height);
    return out;
}

}  // namespace

std::vector<std::uint8_t> box_reduce(const PixelView& picture, std::int64_t factor, std::int64_t& width,
                                     std::int64_t& height, const CancelToken& cancel) {
    width = (picture.width + factor - 1) / factor;
    height = (picture.height + factor - 1) / factor;
    std::vector<std::uint8_t> out(static_cast<std::size_t>(width * height * 3));
    for (std::int64_t r = 0; r < height; ++r) {
        cancel.check();
        for (std::int64_t c = 0; c < width; ++c) {
            const std::int64_t y1 = std::min(picture.height, (r + 1) * factor),
                               x1 = std::min(picture.width, (c + 1) * factor);
            std::int64_t sum[3] = {0, 0, 0};
            for (std::int64_t y = r * factor; y < y1; ++y)
                for (std::int64_t x = c * factor; x < x1; ++x)
                    for (int k = 0; k < 3; ++k) sum[k] += picture.rgb[(y * picture.width + x) * 3 + k];
            const std::int64_t n = (y1 - r * factor) * (x1 - c * factor);
            for (int k = 0; k < 3; ++k)
                out[static_cast<std::size_t>((r * width + c) * 3 + k)] =
                    static_cast<std::uint8_t>((sum[k] + n / 2) / n);
        }
    }
    return out;
}

EncodedImage encode_image(const PixelView& picture, const ImageConfig& config, const CancelToken& cancel) {
    if (config.processor && config.channels == 3) return encoded(process_image(picture, *config.processor, cancel));
    if (config.height < 1 || config.width < 1 || config.channels != 3)
        throw Error(ErrorCode::no_fit, "The model doesn't say what size of picture it reads.");
    EncodedImage out;
    out.rows = config.height;
    out.cols = config.width;
    std::int64_t x = 0, y = 0, width = picture.width, height = picture.height;
    if (config.fit == ImageConfig::Fit::center_crop) {
        // The largest box of the model's own shape or its part, in the middle or about another place.
        const double scale = config.crop_fraction * std::min(double(width) / double(config.width),
                                                             double(height) / double(config.height));
        width = std::clamp<std::int64_t>(std::llround(scale * double(config.width)), 1, picture.width);
        height = std::clamp<std::int64_t>(std::llround(scale * double(config.height)), 1, picture.height);
        const auto begin = [](double centre, std::int64_t part, std::int64_t whole) {
            const auto at = static_cast<std::int64_t>(std::floor(centre * double(whole) - double(part) / 2));
            return std::clamp<std::int64_t>(at, 0, whole - part);
        };
        x = begin(config.crop_centre[0], width, picture.width);
        y = begin(config.crop_centre[1], height, picture.height);
    }
    out.crop_x = double(x);
    out.crop_y = double(y);
    out.crop_width = double(width);
    out.crop_height = double(height);

    // A picture many times larger is first averaged by a whole factor: the same to the filter, and a fraction of the
    // memory.
    const std::int64_t factor = std::min(width / config.width, height / config.height) / 8;
    at::Tensor pixels;
    if (factor >= 2) {
        PixelView box{picture.rgb, picture.width, picture.height};
        std::int64_t small_width = 0, small_height = 0;
        const auto small = box_reduce(box, factor, small_width, small_height, cancel);
        const auto part = [&](std::int64_t v) { return v / factor; };
        pixels = resample({small.data(), small_width, small_height}, part(x), part(y),
                          std::max<std::int64_t>(1, part(width)), std::max<std::int64_t>(1, part(height)), out.rows,
                          out.cols, config.resample);
    } else {
        pixels = resample(picture, x, y, width, height, out.rows, out.cols, config.resample);
    }
    pixels = pixels.squeeze(0).permute({1, 2, 0}).reshape({out.rows * out.cols, 3}).contiguous();

    const at::Tensor bytes = pixels.round().to(at::kByte).contiguous();
    out.view.assign(bytes.data_ptr<std::uint8_t>(), bytes.data_ptr<std::uint8_t>() + bytes.numel());
    out.data = pixels / 255;
    if (!config.mean.empty()) out.data = out.data - at::tensor(config.mean, at::kFloat);
    if (!config.std.empty()) out.data = out.data / at::tensor(config.std, at::kFloat);
    return out;
}

}  // namespace perceiver::input
