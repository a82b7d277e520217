// The zip archives that torch.save writes since PyTorch 1.6: a pickle that lists tensors, and a record a storage.
#pragma once

#include "weights/checkpoint.h"

namespace perceiver::weights {

/// Reads an archive from a file into tensors, storages and notes of a Checkpoint. Throws as open_checkpoint.
Checkpoint read_torch_zip(const std::filesystem::path& path, const Limits& limits, const CancelToken& cancel,
                          const LoadCallback& tell = {});

/// The same from memory.
Checkpoint parse_torch_zip(std::span<const std::uint8_t> bytes, const Limits& limits = {});

}  // namespace perceiver::weights
