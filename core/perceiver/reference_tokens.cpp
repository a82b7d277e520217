// Reference::tokens: from the data of each modality to [M, C], written anew beside input/encoder.cpp.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/relu.h>

#include <limits>

#include "base/error.h"
#include "perceiver/reference.h"

namespace perceiver {
namespace {

using input::InputConfig;

/// What TensorFlow's "SAME" adds along an axis at stride 2, before and after.
std::pair<std::int64_t, std::int64_t> same_padding(std::int64_t n, std::int64_t kernel) {
    const std::int64_t kept = (n + 1) / 2, total = std::max<std::int64_t>(0, (kept - 1) * 2 + kernel - n);
    return {total / 2, total - total / 2};
}
at::Tensor same_padded(const at::Tensor& x, std::int64_t kernel, double value) {
    const auto [top, bottom] = same_padding(x.size(2), kernel);
    const auto [left, right] = same_padding(x.size(3), kernel);
    return at::constant_pad_nd(x, {left, right, top, bottom}, value);
}

/// Windows of `patch` along the leading axes, [grid..., channels, patch...] -> [places, patch..., channels] flattened.
at::Tensor space_to_depth(at::Tensor x, const std::vector<std::int64_t>& patch, std::vector<std::int64_t>& grid) {
    const auto axes = static_cast<std::int64_t>(patch.size());
    for (std::int64_t a = 0; a < axes; ++a) {
        const std::int64_t size = patch[static_cast<std::size_t>(a)];
        if (x.size(a) < size || x.size(a) % size != 0) throw Error(ErrorCode::no_fit, "The model reads whole patches.");
        x = x.unfold(a, size, size);
        grid.push_back(x.size(a));
    }
    return x.movedim(axes, -1).flatten(axes).flatten(0, axes - 1);
}

}  // namespace

at::Tensor Reference::data(const std::string& prefix, const at::Tensor& given, const InputConfig& config,
                           std::vector<std::int64_t>& grid, at::Tensor& positions) const {
    using Prepare = input::ImageConfig::Prepare;
    const at::Tensor raw = given.to(type_);
    switch (config.type) {
        case InputConfig::Type::image: break;
        case InputConfig::Type::audio:
            return space_to_depth(raw.reshape({-1, 1}), {config.audio.samples_per_patch}, grid);
        case InputConfig::Type::spectrogram:
            return space_to_depth(raw.unsqueeze(2), {config.spectrogram.patch[0], config.spectrogram.patch[1]}, grid);
        case InputConfig::Type::video:
            return space_to_depth(raw, {config.video.patch.begin(), config.video.patch.end()}, grid);
        case InputConfig::Type::points:
            positions = raw.narrow(1, 0, config.points.dims);
            return raw.narrow(1, config.points.dims, config.points.features);
        case InputConfig::Type::label: return raw.reshape({1, config.label.classes});
        case InputConfig::Type::multimodal: throw Error(ErrorCode::no_fit, "Several modalities can't be one.");
    }
    const auto& image = config.image;
    if (image.prepare == Prepare::pixels) return space_to_depth(raw, {1, 1}, grid);
    if (image.prepare == Prepare::patches) return space_to_depth(raw, {image.patch[0], image.patch[1]}, grid);
    at::Tensor x = raw.permute({2, 0, 1}).unsqueeze(0);
    if (image.prepare == Prepare::conv1x1) {
        x = at::conv2d(x, weight(prefix + "conv.weight"), weight(prefix + "conv.bias"));
    } else {
        const bool same = image.padding == input::ImageConfig::Padding::same;
        x = same ? same_padded(x, 7, 0) : at::constant_pad_nd(x, {3, 3, 3, 3}, 0);
        x = at::conv2d(x, weight(prefix + "conv.weight"), {}, 2);
        const auto statistic = [&](const char* name) {
            return weight(prefix + "conv_norm." + name).reshape({1, -1, 1, 1});
        };
        x = (x - statistic("mean")) / (statistic("variance") + 1e-5).sqrt() * statistic("weight") + statistic("bias");
        x = at::relu(x);
        if (same) x = same_padded(x, 3, -std::numeric_limits<double>::infinity());
        x = at::max_pool2d(x, 3, 2);
    }
    return space_to_depth(x.squeeze(0).permute({1, 2, 0}), {1, 1}, grid);
}

at::Tensor Reference::elements(const std::string& prefix, const at::Tensor& raw, const InputConfig& config) const {
    std::vector<std::int64_t> grid;
    at::Tensor positions;
    std::vector<at::Tensor> channels{data(prefix, raw, config, grid, positions)};
    const std::int64_t count = channels[0].size(0);
    if (config.position.type == PositionConfig::Type::learned) {
        at::Tensor table = weight(prefix + "position");
        if (config.position.projected_channels) table = linear(prefix + "position_projection", table);
        if (table.size(0) != count) throw Error(ErrorCode::no_fit, "The model has learned positions for another grid.");
        channels.push_back(table);
    } else if (config.position.type == PositionConfig::Type::fourier) {
        channels.push_back(
            input::fourier_features(positions.defined() ? positions : input::grid_positions(grid), config.position)
                .to(type_));
    }
    if (const auto padding = weights_.find(prefix + "padding"); padding != weights_.end())
        channels.push_back(padding->second.unsqueeze(0).expand({count, padding->second.size(0)}));
    return at::cat(channels, 1);
}

at::Tensor Reference::tokens(const input::RawInput& raw, const input::EncodeOptions& options) const {
    const auto data_of = [&](const std::string& name) {
        const auto it = raw.find(name);
        if (it == raw.end()) throw Error(ErrorCode::no_fit, "The modality \"" + name + "\" is missing.");
        return it->second;
    };
    if (config_.input.type != InputConfig::Type::multimodal) return elements("input.", data_of(""), config_.input);
    std::vector<at::Tensor> parts;
    for (const auto& m : config_.input.modalities) {
        const std::string prefix = "input." + m.name + ".";
        at::Tensor own = elements(prefix, data_of(m.name), m.input);
        const auto chosen = options.masked_modalities.find(m.name);
        if (m.has_mask_token && (chosen == options.masked_modalities.end() ? m.masked : chosen->second))
            own = weight(prefix + "mask_token").unsqueeze(0).expand_as(own);
        parts.push_back(own);
    }
    return at::cat(parts);
}

}  // namespace perceiver
