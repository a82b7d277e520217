#include "media/points.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <random>

#include "base/with_commas.h"
#include "media/image.h"
#include "media/point_readers.h"

namespace perceiver::media {
namespace {

constexpr std::int64_t often = 65'536;  ///< points or triangles between two looks for a cancel

/// Numbers in [0, 1) that are the same on every machine.
class Random {
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    double next() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }

  private:
    std::mt19937_64 engine_;
};

using Reader = PointCloud (*)(Bytes, const PointsJob&);

Reader reader_of(const std::string& format) {
    if (format == "PLY") return read_ply;
    if (format == "PCD") return read_pcd;
    if (format == "OFF") return read_off;
    if (format == "OBJ") return read_obj;
    if (format == "STL") return read_stl;
    if (format == "glTF") return read_gltf;
    if (format == "NPY") return read_npy;
    return read_text_points;
}

/// A name a file beside the first may have; folders and addresses are none.
bool is_plain_name(const std::string& name) {
    return !name.empty() && name != "." && name != ".." && name.find_first_of(std::string("/\\:\0", 4)) == name.npos;
}

template <class T>
void keep_three(std::vector<T>& values, std::size_t from, std::size_t to) {
    if (values.empty()) return;
    for (std::size_t c = 0; c < 3; ++c) values[3 * to + c] = values[3 * from + c];
}

// Points that are nowhere go, and with them the triangles that need them.
void drop_placeless(PointCloud& cloud, const PointsJob& job) {
    const std::size_t count = cloud.xyz.size() / 3;
    const auto placed = [&](std::size_t i) {
        return std::isfinite(cloud.xyz[3 * i]) && std::isfinite(cloud.xyz[3 * i + 1]) &&
               std::isfinite(cloud.xyz[3 * i + 2]);
    };
    std::size_t kept = 0;
    for (; kept < count && placed(kept); ++kept) job.breathe(kept);
    if (kept == count) return;
    constexpr std::uint32_t gone = 0xffff'ffff;
    std::vector<std::uint32_t> place(cloud.faces.empty() ? 0 : count, gone);
    kept = 0;
    for (std::size_t i = 0; i < count; ++i) {
        job.breathe(i);
        if (!placed(i)) continue;
        if (!place.empty()) place[i] = static_cast<std::uint32_t>(kept);
        keep_three(cloud.xyz, i, kept);
        keep_three(cloud.rgb, i, kept);
        keep_three(cloud.normals, i, kept);
        ++kept;
    }
    cloud.xyz.resize(3 * kept);
    if (!cloud.rgb.empty()) cloud.rgb.resize(3 * kept);
    if (!cloud.normals.empty()) cloud.normals.resize(3 * kept);
    std::vector<std::uint32_t> faces;
    for (std::size_t f = 0; f + 2 < cloud.faces.size(); f += 3) {
        job.breathe(f / 3);
        const std::array corners{place[cloud.faces[f]], place[cloud.faces[f + 1]], place[cloud.faces[f + 2]]};
        if (std::ranges::find(corners, gone) == corners.end())
            faces.insert(faces.end(), corners.begin(), corners.end());
    }
    cloud.faces = std::move(faces);
    cloud.notes.push_back(with_commas(count - kept) + " points without a place were left out");
}

std::array<double, 3> corner(const PointCloud& mesh, std::size_t face, std::size_t which) {
    const float* at = mesh.xyz.data() + std::size_t{3} * mesh.faces[3 * face + which];
    return {at[0], at[1], at[2]};
}

// Twice the triangle's area long, upright on it.
std::array<double, 3> cross_of(const PointCloud& mesh, std::size_t face) {
    const auto a = corner(mesh, face, 0), b = corner(mesh, face, 1), c = corner(mesh, face, 2);
    const std::array u{b[0] - a[0], b[1] - a[1], b[2] - a[2]}, v{c[0] - a[0], c[1] - a[1], c[2] - a[2]};
    return {u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]};
}
double length(const std::array<double, 3>& v) { return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]); }

void check_count(std::int64_t count, const Limits& limits) {
    if (count < 0 || count > limits.points)
        throw Error(ErrorCode::out_of_resources, with_commas(count) + " points were asked for; the limit is " +
                                                     with_commas(limits.points) + ".");
}

}  // namespace

void append_fan(std::vector<std::uint32_t>& faces, std::span<const std::uint32_t> corners, const PointsJob& job) {
    if (corners.size() < 3) return;
    job.check(faces.size() / 3 + corners.size() - 2, ~std::uint64_t{0}, 1, "triangles");
    for (std::size_t i = 2; i < corners.size(); ++i)
        faces.insert(faces.end(), {corners[0], corners[i - 1], corners[i]});
}

void take_unnamed_columns(PointCloud& cloud, std::span<const std::array<float, 3>> columns) {
    bool unit = true, colour = true;
    for (const auto& [x, y, z] : columns) {
        unit &= std::abs(std::sqrt(x * x + y * y + z * z) - 1) < 0.02f;
        for (const float v : {x, y, z}) colour &= v >= 0 && v <= 255 && v == std::floor(v);
    }
    if (columns.empty() || (!unit && !colour)) return;
    for (const auto& three : columns)
        for (const float v : three) {
            if (unit)
                cloud.normals.push_back(v);
            else
                cloud.rgb.push_back(static_cast<std::uint8_t>(v));
        }
}

PointCloud read_points(Bytes bytes, const Limits& limits, const CancelToken& cancel,
                       const std::filesystem::path& folder) try {
    if (bytes.empty()) bad_points("The file is empty.");
    const auto size = static_cast<std::int64_t>(bytes.size());
    const std::string format = points_format(bytes.first(std::min<std::size_t>(bytes.size(), 65'536)), size);
    if (format.empty())
        bad_points(
            "These are not points of a known kind (PLY, PCD, OFF, OBJ, STL, glTF, NPY, or a table of numbers).");
    const auto other_file = [&](const std::string& name) {
        std::error_code ignored;
        if (!is_plain_name(name) || (!folder.empty() && !std::filesystem::exists(folder / name, ignored)))
            bad_points("The file refers to \"" + name + "\", which does not lie beside it.");
        if (folder.empty()) bad_points("The file refers to another, \"" + name + "\", which has to lie beside it.");
        return read_file(folder / name, limits);
    };
    const PointsJob job{limits, cancel, other_file};
    PointCloud cloud = reader_of(format)(bytes, job);
    cloud.format = format;
    for (std::size_t k = 0, count = cloud.xyz.size() / 3; k < cloud.faces.size(); ++k) {
        job.breathe(k);
        if (cloud.faces[k] >= count) bad_points("The file is damaged: a face refers to a point that is not there.");
    }
    drop_placeless(cloud, job);
    if (cloud.xyz.empty()) bad_points("The file holds no points.");
    return cloud;
} catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_resources, "There is not enough memory for these points.");
}

PointCloud sample_surface(const PointCloud& mesh, std::int64_t count, std::uint64_t seed, const Limits& limits,
                          const CancelToken& cancel) try {
    check_count(count, limits);
    if (mesh.faces.empty()) bad_points("These points have no faces: there is no surface to sample.");
    std::vector<double> up_to;  // area of the faces so far
    double area = 0;
    for (std::size_t f = 0; f < mesh.faces.size() / 3; ++f) {
        if (f % std::size_t{often} == 0) cancel.check();
        up_to.push_back(area += length(cross_of(mesh, f)));
    }
    if (!(area > 0) || !std::isfinite(area)) bad_points("The mesh has no surface: all its faces are flat.");

    PointCloud cloud;
    cloud.format = mesh.format;
    cloud.notes = mesh.notes;
    Random random(seed);
    for (std::int64_t i = 0; i < count; ++i) {
        if (i % often == 0) cancel.check();
        const double at = random.next() * area;
        const auto f =
            static_cast<std::size_t>(std::min(std::ranges::upper_bound(up_to, at), up_to.end() - 1) - up_to.begin());
        // The root makes the distance from the first corner as likely as the triangle is wide there.
        const double away = std::sqrt(random.next()), along = random.next();
        const std::array weights{1 - away, away * (1 - along), away * along};
        std::array<double, 3> place{}, colour{};
        for (std::size_t k = 0; k < 3; ++k) {
            const auto from = corner(mesh, f, k);
            const std::size_t vertex = std::size_t{3} * mesh.faces[3 * f + k];
            for (std::size_t c = 0; c < 3; ++c) {
                place[c] += weights[k] * from[c];
                if (!mesh.rgb.empty()) colour[c] += weights[k] * mesh.rgb[vertex + c];
            }
        }
        const auto normal = cross_of(mesh, f);
        const double size = length(normal);
        for (std::size_t c = 0; c < 3; ++c) {
            cloud.xyz.push_back(static_cast<float>(place[c]));
            cloud.normals.push_back(size > 0 ? static_cast<float>(normal[c] / size) : 0.0f);
            if (!mesh.rgb.empty()) cloud.rgb.push_back(static_cast<std::uint8_t>(std::lround(colour[c])));
        }
    }
    return cloud;
} catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_resources, "There is not enough memory for these points.");
}

PointCloud subsample(const PointCloud& cloud, std::int64_t count, std::uint64_t seed, const CancelToken& cancel) {
    PointCloud part;
    part.format = cloud.format;
    part.notes = cloud.notes;
    Random random(seed);
    const std::int64_t all = cloud.points();
    // Knuth's selection sampling (The Art of Computer Programming, volume 2, algorithm 3.4.2 S).
    std::int64_t wanted = std::clamp<std::int64_t>(count, 0, all);
    for (std::int64_t i = 0; i < all && wanted > 0; ++i) {
        if (i % often == 0) cancel.check();
        if (static_cast<double>(all - i) * random.next() >= static_cast<double>(wanted)) continue;
        --wanted;
        const auto from = 3 * i;
        part.xyz.insert(part.xyz.end(), cloud.xyz.begin() + from, cloud.xyz.begin() + from + 3);
        if (!cloud.rgb.empty())
            part.rgb.insert(part.rgb.end(), cloud.rgb.begin() + from, cloud.rgb.begin() + from + 3);
        if (!cloud.normals.empty())
            part.normals.insert(part.normals.end(), cloud.normals.begin() + from, cloud.normals.begin() + from + 3);
    }
    return part;
}

}  // namespace perceiver::media
