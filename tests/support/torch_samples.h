// Files as torch.save writes them, and ones that nobody should trust, made in code.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "support/weights_samples.h"

namespace perceiver::samples {

struct ZipRecord {
    std::string name;
    ByteVector bytes;
    bool compressed = false;
};
/// A zip archive of these records in this order, whatever their names.
ByteVector zip_of(const std::vector<ZipRecord>& records);

ByteVector bytes_of(std::string_view text);

/// Where a tensor lies in its storage; empty strides: row-major.
struct TorchTensor {
    std::string storage_type = "FloatStorage", storage = "0";
    std::int64_t storage_elements = 0, offset = 0;
    std::vector<std::int64_t> shape{}, strides{};
};

/// Writes the instructions of a pickle one after the other.
class PickleWriter {
  public:
    explicit PickleWriter(int protocol = 2);
    PickleWriter& raw(std::string_view bytes);
    PickleWriter& text(std::string_view value);
    PickleWriter& number(std::int64_t value);
    PickleWriter& global(std::string_view module, std::string_view name);
    PickleWriter& numbers(const std::vector<std::int64_t>& values);  ///< a tuple of them
    PickleWriter& ordered_dict();                                    ///< an empty one
    PickleWriter& tensor(const TorchTensor&);
    ByteVector end();  ///< with STOP

  private:
    int protocol_;
    ByteVector bytes_;
};

/// How the state dict of a sample is kept.
enum class Holder { dict, ordered_dict_with_metadata, parameters };

/// The archive of torch.save(state_dict), each tensor in a storage of its own, its top folder named `top`.
ByteVector torch_file(const Tensors& tensors, Holder holder = Holder::ordered_dict_with_metadata, int protocol = 2,
                      const std::string& top = "archive");

/// The archive with this pickle and these storages.
ByteVector torch_file(const ByteVector& pickle, const std::vector<ByteVector>& storages);

/// Pickles that run code when Python loads them.
std::vector<std::pair<std::string, ByteVector>> hostile_pickles();

}  // namespace perceiver::samples
