#include "weights/preprocessor_config.h"

#include <nlohmann/json.hpp>

#include "input/image_processor.h"
#include "weights/safetensors_header.h"

namespace perceiver::weights {
namespace {

using nlohmann::json;

/// Real ones have a few hundred bytes.
constexpr std::size_t most_bytes = std::size_t{1} << 20;

[[noreturn]] void wrong(const std::string& what) {
    bad_model("The preprocessor configuration is wrong: " + what + ".");
}

/// The value of a key, or nothing when it is missing or null.
const json* find(const json& object, const char* key) {
    const auto it = object.find(key);
    return it == object.end() || it->is_null() ? nullptr : &*it;
}

void read(const json& object, const char* key, bool& value) {
    const json* found = find(object, key);
    if (!found) return;
    if (!found->is_boolean()) wrong(std::string(key) + " is not true or false");
    value = found->get<bool>();
}

std::int64_t whole_number(const json& value, const std::string& key) {
    if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() >> 32))
        wrong(key + " is not a whole number in reach");
    return value.get<std::int64_t>();
}

double number(const json& value, const std::string& key) {
    if (!value.is_number()) wrong(key + " is not a number");
    return value.get<double>();
}

void read_size(const json& object, const std::string& key, std::int64_t& height, std::int64_t& width) {
    const json* found = find(object, key.c_str());
    if (!found) return;
    if (found->is_object()) {
        const json *h = find(*found, "height"), *w = find(*found, "width");
        if (!h || !w) wrong(key + " has no height and width");
        height = whole_number(*h, key + ".height");
        width = whole_number(*w, key + ".width");
    } else if (found->is_array()) {
        if (found->size() != 2) wrong(key + " is a list, but not of height and width");
        height = whole_number(found->at(0), key);
        width = whole_number(found->at(1), key);
    } else {
        height = width = whole_number(*found, key);
    }
}

void read_channels(const json& object, const char* key, std::array<double, 3>& values) {
    const json* found = find(object, key);
    if (!found) return;
    if (!found->is_array()) {
        values.fill(number(*found, key));
        return;
    }
    if (found->size() != values.size()) wrong(std::string(key) + " is not one number for each of three channels");
    for (std::size_t c = 0; c < values.size(); ++c) values[c] = number(found->at(c), key);
}

void require_perceiver(const json& object, const char* key) {
    const json* found = find(object, key);
    if (!found) return;
    if (!found->is_string()) wrong(std::string(key) + " is not a name");
    const auto& name = found->get_ref<const std::string&>();
    if (name.rfind("Perceiver", 0) != 0) wrong("it is for a " + shown(name) + ", not for a Perceiver");
}

}  // namespace

input::ImageProcessorConfig image_processor_from_json(const std::string& text) {
    if (text.size() > most_bytes) wrong("it is too long");
    const json object = json::parse(text, nullptr, false);
    if (object.is_discarded()) wrong("it is not JSON");
    if (!object.is_object()) wrong("it is not an object");
    require_perceiver(object, "image_processor_type");
    require_perceiver(object, "feature_extractor_type");

    input::ImageProcessorConfig config;
    read(object, "do_center_crop", config.do_center_crop);
    read_size(object, "crop_size", config.crop_height, config.crop_width);
    read(object, "do_resize", config.do_resize);
    read_size(object, "size", config.height, config.width);
    if (const json* found = find(object, "resample")) {
        const std::int64_t filter = whole_number(*found, "resample");
        if (filter < 0 || filter > 5) wrong("resample is " + std::to_string(filter) + ", not 0 to 5");
        config.resample = static_cast<input::ImageProcessorConfig::Resample>(filter);
    }
    read(object, "do_rescale", config.do_rescale);
    if (const json* found = find(object, "rescale_factor")) config.rescale_factor = number(*found, "rescale_factor");
    read(object, "do_normalize", config.do_normalize);
    read_channels(object, "image_mean", config.mean);
    read_channels(object, "image_std", config.std);
    input::validate(config);
    return config;
}

}  // namespace perceiver::weights
