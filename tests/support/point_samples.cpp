#include "support/point_samples.h"

#include <bit>
#include <cmath>
#include <sstream>

#include "support/byte_writer.h"

namespace perceiver::samples {
namespace {

void put(ByteWriter& out, float value) { out.u32(std::bit_cast<std::uint32_t>(value)); }

std::vector<std::array<std::uint32_t, 3>> triangles(const Shape& shape) {
    std::vector<std::array<std::uint32_t, 3>> all;
    for (const auto& face : shape.faces)
        for (std::size_t i = 2; i < face.size(); ++i) all.push_back({face[0], face[i - 1], face[i]});
    return all;
}

// LZF with nothing packed but runs: enough to test both of its commands.
ByteVector packed_lzf(const ByteVector& bytes) {
    ByteVector out;
    for (std::size_t at = 0; at < bytes.size();) {
        std::size_t run = 0;
        while (at > 0 && at + run < bytes.size() && run < 264 && bytes[at + run] == bytes[at - 1]) ++run;
        if (run >= 9) {
            out.push_back(7 << 5);
            out.push_back(static_cast<std::uint8_t>(run - 9));
            out.push_back(0);
            at += run;
        } else if (run >= 3) {
            out.push_back(static_cast<std::uint8_t>((run - 2) << 5));
            out.push_back(0);
            at += run;
        } else {
            out.push_back(0);
            out.push_back(bytes[at++]);
        }
    }
    return out;
}

std::string gltf_text(const Shape& shape, const std::string& uri) {
    const auto faces = triangles(shape);
    const std::size_t place_bytes = 12 * shape.points.size(), index_bytes = 12 * faces.size();
    std::ostringstream out;
    out << R"({"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],)"
        << R"("nodes":[{"children":[1],"translation":[1,2,3]},{"mesh":0,"scale":[2,2,2]}],)"
        << R"("meshes":[{"primitives":[{"attributes":{"POSITION":0})"
        << (faces.empty() ? ",\"mode\":0" : ",\"indices\":1") << R"(}]}],"buffers":[{)"
        << (uri.empty() ? "" : "\"uri\":\"" + uri + "\",") << R"("byteLength":)" << place_bytes + index_bytes
        << R"(}],"bufferViews":[{"buffer":0,"byteLength":)" << place_bytes << R"(},{"buffer":0,"byteOffset":)"
        << place_bytes << R"(,"byteLength":)" << index_bytes
        << R"(}],"accessors":[{"bufferView":0,"componentType":5126,"type":"VEC3","count":)" << shape.points.size()
        << R"(},{"bufferView":1,"componentType":5125,"type":"SCALAR","count":)" << 3 * faces.size() << "}]}";
    return out.str();
}

}  // namespace

ByteVector bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

Shape box(float x, float y, float z) {
    return {{{0, 0, 0}, {x, 0, 0}, {x, y, 0}, {0, y, 0}, {0, 0, z}, {x, 0, z}, {x, y, z}, {0, y, z}},
            {{0, 3, 2, 1}, {4, 5, 6, 7}, {0, 1, 5, 4}, {1, 2, 6, 5}, {2, 3, 7, 6}, {3, 0, 4, 7}},
            {},
            {}};
}

Shape helix(int count, bool coloured, bool upright) {
    Shape shape;
    for (int i = 0; i < count; ++i) {
        const float turn = 0.1f * static_cast<float>(i);
        shape.points.push_back({std::cos(turn), std::sin(turn), 0.25f * static_cast<float>(i)});
        if (coloured)
            shape.colours.push_back({static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(255 - i % 256), 7});
        if (upright) shape.normals.push_back({std::cos(turn), std::sin(turn), 0});
    }
    return shape;
}

ByteVector ply(const Shape& shape, PlyForm form) {
    std::ostringstream head;
    head << "ply\nformat "
         << (form == PlyForm::text     ? "ascii"
             : form == PlyForm::little ? "binary_little_endian"
                                       : "binary_big_endian")
         << " 1.0\ncomment made by a test\nelement vertex " << shape.points.size()
         << "\nproperty double confidence\nproperty float x\nproperty float y\nproperty float z\n";
    if (!shape.normals.empty()) head << "property float nx\nproperty float ny\nproperty float nz\n";
    if (!shape.colours.empty()) head << "property uchar red\nproperty uchar green\nproperty uchar blue\n";
    if (!shape.faces.empty())
        head << "element face " << shape.faces.size()
             << "\nproperty list uchar int vertex_indices\nproperty uchar flags\n";
    head << "element camera 1\nproperty list int short matrix\nend_header\n";
    ByteWriter out(form == PlyForm::big);
    out.text(head.str());
    std::ostringstream text;
    text.precision(9);
    for (std::size_t i = 0; i < shape.points.size(); ++i) {
        const bool is_text = form == PlyForm::text;
        if (is_text)
            text << "0.5 ";
        else
            out.u64(std::bit_cast<std::uint64_t>(0.5));
        const auto row = [&](const std::array<float, 3>& three) {
            for (const float v : three) {
                if (is_text)
                    text << v << ' ';
                else
                    put(out, v);
            }
        };
        row(shape.points[i]);
        if (!shape.normals.empty()) row(shape.normals[i]);
        if (!shape.colours.empty())
            for (const unsigned c : shape.colours[i]) {
                if (is_text)
                    text << c << ' ';
                else
                    out.u8(c);
            }
        if (is_text) text << '\n';
    }
    for (const auto& face : shape.faces) {
        if (form == PlyForm::text) {
            text << face.size();
            for (const auto corner : face) text << ' ' << corner;
            text << " 3\n";
        } else {
            out.u8(static_cast<unsigned>(face.size()));
            for (const auto corner : face) out.u32(corner);
            out.u8(3);
        }
    }
    if (form == PlyForm::text) return out.text(text.str()).text("2 4 5\n").bytes;
    return out.u32(2).u16(4).u16(5).bytes;
}

ByteVector pcd(const Shape& shape, PcdForm form) {
    const bool coloured = !shape.colours.empty();
    std::ostringstream head;
    head << "# .PCD v0.7 - Point Cloud Data file format\nVERSION 0.7\nFIELDS x y z" << (coloured ? " rgb" : "")
         << " ring\nSIZE 4 4 4" << (coloured ? " 4" : "") << " 2\nTYPE F F F" << (coloured ? " U" : "")
         << " U\nCOUNT 1 1 1" << (coloured ? " 1" : "") << " 2\nWIDTH " << shape.points.size()
         << "\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS " << shape.points.size() << "\nDATA "
         << (form == PcdForm::text     ? "ascii"
             : form == PcdForm::binary ? "binary"
                                       : "binary_compressed")
         << '\n';
    const auto rgb = [&](std::size_t i) {
        const auto& c = shape.colours[i];
        return static_cast<std::uint32_t>(c[0] << 16 | c[1] << 8 | c[2]);
    };
    if (form == PcdForm::text) {
        head.precision(9);
        for (std::size_t i = 0; i < shape.points.size(); ++i) {
            for (const float v : shape.points[i]) head << v << ' ';
            if (coloured) head << rgb(i) << ' ';
            head << "1 2\n";
        }
        return bytes_of(head.str());
    }
    ByteWriter rows, columns;
    for (std::size_t i = 0; i < shape.points.size(); ++i) {
        for (const float v : shape.points[i]) put(rows, v);
        if (coloured) rows.u32(rgb(i));
        rows.u16(1).u16(2);
    }
    if (form == PcdForm::binary) return ByteWriter().text(head.str()).append(rows.bytes).bytes;
    for (std::size_t c = 0; c < 3; ++c)
        for (const auto& point : shape.points) put(columns, point[c]);
    if (coloured)
        for (std::size_t i = 0; i < shape.points.size(); ++i) columns.u32(rgb(i));
    for (std::size_t i = 0; i < shape.points.size(); ++i) columns.u16(1).u16(2);
    const auto packed = packed_lzf(columns.bytes);
    return ByteWriter()
        .text(head.str())
        .u32(static_cast<std::uint32_t>(packed.size()))
        .u32(static_cast<std::uint32_t>(columns.bytes.size()))
        .append(packed)
        .bytes;
}

ByteVector off(const Shape& shape, bool run_together) {
    std::ostringstream out;
    out.precision(9);
    out << "OFF" << (run_together ? "" : "\n# made by a test\n") << shape.points.size() << ' ' << shape.faces.size()
        << " 0\n";
    for (const auto& [x, y, z] : shape.points) out << x << ' ' << y << ' ' << z << '\n';
    for (const auto& face : shape.faces) {
        out << face.size();
        for (const auto corner : face) out << ' ' << corner;
        out << '\n';
    }
    return bytes_of(out.str());
}

ByteVector obj(const Shape& shape, bool relative) {
    std::ostringstream out;
    out.precision(9);
    out << "# made by a test\nmtllib none.mtl\no shape\n";
    for (std::size_t i = 0; i < shape.points.size(); ++i) {
        out << "v " << shape.points[i][0] << ' ' << shape.points[i][1] << ' ' << shape.points[i][2];
        if (!shape.colours.empty())
            for (const float c : shape.colours[i]) out << ' ' << c / 255;
        out << '\n';
    }
    out << "vt 0 0\nvn 0 0 1\n";
    const auto count = static_cast<long>(shape.points.size());
    for (const auto& face : shape.faces) {
        out << 'f';
        for (const auto corner : face)
            out << ' ' << (relative ? static_cast<long>(corner) - count : corner + 1l) << "/1/1";
        out << '\n';
    }
    return bytes_of(out.str());
}

ByteVector stl(const Shape& shape, bool text) {
    const auto faces = triangles(shape);
    std::ostringstream out;
    out.precision(9);
    ByteWriter bytes;
    bytes.text("solid of a binary file that begins like a text")
        .zeros(34)
        .u32(static_cast<std::uint32_t>(faces.size()));
    out << "solid shape\n";
    for (const auto& face : faces) {
        out << "facet normal 0 0 1\n outer loop\n";
        put(bytes, 0), put(bytes, 0), put(bytes, 1);
        for (const auto corner : face) {
            const auto& [x, y, z] = shape.points[corner];
            out << "  vertex " << x << ' ' << y << ' ' << z << '\n';
            put(bytes, x), put(bytes, y), put(bytes, z);
        }
        out << " endloop\nendfacet\n";
        bytes.u16(0);
    }
    out << "endsolid shape\n";
    return text ? bytes_of(out.str()) : bytes.bytes;
}

ByteVector gltf_numbers(const Shape& shape) {
    ByteWriter out;
    for (const auto& point : shape.points)
        for (const float v : point) put(out, v);
    for (const auto& face : triangles(shape))
        for (const auto corner : face) out.u32(corner);
    return out.bytes;
}

ByteVector gltf(const Shape& shape, const std::string& uri) { return bytes_of(gltf_text(shape, uri)); }

ByteVector glb(const Shape& shape) {
    std::string text = gltf_text(shape, "");
    text.resize((text.size() + 3) / 4 * 4, ' ');
    const auto numbers = gltf_numbers(shape);
    return ByteWriter()
        .text("glTF")
        .u32(2)
        .u32(static_cast<std::uint32_t>(28 + text.size() + numbers.size()))
        .u32(static_cast<std::uint32_t>(text.size()))
        .text("JSON")
        .text(text)
        .u32(static_cast<std::uint32_t>(numbers.size()))
        .text("BIN")
        .u8(0)
        .append(numbers)
        .bytes;
}

std::string old_gltf_text(const Shape& shape, const std::string& asset, const std::string& uri) {
    const std::size_t place_bytes = 12 * shape.points.size(), indices = 3 * triangles(shape).size();
    std::ostringstream out;
    out << "{" << asset << R"("scene":"all","scenes":{"all":{"nodes":["root"]}},"nodes":{)"
        << R"("root":{"children":["shape"],"translation":[1,2,3]},"shape":{"meshes":["box"],"scale":[2,2,2]}},)"
        << R"("meshes":{"box":{"primitives":[{"attributes":{"POSITION":"places"},"indices":"faces","mode":4}]}},)"
        << R"("buffers":{")" << (uri.empty() ? "binary_glTF" : "numbers") << R"(":{"uri":")"
        << (uri.empty() ? "data:," : uri) << R"(","type":"arraybuffer"}},"bufferViews":{)";
    const char* name = uri.empty() ? "binary_glTF" : "numbers";
    out << R"("faces":{"buffer":")" << name << R"(","byteOffset":)" << place_bytes << R"(,"byteLength":)" << 4 * indices
        << R"(},"places":{"buffer":")" << name << R"(","byteOffset":0,"byteLength":)" << place_bytes
        << R"(}},"accessors":{)"
        << R"("faces":{"bufferView":"faces","byteOffset":0,"byteStride":0,"componentType":5125,"count":)" << indices
        << R"(,"type":"SCALAR"},"places":{"bufferView":"places","byteOffset":0,"byteStride":12,"componentType":5126,"count":)"
        << shape.points.size() << R"(,"type":"VEC3"}}})";
    return out.str();
}

ByteVector old_glb(const Shape& shape, const std::string& asset) {
    std::string text = old_gltf_text(shape, asset, "");
    text.resize((text.size() + 3) / 4 * 4, ' ');
    const auto numbers = gltf_numbers(shape);
    return ByteWriter()
        .text("glTF")
        .u32(1)
        .u32(static_cast<std::uint32_t>(20 + text.size() + numbers.size()))
        .u32(static_cast<std::uint32_t>(text.size()))
        .u32(0)
        .text(text)
        .append(numbers)
        .bytes;
}

namespace {

ByteVector npy_file(const std::string& type, bool by_column, const std::string& shape, const ByteVector& data) {
    std::string header = "{'descr': '" + type + "', 'fortran_order': " + (by_column ? "True" : "False") +
                         ", 'shape': " + shape + ", }";
    header.resize((header.size() + 10) / 64 * 64 + 64 - 11, ' ');
    header += '\n';
    return ByteWriter()
        .u8(0x93)
        .text("NUMPY")
        .u8(1)
        .u8(0)
        .u16(static_cast<unsigned>(header.size()))
        .text(header)
        .append(data)
        .bytes;
}

}  // namespace

ByteVector npy(const Shape& shape, const std::string& type, bool by_column) {
    ByteWriter out(type[0] == '>');
    const auto value = [&](float v) {
        if (type.substr(1) == "f8")
            out.u64(std::bit_cast<std::uint64_t>(static_cast<double>(v)));
        else if (type.substr(1) == "i1")
            out.u8(static_cast<unsigned>(static_cast<int>(v)) & 255);
        else
            put(out, v);
    };
    if (by_column)
        for (std::size_t c = 0; c < 3; ++c)
            for (const auto& point : shape.points) value(point[c]);
    else
        for (const auto& point : shape.points)
            for (const float v : point) value(v);
    return npy_file(type, by_column, "(" + std::to_string(shape.points.size()) + ", 3)", out.bytes);
}

ByteVector npy_of_shape(const std::string& shape, std::size_t bytes) {
    return npy_file("<f4", false, shape, ByteVector(bytes));
}

ByteVector table(const Shape& shape, const std::string& separator, const std::string& heading) {
    std::ostringstream out;
    out.precision(9);
    out << heading;
    for (std::size_t i = 0; i < shape.points.size(); ++i) {
        const auto& [x, y, z] = shape.points[i];
        out << x << separator << y << separator << z;
        if (!shape.normals.empty())
            for (const float v : shape.normals[i]) out << separator << v;
        if (!shape.colours.empty())
            for (const int v : shape.colours[i]) out << separator << v;
        out << '\n';
    }
    return bytes_of(out.str());
}

std::vector<NamedPoints> points_of_every_kind() {
    const Shape cloud = helix(40), mesh = box(1, 2, 3), coloured = helix(40, true);
    return {{"text PLY mesh", "PLY", ply(mesh, PlyForm::text), true},
            {"little PLY mesh", "PLY", ply(mesh, PlyForm::little), true},
            {"big PLY cloud", "PLY", ply(helix(40, true, true), PlyForm::big)},
            {"text PCD", "PCD", pcd(coloured, PcdForm::text)},
            {"binary PCD", "PCD", pcd(cloud, PcdForm::binary)},
            {"packed PCD", "PCD", pcd(coloured, PcdForm::packed)},
            {"OFF", "OFF", off(mesh), true},
            {"OFF of ModelNet", "OFF", off(mesh, true), true},
            {"OBJ", "OBJ", obj(mesh), true},
            {"OBJ with colours", "OBJ", obj(coloured)},
            {"text STL", "STL", stl(mesh, true), true},
            {"binary STL", "STL", stl(mesh, false), true},
            {"GLB", "glTF", glb(mesh), true},
            {"GLB of points", "glTF", glb(cloud)},
            {"GLB of 1.0", "glTF", old_glb(mesh, R"("asset":{"version":"1.0"},)"), true},
            {"NPY", "NPY", npy(cloud)},
            {"XYZ", "text", table(cloud, " ", "")},
            {"CSV", "text", table(coloured, ",", "x,y,z,r,g,b\n")},
            {"TXT", "text", table(helix(40, false, true), "\t", "# x y z nx ny nz\n")}};
}

}  // namespace perceiver::samples
