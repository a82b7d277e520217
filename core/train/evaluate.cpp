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
#include "train/sound_powers.h"

namespace perceiver::train {
namespace {

/// Of the noise in example 0.
constexpr std::uint64_t noise_seed = 1'000'003;

bool reads_film(const InputConfig& config) { return config.type == InputConfig::Type::video; }

/// A test clip through the program's own way from frames of 8-bit RGB.
at::Tensor test_film(const InputConfig& config, const Split& split, std::int64_t i) {
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

/// The samples of an example, as the conditions want them.
std::vector<float> heard(const Split& split, std::int64_t i, const Conditions& conditions) {
    std::vector<float> samples = split.sound(i);
    if (!conditions.noise) return samples;
    const double level = mean_power(without_silent_end(samples)) * std::pow(10, -*conditions.noise / 10);
    const auto noise = white_noise(samples.size(), noise_seed + static_cast<std::uint64_t>(i));
    for (std::size_t k = 0; k < samples.size(); ++k) samples[k] += static_cast<float>(std::sqrt(level)) * noise[k];
    return samples;
}

at::Tensor film_of(const InputConfig& config, const Split& split, const std::vector<std::uint8_t>& rgb) {
    std::vector<input::PixelView> frames;
    for (std::int64_t t = 0; t < split.frames; ++t)
        frames.push_back({rgb.data() + 3 * t * split.rows * split.cols, split.cols, split.rows});
    return input::encode_film(frames, config).data;
}

/// A film's frames and sound, by the model's modalities.
input::RawInput senses_of(const InputConfig& config, const Split& split, std::int64_t i, const Conditions& conditions) {
    input::RawInput raw;
    for (const auto& m : config.modalities) {
        if (!conditions.only.empty() && conditions.only != m.name) continue;
        raw[m.name] = reads_film(m.input)
                          ? film_of(m.input, split, split.film(i))
                          : input::encode_sound(heard(split, i, conditions), split.rate, m.input);
    }
    return raw;
}

input::EncodeOptions without_others(const InputConfig& config, const Conditions& conditions) {
    input::EncodeOptions options;
    for (const auto& m : config.modalities)
        if (!conditions.only.empty() && conditions.only != m.name) options.absent.insert(m.name);
    return options;
}

/// View v of a picture.
at::Tensor picture_of(const InputConfig& config, const Split& split, std::int64_t i, std::int64_t v) {
    const std::int64_t part = v / 2;  // the whole, the middle, four corners
    const std::int64_t rows = part == 0 ? split.rows : (7 * split.rows + 7) / 8,
                       cols = part == 0 ? split.cols : (7 * split.cols + 7) / 8;
    const std::int64_t down = split.rows - rows, right = split.cols - cols;
    const std::int64_t top = part < 2 ? down / 2 : part >= 4 ? down : 0, left = part < 2 ? right / 2 : part % 2 * right;
    const auto whole = split.picture(i);
    std::vector<std::uint8_t> rgb(static_cast<std::size_t>(3 * rows * cols));
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < cols; ++c) {
            const std::int64_t from = (top + r) * split.cols + left + (v % 2 ? cols - 1 - c : c);
            std::copy_n(whole.begin() + 3 * from, 3, rgb.begin() + 3 * (r * cols + c));
        }
    const auto encoded = input::encode_image({rgb.data(), cols, rows}, config.image);
    return encoded.data.view({encoded.rows, encoded.cols, -1});
}

/// View v of an example as the model's data. View 0 is the example as it is.
at::Tensor data_of(const InputConfig& config, const Split& split, std::int64_t i, std::int64_t v,
                   std::int64_t views, const Conditions& conditions) {
    if (reads_film(config)) return test_film(config, split, i);
    if (split.medium == Medium::pictures) return picture_of(config, split, i, v);
    if (split.medium == Medium::sounds) {
        std::vector<float> samples = heard(split, i, conditions);
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

std::int64_t answer(const Perceiver& model, const Split& split, std::int64_t i, std::int64_t views,
                    const Conditions& conditions) {
    const InputConfig& config = model.config().input;
    if (!config.modalities.empty())
        return model
            .forward(model.make_input(senses_of(config, split, i, conditions), without_others(config, conditions)))
            .logits.argmax()
            .item<std::int64_t>();
    at::Tensor sum;
    for (std::int64_t v = 0; v < views; ++v) {
        const Trace trace = model.forward(model.make_input(data_of(config, split, i, v, views, conditions)));
        const at::Tensor part = trace.logits.softmax(0);
        sum = v == 0 ? part : sum + part;
    }
    return sum.argmax().item<std::int64_t>();
}

bool reads_films_and_sound(const InputConfig& config, const Split& split) {
    const auto fits = [&](const input::Modality& m) {
        using Type = InputConfig::Type;
        if (reads_film(m.input))
            return m.input.video.frame_rate == 0 || std::abs(m.input.video.frame_rate - split.frame_rate) < 1e-6;
        return m.input.type == Type::spectrogram || m.input.type == Type::audio;
    };
    return !config.modalities.empty() && std::ranges::all_of(config.modalities, fits);
}

void check_conditions(const Config& config, const Split& split, const Conditions& conditions) {
    const auto& all = config.input.modalities;
    if (!conditions.only.empty() && std::ranges::find(all, conditions.only, &input::Modality::name) == all.end())
        throw Error(ErrorCode::no_fit, "The model reads no modality \"" + conditions.only + "\".");
    if (conditions.noise && split.medium != Medium::sounds && split.medium != Medium::films)
        throw Error(ErrorCode::no_fit, "Only sounds have noise.");
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
                      : split.medium == Medium::films  ? reads_films_and_sound(config.input, split)
                      : split.medium == Medium::clouds ? type == Type::points
                                                       : type == Type::spectrogram || type == Type::audio;
    if (!fits) throw Error(ErrorCode::no_fit, "The model doesn't read what the pack holds.");
    if (views > 1 && (film || split.medium == Medium::films || (type == Type::points && split.cols != 3)))
        throw Error(ErrorCode::no_fit, "Only pictures, sounds and clouds of 3 coordinates have several views.");
    if (views > picture_views && type == Type::image)
        throw Error(ErrorCode::no_fit, "Pictures have " + std::to_string(picture_views) + " views.");
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
                    const std::function<bool(std::int64_t)>& progress, std::int64_t views,
                    const Conditions& conditions) {
    check_fit(model.config(), labels, split, views);
    check_conditions(model.config(), split, conditions);
    const bool film = reads_film(model.config().input);
    const auto answers = [&](std::int64_t first, std::int64_t count) {
        std::vector<std::int64_t> out(static_cast<std::size_t>(count));
        at::parallel_for(0, count, 1, [&](std::int64_t a, std::int64_t b) {
            for (std::int64_t i = a; i < b; ++i)
                out[static_cast<std::size_t>(i)] = answer(model, split, first + i, views, conditions);
        });
        return out;
    };
    const auto label_of = [&](std::int64_t i) { return film ? test_clip_motion(i) : split.label(i); };
    const std::int64_t every = film ? test_clips : split.size();
    const std::int64_t all = conditions.at_most > 0 ? std::min(conditions.at_most, every) : every;
    return counted(model.config().num_classes, all, answers, label_of, progress);
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
