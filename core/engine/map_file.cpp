#include "engine/map_file.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "engine/api/color_map.h"
#include "media/image.h"

namespace perceiver::engine {
namespace {

constexpr int shown_side = 512;   ///< a map of fewer pixels is enlarged to about this, each element a square

std::vector<std::uint8_t> png_of(const api::Map& map) {
    const auto& table = api::color_table(api::ColorMap::viridis);
    const auto range = api::range_of(map.scale, map.low, map.high);
    const int zoom = std::max(1, shown_side / std::max(map.rows, map.cols));
    const std::int64_t width = std::int64_t{map.cols} * zoom, height = std::int64_t{map.rows} * zoom;
    std::vector<std::uint8_t> rgb;
    rgb.reserve(static_cast<std::size_t>(width * height * 3));
    for (std::int64_t y = 0; y < height; ++y)
        for (std::int64_t x = 0; x < width; ++x) {
            const std::uint32_t color = table[range.index(map.values[static_cast<std::size_t>(y / zoom * map.cols + x / zoom)])];
            for (int shift : {16, 8, 0}) rgb.push_back(static_cast<std::uint8_t>(color >> shift));
        }
    return media::encode_png(rgb, width, height);
}

/// NumPy's format, version 1.0: magic, header padded so that the numbers start at a multiple of 64.
std::vector<std::uint8_t> npy_of(const std::vector<api::Map>& maps) {
    static_assert(std::endian::native == std::endian::little);
    std::string shape = maps.size() > 1 ? std::to_string(maps.size()) + ", " : "";
    shape += std::to_string(maps[0].rows) + ", " + std::to_string(maps[0].cols);
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
        throw Error(ErrorCode::out_of_resources, path + " can't be written: check the folder, its permissions and the space left.");
    }
}

std::vector<std::string> write_maps(const std::vector<api::Map>& maps, const std::string& path) {
    const std::string ending = std::filesystem::path(path).extension().string();
    if (ending == ".npy") {
        const auto bytes = npy_of(maps);
        write_file(path, bytes.data(), bytes.size());
        return {path};
    }
    if (ending != ".png") throw Error(ErrorCode::usage, "A map is written as .png or .npy, not as \"" + ending + "\".");
    std::vector<std::string> written;
    for (std::size_t i = 0; i < maps.size(); ++i) {
        const std::string name = maps.size() > 1 ? with_suffix(path, "-" + std::to_string(i + 1)) : path;
        const auto bytes = png_of(maps[i]);
        write_file(name, bytes.data(), bytes.size());
        written.push_back(name);
    }
    return written;
}

}  // namespace perceiver::engine
