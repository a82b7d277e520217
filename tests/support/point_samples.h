// Clouds and meshes made in code, as files of every kind.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "support/files.h"

namespace perceiver::samples {

struct Shape {
    std::vector<std::array<float, 3>> points;
    std::vector<std::vector<std::uint32_t>> faces;    ///< polygons
    std::vector<std::array<std::uint8_t, 3>> colours; ///< as many as points, or none
    std::vector<std::array<float, 3>> normals;        ///< as many as points, or none
};

/// The six sides of a box from the origin to (x, y, z), as quadrilaterals.
Shape box(float x, float y, float z);
/// Points on a helix, without faces; with colours and unit normals if asked for.
Shape helix(int count, bool coloured = false, bool upright = false);

enum class PlyForm { text, little, big };
/// With properties nobody asked for among the others, and an element after them.
ByteVector ply(const Shape& shape, PlyForm form);
enum class PcdForm { text, binary, packed };
ByteVector pcd(const Shape& shape, PcdForm form);
ByteVector off(const Shape& shape, bool run_together = false);
ByteVector obj(const Shape& shape, bool relative = false);
ByteVector stl(const Shape& shape, bool text);
ByteVector glb(const Shape& shape);
/// The description alone, referring to `uri` for its numbers; and those numbers.
ByteVector gltf(const Shape& shape, const std::string& uri);
ByteVector gltf_numbers(const Shape& shape);
/// The same in glTF 1.0, whose parts have names; `asset` is the member that says so, and a comma.
std::string old_gltf_text(const Shape& shape, const std::string& asset, const std::string& uri);
ByteVector old_glb(const Shape& shape, const std::string& asset);
ByteVector npy(const Shape& shape, const std::string& type = "<f4", bool by_column = false);
ByteVector npy_of_shape(const std::string& shape, std::size_t bytes);
ByteVector table(const Shape& shape, const std::string& separator, const std::string& heading);

/// Bytes as text, and back.
ByteVector bytes_of(const std::string& text);

/// A good file of every kind above, by name.
struct NamedPoints {
    std::string name, format;
    ByteVector bytes;
    bool has_faces = false;
};
std::vector<NamedPoints> points_of_every_kind();

}  // namespace perceiver::samples
