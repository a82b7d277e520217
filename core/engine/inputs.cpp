#include "engine/inputs.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>
#include <string_view>

namespace perceiver::engine {
namespace {

namespace fs = std::filesystem;

bool hidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

void walk(const fs::path& folder, std::size_t given, std::vector<Input>& out, const CancelToken& cancel) {
    std::vector<fs::path> files;
    std::error_code failed;
    fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, failed);
    for (const fs::recursive_directory_iterator end; !failed && at != end; at.increment(failed)) {
        cancel.check();
        std::error_code ignored;
        if (hidden(at->path())) at.disable_recursion_pending();
        else if (at->is_regular_file(ignored)) files.push_back(at->path());
    }
    std::ranges::sort(files);
    for (const auto& file : files) {
        Input input{file.string(), {}, given, true};
        for (fs::path above = file.lexically_relative(folder).parent_path(); !above.empty();
             above = above.parent_path())
            input.folders.push_back(above.filename().string());
        out.push_back(std::move(input));
    }
}

void name_results(std::vector<Input>& files) {
    if (files.size() < 2) return;
    std::set<std::string> taken;
    for (auto& file : files) {
        const std::string stem = "-" + fs::path(file.path).stem().string();
        file.suffix = stem;
        for (int n = 2; !taken.insert(file.suffix).second; ++n) file.suffix = stem + "-" + std::to_string(n);
    }
}

}  // namespace

Inputs list_inputs(const std::vector<std::string>& given, const api::Shard& shard, const CancelToken& cancel) {
    Inputs out;
    for (std::size_t i = 0; i < given.size(); ++i) {
        std::error_code ignored;
        if (fs::is_directory(given[i], ignored)) {
            out.folders = true;
            walk(given[i], i, out.files, cancel);
        } else {
            out.files.push_back({given[i], {}, i});
        }
    }
    name_results(out.files);
    if (shard.count > 1) {
        std::vector<Input> share;
        for (auto i = static_cast<std::size_t>(shard.index - 1); i < out.files.size();
             i += static_cast<std::size_t>(shard.count))
            share.push_back(std::move(out.files[i]));
        out.files = std::move(share);
    }
    return out;
}

bool named_like_media(const std::string& path) {
    static constexpr std::array<std::string_view, 36> endings{
        ".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".wav", ".flac", ".mp3", ".ogg",
        ".oga", ".opus", ".m4a", ".aac", ".aif", ".aiff", ".wma", ".mp4", ".m4v", ".mov", ".mkv", ".webm",
        ".avi", ".mpg", ".mpeg", ".ts", ".ogv", ".ply", ".pcd", ".off", ".obj", ".stl", ".gltf", ".glb"};
    std::string ending = fs::path(path).extension().string();
    for (auto& c : ending) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return std::ranges::find(endings, ending) != endings.end();
}

}  // namespace perceiver::engine
