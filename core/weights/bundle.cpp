#include "weights/bundle.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "weights/bundle_parts.h"

namespace perceiver::weights {
namespace {

using nlohmann::json;

// Each layer needs many tensors, so this stops a small file's config from asking for a list of a billion
// names.
void check_layer_count(const Config& config, std::size_t tensors) {
    std::size_t layers = config.cross_modules.size();
    for (const auto& block : config.block_modules)
        layers += static_cast<std::size_t>(std::max<std::int64_t>(block.layers, 0));
    if (layers > tensors)
        bad_model("The configuration has " + std::to_string(layers) + " layers, for which the file's " +
                  std::to_string(tensors) + " tensors are not enough.");
}

// `Tensors` maps names to anything with a dtype and a shape.
template <class Tensors>
void check_tensors(const Config& config, const Tensors& tensors) {
    check_layer_count(config, tensors.size());
    check_tensors(tensor_specs(config), tensors);
}

// Fields of a card by key, so that reading and writing can't disagree.
template <class CardRef, class Visit>
void visit_fields(CardRef& card, Visit visit) {
    visit("title", card.title);
    visit("summary", card.summary);
    visit("data", card.data);
    visit("licence_note", card.licence_note);
    visit("recipe", card.recipe);
    visit("knows", card.knows);
    visit("does_not_know", card.does_not_know);
    visit("test_split", card.test_split);
    visit("accuracy", card.accuracy);
    visit("accuracy_low", card.accuracy_low);
    visit("accuracy_high", card.accuracy_high);
    visit("accuracy_n", card.accuracy_n);
    visit("measured_too", card.measured_too);
    visit("set", card.set);
    visit("sample_n", card.sample_n);
    visit("sample_right", card.sample_right);
    visit("trained_with", card.trained_with);
}

struct ReadField {
    const json& from;

    void operator()(const char* key, std::string& field) const {
        read(key, field, &json::is_string, "a text");
    }
    void operator()(const char* key, double& field) const {
        read(key, field, &json::is_number, "a number");
        if (field < 0 || field > 1) wrong(key, "a part of 1");
    }
    void operator()(const char* key, std::int64_t& field) const {
        read(key, field, &json::is_number_integer, "a whole number");
        if (field < 0) wrong(key, "a count");
    }

    void operator()(const char* key, DataSet& set) const {
        if (!from.contains(key)) return;
        const json& part = from.at(key);
        if (!part.is_object()) wrong(key, "an object");
        const ReadField inner{part};
        inner("folder", set.folder);
        inner("split", set.split);
        const json options = part.value("pack", json::object());
        if (!options.is_object()) wrong("pack", "an object");
        for (const auto& option : options.items()) ReadField{options}(option.key().c_str(), set.pack[option.key()]);
    }

  private:
    [[noreturn]] static void wrong(const char* key, const char* wanted) {
        bad_model("The model's card is wrong: " + std::string(key) + " is not " + wanted + ".");
    }
    template <class Field>
    void read(const char* key, Field& field, bool (json::*is_wanted)() const noexcept,
              const char* wanted) const {
        const auto at = from.find(key);
        if (at == from.end()) return;
        if (!(*at.*is_wanted)()) wrong(key, wanted);
        at->get_to(field);
    }
};

}  // namespace

std::string to_json(const Card& card) {
    nlohmann::ordered_json out;
    visit_fields(card, [&](const char* key, const auto& field) {
        if constexpr (std::is_same_v<std::decay_t<decltype(field)>, DataSet>)
            out[key] = {{"folder", field.folder}, {"pack", field.pack}, {"split", field.split}};
        else
            out[key] = field;
    });
    try {
        return out.dump();
    } catch (const json::exception& e) {
        bad_model("The model's card is not UTF-8.", e.what());
    }
}

Card card_from_json(const std::string& text) {
    const json from = json::parse(text, nullptr, false);
    if (!from.is_object()) bad_model("The model's card is not a JSON object.");
    Card card;
    visit_fields(card, ReadField{from});
    return card;
}

const std::string& metadata_text(const std::map<std::string, std::string>& metadata, const char* key) {
    const auto at = metadata.find(key);
    if (at == metadata.end())
        bad_model("This is not a model bundle: its metadata lacks the key " + std::string(key) + ".");
    return at->second;
}

const std::string& bundle_config(const std::map<std::string, std::string>& metadata, const std::string& wanted) {
    const std::string &format = metadata_text(metadata, "format"),
                      &version = metadata_text(metadata, "version");
    if (format != wanted) bad_model("This is not a model bundle: its format is " + shown(format) + ".");
    if (version != bundle_version)
        bad_model("The bundle is of version " + shown(version) + "; this program reads version " +
                  bundle_version + ".");
    return metadata_text(metadata, "config");
}

BundleMetadata parse_bundle_metadata(const std::map<std::string, std::string>& metadata) {
    return {config_from_json(bundle_config(metadata, bundle_format)),
            card_from_json(metadata_text(metadata, "card"))};
}

void check_bundle_tensors(const Config& config, const std::map<std::string, TensorView>& tensors) {
    check_tensors(config, tensors);
}

const auto checked = [](const Config& config, const auto& tensors) { check_tensors(config, tensors); };

Bundle read_bundle(const std::filesystem::path& path, const Limits& limits) {
    return read_parts<Bundle>(path, limits, parse_bundle_metadata, checked);
}

Bundle read_bundle_header(const std::filesystem::path& path, const Limits& limits) {
    return read_parts_header<Bundle>(path, limits, parse_bundle_metadata, checked);
}

void write_bundle(const std::filesystem::path& path, const Config& config, const Card& card,
                  const std::map<std::string, TensorView>& tensors) {
    config.validate();
    check_tensors(config, tensors);
    write_views(path, tensors,
                {{"format", bundle_format},
                 {"version", bundle_version},
                 {"config", to_json(config)},
                 {"card", to_json(card)}});
}

void write_bundle(const std::filesystem::path& path, const Config& config, const Card& card,
                  const std::map<std::string, TensorData>& tensors) {
    write_bundle(path, config, card, views_of(tensors));
}

}  // namespace perceiver::weights
