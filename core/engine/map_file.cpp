#include "engine/map_file.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "media/image.h"

namespace perceiver::engine {
namespace {

/// "frames, rows, cols" of one modality, without the axes it doesn't have; "n" of several.
std::string shape_of(const api::Map& map, const api::FileInfo& file) {
    if (file.parts.size() != 1) return std::to_string(map.values.size());
    const auto& part = file.parts.front();
    const auto& g = part.grid;
    std::string shape = std::to_string(g.cols);
    const bool flat = part.kind == api::Kind::points || (part.kind == api::Kind::audio && part.hertz.empty());
    if (!flat) shape = std::to_string(g.rows) + ", " + shape;
    if (part.kind == api::Kind::video) shape = std::to_string(g.frames) + ", " + shape;
    return shape;
}

/// NumPy's format, version 1.0: magic, header padded so that the numbers start at a multiple of 64.
std::vector<std::uint8_t> npy_of(const std::vector<api::Map>& maps, const api::FileInfo& file) {
    static_assert(std::endian::native == std::endian::little);
    std::string shape = (maps.size() > 1 ? std::to_string(maps.size()) + ", " : "") + shape_of(maps[0], file);
    if (shape.find(',') == std::string::npos) shape += ',';   // Python's tuple of one
    std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
    header.append(63 - (10 + header.size()) % 64, ' ');
    header += '\n';
    std::string text = "\x93NUMPY";
    text += {'\1', '\0', static_cast<char>(header.size() & 255), static_cast<char>(header.size() >> 8)};
    text += header;
    std::vector<std::uint8_t> out(text.begin(), text.end());
    for (const auto& map : maps) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(map.values.data());
        out.insert(out.end(), bytes, bytes + map.values.size() * sizeof(float));
    }
    return out;
}

}  // namespace

std::string with_suffix(const std::string& path, const std::string& suffix) {
    std::filesystem::path p(path);
    return (p.parent_path() / (p.stem().string() + suffix + p.extension().string())).string();
}

void write_file(const std::string& path, const void* bytes, std::size_t count) {
    const std::string partial = path + ".partial";
    std::ofstream file(partial, std::ios::binary | std::ios::trunc);
    file.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(count));
    file.close();
    std::error_code failed;
    if (file) std::filesystem::rename(partial, path, failed);
    if (!file || failed) {
        std::filesystem::remove(partial, failed);
        throw Error(ErrorCode::out_of_resources,
                    path + " can't be written: check the folder, its permissions and the space left.");
    }
}

std::vector<std::string> write_maps(const std::vector<api::Map>& maps, const api::FileInfo& file,
                                    const std::string& path) {
    const std::string ending = std::filesystem::path(path).extension().string();
    if (ending == ".npy") {
        const auto bytes = npy_of(maps, file);
        write_file(path, bytes.data(), bytes.size());
        return {path};
    }
    if (ending != ".png") throw Error(ErrorCode::usage, "A map is written as .png or .npy, not as \"" + ending + "\".");
    std::vector<std::string> written;
    for (std::size_t i = 0; i < maps.size(); ++i) {
        const std::string name = maps.size() > 1 ? with_suffix(path, "-" + std::to_string(i + 1)) : path;
        const api::Picture drawn = map_picture(maps[i], file);
        const auto bytes = media::encode_png(drawn.rgb, drawn.width, drawn.height);
        write_file(name, bytes.data(), bytes.size());
        written.push_back(name);
    }
    return written;
}

}  // namespace perceiver::engine
