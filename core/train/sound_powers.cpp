#include "train/sound_powers.h"

#include <algorithm>

#include "base/error.h"
#include "input/sound_input.h"
#include "train/feed.h"

namespace perceiver::train {
namespace {

/// Frames of noise kept: as many different pieces of it, less a window.
constexpr std::int64_t noise_frames = 4096;
constexpr std::uint64_t noise_seed = 0x6e6f697365;

std::vector<float> by_frames(const at::Tensor& power) {
    const at::Tensor turned = power.t().contiguous();
    return {turned.data_ptr<float>(), turned.data_ptr<float>() + turned.numel()};
}

Draws draws_for(const Recipe& recipe, Stream stream, std::int64_t counter) {
    return {recipe.seed, stream, static_cast<std::uint64_t>(counter)};
}

}  // namespace

std::vector<float> white_noise(std::size_t count, std::uint64_t seed) {
    Draws draws(seed, 0, 0);
    std::vector<float> out(count);
    for (float& x : out) x = static_cast<float>(draws.normal());
    return out;
}

std::span<const float> without_silent_end(std::span<const float> samples) {
    while (!samples.empty() && samples.back() == 0) samples = samples.first(samples.size() - 1);
    return samples;
}

double mean_power(std::span<const float> samples) {
    double sum = 0;
    for (const float x : samples) sum += double(x) * double(x);
    return samples.empty() ? 0 : sum / double(samples.size());
}

SoundPowers::SoundPowers(const Recipe& recipe, const Split& split, const input::SpectrogramConfig& config)
    : recipe_(recipe), config_(config) {
    if (split.rate != config.sample_rate)
        throw Error(ErrorCode::no_fit, "The pack's sounds have " + std::to_string(split.rate) +
                                           " samples a second, the recipe's model reads " +
                                           std::to_string(config.sample_rate) + ".");
    for (std::int64_t i = 0; i < split.size(); ++i) {
        const std::vector<float> samples = split.sound(i);
        std::ranges::copy(by_frames(input::mel_power(samples, config)), std::back_inserter(powers_));
        const auto heard = without_silent_end(samples);
        const std::int64_t frames = (static_cast<std::int64_t>(heard.size()) + config.hop - 1) / config.hop;
        lengths_.push_back({std::min(frames, config.frames), mean_power(heard)});
    }
    if (recipe.augment_sound.noisy == 0) return;
    input::SpectrogramConfig whole = config;
    whole.frames = config.frames + noise_frames;
    noise_ = by_frames(input::mel_power(white_noise(static_cast<std::size_t>(whole.samples()), noise_seed), whole));
}

std::span<const float> SoundPowers::power(std::int64_t i) const {
    return std::span(powers_).subspan(static_cast<std::size_t>(i * size()), static_cast<std::size_t>(size()));
}

void SoundPowers::change(std::int64_t i, std::int64_t counter, float* out, std::int64_t later) const {
    const SoundAugment& augment = recipe_.augment_sound;
    Draws draws = draws_for(recipe_, for_change, counter), places = draws_for(recipe_, for_place, counter);
    if (!augment.place && augment.noisy == 0 && later == 0)
        return train::change(power(i), config_.mels, augment, draws, out);
    const Length& length = lengths_[static_cast<std::size_t>(i)];
    std::vector<float> laid(static_cast<std::size_t>(size()));
    lay({power(i), length.heard, length.level, later}, config_.mels, noise_, augment, places, laid.data());
    train::change(laid, config_.mels, augment, draws, out);
}

at::Tensor SoundPowers::numbers(const at::Tensor& powers) const {
    return input::log_mel(powers.transpose(1, 2), config_).contiguous();
}

void SoundPowers::blot(const at::Tensor& numbers, std::int64_t counter) const {
    for (std::int64_t k = 0; k < numbers.size(0); ++k) {
        Draws draws = draws_for(recipe_, for_blots, counter + k);
        train::blot(config_.mels, config_.frames, recipe_.augment_sound, draws, numbers.data_ptr<float>() + k * size());
    }
}

}  // namespace perceiver::train
