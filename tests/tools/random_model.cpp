// ps_random_model: a model of a released or small shape with random weights, to measure and to test with; no network is
// needed.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "base/error.h"
#include "support/film_models.h"
#include "support/released_files.h"

using namespace perceiver;

namespace {

const std::map<std::string, samples::Released> hub_models{{"fourier", samples::Released::fourier},
                                                          {"learned", samples::Released::learned},
                                                          {"conv", samples::Released::conv},
                                                          {"multimodal", samples::Released::multimodal}};

struct Wanted {
    std::string shape, folder, bundle;
    double scale = 1;
    std::uint64_t seed = 1;
};

void write(const Wanted& wanted) {
    const auto hub = hub_models.find(wanted.shape);
    if (hub == hub_models.end() && (wanted.scale != 1 || !wanted.folder.empty()))
        throw Error(ErrorCode::usage, "This model has one size, and is not on Hugging Face's hub.");
    const Config config = wanted.shape == "film"             ? samples::film_config()
                          : wanted.shape == "film-and-sound" ? samples::film_and_sound_config()
                          : hub == hub_models.end()          ? samples::perceiver_2021(8)
                                                             : samples::released(hub->second, wanted.scale);
    config.validate();
    auto tensors = samples::random_weights(config, wanted.seed);
    if (!wanted.bundle.empty()) {
        weights::Card card;
        card.title = "Random weights, " + wanted.shape;
        card.summary = "The shape of a released model; it has learned nothing.";
        weights::write_bundle(wanted.bundle, config, card, tensors);
    }
    if (!wanted.folder.empty()) {
        std::filesystem::create_directories(wanted.folder);
        samples::write_released_folder(wanted.folder, hub->second, config, std::move(tensors));
    }
    std::cout << config.parameter_count() << " parameters\n";
}

}  // namespace

int main(int count, char** arguments) {
    CLI::App app("Writes a model with random weights: of a released shape, or a small one that watches films.");
    Wanted wanted;
    app.add_option("shape", wanted.shape, "fourier, learned, conv, multimodal, imagenet-2021, film, or film-and-sound")
        ->required()
        ->check(CLI::IsMember({"fourier", "learned", "conv", "multimodal", "imagenet-2021", "film", "film-and-sound"}));
    auto* folder = app.add_option("--huggingface", wanted.folder, "folder for config.json, weights and preprocessor");
    auto* bundle = app.add_option("--bundle", wanted.bundle, "file for our own form");
    app.add_option("--scale", wanted.scale, "part of the released size, of the hub's models")
        ->check(CLI::Range(0.001, 4.0));
    app.add_option("--seed", wanted.seed, "same seed, same weights");
    app.callback([&] {
        if (!*folder && !*bundle) throw CLI::RequiredError("--huggingface or --bundle");
    });
    CLI11_PARSE(app, count, arguments);
    try {
        write(wanted);
    } catch (const Error& e) {
        std::fprintf(stderr, "ps_random_model: %s\n", e.sentence());
        return static_cast<int>(e.code);
    }
}
