#include "test_data.h"

#include <cctype>
#include <cstdlib>
#include <filesystem>

#include "commands.h"

namespace perceiver {
namespace {

namespace fs = std::filesystem;

fs::path cache_of(const Options& o) {
    if (!o.cache.empty()) return o.cache;
    const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
    if (cache && *cache) return fs::path(cache) / "perceiverscope";
    if (home && *home) return fs::path(home) / ".cache" / "perceiverscope";
    throw Error(ErrorCode::usage, "There is no HOME to keep packs in: name a folder with --cache.");
}

/// Everything that makes the pack what it is, as a file's name.
std::string name_of(const weights::DataSet& set, std::int64_t sample) {
    std::string name = set.folder + "-" + set.split;
    for (const auto& [key, value] : set.pack) name += "-" + key + "-" + value;
    if (sample > 0) name += "-sample-" + std::to_string(sample);
    for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_') c = '_';
    return name + ".pack";
}

/// What `pack` does with the set. Files that its options name lie in its folder.
Options pack_options(const weights::DataSet& set, const fs::path& folder, const fs::path& pack, std::int64_t sample) {
    std::vector<std::string> words{"perceiverscope-train", "pack", folder.string(), pack.string(),
                                   "--only=" + set.split};
    for (const auto& [key, value] : set.pack) {
        const bool file = key == "table" || key == "labels";
        words.push_back("--" + key + "=" + (file ? (folder / value).string() : value));
    }
    if (sample > 0) words.push_back("--sample=" + std::to_string(sample));
    std::vector<const char*> arguments;
    for (const auto& word : words) arguments.push_back(word.c_str());
    Options o = read_options(static_cast<int>(arguments.size()), arguments.data());
    o.quiet = true;
    return o;
}

}  // namespace

std::string test_pack(const weights::DataSet& set, std::int64_t sample, const Options& o) {
    if (set.folder.empty() || set.split.empty())
        throw Error(ErrorCode::usage,
                    "Its card doesn't say where its test data lies: name a PACK, or its recipe with --recipe.");
    if (!fs::is_directory(o.data))
        throw Error(ErrorCode::unreadable_input, o.data + ": There is no such folder of data.");
    const fs::path cache = cache_of(o), pack = cache / name_of(set, sample);
    if (fs::exists(pack)) return pack.string();
    std::error_code failed;
    fs::create_directories(cache, failed);
    if (failed)
        throw Error(ErrorCode::out_of_resources,
                    cache.string() + ": The folder can't be made: " + failed.message() + ".");
    const Options made = pack_options(set, fs::path(o.data) / set.folder, pack, sample);
    holds_arrays(made) ? pack_arrays(made) : make_pack(made);
    return pack.string();
}

}  // namespace perceiver
