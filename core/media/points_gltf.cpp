// glTF and its binary form, GLB: the meshes and points of the scene, each where its nodes put it.
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

#include "media/byte_reader.h"
#include "media/gltf_old.h"
#include "media/point_readers.h"

namespace perceiver::media {
namespace {

using Json = nlohmann::json;
using Matrix = std::array<double, 16>;  // column by column, as glTF has it

constexpr Matrix identity{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
constexpr int most_depth = 64;
constexpr std::uint64_t most_json = std::uint64_t{256} << 20;

[[noreturn]] void damaged(const std::string& how) { bad_points("The glTF is damaged.", how); }

Matrix product(const Matrix& a, const Matrix& b) {
    Matrix c{};
    for (std::size_t column = 0; column < 4; ++column)
        for (std::size_t row = 0; row < 4; ++row)
            for (std::size_t k = 0; k < 4; ++k) c[4 * column + row] += a[4 * k + row] * b[4 * column + k];
    return c;
}

std::uint64_t whole(const Json& object, const char* key, std::uint64_t otherwise) {
    const auto found = object.find(key);
    if (found == object.end()) return otherwise;
    if (!found->is_number_unsigned()) damaged(std::string(key) + " is no count");
    return found->get<std::uint64_t>();
}

template <std::size_t N>
std::array<double, N> numbers(const Json& object, const char* key, std::array<double, N> otherwise) {
    const auto found = object.find(key);
    if (found == object.end()) return otherwise;
    if (!found->is_array() || found->size() != N) damaged(std::string(key) + " has the wrong length");
    for (std::size_t i = 0; i < N; ++i) otherwise[i] = found->at(i).template get<double>();
    return otherwise;
}

const Json& item(const Json& file, const char* list, std::uint64_t index) {
    const auto found = file.find(list);
    if (found == file.end() || !found->is_array() || index >= found->size())
        damaged(std::string("there is no such one of ") + list);
    return found->at(index);
}

/// One that another names by its number.
std::uint64_t named(const Json& number, const char* what) {
    if (!number.is_number_unsigned()) damaged(std::string(what) + "'s number");
    return number.get<std::uint64_t>();
}

Matrix placement(const Json& node) {
    if (node.contains("matrix")) return numbers<16>(node, "matrix", identity);
    const auto [tx, ty, tz] = numbers<3>(node, "translation", {0, 0, 0});
    const auto [x, y, z, w] = numbers<4>(node, "rotation", {0, 0, 0, 1});
    const auto [sx, sy, sz] = numbers<3>(node, "scale", {1, 1, 1});
    return {sx * (1 - 2 * (y * y + z * z)),
            sx * 2 * (x * y + z * w),
            sx * 2 * (x * z - y * w),
            0,
            sy * 2 * (x * y - z * w),
            sy * (1 - 2 * (x * x + z * z)),
            sy * 2 * (y * z + x * w),
            0,
            sz * 2 * (x * z + y * w),
            sz * 2 * (y * z - x * w),
            sz * (1 - 2 * (x * x + y * y)),
            0,
            tx,
            ty,
            tz,
            1};
}

// Of every byte the number it stands for in base64; 64 for none.
constexpr std::array<std::uint8_t, 256> base64_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(64);
    std::uint8_t next = 0;
    for (const char c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
        values[static_cast<unsigned char>(c)] = next++;
    return values;
}();

std::vector<std::uint8_t> from_base64(std::string_view text, const PointsJob& job) {
    std::vector<std::uint8_t> bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (std::size_t i = 0; i < text.size() && text[i] != '='; ++i) {
        job.breathe(i);
        const std::uint32_t value = base64_values[static_cast<unsigned char>(text[i])];
        if (value == 64) damaged("not base64");
        bits = bits << 6 | value;
        if ((count += 6) >= 8) bytes.push_back(static_cast<std::uint8_t>(bits >> (count -= 8)));
    }
    return bytes;
}

std::string unescaped(const std::string& uri) {
    std::string name;
    for (std::size_t i = 0; i < uri.size(); ++i) {
        int value = 0;
        if (uri[i] == '%' && i + 2 < uri.size() &&
            std::from_chars(uri.data() + i + 1, uri.data() + i + 3, value, 16).ptr == uri.data() + i + 3) {
            name += static_cast<char>(value);
            i += 2;
        } else {
            name += uri[i];
        }
    }
    return name;
}

/// An accessor's numbers, checked to lie within their buffer.
struct Accessor {
    Bytes bytes;
    std::uint64_t count = 0, stride = 0, parts = 1, part_bytes = 4;
    int type = 5126;
    bool normalized = false;

    double at(std::uint64_t element, std::uint64_t part) const {
        const std::uint64_t from = element * stride + part * part_bytes;
        std::uint32_t bits = 0;
        for (std::uint64_t i = part_bytes; i-- > 0;) bits = bits << 8 | bytes[from + i];
        if (type == 5126) return std::bit_cast<float>(bits);
        if (type == 5120) return static_cast<std::int8_t>(bits);
        if (type == 5122) return static_cast<std::int16_t>(bits);
        return bits;
    }
    /// As a share of the type's largest value, if it is one of whole numbers.
    double share(std::uint64_t element, std::uint64_t part) const {
        const double most = type == 5121 ? 255 : type == 5123 ? 65'535 : 1;
        return at(element, part) / most;
    }
};

class Scene {
  public:
    Scene(const Json& file, Bytes chunk, const PointsJob& job) : file_(file), job_(job) { open_buffers(chunk); }

    PointCloud read() {
        refuse_packed();
        if (file_.contains("scenes") && !file_.at("scenes").empty()) {
            const Json& scene = item(file_, "scenes", whole(file_, "scene", 0));
            if (const auto nodes = scene.find("nodes"); nodes != scene.end())
                for (const Json& node : *nodes) add_node(named(node, "a node"), identity, 0);
        } else if (const auto meshes = file_.find("meshes"); meshes != file_.end()) {
            for (const Json& mesh : *meshes) add_mesh(mesh, identity);
        }
        if (cloud_.rgb.size() != cloud_.xyz.size()) cloud_.rgb.clear();
        if (has_lines_) cloud_.notes.emplace_back("lines were left out");
        return std::move(cloud_);
    }

  private:
    void open_buffers(Bytes chunk) {
        const auto buffers = file_.find("buffers");
        if (buffers == file_.end()) return;
        std::uint64_t all = 0;
        for (const Json& buffer : *buffers) {
            const auto uri = buffer.find("uri");
            if (uri == buffer.end()) {
                data_.push_back(data_.empty() ? chunk : Bytes{});
                continue;
            }
            const auto text = uri->get<std::string>();
            const std::size_t comma = text.find(";base64,");
            owned_.push_back(text.rfind("data:", 0) == 0 && comma != text.npos
                                 ? from_base64(std::string_view(text).substr(comma + 8), job_)
                                 : job_.other_file(unescaped(text)));
            all += owned_.back().size();
            if (all > static_cast<std::uint64_t>(job_.limits.file_bytes))
                throw Error(ErrorCode::out_of_resources, "The files a glTF refers to are larger than the limit of " +
                                                             std::to_string(job_.limits.file_bytes) + " bytes.");
            data_.push_back(owned_.back());
        }
    }

    void refuse_packed() const {
        const auto required = file_.find("extensionsRequired");
        if (required == file_.end()) return;
        for (const Json& name : *required)
            for (const char* packed :
                 {"KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_mesh_quantization"})
                if (name == packed) bad_points("A glTF that needs " + std::string(packed) + " is not supported.");
    }

    Accessor accessor(const Json& index) const {
        const Json& json = item(file_, "accessors", named(index, "an accessor"));
        if (json.contains("sparse") || !json.contains("bufferView"))
            bad_points("A glTF with sparse numbers is not supported.");
        const Json& view = item(file_, "bufferViews", whole(json, "bufferView", 0));
        const std::uint64_t buffer = whole(view, "buffer", ~std::uint64_t{0});
        if (buffer >= data_.size()) damaged("there is no such buffer");
        Accessor a;
        const std::string kind = json.value("type", "");
        a.parts = kind == "SCALAR" ? 1 : kind == "VEC3" ? 3 : kind == "VEC4" ? 4 : 2;
        a.type = static_cast<int>(std::min<std::uint64_t>(whole(json, "componentType", 0), 9999));
        a.part_bytes = a.type == 5120 || a.type == 5121 ? 1 : a.type == 5122 || a.type == 5123 ? 2 : 4;
        if (a.type < 5120 || a.type > 5126 || a.type == 5124) damaged("an unknown type of number");
        a.count = whole(json, "count", 0);
        a.stride = whole(view, "byteStride", a.parts * a.part_bytes);
        const std::uint64_t view_at = whole(view, "byteOffset", 0), length = whole(view, "byteLength", 0);
        const std::uint64_t at = whole(json, "byteOffset", 0), bytes = data_[buffer].size();
        if (view_at > bytes || length > bytes - view_at) bad_points("The file is cut short.");
        if (at > length || a.stride < a.parts * a.part_bytes || a.stride > 65'536) damaged("a view of its numbers");
        a.bytes = data_[buffer].subspan(view_at + at, length - at);
        if (a.count > 0 && (a.bytes.size() < a.parts * a.part_bytes ||
                            a.count - 1 > (a.bytes.size() - a.parts * a.part_bytes) / a.stride))
            damaged("more numbers than bytes");
        return a;
    }

    void add_node(std::uint64_t index, const Matrix& above, int depth) {
        const Json& node = item(file_, "nodes", index);
        if (visited_.size() <= index) visited_.resize(file_.at("nodes").size());
        // Nodes are a tree: one met twice is a loop, or a way to make much of little.
        if (visited_[index] || depth > most_depth) damaged("its nodes are no tree");
        visited_[index] = true;
        const Matrix here = product(above, placement(node));
        if (node.contains("mesh")) add_mesh(item(file_, "meshes", whole(node, "mesh", 0)), here);
        if (const auto children = node.find("children"); children != node.end())
            for (const Json& child : *children) add_node(named(child, "a node"), here, depth + 1);
    }

    void add_mesh(const Json& mesh, const Matrix& here) {
        for (const Json& primitive : mesh.at("primitives")) {
            const std::uint64_t mode = whole(primitive, "mode", 4);
            if (mode > 6) damaged("an unknown mode");
            if (mode >= 1 && mode <= 3)
                has_lines_ = true;
            else
                add_primitive(primitive, mode, here);
        }
    }

    void add_primitive(const Json& primitive, std::uint64_t mode, const Matrix& here) {
        const Json& attributes = primitive.at("attributes");
        if (!attributes.contains("POSITION")) return;
        const Accessor place = accessor(attributes.at("POSITION"));
        if (place.parts != 3 || place.type != 5126) damaged("places that are no numbers");
        const std::uint64_t first = cloud_.xyz.size() / 3;
        job_.check(first + place.count, ~std::uint64_t{0}, 1);
        for (std::uint64_t i = 0; i < place.count; ++i) {
            job_.breathe(i);
            for (std::size_t row = 0; row < 3; ++row)
                cloud_.xyz.push_back(static_cast<float>(here[row] * place.at(i, 0) + here[4 + row] * place.at(i, 1) +
                                                        here[8 + row] * place.at(i, 2) + here[12 + row]));
        }
        if (attributes.contains("COLOR_0")) {
            const Accessor colour = accessor(attributes.at("COLOR_0"));
            if (colour.parts < 3 || colour.count != place.count) damaged("colours");
            for (std::uint64_t i = 0; i < colour.count; ++i)
                for (std::uint64_t c = 0; c < 3; ++c) {
                    const double share = colour.share(i, c);
                    cloud_.rgb.push_back(
                        static_cast<std::uint8_t>(share >= 0 ? std::lround(255 * std::min(share, 1.0)) : 0));
                }
        }
        if (mode >= 4) add_faces(primitive, mode, place.count, first);
    }

    // Triangles one after another (4), as a strip (5) or as a fan (6).
    void add_faces(const Json& primitive, std::uint64_t mode, std::uint64_t points, std::uint64_t first) {
        const bool listed = primitive.contains("indices");
        Accessor indices;
        if (listed) indices = accessor(primitive.at("indices"));
        if (listed && (indices.parts != 1 || indices.type == 5126)) damaged("indices that are no counts");
        const std::uint64_t count = listed ? indices.count : points;
        job_.check(cloud_.faces.size() / 3 + (mode == 4 ? count / 3 : count), ~std::uint64_t{0}, 1, "triangles");
        const auto corner = [&](std::uint64_t i) {
            const auto index = listed ? static_cast<std::uint64_t>(std::max(0.0, indices.at(i, 0))) : i;
            if (index >= points) damaged("a face refers to a point that is not there");
            return static_cast<std::uint32_t>(first + index);
        };
        for (std::uint64_t i = 2; i < count; i += mode == 4 ? 3 : 1) {
            job_.breathe(i);
            const std::uint64_t a = mode == 6 ? 0 : i - 2, b = i - 1;
            const bool turned = mode == 5 && i % 2 != 0;  // every other triangle of a strip
            cloud_.faces.insert(cloud_.faces.end(), {corner(turned ? b : a), corner(turned ? a : b), corner(i)});
        }
    }

    const Json& file_;
    const PointsJob& job_;
    std::vector<Bytes> data_;
    std::vector<std::vector<std::uint8_t>> owned_;
    std::vector<bool> visited_;
    PointCloud cloud_;
    bool has_lines_ = false;
};

}  // namespace

namespace {

struct Parts {
    Bytes json, chunk;  // the description, and the bytes that may follow it
};

Parts parts_of(Bytes bytes) {
    const ByteReader in(bytes, ByteReader::Order::little);
    if (!in.says(0, "glTF")) return {bytes, {}};
    const std::uint32_t version = in.u32(4);
    if (version != 1 && version != 2) bad_points("A glTF of version " + std::to_string(version) + " is not supported.");
    if (in.u32(8) > bytes.size()) bad_points("The file is cut short.");
    const std::uint64_t next = 20 + std::uint64_t{in.u32(12)};
    if (version == 1) {  // both without a mark; the second takes the rest
        if (in.u32(16) != 0 || next > in.u32(8)) damaged("its description");
        return {in.part(20, in.u32(12)), in.part(next, in.u32(8) - next)};
    }
    if (!in.says(16, "JSON")) damaged("its first chunk");
    const bool has_chunk = in.says(next + 4, std::string_view("BIN\0", 4));
    return {in.part(20, in.u32(12)), has_chunk ? in.part(next + 8, in.u32(next)) : Bytes{}};
}

// As the file tells it, with quotes or without; empty when it doesn't.
std::string version_of(const Json& file) {
    const auto asset = file.find("asset");
    if (asset == file.end() || !asset->is_object() || !asset->contains("version")) return {};
    const Json& version = asset->at("version");
    return version.is_string() ? version.get<std::string>() : version.dump();
}

}  // namespace

PointCloud read_gltf(Bytes bytes, const PointsJob& job) try {
    const auto [json, chunk] = parts_of(bytes);
    if (json.size() > most_json)
        throw Error(ErrorCode::out_of_resources, "The description in the glTF is too large.");
    const auto heard = [&](int, Json::parse_event_t, const Json&) {
        job.cancel.check();
        return true;
    };
    Json file = Json::parse(json.begin(), json.end(), heard, false);
    if (file.is_discarded() || !file.is_object()) bad_points("The glTF is damaged or cut short.");
    const std::string version = version_of(file);
    if (!version.empty() && !version.starts_with('1') && !version.starts_with('2'))
        bad_points("A glTF of version " + version.substr(0, 8) + " is not supported.");
    if (is_old_gltf(file)) file = gltf_of_old(file);
    return Scene(file, chunk, job).read();
} catch (const Json::exception& e) {
    damaged(e.what());
}

}  // namespace perceiver::media
