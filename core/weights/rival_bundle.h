// A rival's bundle: as a model's (weights/bundle.h), but "format" = "perceiverscope-rival" and a config of
// rivals/config.h. A file of its own kind, so that no list of models mistakes a rival for a Perceiver.
#pragma once

#include "rivals/config.h"
#include "weights/bundle.h"

namespace perceiver::weights {

/// A read bundle, checked: every tensor of rivals::tensor_specs(config) is there with its shape, and no
/// other.
struct RivalBundle {
    rivals::RivalConfig config;
    Card card;
    Safetensors file;
    std::filesystem::path path;
    std::string sha256;  ///< of the whole file, lower-case hex; empty in a build without libcrypto
};

/// The metadata of a rival's bundle, checked and parsed. Throws Error{unreadable_model} naming the key.
struct RivalMetadata {
    rivals::RivalConfig config;
    Card card;
};
RivalMetadata parse_rival_metadata(const std::map<std::string, std::string>& metadata);

/// Whether a file's header says that it is a rival's bundle. Throws as open_safetensors when it is no
/// safetensors file.
bool is_rival_bundle(const std::filesystem::path& path);

/// Throws as read_bundle and read_bundle_header do.
RivalBundle read_rival_bundle(const std::filesystem::path& path, const Limits& limits = {});
RivalBundle read_rival_bundle_header(const std::filesystem::path& path, const Limits& limits = {});

/// Throws as write_bundle.
void write_rival_bundle(const std::filesystem::path& path, const rivals::RivalConfig& config,
                        const Card& card, const std::map<std::string, TensorData>& tensors);
void write_rival_bundle(const std::filesystem::path& path, const rivals::RivalConfig& config,
                        const Card& card, const std::map<std::string, TensorView>& tensors);

}  // namespace perceiver::weights
