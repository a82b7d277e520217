// glTF 1.0 (Khronos, 2015), whose parts are known by names. For read_gltf only.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace perceiver::media {

/// Whether its parts have names, whatever version it claims or doesn't.
bool is_old_gltf(const nlohmann::json& file);

/// The geometry of a file of 1.0 as 2.0 writes it: scenes, nodes, meshes, accessors, views, buffers; the buffer
/// "binary_glTF" comes first and without an address. At most twice as large. Throws Error{unreadable_input}, and what
/// nlohmann::json does when a part is missing or of another type.
nlohmann::json gltf_of_old(const nlohmann::json& file);

}  // namespace perceiver::media
