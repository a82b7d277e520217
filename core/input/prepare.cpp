#include "input/prepare.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>

#include <limits>

#include "base/error.h"

namespace perceiver::input {
namespace {

void require(bool holds, const std::string& sentence) {
    if (!holds) throw Error(ErrorCode::no_fit, sentence);
}

std::string shape_words(const at::Tensor& t) {
    std::string text;
    for (auto n : t.sizes()) text += (text.empty() ? "" : " x ") + std::to_string(n);
    return text;
}

/// [H, W, c] -> [H/dy * W/dx, dy * dx * c] and the like with time: space to depth, channel fastest.
Prepared patches(const at::Tensor& raw, std::vector<std::int64_t> patch) {
    const std::size_t axes = patch.size();
    std::vector<std::int64_t> split, order, grid;
    std::int64_t depth = raw.size(-1);
    for (std::size_t a = 0; a < axes; ++a) {
        const std::int64_t n = raw.size(static_cast<std::int64_t>(a));
        require(n >= patch[a] && n % patch[a] == 0, "The model reads whole patches of " + std::to_string(patch[a]) +
                                                        ", the input is " + shape_words(raw) + ".");
        grid.push_back(n / patch[a]);
        split.insert(split.end(), {n / patch[a], patch[a]});
        order.push_back(static_cast<std::int64_t>(2 * a));
        depth *= patch[a];
    }
    split.push_back(raw.size(-1));
    for (std::size_t a = 0; a < axes; ++a) order.push_back(static_cast<std::int64_t>(2 * a + 1));
    order.push_back(static_cast<std::int64_t>(2 * axes));
    return {raw.reshape(split).permute(order).reshape({-1, depth}), grid, {}};
}

/// [c, h, w] -> elements.
Prepared elements(const at::Tensor& channels_first) {
    const std::int64_t c = channels_first.size(0), h = channels_first.size(1), w = channels_first.size(2);
    return {channels_first.permute({1, 2, 0}).reshape({h * w, c}), {h, w}, {}};
}

Prepared image(const at::Tensor& raw, const ImageConfig& config, const ConvWeights& conv) {
    using Prepare = ImageConfig::Prepare;
    require(raw.dim() == 3 && raw.size(2) == config.channels, "The model reads a picture of " +
                                                                  std::to_string(config.channels) +
                                                                  " channels, the input is " + shape_words(raw) + ".");
    if (config.prepare == Prepare::pixels) return {raw.reshape({-1, config.channels}), {raw.size(0), raw.size(1)}, {}};
    if (config.prepare == Prepare::patches) return patches(raw, {config.patch[0], config.patch[1]});
    require(config.elements(raw.size(0), 0) >= 1 && config.elements(raw.size(1), 1) >= 1,
            "The picture is too small for the model's convolution: " + shape_words(raw) + ".");
    at::Tensor x = raw.permute({2, 0, 1}).unsqueeze(0).contiguous();   // [1, c, H, W]
    if (config.prepare == Prepare::conv1x1) return elements(at::conv2d(x, conv.weight, conv.bias).squeeze(0));
    const bool same = config.padding == ImageConfig::Padding::same;
    // TensorFlow's SAME keeps ceil(n / 2) and pads what is missing, the larger half after.
    const auto pad = [](std::int64_t n, std::int64_t kernel) {
        return std::max<std::int64_t>(0, ((n + 1) / 2 - 1) * 2 + kernel - n);
    };
    const auto padded = [&](const at::Tensor& t, std::int64_t kernel, double value) {
        const std::int64_t h = pad(t.size(2), kernel), w = pad(t.size(3), kernel);
        return at::constant_pad_nd(t, {w / 2, w - w / 2, h / 2, h - h / 2}, value);
    };
    x = at::conv2d(same ? padded(x, 7, 0) : x, conv.weight, {}, 2, same ? 0 : 3);
    x = at::batch_norm(x, conv.norm_weight, conv.norm_bias, conv.norm_mean, conv.norm_variance, false, 0, 1e-5, false);
    x = at::relu(x);
    if (same) x = padded(x, 3, -std::numeric_limits<double>::infinity());
    return elements(at::max_pool2d(x, 3, 2).squeeze(0));
}

}  // namespace

Prepared prepare(const at::Tensor& given, const InputConfig& config, const ConvWeights& conv) {
    const at::Tensor raw = given.to(at::kFloat);
    switch (config.type) {
        case InputConfig::Type::image: return image(raw, config.image, conv);
        case InputConfig::Type::audio: {
            const std::int64_t n = config.audio.samples_per_patch;
            require(raw.numel() >= n && raw.numel() % n == 0, "The model reads whole patches of " + std::to_string(n) +
                                                                  " samples, the input has " +
                                                                  std::to_string(raw.numel()) + ".");
            return {raw.reshape({-1, n}), {raw.numel() / n}, {}};
        }
        case InputConfig::Type::spectrogram: {
            const auto& sound = config.spectrogram;
            require(raw.dim() == 2 && raw.size(0) == sound.mels,
                    "The model reads a spectrogram of " + std::to_string(sound.mels) + " mels, the input is " +
                        shape_words(raw) + ".");
            return patches(raw.unsqueeze(2), {sound.patch[0], sound.patch[1]});
        }
        case InputConfig::Type::video: {
            const auto& video = config.video;
            require(raw.dim() == 4 && raw.size(3) == video.channels,
                    "The model reads film of " + std::to_string(video.channels) + " channels, the input is " +
                        shape_words(raw) + ".");
            return patches(raw, {video.patch.begin(), video.patch.end()});
        }
        case InputConfig::Type::points: {
            const auto& points = config.points;
            require(raw.dim() == 2 && raw.size(1) == points.dims + points.features && raw.size(0) > 0,
                    "The model reads points of " + std::to_string(points.dims + points.features) +
                        " numbers each, the input is " + shape_words(raw) + ".");
            return {raw.narrow(1, points.dims, points.features),
                    {raw.size(0)},
                    raw.narrow(1, 0, points.dims).to(at::kDouble)};
        }
        case InputConfig::Type::label:
            require(raw.numel() == config.label.classes,
                    "The model's label has " + std::to_string(config.label.classes) + " classes.");
            return {raw.reshape({1, -1}), {1}, {}};
        case InputConfig::Type::multimodal: break;
    }
    throw Error(ErrorCode::no_fit, "Several modalities can't be one.");
}

}  // namespace perceiver::input
