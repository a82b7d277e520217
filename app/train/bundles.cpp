// evaluate, export, card.
#include <cstdio>
#include <thread>

#include "base/input_file.h"
#include "commands.h"
#include "perceiver/products.h"
#include "progress_line.h"
#include "train/camera.h"
#include "train/evaluate.h"
#include "train/finish.h"
#include "weights/to_torch.h"

namespace perceiver {
namespace {

void print_evaluation(const train::Evaluation& e, const std::vector<std::string>& labels,
                      const std::string& split) {
    const Interval interval = wilson(e.right, e.n);
    std::printf("accuracy %.2f %% (95 %%: %.2f to %.2f), %lld of %lld, split %s\n", 100 * e.accuracy(),
                100 * interval.low, 100 * interval.high, static_cast<long long>(e.right),
                static_cast<long long>(e.n), split.c_str());
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (e.of_label[i] > 0)
            std::printf("  %-20s %6.2f %%  %lld of %lld\n", labels[i].c_str(),
                        100 * double(e.right_of_label[i]) / double(e.of_label[i]),
                        static_cast<long long>(e.right_of_label[i]), static_cast<long long>(e.of_label[i]));
}

std::string percent(const train::Evaluation& e) {
    const Interval interval = wilson(e.right, e.n);
    char text[64];
    std::snprintf(text, sizeof text, "%.1f %% (95 %%: %.1f to %.1f)", 100 * e.accuracy(), 100 * interval.low,
                  100 * interval.high);
    return text;
}

void record(const std::string& path, const weights::Bundle& bundle, const train::Evaluation& e,
            const std::string& split, const std::string& measured_too) {
    weights::Card card = bundle.card;
    if (!measured_too.empty()) card.measured_too = measured_too;
    const Interval interval = wilson(e.right, e.n);
    card.accuracy = e.accuracy();
    card.accuracy_low = interval.low;
    card.accuracy_high = interval.high;
    card.accuracy_n = e.n;
    if (card.test_split.empty()) card.test_split = split;
    weights::write_bundle(path, bundle.config, card, bundle.file.tensors);
}

/// In noise, and with each of several senses alone: a list in words.
template <class Measure>
std::string measured_too(const InputConfig& input, const std::vector<double>& noise, const Measure& measure) {
    std::string text;
    const auto add = [&](const std::string& what, const train::Conditions& conditions) {
        text += (text.empty() ? "" : "; ") + what + " " + percent(measure(conditions));
    };
    for (const auto& m : input.modalities) add(m.name + " alone", {m.name, {}});
    for (const double db : noise) {
        char before[48];
        std::snprintf(before, sizeof before, "in noise (SNR %g dB) ", db);
        add(before + std::string(input.modalities.empty() ? "of noise" : "both senses"), {"", db});
        for (const auto& m : input.modalities)
            if (m.input.type != InputConfig::Type::video) add(before + m.name + " alone", {m.name, db});
    }
    return text;
}

}  // namespace

std::string text_of_file(const std::string& path) {
    InputFile file(path, ErrorCode::unreadable_input);
    if (file.size() > (1 << 20)) throw Error(ErrorCode::unreadable_input, "This is larger than 1 MB.");
    std::vector<std::uint8_t> text;
    file.append(text, file.size());
    return {text.begin(), text.end()};
}

void evaluate_bundle(const Options& o) {
    const auto bundle = about(o.input, [&] { return weights::read_bundle(o.input); });
    const Perceiver model = about(o.input, [&] { return weights::to_perceiver(bundle); });
    const auto pack = about(o.pack, [&] { return train::Pack(o.pack); });
    const train::Split& split = about(o.pack, [&]() -> const train::Split& { return pack.split(o.split); });
    set_threads(o.threads > 0 ? o.threads
                              : static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
    const std::int64_t all =
        bundle.config.input.type == InputConfig::Type::video ? train::test_clips : split.size();
    const auto measure = [&](const train::Conditions& conditions) {
        ProgressLine line;
        return about(o.pack, [&] {
            const auto told = [&](std::int64_t done) {
                line.count("evaluating", done, all);
                return !interrupted();
            };
            return train::evaluate(model, pack.labels(), split, told, o.views, conditions);
        });
    };
    const train::Evaluation result = measure({});
    print_evaluation(result, bundle.config.labels.empty() ? pack.labels() : bundle.config.labels, o.split);
    const std::string too = measured_too(bundle.config.input, o.noise, measure);
    if (!too.empty()) std::printf("%s\n", too.c_str());
    if (o.record) about(o.input, [&] { record(o.input, bundle, result, o.split, too); });
}

void export_bundle(const Options& o) {
    train::Checkpoint header = about(o.input, [&] { return train::read_checkpoint_header(o.input); });
    if (o.recipe.empty() && header.recipe.empty())
        throw Error(ErrorCode::usage, o.input + ": There is no recipe in it; name one with --recipe.");
    train::Recipe recipe = about(o.recipe.empty() ? o.input : o.recipe, [&] {
        return o.recipe.empty() ? train::recipe_from_json(header.recipe) : train::read_recipe(o.recipe);
    });
    if (!o.card.empty())
        recipe.card = about(o.card, [&] { return weights::card_from_json(text_of_file(o.card)); });
    about(o.input, [&] { train::bundle_checkpoint(o.input, recipe, PERCEIVERSCOPE_VERSION, o.output); });
    std::printf("wrote %s\n", o.output.c_str());
}

void print_card(const Options& o) {
    const auto bundle = about(o.input, [&] { return weights::read_bundle_header(o.input); });
    const weights::Card& card = bundle.card;
    const auto line = [](const char* name, const std::string& value) {
        if (!value.empty()) std::printf("%-14s %s\n", name, value.c_str());
    };
    line("title", card.title);
    line("summary", card.summary);
    if (card.accuracy_n > 0)
        std::printf("%-14s %.2f %% (95 %%: %.2f to %.2f) of %lld, %s\n", "accuracy", 100 * card.accuracy,
                    100 * card.accuracy_low, 100 * card.accuracy_high,
                    static_cast<long long>(card.accuracy_n), card.test_split.c_str());
    line("also measured", card.measured_too);
    line("knows", card.knows);
    line("does not know", card.does_not_know);
    line("data", card.data);
    line("licence", card.licence_note);
    line("recipe", card.recipe);
    line("trained with", card.trained_with);
    line("parameters", std::to_string(bundle.config.parameter_count()));
    line("config", to_json(bundle.config));
}

}  // namespace perceiver
