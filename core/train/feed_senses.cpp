// The feed of models that see and hear: films of a pack as one modality's frames and the other's spectrogram.
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "input/film_input.h"
#include "input/sound_input.h"
#include "train/feed.h"
#include "train/sound_powers.h"

namespace perceiver::train {
namespace {

using at::Tensor;
using Type = InputConfig::Type;

[[noreturn]] void no_fit(const std::string& sentence) { throw Error(ErrorCode::no_fit, sentence); }

const input::Modality& modality(const InputConfig& config, Type type) {
    const auto& all = config.modalities;
    const auto at = std::ranges::find_if(all, [&](const auto& m) { return m.input.type == type; });
    if (at == all.end() || all.size() != 2)
        no_fit("The recipe's model reads something else than one film and its sound.");
    return *at;
}

std::vector<input::PixelView> views(std::span<const std::uint8_t> rgb, const Split& split) {
    std::vector<input::PixelView> out;
    for (std::int64_t t = 0; t < split.frames; ++t)
        out.push_back({rgb.data() + 3 * t * split.rows * split.cols, split.cols, split.rows});
    return out;
}

/// The films' frames as the model sees them and `margin` pixels around, 8-bit.
class Frames {
  public:
    Frames(const Split& split, const InputConfig& config, std::int64_t margin)
        : video_(config.video), margin_(margin), rows_(video_.height + 2 * margin), cols_(video_.width + 2 * margin) {
        if (video_.frames != split.frames || std::abs(video_.frame_rate - split.frame_rate) > 1e-6)
            no_fit("The pack's films are of " + std::to_string(split.frames) +
                   " frames, or of another number a second than the recipe's model reads.");
        const InputConfig wider = with_margin(config, split);
        for (std::int64_t i = 0; i < split.size(); ++i) {
            const auto rgb = split.film(i);
            const std::size_t step = video_.channels == 1 ? 3 : 1;   // luma is in all three
            for (const auto& view : input::encode_film(views(rgb, split), wider).view)
                for (std::size_t k = 0; k < view.size(); k += step) bytes_.push_back(view[k]);
        }
    }

    /// Of one film, changed and `later` frames later, [frames, height, width, channels] of 0..1.
    void change(std::int64_t i, const Change& change, std::int64_t later, float* out) const {
        const std::int64_t channels = video_.channels, frame = rows_ * cols_ * channels;
        const auto scale = static_cast<float>(change.contrast / 255);
        const double middle = video_.mean.empty() ? 0 : video_.mean[0];
        const auto added = static_cast<float>(middle * (1 - change.contrast) + change.brightness);
        for (std::int64_t t = 0; t < video_.frames; ++t) {
            const std::int64_t from_frame = std::clamp<std::int64_t>(t - later, 0, video_.frames - 1);
            const std::uint8_t* from = bytes_.data() + (i * video_.frames + from_frame) * frame;
            for (std::int64_t r = 0; r < video_.height; ++r) {
                const std::uint8_t* row =
                    from + ((r + margin_ - change.down) * cols_ + margin_ - change.right) * channels;
                for (std::int64_t c = 0; c < video_.width; ++c) {
                    const std::uint8_t* pixel = row + (change.mirror ? video_.width - 1 - c : c) * channels;
                    for (std::int64_t k = 0; k < channels; ++k)
                        *out++ = static_cast<float>(pixel[k]) * scale + added;
                }
            }
        }
    }

  private:
    InputConfig with_margin(InputConfig config, const Split& split) const {
        auto& v = config.video;
        const auto reach = [&](std::int64_t rows, std::int64_t cols) {
            return std::min(double(split.cols) / double(cols), double(split.rows) / double(rows));
        };
        v.crop_fraction *= reach(v.height, v.width) / reach(rows_, cols_);
        v.height = rows_;
        v.width = cols_;
        if (v.crop_fraction > 1 + 1e-9)
            no_fit("The recipe's augment.shift is larger than what the pack's films have around the model's crop.");
        v.crop_fraction = std::min(v.crop_fraction, 1.0);
        return config;
    }
    const input::VideoConfig& video_;
    std::int64_t margin_, rows_, cols_;
    std::vector<std::uint8_t> bytes_;  // [films, frames, rows, cols, channels]
};

class SensesFeed : public Feed {
  public:
    SensesFeed(const Recipe& recipe, const Trainable& model, const Split& split)
        : Feed(split), recipe_(recipe), model_(model), seen_(modality(model.input(), Type::video)),
          heard_(modality(model.input(), Type::spectrogram)), frames_(split, seen_.input, recipe.augment.shift),
          sounds_(recipe, split, heard_.input.spectrogram) {}

    Batch plain(std::span<const std::int64_t> examples) const override {
        std::vector<Tensor> seen, heard;
        for (const auto i : examples) {
            const auto rgb = split_.film(i);
            seen.push_back(input::encode_film(views(rgb, split_), seen_.input).data);
            heard.push_back(input::encode_sound(split_.sound(i), split_.rate, heard_.input));
        }
        return {model_.read_senses({{seen_.name, at::stack(seen)}, {heard_.name, at::stack(heard)}}),
                labels(examples),
                {},
                {}};
    }

    Batch changed(std::span<const std::int64_t> examples, std::int64_t first) const override {
        const Senses senses = recipe_.senses.value_or(Senses{});
        const auto n = static_cast<std::int64_t>(examples.size());
        Draws draws(recipe_.seed, for_senses, static_cast<std::uint64_t>(first));
        const double which = draws.unit();
        const bool blind = which < senses.sound_alone, deaf = which > 1 - senses.picture_alone;
        const auto& video = seen_.input.video;
        const auto& spectrogram = heard_.input.spectrogram;
        const auto most = static_cast<std::int64_t>(senses.delay * video.frame_rate);
        std::vector<std::int64_t> later;
        for (std::int64_t k = 0; k < n; ++k)
            later.push_back(static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(2 * most + 1))) - most);
        std::map<std::string, Tensor> data;
        if (!blind) data[seen_.name] = pictures(examples, first, later);
        if (!deaf) {
            const Tensor powers = at::empty({n, spectrogram.frames, spectrogram.mels}, at::kFloat);
            const double hops = double(spectrogram.sample_rate) / double(spectrogram.hop) / video.frame_rate;
            for (std::int64_t k = 0; k < n; ++k)
                sounds_.change(examples[static_cast<std::size_t>(k)], first + k,
                               powers.data_ptr<float>() + k * sounds_.size(),
                               std::llround(double(later[static_cast<std::size_t>(k)]) * hops));
            const Tensor numbers = sounds_.numbers(powers);
            sounds_.blot(numbers, first);
            data[heard_.name] = numbers;
        }
        return {model_.read_senses(data), labels(examples), {}, {}};
    }

  private:
    Tensor pictures(std::span<const std::int64_t> examples, std::int64_t first,
                    const std::vector<std::int64_t>& later) const {
        const auto& video = seen_.input.video;
        const auto n = static_cast<std::int64_t>(examples.size());
        const Tensor out = at::empty({n, video.frames, video.height, video.width, video.channels}, at::kFloat);
        const std::int64_t size = out.numel() / n;
        for (std::int64_t k = 0; k < n; ++k) {
            Draws draws(recipe_.seed, for_pictures, static_cast<std::uint64_t>(first + k));
            frames_.change(examples[static_cast<std::size_t>(k)], draw(recipe_.augment, draws),
                           later[static_cast<std::size_t>(k)], out.data_ptr<float>() + k * size);
        }
        return input::normalised_film(out, video);
    }
    const Recipe& recipe_;
    const Trainable& model_;
    const input::Modality &seen_, &heard_;
    const Frames frames_;
    const SoundPowers sounds_;
};

}  // namespace

std::unique_ptr<Feed> make_senses_feed(const Recipe& recipe, const Trainable& model, const Split& split) {
    return std::make_unique<SensesFeed>(recipe, model, split);
}

}  // namespace perceiver::train
