// export, card.
#include <cstdio>

#include "base/input_file.h"
#include "base/percent.h"
#include "commands.h"
#include "train/finish.h"
#include "weights/rival_bundle.h"

namespace perceiver {
namespace {

void print_card(const weights::Card& card, std::int64_t parameters, const std::string& config) {
    const auto line = [](const char* name, const std::string& value) {
        if (!value.empty()) std::printf("%-14s %s\n", name, value.c_str());
    };
    line("title", card.title);
    line("summary", card.summary);
    if (card.accuracy_n > 0)
        std::printf("%-14s %s of %lld, %s\n", "accuracy",
                    percent_within(card.accuracy, card.accuracy_low, card.accuracy_high, 2).c_str(),
                    static_cast<long long>(card.accuracy_n), card.test_split.c_str());
    line("also measured", card.measured_too);
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
