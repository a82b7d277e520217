#include "weights/shard_index.h"

#include <nlohmann/json.hpp>

#include "weights/safetensors_header.h"

namespace perceiver::weights {
namespace {

constexpr std::size_t max_depth = 32, max_file_name = 255;

// A shard lies beside its index: a name that leads anywhere else is no shard's.
void check_file_name(const std::string& name) {
    const bool plain = !name.empty() && name.size() <= max_file_name && name != "." && name != ".." &&
                       name.find_first_of(std::string_view("/\\\0", 3)) == name.npos;
    if (!plain) bad_model("The index names the file " + shown(name) + ", which is no plain name of a file beside it.");
}

// What nlohmann's parser calls: it takes weight_map from the top object and passes over everything else.
class IndexSax : public nlohmann::json_sax<nlohmann::json> {
  public:
    std::map<std::string, std::string> files;
    bool found = false;

    bool start_object(std::size_t) override { return enter(); }
    bool end_object() override { return leave(); }
    bool start_array(std::size_t) override {
        if (in_map_) malformed();
        return enter();
    }
    bool end_array() override { return leave(); }
    bool key(string_t& key) override {
        if (depth_ == 1) {
            in_map_ = key == "weight_map";
            if (in_map_ && std::exchange(found, true)) bad_model("The index has weight_map twice.");
        } else if (in_map_) {
            if (files.contains(key)) bad_model("The index has the tensor " + shown(key) + " twice.");
            name_ = key;
        }
        return true;
    }
    bool string(string_t& text) override {
        if (!in_map_) return value();
        if (depth_ != 2) malformed();
        check_file_name(text);
        files.emplace(name_, text);
        return true;
    }
    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& e) override {
        bad_model("The index is not JSON.", e.what());
    }

  private:
    [[noreturn]] static void malformed() {
        bad_model("The index's weight_map is not a list of file names by tensor.");
    }
    bool value() const {
        if (in_map_ && depth_ > 0) malformed();
        return true;
    }
    bool enter() {
        if (in_map_ && depth_ != 1) malformed();
        if (++depth_ > max_depth) bad_model("The index is nested too deeply.");
        return true;
    }
    bool leave() {
        if (--depth_ == 1) in_map_ = false;
        return true;
    }

    std::size_t depth_ = 0;
    bool in_map_ = false;
    std::string name_;
};

}  // namespace

std::map<std::string, std::string> parse_shard_index(std::string_view json) {
    if (json.size() > static_cast<std::size_t>(max_index_bytes)) bad_model("The index is too large.");
    IndexSax sax;
    nlohmann::json::sax_parse(json, &sax);
    if (!sax.found) bad_model("This JSON file is no index of weights: it has no weight_map.");
    if (sax.files.empty()) bad_model("The index names no tensor.");
    return std::move(sax.files);
}

}  // namespace perceiver::weights
