// A bundle is a model in one safetensors file: tensors named as in perceiver/config.h (tensor_specs), and in
// the metadata "format" = "perceiverscope-bundle", "version" = "1", "config" (JSON, perceiver::to_json) and
// "card" (JSON).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "perceiver/config.h"
#include "weights/safetensors.h"

namespace perceiver::weights {

/// Where the examples a model is tested on come from.
struct DataSet {
    std::string folder;                       ///< below the folder of all data; empty: it is not said
    std::map<std::string, std::string> pack;  ///< what `perceiverscope-train pack` is told, by the options' names
    std::string split;                        ///< "test"
};

/// What a bundle says about itself; shown by the picker. Every field may be empty or 0 when unknown.
struct Card {
    std::string title;    ///< "CIFAR-10, 32 x 32 pixels"
    std::string summary;  ///< one sentence
    std::string data, licence_note, recipe;
    std::string knows, does_not_know;
    std::string test_split;                      ///< "CIFAR-10 test, all 10,000"
    double accuracy = 0;                         ///< part of 1 on that split; 0 when not measured
    double accuracy_low = 0, accuracy_high = 0;  ///< 95 % Wilson interval
    std::int64_t accuracy_n = 0;                 ///< elements it was measured on
    std::string measured_too;                    ///< "sound alone 99.4 %, picture alone 38.5 %"
    DataSet set;                                 ///< of that split
    std::int64_t sample_n = 0, sample_right = 0;  ///< of some of its examples, always the same: a quick check
    std::string trained_with;                    ///< program version, steps, hardware, time
};
std::string to_json(const Card&);
/// Unknown keys are ignored; wrong types throw Error{unreadable_model}.
Card card_from_json(const std::string& text);

/// The metadata of a bundle ("format", "version", "config", "card"), checked and parsed; needs no weights.
/// Throws Error{unreadable_model} naming the key.
struct BundleMetadata {
    Config config;
    Card card;
};
BundleMetadata parse_bundle_metadata(const std::map<std::string, std::string>& metadata);

/// What a bundle's metadata calls its format.
inline constexpr const char* bundle_format = "perceiverscope-bundle";
/// Throws Error{unreadable_model} naming the tensor that is missing, misshapen, unknown or not of floating-point
/// numbers.
void check_bundle_tensors(const Config& config, const std::map<std::string, TensorView>& tensors);

/// A read bundle, checked: every tensor of tensor_specs(config) is there with its shape, and no other.
struct Bundle {
    Config config;
    Card card;
    Safetensors file;
    std::filesystem::path path;
    std::string sha256;  ///< of the whole file, lower-case hex; empty in a build without libcrypto
};

/// Throws Error{unreadable_model} naming the key or tensor that is missing, misshapen, unknown or not of
/// floating-point numbers; out_of_resources (past limits.model_bytes, not enough memory).
Bundle read_bundle(const std::filesystem::path& path, const Limits& limits = {});

/// Config and card from the header alone, without reading the weights (fast, for lists). Everything that
/// read_bundle checks is checked, the file's length too; `file.tensors` and `sha256` are left empty.
Bundle read_bundle_header(const std::filesystem::path& path, const Limits& limits = {});

/// Throws as write_safetensors, and unreadable_model when tensors don't fit the config.
void write_bundle(const std::filesystem::path& path, const Config& config, const Card& card,
                  const std::map<std::string, TensorData>& tensors);
void write_bundle(const std::filesystem::path& path, const Config& config, const Card& card,
                  const std::map<std::string, TensorView>& tensors);

}  // namespace perceiver::weights
