#include "weights/rival_bundle.h"

#include "weights/bundle_parts.h"

namespace perceiver::weights {
namespace {

constexpr const char* rival_format = "perceiverscope-rival";

const auto checked = [](const rivals::RivalConfig& config, const auto& tensors) {
    check_tensors(tensor_specs(config), tensors);
};

}  // namespace

RivalMetadata parse_rival_metadata(const std::map<std::string, std::string>& metadata) {
    return {rivals::rival_from_json(bundle_config(metadata, rival_format)),
            card_from_json(metadata_text(metadata, "card"))};
}

bool is_rival_bundle(const std::filesystem::path& path) {
    const auto metadata = open_safetensors(path, {}).header.metadata;
    const auto at = metadata.find("format");
    return at != metadata.end() && at->second == rival_format;
}

RivalBundle read_rival_bundle(const std::filesystem::path& path, const Limits& limits) {
    return read_parts<RivalBundle>(path, limits, parse_rival_metadata, checked);
}

RivalBundle read_rival_bundle_header(const std::filesystem::path& path, const Limits& limits) {
    return read_parts_header<RivalBundle>(path, limits, parse_rival_metadata, checked);
}

void write_rival_bundle(const std::filesystem::path& path, const rivals::RivalConfig& config,
                        const Card& card, const std::map<std::string, TensorView>& tensors) {
    config.validate();
    check_tensors(tensor_specs(config), tensors);
    write_views(path, tensors,
                {{"format", rival_format},
                 {"version", bundle_version},
                 {"config", to_json(config)},
                 {"card", to_json(card)}});
}

void write_rival_bundle(const std::filesystem::path& path, const rivals::RivalConfig& config,
                        const Card& card, const std::map<std::string, TensorData>& tensors) {
    write_rival_bundle(path, config, card, views_of(tensors));
}

}  // namespace perceiver::weights
