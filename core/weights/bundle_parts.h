// How the bundles of Perceivers and of rivals are both read and checked.
#pragma once

#include <filesystem>
#include <map>
#include <new>
#include <string>
#include <vector>

#include "perceiver/config.h"
#include "weights/safetensors_header.h"
#include "weights/safetensors_open.h"
#include "weights/sha256.h"
#include "weights/tensor_sources.h"

namespace perceiver::weights {

/// The config of a bundle of this format and of the version this program reads. Throws
/// Error{unreadable_model} naming the key that is missing or wrong.
const std::string& bundle_config(const std::map<std::string, std::string>& metadata,
                                 const std::string& format);
/// A key of the metadata that must be there.
const std::string& metadata_text(const std::map<std::string, std::string>& metadata, const char* key);

inline constexpr const char* bundle_version = "1";

/// Throws Error{unreadable_model} naming the tensor that is missing, misshapen, unknown or not of
/// floating-point numbers. `Tensors` maps names to anything with a dtype and a shape.
template <class Tensors>
void check_tensors(const std::vector<TensorSpec>& specs, const Tensors& tensors) {
    std::map<std::string, const std::vector<std::int64_t>*> known;
    for (const auto& spec : specs) {
        known[spec.name] = &spec.shape;
        const auto at = tensors.find(spec.name);
        if (at == tensors.end()) bad_model("The tensor " + spec.name + " is missing.");
        if (at->second.shape != spec.shape)
            bad_model("The tensor " + spec.name + " is of shape " + shape_text(at->second.shape) +
                      "; the configuration asks for " + shape_text(spec.shape) + ".");
        if (!is_floating(at->second.dtype))
            bad_model("The tensor " + spec.name + " is not of floating-point numbers.");
    }
    for (const auto& [name, tensor] : tensors)
        if (!known.contains(name))
            bad_model("The tensor " + shown(name) + " is no part of the model its configuration describes.");
}

/// A whole bundle: `parse` makes config and card of the metadata, `check` holds the tensors against the config.
template <class B, class Parse, class Check>
B read_parts(const std::filesystem::path& path, const Limits& limits, Parse parse, Check check) try {
    B bundle;
    bundle.file = read_safetensors(path, limits);
    auto parsed = parse(bundle.file.metadata);
    check(parsed.config, bundle.file.tensors);
    bundle.config = std::move(parsed.config);
    bundle.card = std::move(parsed.card);
    bundle.path = path;
    bundle.sha256 = sha256_hex(bundle.file.storage);
    return bundle;
} catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_resources, "There is not enough memory for this model.");
}

/// The same without the weights.
template <class B, class Parse, class Check>
B read_parts_header(const std::filesystem::path& path, const Limits& limits, Parse parse, Check check) try {
    OpenSafetensors model = open_safetensors(path, limits);
    auto parsed = parse(model.header.metadata);
    check(parsed.config, model.header.tensors);
    B bundle;
    bundle.config = std::move(parsed.config);
    bundle.card = std::move(parsed.card);
    bundle.file.metadata = std::move(model.header.metadata);
    bundle.path = path;
    return bundle;
} catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_resources, "There is not enough memory for this model.");
}

}  // namespace perceiver::weights
