// Checkpoint: the named tensors of a published model as they lie in its files, whatever wrote them. What they mean is
// for open_model to say.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/limits.h"
#include "base/load_progress.h"
#include "weights/safetensors.h"

namespace perceiver::weights {

enum class CheckpointKind { safetensors, sharded_safetensors, torch_zip, sharded_torch_zip };

/// "safetensors", "sharded safetensors", "torch zip", "sharded torch zip".
const char* kind_name(CheckpointKind);

struct CheckpointFile {
    std::filesystem::path path;
    std::int64_t bytes = 0;
};

/// Views point into `storages`, which nobody changes; every tensor's bytes are there once, also when several names
/// share them. Copies share the storages.
struct Checkpoint {
    CheckpointKind kind = CheckpointKind::safetensors;
    std::map<std::string, TensorView> tensors;
    std::map<std::string, std::string> metadata;  ///< of safetensors files
    std::vector<CheckpointFile> files;            ///< the ones that hold weights
    std::vector<std::string> notes;               ///< what a person should know: "Taken from its entry model."
    std::vector<std::shared_ptr<const std::vector<std::uint8_t>>> storages;
};

/// Opens a weights file: safetensors, a zip of torch.save with a state dict in it (at its top or one level or two
/// down, where that is unambiguous), or the JSON index of several such files in one folder
/// (model.safetensors.index.json). What a file is comes from its content, not its name. Nothing in a file is executed.
/// Throws Error: unreadable_model (the sentence says how to convert what can be converted), out_of_resources (past
/// limits.model_bytes, not enough memory), cancelled.
Checkpoint open_checkpoint(const std::filesystem::path& path, const Limits& limits = {},
                           const CancelToken& cancel = {}, const LoadCallback& tell = {});

/// .safetensors, .pt, .pth, .bin, .ckpt.
bool named_like_weights(const std::filesystem::path& path);

/// Whether a file is a model by its first bytes, or a folder by what lies in it; also of a kind that open_checkpoint
/// refuses with the way to convert it. Never throws: what can't be read is no model.
bool looks_like_model(const std::filesystem::path& path);

/// The weights file of a model's folder: the first of model.safetensors, its index, pytorch_model.bin, its index and
/// weights.safetensors, or else the only file with a name as weights have it. Throws Error{unreadable_model}.
std::filesystem::path find_weights(const std::filesystem::path& folder);

}  // namespace perceiver::weights
