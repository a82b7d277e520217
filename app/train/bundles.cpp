// evaluate, export, card.
#include <cstdio>
#include <thread>

#include "base/input_file.h"
#include "commands.h"
#include "input/input_array.h"
#include "perceiver/products.h"
#include "progress_line.h"
#include "train/camera.h"
#include "train/evaluate.h"
#include "train/finish.h"
#include "weights/to_torch.h"
#include "weights/to_torch_rival.h"

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

weights::Card recorded(weights::Card card, const train::Evaluation& e, const std::string& split) {
    const Interval interval = wilson(e.right, e.n);
    card.accuracy = e.accuracy();
    card.accuracy_low = interval.low;
    card.accuracy_high = interval.high;
    card.accuracy_n = e.n;
    if (card.test_split.empty()) card.test_split = split;
    return card;
}

/// What `measure(progress)` says of `all` examples, with a line that counts them.
template <class Measure>
train::Evaluation evaluated(const Options& o, std::int64_t all, Measure measure) {
    set_threads(o.threads > 0 ? o.threads
                              : static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
    ProgressLine line;
    const auto result = about(o.pack, [&] {
        return measure([&](std::int64_t done) {
            line.count("evaluating", done, all);
            return !interrupted();
        });
    });
    line.clear();
    return result;
}

void evaluate_rival(const Options& o) {
    const auto bundle = about(o.input, [&] { return weights::read_rival_bundle(o.input); });
    const rivals::Rival rival = about(o.input, [&] { return weights::to_rival(bundle); });
    const auto pack = about(o.pack, [&] { return train::Pack(o.pack); });
    const train::Split& split = about(o.pack, [&]() -> const train::Split& { return pack.split(o.split); });
    std::vector<std::int64_t> order;
    if (o.permute) order = input::permutation(rival.config().elements(), *o.permute);
    const auto result = evaluated(
        o, split.size(), [&](auto progress) { return train::evaluate(rival, pack.labels(), split, progress, order); });
    print_evaluation(result, pack.labels(), o.split);
    if (!o.record) return;
    about(o.input, [&] {
        weights::write_rival_bundle(o.input, bundle.config, recorded(bundle.card, result, o.split), bundle.file.tensors);
    });
}

void print_card(const weights::Card& card, std::int64_t parameters, const std::string& config) {
    const auto line = [](const char* name, const std::string& value) {
        if (!value.empty()) std::printf("%-14s %s\n", name, value.c_str());
    };
    line("title", card.title);
    line("summary", card.summary);
    if (card.accuracy_n > 0)
        std::printf("%-14s %.2f %% (95 %%: %.2f to %.2f) of %lld, %s\n", "accuracy", 100 * card.accuracy,
                    100 * card.accuracy_low, 100 * card.accuracy_high,
                    static_cast<long long>(card.accuracy_n), card.test_split.c_str());
    line("knows", card.knows);
    line("does not know", card.does_not_know);
    line("data", card.data);
    line("licence", card.licence_note);
    line("recipe", card.recipe);
    line("trained with", card.trained_with);
    line("parameters", std::to_string(parameters));
    line("config", config);
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
    if (about(o.input, [&] { return weights::is_rival_bundle(o.input); })) {
        if (o.views > 1) throw Error(ErrorCode::usage, "Only sounds and clouds have several views.");
        return evaluate_rival(o);
    }
    if (o.permute) throw Error(ErrorCode::usage, "--permute is for rivals: a shuffle changes nothing for a Perceiver.");
    const auto bundle = about(o.input, [&] { return weights::read_bundle(o.input); });
    const Perceiver model = about(o.input, [&] { return weights::to_perceiver(bundle); });
    const auto pack = about(o.pack, [&] { return train::Pack(o.pack); });
    const train::Split& split = about(o.pack, [&]() -> const train::Split& { return pack.split(o.split); });
    const std::int64_t all =
        bundle.config.input.type == InputConfig::Type::video ? train::test_clips : split.size();
    const auto result = evaluated(
        o, all, [&](auto progress) { return train::evaluate(model, pack.labels(), split, progress, o.views); });
    print_evaluation(result, bundle.config.labels.empty() ? pack.labels() : bundle.config.labels, o.split);
    if (!o.record) return;
    about(o.input, [&] {
        weights::write_bundle(o.input, bundle.config, recorded(bundle.card, result, o.split), bundle.file.tensors);
    });
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
    if (about(o.input, [&] { return weights::is_rival_bundle(o.input); })) {
        const auto rival = about(o.input, [&] { return weights::read_rival_bundle_header(o.input); });
        return print_card(rival.card, rival.config.parameter_count(), to_json(rival.config));
    }
    const auto bundle = about(o.input, [&] { return weights::read_bundle_header(o.input); });
    print_card(bundle.card, bundle.config.parameter_count(), to_json(bundle.config));
}

}  // namespace perceiver
