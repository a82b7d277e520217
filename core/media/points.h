// Points: clouds and meshes of every kind as plain coordinates, and how a mesh becomes a cloud.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/limits.h"

namespace perceiver::media {

/// Points in the file's own unit and axes, neither centred nor scaled.
struct PointCloud {
    std::vector<float> xyz;            ///< [n, 3], finite
    std::vector<std::uint8_t> rgb;     ///< [n, 3], or empty
    std::vector<float> normals;        ///< [n, 3], or empty
    std::vector<std::uint32_t> faces;  ///< [f, 3] triangles of points, or empty: a cloud
    std::string format;                ///< "PLY", "PCD", "OFF", "OBJ", "STL", "glTF", "NPY", "text"
    std::vector<std::string> notes;    ///< what a person should know

    std::int64_t points() const { return static_cast<std::int64_t>(xyz.size() / 3); }
    std::int64_t triangles() const { return static_cast<std::int64_t>(faces.size() / 3); }
};

/// What the first bytes (some 64 KiB of them) of a file of `size` bytes say it is: one of PointCloud::format's
/// values, or "" if none of them.
std::string points_format(std::span<const std::uint8_t> head, std::int64_t size);

/// Reads a cloud or mesh. Counts are compared with the limits and with the bytes there are before anything is
/// allocated; a file that is cut short is refused. Polygons become fans of triangles; points without a place
/// (not a number) are left out with a note. Files that a glTF refers to are read from `folder` alone; with no
/// folder it is refused. Throws Error: unreadable_input (no points, damaged, cut short, an unsupported kind),
/// out_of_resources (past limits.points or memory), cancelled.
PointCloud read_points(std::span<const std::uint8_t> bytes, const Limits& limits = {}, const CancelToken& cancel = {},
                       const std::filesystem::path& folder = {});

/// `count` points spread evenly by area over a mesh, the same for the same seed, with their faces' normals and,
/// where the mesh has them, mixed colours. Throws Error: unreadable_input (no faces, no area), out_of_resources,
/// cancelled.
PointCloud sample_surface(const PointCloud& mesh, std::int64_t count, std::uint64_t seed, const Limits& limits = {},
                          const CancelToken& cancel = {});

/// `count` of the cloud's points in their order, each set of them as likely as any other and the same for the same
/// seed; the whole cloud when it has no more. Faces are left out. Throws Error{cancelled}.
PointCloud subsample(const PointCloud& cloud, std::int64_t count, std::uint64_t seed, const CancelToken& cancel = {});

}  // namespace perceiver::media
