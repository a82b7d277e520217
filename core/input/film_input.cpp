#include "input/film_input.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "input/image_input.h"

namespace perceiver::input {
namespace {

/// [height * width, 3] of 0..1 to what the model reads of a frame; `view` follows.
at::Tensor channels_of(const at::Tensor& pixels, std::int64_t channels, std::vector<std::uint8_t>& view) {
    if (channels == 3) return pixels;
    const at::Tensor luma = at::matmul(pixels, at::tensor({0.299F, 0.587F, 0.114F})).unsqueeze(1);
    const float* y = luma.data_ptr<float>();
    for (std::size_t i = 0; i < view.size(); ++i)
        view[i] = static_cast<std::uint8_t>(std::lround(std::clamp(y[i / 3], 0.0F, 1.0F) * 255));
    return luma;
}

}  // namespace

FilmShape film_shape(const InputConfig& config) {
    if (config.type != InputConfig::Type::video) throw Error(ErrorCode::no_fit, "The model reads no film.");
    const auto& v = config.video;
    if (v.frames < 1 || v.height < 1 || v.width < 1)
        throw Error(ErrorCode::no_fit, "The model doesn't say how many frames of what size it reads.");
    return {v.frames, v.height, v.width, v.frame_rate};
}

at::Tensor normalised_film(const at::Tensor& film, const VideoConfig& config) {
    at::Tensor out = config.mean_frame > 0 ? film - config.mean_frame * film.mean(-4, true) : film;
    if (!config.mean.empty()) out = out - at::tensor(config.mean, at::kFloat);
    if (!config.std.empty()) out = out / at::tensor(config.std, at::kFloat);
    return out;
}

EncodedFilm encode_film(std::span<const PixelView> frames, const InputConfig& config, const CancelToken& cancel) {
    const FilmShape shape = film_shape(config);
    const std::int64_t channels = config.video.channels;
    if (frames.empty()) throw Error(ErrorCode::no_fit, "There is no frame in it.");
    if (channels != 1 && channels != 3)
        throw Error(ErrorCode::no_fit,
                    "The model reads frames of " + std::to_string(channels) + " channels; films have 3.");
    ImageConfig picture;   // of 0..1; the film's own statistics follow
    picture.height = shape.height;
    picture.width = shape.width;
    picture.crop_fraction = config.video.crop_fraction;
    picture.crop_centre = config.video.crop_centre;
    EncodedFilm out;
    out.data = at::empty({shape.frames, shape.height, shape.width, channels}, at::kFloat);
    for (std::int64_t t = 0; t < shape.frames; ++t) {
        cancel.check();
        if (t >= static_cast<std::int64_t>(frames.size())) {
            out.data[t].copy_(out.data[t - 1]);
            out.view.push_back(std::vector<std::uint8_t>(out.view.back()));
            continue;
        }
        const PixelView& frame = frames[static_cast<std::size_t>(t)];
        if (frame.width != frames[0].width || frame.height != frames[0].height)
            throw Error(ErrorCode::no_fit, "The frames of the film differ in size.");
        EncodedImage encoded = encode_image(frame, picture, cancel);
        out.crop_x = encoded.crop_x;
        out.crop_y = encoded.crop_y;
        out.crop_width = encoded.crop_width;
        out.crop_height = encoded.crop_height;
        out.data[t].copy_(
            channels_of(encoded.data, channels, encoded.view).view({shape.height, shape.width, channels}));
        out.view.push_back(std::move(encoded.view));
    }
    out.data = normalised_film(out.data, config.video);
    return out;
}

}  // namespace perceiver::input
