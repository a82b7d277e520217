#include "hub/listing.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"
#include "hub/paths.h"

namespace perceiver::hub {
namespace {

using nlohmann::json;
constexpr std::size_t most_files = 10'000;

[[noreturn]] void bad(const std::string& sentence) { throw Error(ErrorCode::unreadable_model, sentence); }

json object_of(std::string_view text, const char* sentence) {
    json parsed = json::parse(text.begin(), text.end(), nullptr, false);
    if (!parsed.is_object()) bad(sentence);
    return parsed;
}

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

Listing parse_listing(std::string_view text) {
    const char* const sentence = "The hub's list of the model's files can't be understood.";
    const json parsed = object_of(text, sentence);
    const auto commit = parsed.find("sha"), siblings = parsed.find("siblings");
    if (commit == parsed.end() || !commit->is_string() || siblings == parsed.end() || !siblings->is_array() ||
        siblings->size() > most_files)
        bad(sentence);
    Listing listing{commit->get<std::string>(), {}};
    if (!is_hex(listing.commit, 40)) bad(sentence);
    for (const json& sibling : *siblings) {
        if (!sibling.is_object()) bad(sentence);
        const auto name = sibling.find("rfilename");
        if (name == sibling.end() || !name->is_string()) bad(sentence);
        if (is_safe_path(name->get_ref<const std::string&>()))
            listing.files.push_back(name->get<std::string>());
    }
    return listing;
}

std::vector<std::string> parse_index(std::string_view text) {
    const char* const sentence = "The index that names the model's weights files can't be understood.";
    const json parsed = object_of(text, sentence);
    const auto map = parsed.find("weight_map");
    if (map == parsed.end() || !map->is_object()) bad(sentence);
    std::set<std::string> files;
    for (const json& file : *map) {
        if (!file.is_string() || !is_safe_path(file.get_ref<const std::string&>())) bad(sentence);
        files.insert(file.get<std::string>());
        if (files.size() > most_files) bad(sentence);
    }
    if (files.empty()) bad(sentence);
    return {files.begin(), files.end()};
}

Selection select_files(const std::vector<std::string>& files) {
    const auto has = [&](const char* name) {
        return std::find(files.begin(), files.end(), name) != files.end();
    };
    Selection s;
    for (const char* name : {"config.json", "preprocessor_config.json"})
        if (has(name)) s.descriptions.emplace_back(name);
    for (const char* name : {"model.safetensors", "pytorch_model.bin"}) {
        const std::string index = std::string(name) + ".index.json";
        if (has(name))
            s.weights = name;
        else if (has(index.c_str()))
            s.index = index;
        if (!s.empty()) return s;
    }
    std::vector<std::string> bundles;
    for (const auto& file : files)
        if (ends_with(file, ".safetensors") && file.find('/') == file.npos) bundles.push_back(file);
    if (bundles.size() == 1) s.weights = bundles.front();
    return s;
}

}  // namespace perceiver::hub
