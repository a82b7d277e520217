#include "weights/rival_bundle.h"

#include <new>

#include "weights/bundle_parts.h"
#include "weights/safetensors_open.h"
#include "weights/sha256.h"

namespace perceiver::weights {
namespace {

constexpr const char* rival_format = "perceiverscope-rival";

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

RivalBundle read_rival_bundle(const std::filesystem::path& path, const Limits& limits) try {
    RivalBundle bundle;
    bundle.file = read_safetensors(path, limits);
    RivalMetadata parsed = parse_rival_metadata(bundle.file.metadata);
    check_tensors(tensor_specs(parsed.config), bundle.file.tensors);
    bundle.config = std::move(parsed.config);
    bundle.card = std::move(parsed.card);
    bundle.path = path;
    bundle.sha256 = sha256_hex(bundle.file.storage);
    return bundle;
} catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_resources, "There is not enough memory for this model.");
}

RivalBundle read_rival_bundle_header(const std::filesystem::path& path, const Limits& limits) try {
    OpenSafetensors model = open_safetensors(path, limits);
    RivalMetadata parsed = parse_rival_metadata(model.header.metadata);
    check_tensors(tensor_specs(parsed.config), model.header.tensors);
    RivalBundle bundle;
    bundle.config = std::move(parsed.config);
    bundle.card = std::move(parsed.card);
    bundle.file.metadata = std::move(model.header.metadata);
    bundle.path = path;
    return bundle;
} catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_resources, "There is not enough memory for this model.");
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
