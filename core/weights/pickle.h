// The pickle inside a PyTorch file, read as data: dicts, lists, tuples, texts, numbers, and tensors that say in
// which storage they lie. A pickle is a program that may name any function of Python; here a fixed list of names
// stands for data, every other one is refused, and nothing is ever called.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "weights/safetensors.h"

namespace perceiver::weights {

/// A tensor as a pickle describes it. Nothing of it is checked but its types.
struct PickledTensor {
    DType dtype = DType::f32;
    std::string_view storage;           ///< the storage's key: a record of the archive
    std::int64_t storage_elements = 0;  ///< what the storage holds
    std::int64_t offset = 0;            ///< elements before the first one
    std::vector<std::int64_t> shape, strides;
};

/// What a pickle holds. Values refer to each other by number, so that shared and even circular ones cost no more
/// than their bytes. Texts point into the pickle's bytes.
struct Pickle {
    using Ref = std::uint32_t;
    enum class Kind : std::uint8_t { none, integer, text, tuple, list, dict, tensor, global, storage, other };
    struct Value {
        Kind kind = Kind::other;    ///< other: data that no model needs (floats, bytes, types)
        std::uint16_t depth = 0;    ///< of what it contains
        bool ordered_dict = false;  ///< a dict that was made as collections.OrderedDict
        std::int64_t number = 0;    ///< integer and bool; tensor, storage: index into `tensors`
        std::string_view text;
        std::vector<Ref> items;  ///< of a dict: key, value, key, value, ...
    };
    std::vector<Value> values;
    std::vector<PickledTensor> tensors;
    Ref root = 0;

    const Value& operator[](Ref ref) const { return values[ref]; }
};

/// More bytes than the pickle of any model needs; the numbers are in the pickle's neighbours.
inline constexpr std::int64_t max_pickle_bytes = 16 << 20;

/// Reads a pickle of protocol 2 to 5; `bytes` must outlive the result. Allowed are dict, collections.OrderedDict
/// (with attributes, which are dropped), tuple, list, texts, numbers, bytes, None, bool, torch.Size, torch's types
/// and storages, torch._utils._rebuild_tensor_v2 and _rebuild_parameter. Throws Error{unreadable_model} naming
/// whatever else it asks for, or saying that it is damaged, or larger or deeper than a model's.
Pickle read_pickle(std::span<const std::uint8_t> bytes);

}  // namespace perceiver::weights
