#include "engine/jsonl_file.h"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace perceiver::engine {
namespace {

using nlohmann::json;
constexpr std::string_view beginning = R"({"schema":1,"program":"perceiverscope",)";

/// Of a prediction or an expected class. Throws json::exception where its index is no whole number.
Class class_of(const json& known) {
    return {known.at("label").get<std::string>(),
            static_cast<int>(known.at("index").get_ref<const json::number_integer_t&>())};
}

std::optional<Class> class_in(const json& findings, const char* key) {
    const auto found = findings.find(key);
    if (found == findings.end() || found->is_null()) return {};
    return class_of(*found);
}

JsonlFile::Line line_of(const std::string& text) {
    // The answer is all that counts of the predictions, and nothing of the configuration and the cross-attends.
    const json findings = json::parse(text, [](int, json::parse_event_t event, json& value) {
        return event != json::parse_event_t::key ||
               (value != "config" && value != "cross_attends" && value != "permutation");
    });
    JsonlFile::Line line{
        findings.at("file").at("path"), findings.at("model").at("id"), class_in(findings, "expected"), {}};
    if (const auto& predictions = findings.at("predictions"); !predictions.empty())
        line.answered = class_of(predictions[0]);
    return line;
}

}  // namespace

JsonlFile::JsonlFile(const std::string& path) : path_(path) {
    if (path == "-") {
        out_.reset(stdout);
        return;
    }
    std::ifstream in(path, std::ios::binary);
    std::int64_t whole = 0, number = 0;
    for (std::string text; in && std::getline(in, text);) {
        ++number;
        const bool begins_well = beginning.starts_with(std::string_view(text).substr(0, beginning.size()));
        const Error wrong(ErrorCode::usage, path + " holds something else than findings (line " +
                                                std::to_string(number) + "): name another file for --jsonl.");
        if (!begins_well) throw wrong;
        if (in.eof()) break;   // never finished
        try {
            lines_.push_back(line_of(text));
        } catch (const json::exception&) {
            throw wrong;
        }
        files_.insert(lines_.back().path);
        whole += static_cast<std::int64_t>(text.size()) + 1;
    }
    in.close();
    std::error_code failed;
    if (std::filesystem::is_regular_file(path, failed))
        std::filesystem::resize_file(path, static_cast<std::uintmax_t>(whole), failed);
    else failed.clear();   // made anew, or no file to go on with (/dev/stdout)
    if (!failed) out_.reset(std::fopen(path.c_str(), "ab"));
    if (!out_)
        throw Error(ErrorCode::out_of_resources, path + " can't be written: check the folder and its permissions.");
}

void JsonlFile::append(const std::string& findings) {
    const std::string text = findings + "\n";
    if (std::fwrite(text.data(), 1, text.size(), out_.get()) != text.size() || std::fflush(out_.get()) != 0)
        throw Error(ErrorCode::out_of_resources, path_ + " can't be written: check the space left.");
}

}  // namespace perceiver::engine
