// Where the tensors of a model of ours lie in somebody else's checkpoint.
#pragma once

#include <string>
#include <vector>

#include "perceiver/config.h"
#include "weights/checkpoint.h"

namespace perceiver::weights {

/// One tensor by our name is one of theirs with as many numbers, or, where `shape` has more, the part of it that
/// begins at `first_row` of its first axis.
struct TensorSource {
    std::string ours, theirs;
    std::vector<std::int64_t> shape;  ///< of theirs
    std::int64_t first_row = 0;
};

/// Views by our names, one a spec, into the checkpoint's storages. `origin` is whatever said the shapes
/// ("config.json"). Adds to `notes` which tensors of the checkpoint nothing asked for, but those in `copies`. Throws
/// Error{unreadable_model} that names the first tensor, by its name in the file, that is missing, not of
/// floating-point numbers, or of another shape, and both shapes.
std::map<std::string, TensorView> take_tensors(const Checkpoint& checkpoint, const std::vector<TensorSpec>& specs,
                                               const std::vector<TensorSource>& sources, const std::string& origin,
                                               std::vector<std::string>& notes,
                                               const std::vector<std::string>& copies = {});

/// "[2, 3]"
std::string shape_text(const std::vector<std::int64_t>& shape);
bool is_floating(DType);

/// A tensor's size along an axis. Throws Error{unreadable_model} when it is missing, has no such axis, or
/// is larger than any model's.
std::int64_t size_of(const Checkpoint& checkpoint, const std::string& name, std::size_t axis);

}  // namespace perceiver::weights
