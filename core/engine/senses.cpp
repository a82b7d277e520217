#include "engine/senses.h"

#include <algorithm>

namespace perceiver::engine {
namespace {

using Type = input::InputConfig::Type;

bool hears(const input::InputConfig& config) { return config.type == Type::audio || config.type == Type::spectrogram; }

bool has(const MediaFile& file, const input::InputConfig& config, double start) {
    if (hears(config)) {
        if (!file.sound || !file.film) return file.sound.has_value();
        const auto ends = file.sound->info().duration;   // it may be before the film does
        return !ends || start < file.sound_offset() + *ends;
    }
    switch (config.type) {
        case Type::image: return file.image || file.film;
        case Type::video: return file.film.has_value();
        case Type::points: return file.points.has_value();
        default: return true;
    }
}

}  // namespace

bool senses_may_miss(const input::InputConfig& config) {
    return config.modalities.size() > 1 && std::ranges::none_of(config.modalities, [](const auto& m) {
        return m.has_mask_token || m.input.type == Type::label;
    });
}

std::set<std::string> missing_senses(const input::InputConfig& config, const MediaFile& file, double start) {
    std::set<std::string> missing;
    if (!senses_may_miss(config)) return missing;
    for (const auto& m : config.modalities)
        if (!has(file, m.input, start)) missing.insert(m.name);
    if (missing.size() == config.modalities.size()) missing.clear();
    return missing;
}

std::string missing_words(const input::InputConfig& config, const std::set<std::string>& missing,
                          const MediaFile& file) {
    const bool unheard = std::ranges::any_of(
        config.modalities, [&](const auto& m) { return missing.count(m.name) && hears(m.input); });
    std::string words = !unheard        ? "This is " + std::string(kind_name(file.info.kind)) + " only"
                        : !file.film    ? "There is nothing to hear"
                        : file.sound    ? "The film's sound has ended here"
                                        : "The film has no sound";
    words += ": the model answers from its ";
    std::string others;
    for (const auto& m : config.modalities)
        if (!missing.count(m.name)) others += (others.empty() ? "" : " and ") + m.name;
    return words + others + " alone.";
}

}  // namespace perceiver::engine
