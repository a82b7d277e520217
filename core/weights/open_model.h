// Any published Perceiver, opened: our bundles, Hugging Face folders, perceiver-pytorch's state dicts and plain
// perceiver-2021 folders become one Config and tensors by our names. No torch here.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "weights/bundle.h"
#include "weights/checkpoint.h"

namespace perceiver::weights {

enum class ModelFormat { bundle, hugging_face, perceiver_pytorch, perceiver_2021 };

/// "bundle", "Hugging Face", "perceiver-pytorch", "perceiver-2021".
const char* format_name(ModelFormat);

/// A model and its weights. Views point into `storages`, which copies share.
struct OpenedModel {
    ModelFormat format = ModelFormat::bundle;
    Config config;
    std::map<std::string, TensorView> tensors;  ///< exactly those of tensor_specs(config), of floating-point numbers
    Card card;                                  ///< the bundle's, or what the files tell
    std::filesystem::path path;                 ///< what was opened
    std::vector<CheckpointFile> files;          ///< the ones that hold weights
    /// Of the weights file; of several, of the lines "<sha-256>  <name>\n", as sha256sum prints them. Empty in a build
    /// without libcrypto.
    std::string sha256;
    std::vector<std::string> notes;  ///< sentences on what a person should know before believing an answer
    std::vector<std::shared_ptr<const std::vector<std::uint8_t>>> storages;
};

struct OpenOptions {
    Limits limits{};
    CancelToken cancel{};
    /// Arguments of perceiver-pytorch's Perceiver(...) as a JSON object, in place of those beside the weights.
    std::string hyperparameters{};
    LoadCallback tell{};   ///< told how far it has come
};

/// Opens a weights file, a JSON file beside one (config.json, an index, hyperparameters.json), or the folder they lie
/// in. What a file is comes from its content. Weights that hold values that are no numbers are opened, and said in the
/// notes. Throws Error: unreadable_model (naming the key, or the first tensor that doesn't fit with both shapes, or
/// what is missing beside the file), out_of_resources, cancelled.
OpenedModel open_model(const std::filesystem::path& path, const OpenOptions& options = {});

/// Writes the model as a new folder of Hugging Face's: config.json, model.safetensors and, of image models,
/// preprocessor_config.json. The folder may exist, but be empty; a failure leaves nothing of it. Throws Error: no_fit
/// that says why where transformers has no such model, out_of_resources when it can't be written or isn't empty.
void write_hugging_face_folder(const std::filesystem::path& folder, const OpenedModel& model);

}  // namespace perceiver::weights
