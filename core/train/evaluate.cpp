#include "train/evaluate.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/softmax.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "input/film_input.h"
#include "input/image_input.h"
#include "input/points_input.h"
#include "input/sound_input.h"
#include "train/augment_points.h"
#include "train/camera.h"

namespace perceiver::train {
namespace {

bool reads_film(const InputConfig& config) { return config.type == InputConfig::Type::video; }

/// A test clip through the program's own way from frames of 8-bit RGB.
at::Tensor film_of(const InputConfig& config, const Split& split, std::int64_t i) {
    const auto shape = input::film_shape(config);
    const std::int64_t channels = config.video.channels, frame = shape.height * shape.width;
    const auto clip = test_clip(split, i, {shape.frames, shape.height, shape.width, channels});
    std::vector<std::uint8_t> rgb(static_cast<std::size_t>(3 * frame * shape.frames));
    for (std::size_t k = 0; k < rgb.size(); ++k) rgb[k] = clip[channels == 3 ? k : k / 3];
    std::vector<input::PixelView> frames;
    for (std::int64_t t = 0; t < shape.frames; ++t)
        frames.push_back({rgb.data() + 3 * frame * t, shape.width, shape.height});
    return input::encode_film(frames, config).data;
}

/// View v of an example as the model's data. View 0 is the example as it is.
at::Tensor data_of(const InputConfig& config, const Split& split, std::int64_t i, std::int64_t v,
                   std::int64_t views) {
    if (reads_film(config)) return film_of(config, split, i);
    if (split.medium == Medium::pictures) {
        const auto encoded =
            input::encode_image({split.picture(i).data(), split.cols, split.rows}, config.image);
        return encoded.data.view({encoded.rows, encoded.cols, -1});
    }
    if (split.medium == Medium::sounds) {
        std::vector<float> samples = split.sound(i);
        std::ranges::rotate(samples, samples.begin() + v * split.cols / views);
        return input::encode_sound(samples, split.rate, config);
    }
    const at::Tensor cloud =
        input::encode_points(split.cloud(i), config.points, static_cast<std::uint64_t>(i)).data;
    if (v == 0) return cloud;
    Draws draws(static_cast<std::uint64_t>(v), 0, static_cast<std::uint64_t>(i));
    const PointsAugment other{0, 0.2, true, 15, 0.05, 0};
    at::Tensor out = at::empty_like(cloud);
    change({cloud.data_ptr<float>(), static_cast<std::size_t>(cloud.numel())},
           choose_points(cloud.size(0), 0, draws), other, draws, out.data_ptr<float>());
    return out;
}

std::int64_t answer(const Perceiver& model, const Split& split, std::int64_t i, std::int64_t views) {
    at::Tensor sum;
    for (std::int64_t v = 0; v < views; ++v) {
        const Trace trace =
            model.forward(model.make_input(data_of(model.config().input, split, i, v, views)));
        const at::Tensor part = trace.logits.softmax(0);
        sum = v == 0 ? part : sum + part;
    }
    return sum.argmax().item<std::int64_t>();
}

void check_fit(const Config& config, const std::vector<std::string>& labels, const Split& split,
               std::int64_t views) {
    const bool film = reads_film(config.input);
    const auto& wanted = film ? motion_names() : labels;
    if (wanted.size() != static_cast<std::size_t>(config.num_classes) ||
        (!config.labels.empty() && config.labels != wanted))
        throw Error(ErrorCode::no_fit, film ? "The model's labels are not the camera's motions."
                                            : "The model's labels are not those of the pack.");
    using Type = InputConfig::Type;
    const Type type = config.input.type;
    const bool fits = split.medium == Medium::pictures ? type == Type::image || film
                      : split.medium == Medium::clouds ? type == Type::points
                                                       : type == Type::spectrogram || type == Type::audio;
    if (!fits) throw Error(ErrorCode::no_fit, "The model doesn't read what the pack holds.");
    if (views > 1 && (split.medium == Medium::pictures || (type == Type::points && split.cols != 3)))
        throw Error(ErrorCode::no_fit, "Only sounds and clouds of 3 coordinates have several views.");
}

/// Counts the answers to examples 0 to all - 1, asked for a few at a time: answers(first, count) are their labels.
template <class Answers, class LabelOf>
Evaluation counted(std::int64_t classes, std::int64_t all, Answers answers, LabelOf label_of,
                   const std::function<bool(std::int64_t)>& progress) {
    Evaluation e;
    e.right_of_label.resize(static_cast<std::size_t>(classes));
    e.of_label.resize(static_cast<std::size_t>(classes));
    constexpr std::int64_t step = 64;
    for (std::int64_t first = 0; first < all; first += step) {
        const std::int64_t count = std::min(step, all - first);
        const std::vector<std::int64_t> given = answers(first, count);
        for (std::int64_t i = 0; i < count; ++i) {
            const auto label = static_cast<std::size_t>(label_of(first + i));
            const bool right = given[static_cast<std::size_t>(i)] == static_cast<std::int64_t>(label);
            e.right += right;
            e.right_of_label[label] += right;
            ++e.of_label[label];
        }
        e.n += count;
        if (progress && !progress(e.n)) throw Error(ErrorCode::cancelled, "Cancelled.");
    }
    return e;
}

}  // namespace

Evaluation evaluate(const Perceiver& model, const std::vector<std::string>& labels, const Split& split,
                    const std::function<bool(std::int64_t)>& progress, std::int64_t views) {
    check_fit(model.config(), labels, split, views);
    const bool film = reads_film(model.config().input);
    const auto answers = [&](std::int64_t first, std::int64_t count) {
        std::vector<std::int64_t> out(static_cast<std::size_t>(count));
        at::parallel_for(0, count, 1, [&](std::int64_t a, std::int64_t b) {
            for (std::int64_t i = a; i < b; ++i)
                out[static_cast<std::size_t>(i)] = answer(model, split, first + i, views);
        });
        return out;
    };
    const auto label_of = [&](std::int64_t i) { return film ? test_clip_motion(i) : split.label(i); };
    return counted(model.config().num_classes, film ? test_clips : split.size(), answers, label_of, progress);
}

Evaluation evaluate(const rivals::Rival& rival, const std::vector<std::string>& labels, const Split& split,
                    const std::function<bool(std::int64_t)>& progress, std::span<const std::int64_t> order) {
    const auto& config = rival.config();
    if (labels.size() != static_cast<std::size_t>(config.num_classes) ||
        (!config.labels.empty() && config.labels != labels))
        throw Error(ErrorCode::no_fit, "The model's labels are not those of the pack.");
    if (split.medium != Medium::pictures)
        throw Error(ErrorCode::no_fit, "The model doesn't read what the pack holds.");
    const auto& image = config.input.image;
    const auto answers = [&](std::int64_t first, std::int64_t count) {
        const at::Tensor pixels = at::empty({count, image.channels, image.height, image.width}, at::kFloat);
        for (std::int64_t i = 0; i < count; ++i) {
            const auto encoded = input::encode_image({split.picture(first + i).data(), split.cols, split.rows}, image);
            pixels[i].copy_(encoded.data.view({encoded.rows, encoded.cols, -1}).permute({2, 0, 1}));
        }
        rivals::Features f = rival.features(pixels);
        if (!order.empty()) f = rivals::permuted(f, order, true);
        const at::Tensor best = rival.logits(f).argmax(1);
        return std::vector<std::int64_t>(best.data_ptr<std::int64_t>(), best.data_ptr<std::int64_t>() + count);
    };
    const auto label_of = [&](std::int64_t i) { return split.label(i); };
    return counted(config.num_classes, split.size(), answers, label_of, progress);
}

}  // namespace perceiver::train
