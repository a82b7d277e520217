// Files that hold a model in a form this program doesn't read, or none at all: told by their bytes, and refused with
// the way to convert them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace perceiver::weights {

/// What to do with a file that only Python itself can read.
inline constexpr const char* save_weights_only =
    "Where you trust it, save the weights alone in Python: import torch; m = torch.load('FILE', weights_only=False); "
    "torch.save(m.state_dict() if hasattr(m, 'state_dict') else m['state_dict'], 'weights.pt')";

enum class FileKind { safetensors, zip, json, foreign };

/// What a file is, by its first bytes (64 are enough) and its length.
FileKind file_kind(std::span<const std::uint8_t> first, std::uint64_t file_bytes);

/// Whether the first record of a zip archive is one that holds a model, here or elsewhere, by the file's first bytes
/// (512 are enough).
bool is_zip_of_weights(std::span<const std::uint8_t> first);

/// Whether a file of FileKind::foreign is a model of another program, which refuse_foreign says how to convert.
bool is_foreign_model(std::span<const std::uint8_t> first);

/// Refuses a file of FileKind::foreign, given its first bytes (512 are enough) and its last 8. Throws
/// Error{unreadable_model} that says what it is and how to convert it.
[[noreturn]] void refuse_foreign(std::span<const std::uint8_t> first, std::span<const std::uint8_t> last);

/// Refuses a zip archive that is no state dict of PyTorch, if its record `name` says so: TorchScript, NumPy, Keras.
/// Throws Error{unreadable_model} that says how to convert it.
void refuse_foreign_record(const std::string& name);

}  // namespace perceiver::weights
