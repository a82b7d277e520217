#include "train/feed.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/ones.h>

#include <algorithm>

#include "base/error.h"
#include "input/film_input.h"
#include "input/image_input.h"
#include "input/points_input.h"
#include "input/sound_input.h"
#include "train/sound_powers.h"

namespace perceiver::train {
namespace {

using at::Tensor;

[[noreturn]] void no_fit(const std::string& sentence) { throw Error(ErrorCode::no_fit, sentence); }

Draws draws_for(const Recipe& recipe, Stream stream, std::int64_t counter) {
    return {recipe.seed, stream, static_cast<std::uint64_t>(counter)};
}

/// Chooses another example of the batch for each, and the share it leaves of the first: 1 until it is set.
void choose_others(std::int64_t n, const Recipe& recipe, std::int64_t first, Batch& batch, Tensor& other,
                   std::vector<Draws>& draws) {
    other = at::empty({n}, at::kLong);
    batch.share = at::ones({n}, at::kFloat);
    for (std::int64_t k = 0; k < n; ++k) {
        draws.push_back(draws_for(recipe, for_mixing, first + k));
        other.data_ptr<std::int64_t>()[k] =
            static_cast<std::int64_t>(draws.back().below(static_cast<std::uint64_t>(n)));
    }
    batch.other = batch.labels.index_select(0, other);
}

/// Every sound [B, ...] with its part of another one of the batch, if the recipe mixes.
Tensor mixed(const Tensor& examples, const Recipe& recipe, std::int64_t first, Batch& batch) {
    if (recipe.augment_sound.mixup == 0) return examples;
    const std::int64_t n = examples.size(0);
    Tensor other;
    std::vector<Draws> draws;
    choose_others(n, recipe, first, batch, other, draws);
    for (std::int64_t k = 0; k < n; ++k)
        batch.share.data_ptr<float>()[k] =
            static_cast<float>(beta(recipe.augment_sound.mixup, draws[static_cast<std::size_t>(k)]));
    std::vector<std::int64_t> shape(static_cast<std::size_t>(examples.dim()), 1);
    shape[0] = n;
    const Tensor part = batch.share.view(shape);
    return examples * part + examples.index_select(0, other) * (1 - part);
}

/// Every picture [B, channels, rows, cols] with another one of the batch laid over (mixup: Zhang et al.,
/// 2017) or a box of it put in (cutmix: Yun et al., 2019), if the recipe does either.
Tensor mix_pictures(const Tensor& pictures, const Recipe& recipe, std::int64_t first, Batch& batch) {
    const double mixup = recipe.augment.mixup, cutmix = recipe.augment.cutmix;
    if (mixup == 0 && cutmix == 0) return pictures;
    const std::int64_t n = pictures.size(0), rows = pictures.size(2), cols = pictures.size(3);
    Tensor other;
    std::vector<Draws> draws;
    choose_others(n, recipe, first, batch, other, draws);
    const Tensor out = pictures.clone();
    for (std::int64_t k = 0; k < n; ++k) {
        Draws& d = draws[static_cast<std::size_t>(k)];
        const bool lay_over = mixup > 0 && (cutmix == 0 || d.below(2) == 1);
        double share = beta(lay_over ? mixup : cutmix, d);
        const Tensor mine = out[k], its = pictures[other.data_ptr<std::int64_t>()[k]];
        if (lay_over) {
            mine.mul_(share).add_(its, 1 - share);
        } else {
            const auto [top, left, height, width] = cut(1 - share, rows, cols, d);
            mine.narrow(1, top, height)
                .narrow(2, left, width)
                .copy_(its.narrow(1, top, height).narrow(2, left, width));
            share = 1 - double(height * width) / double(rows * cols);
        }
        batch.share.data_ptr<float>()[k] = static_cast<float>(share);
    }
    return out;
}

class PictureFeed : public Feed {
  public:
    PictureFeed(const Recipe& recipe, const Trainable& model, const Split& split)
        : Feed(split), recipe_(recipe), model_(model), image_(model.input().image) {
        if (image_.height <= 0 || image_.width <= 0)
            no_fit("The recipe doesn't say the size of the model's pictures.");
    }
    Batch plain(std::span<const std::int64_t> examples) const override {
        const Tensor out = room(examples);
        for (std::size_t k = 0; k < examples.size(); ++k)
            out[static_cast<std::int64_t>(k)].copy_(input::encode_image(picture(examples[k]), image_)
                                                        .data.view({image_.height, image_.width, -1})
                                                        .permute({2, 0, 1}));
        return {model_.read(out), labels(examples), {}, {}};
    }
    Batch changed(std::span<const std::int64_t> examples, std::int64_t first) const override {
        const Tensor out = room(examples);
        const std::int64_t size = image_.channels * image_.height * image_.width;
        for (std::size_t k = 0; k < examples.size(); ++k) {
            const auto at = static_cast<std::int64_t>(k);
            Draws draws = draws_for(recipe_, for_change, first + at);
            normalise(picture(examples[k]), image_, draw(recipe_.augment, draws),
                      out.data_ptr<float>() + at * size);
        }
        Batch batch{{}, labels(examples), {}, {}};
        batch.input = model_.read(mix_pictures(out, recipe_, first, batch));
        return batch;
    }

  private:
    input::PixelView picture(std::int64_t i) const {
        return {split_.picture(i).data(), split_.cols, split_.rows};
    }
    Tensor room(std::span<const std::int64_t> examples) const {
        return at::empty(
            {static_cast<std::int64_t>(examples.size()), image_.channels, image_.height, image_.width},
            at::kFloat);
    }
    const Recipe& recipe_;
    const Trainable& model_;
    const input::ImageConfig& image_;
};

class PointsFeed : public Feed {
  public:
    PointsFeed(const Recipe& recipe, const Trainable& model, const Split& split)
        : Feed(split), recipe_(recipe), model_(model) {
        const auto& config = model.input().points;
        if (split.cols != config.dims || config.dims != 3)
            no_fit("The pack's points have " + std::to_string(split.cols) +
                   " numbers each; the trainer's models read 3.");
        for (std::int64_t i = 0; i < split.size(); ++i) {
            const Tensor cloud =
                input::encode_points(split.cloud(i), config, static_cast<std::uint64_t>(i)).data;
            points_ = cloud.size(0);
            clouds_.insert(clouds_.end(), cloud.data_ptr<float>(), cloud.data_ptr<float>() + cloud.numel());
        }
    }
    Batch plain(std::span<const std::int64_t> examples) const override {
        const auto n = static_cast<std::int64_t>(examples.size());
        const Tensor out = at::empty({n, points_, 3}, at::kFloat);
        float* to = out.data_ptr<float>();
        for (const auto i : examples) to = std::ranges::copy(cloud(i), to).out;
        return {model_.read(out), labels(examples), {}, {}};
    }
    Batch changed(std::span<const std::int64_t> examples, std::int64_t first) const override {
        Draws choice = draws_for(recipe_, for_points, first);
        const auto chosen = choose_points(points_, recipe_.augment_points.points, choice);
        const auto n = static_cast<std::int64_t>(examples.size()),
                   size = static_cast<std::int64_t>(chosen.size());
        const Tensor out = at::empty({n, size, 3}, at::kFloat);
        for (std::int64_t k = 0; k < n; ++k) {
            Draws draws = draws_for(recipe_, for_change, first + k);
            change(cloud(examples[static_cast<std::size_t>(k)]), chosen, recipe_.augment_points, draws,
                   out.data_ptr<float>() + k * size * 3);
        }
        return {model_.read(out), labels(examples), {}, {}};
    }

  private:
    std::span<const float> cloud(std::int64_t i) const {
        return std::span(clouds_).subspan(static_cast<std::size_t>(i * points_ * 3),
                                          static_cast<std::size_t>(points_ * 3));
    }
    const Recipe& recipe_;
    const Trainable& model_;
    std::int64_t points_ = 0;
    std::vector<float> clouds_;  // [clouds, points, 3], as the model reads them
};

void check_rate(const Split& split, std::int64_t rate) {
    if (split.rate != rate)
        no_fit("The pack's sounds have " + std::to_string(split.rate) +
               " samples a second, the recipe's model reads " + std::to_string(rate) + ".");
}

class SamplesFeed : public Feed {
  public:
    SamplesFeed(const Recipe& recipe, const Trainable& model, const Split& split)
        : Feed(split), recipe_(recipe), model_(model) {
        check_rate(split, model.input().audio.sample_rate);
    }
    Batch plain(std::span<const std::int64_t> examples) const override {
        const Tensor out = room(examples);
        for (std::size_t k = 0; k < examples.size(); ++k)
            out[static_cast<std::int64_t>(k)].copy_(
                input::encode_sound(split_.sound(examples[k]), split_.rate, model_.input()));
        return {model_.read(out), labels(examples), {}, {}};
    }
    Batch changed(std::span<const std::int64_t> examples, std::int64_t first) const override {
        const auto& augment = recipe_.augment_sound;
        const Tensor out = room(examples);
        std::vector<float> sound(static_cast<std::size_t>(split_.cols));
        for (std::size_t k = 0; k < examples.size(); ++k) {
            const auto at = static_cast<std::int64_t>(k);
            Draws draws = draws_for(recipe_, for_change, first + at);
            change_samples(split_.sound(examples[k]), augment, draws, sound.data());
            const auto& audio = model_.input().audio;
            const std::span<const float> read(sound.data(),
                                              static_cast<std::size_t>(std::min(split_.cols, audio.samples)));
            const float factor = gain(read, audio.rms, augment, draws);
            float* to = out.data_ptr<float>() + at * audio.samples;
            to = std::ranges::transform(read, to, [&](float x) { return factor * x; }).out;
            std::fill(to, out.data_ptr<float>() + (at + 1) * audio.samples, 0.0f);
        }
        Batch batch{{}, labels(examples), {}, {}};
        const Tensor all = mixed(out, recipe_, first, batch);
        for (std::int64_t k = 0; k < all.size(0); ++k)  // one by one: a sound fits into the processor's cache
            all[k].copy_(input::mu_law(all[k], model_.input().audio.mu));
        batch.input = model_.read(all);
        return batch;
    }

  private:
    Tensor room(std::span<const std::int64_t> examples) const {
        return at::empty({static_cast<std::int64_t>(examples.size()), model_.input().audio.samples},
                         at::kFloat);
    }
    const Recipe& recipe_;
    const Trainable& model_;
};

class SpectrogramFeed : public Feed {
  public:
    SpectrogramFeed(const Recipe& recipe, const Trainable& model, const Split& split)
        : Feed(split), recipe_(recipe), model_(model), config_(model.input().spectrogram),
          sounds_(recipe, split, config_) {}
    Batch plain(std::span<const std::int64_t> examples) const override {
        const Tensor out = room(examples);
        float* to = out.data_ptr<float>();
        for (const auto i : examples) to = std::ranges::copy(sounds_.power(i), to).out;
        return {model_.read(sounds_.numbers(out)), labels(examples), {}, {}};
    }
    Batch changed(std::span<const std::int64_t> examples, std::int64_t first) const override {
        const Tensor out = room(examples);
        for (std::size_t k = 0; k < examples.size(); ++k)
            sounds_.change(examples[k], first + static_cast<std::int64_t>(k),
                           out.data_ptr<float>() + static_cast<std::int64_t>(k) * sounds_.size());
        Batch batch{{}, labels(examples), {}, {}};
        const Tensor all = sounds_.numbers(mixed(out, recipe_, first, batch));
        sounds_.blot(all, first);
        batch.input = model_.read(all);
        return batch;
    }

  private:
    Tensor room(std::span<const std::int64_t> examples) const {
        return at::empty({static_cast<std::int64_t>(examples.size()), config_.frames, config_.mels},
                         at::kFloat);
    }
    const Recipe& recipe_;
    const Trainable& model_;
    const input::SpectrogramConfig& config_;
    const SoundPowers sounds_;
};

/// Clips of a moving camera, over photographs.
class FilmFeed : public Feed {
  public:
    FilmFeed(const Recipe& recipe, const Trainable& model, const Split& split)
        : Feed(split), recipe_(recipe), model_(model), video_(model.input().video) {
        if (!recipe.camera)
            no_fit("The recipe's model reads film, and the recipe has no camera that makes it.");
    }
    Batch plain(std::span<const std::int64_t> examples) const override {
        const auto motion = [&](std::int64_t k, Draws&) {
            return test_clip_motion(examples[static_cast<std::size_t>(k)]);
        };
        const auto draws = [&](std::int64_t k) {
            return draws_for(recipe_, for_held_out, examples[static_cast<std::size_t>(k)]);
        };
        return clips(examples, draws, motion);
    }
    Batch changed(std::span<const std::int64_t> examples, std::int64_t first) const override {
        const auto motion = [](std::int64_t, Draws& draws) {
            return static_cast<std::int64_t>(draws.below(motion_names().size()));
        };
        return clips(
            examples, [&](std::int64_t k) { return draws_for(recipe_, for_change, first + k); }, motion);
    }

  private:
    template <class MakeDraws, class MakeMotion>
    Batch clips(std::span<const std::int64_t> examples, MakeDraws make_draws, MakeMotion make_motion) const {
        const auto n = static_cast<std::int64_t>(examples.size());
        const ClipShape shape{video_.frames, video_.height, video_.width, video_.channels};
        const Tensor bytes =
            at::empty({n, shape.frames, shape.height, shape.width, shape.channels}, at::kByte);
        Batch batch{{}, at::empty({n}, at::kLong), {}, {}};
        std::uint8_t* to = bytes.data_ptr<std::uint8_t>();
        for (std::int64_t k = 0; k < n; ++k) {
            Draws draws = make_draws(k);
            const std::int64_t motion = make_motion(k, draws);
            batch.labels.data_ptr<std::int64_t>()[k] = motion;
            to = std::ranges::copy(film(split_, examples[static_cast<std::size_t>(k)], motion,
                                        *recipe_.camera, shape, draws),
                                   to)
                     .out;
        }
        batch.input = model_.read(input::normalised_film(bytes.to(at::kFloat) / 255, video_));
        return batch;
    }
    const Recipe& recipe_;
    const Trainable& model_;
    const input::VideoConfig& video_;
};

const char* word(Medium medium) {
    switch (medium) {
        case Medium::pictures: return "pictures";
        case Medium::clouds: return "clouds of points";
        case Medium::sounds: return "sounds";
        case Medium::films: break;
    }
    return "films with their sound";
}

}  // namespace

Tensor Feed::labels(std::span<const std::int64_t> examples) const {
    const Tensor out = at::empty({static_cast<std::int64_t>(examples.size())}, at::kLong);
    for (std::size_t k = 0; k < examples.size(); ++k)
        out.data_ptr<std::int64_t>()[k] = split_.label(examples[k]);
    return out;
}

std::unique_ptr<Feed> make_feed(const Recipe& recipe, const Trainable& model, const Split& split) {
    using Type = InputConfig::Type;
    const Type type = model.input().type;
    const Medium wanted = type == Type::multimodal                   ? Medium::films
                          : type == Type::image || type == Type::video ? Medium::pictures
                          : type == Type::points                     ? Medium::clouds
                                                                     : Medium::sounds;
    if (split.medium != wanted)
        no_fit(std::string("The pack is of ") + word(split.medium) + ", the recipe's model reads " +
               word(wanted) + ".");
    if (type == Type::multimodal) return make_senses_feed(recipe, model, split);
    if (type == Type::video) return std::make_unique<FilmFeed>(recipe, model, split);
    if (type == Type::image) return std::make_unique<PictureFeed>(recipe, model, split);
    if (type == Type::points) return std::make_unique<PointsFeed>(recipe, model, split);
    if (type == Type::audio) return std::make_unique<SamplesFeed>(recipe, model, split);
    return std::make_unique<SpectrogramFeed>(recipe, model, split);
}

}  // namespace perceiver::train
