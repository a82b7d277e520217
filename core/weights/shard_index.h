// The JSON that says which of several weights files holds which tensor.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace perceiver::weights {

/// More than the index of any model needs.
inline constexpr std::int64_t max_index_bytes = 16 << 20;

/// The index's weight_map: tensor name to file name, a plain name in the index's own folder. Throws
/// Error{unreadable_model}: no such JSON, a name twice, a file name with a path in it.
std::map<std::string, std::string> parse_shard_index(std::string_view json);

}  // namespace perceiver::weights
