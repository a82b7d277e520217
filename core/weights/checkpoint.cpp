#include "weights/checkpoint.h"

#include <algorithm>
#include <array>
#include <new>

#include "base/input_file.h"
#include "weights/foreign.h"
#include "weights/safetensors_header.h"
#include "weights/shard_index.h"
#ifdef PERCEIVERSCOPE_ZIP
#include "weights/torch_zip.h"
#endif

namespace perceiver::weights {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::uint8_t>;

constexpr std::int64_t first_bytes = 512, last_bytes = 8, chunk = 4 << 20;
constexpr std::size_t max_shards = 1024;

void check_size(std::int64_t bytes, const Limits& limits) {
    if (bytes > limits.model_bytes)
        throw Error(ErrorCode::out_of_resources, "The model is " + std::to_string(bytes) + " bytes; the limit is " +
                                                     std::to_string(limits.model_bytes) + ".");
}

Bytes read_all(const fs::path& path, const Limits& limits, const CancelToken& cancel, const LoadCallback& tell) {
    InputFile file(path, ErrorCode::unreadable_model);
    check_size(file.size(), limits);
    Bytes bytes;
    bytes.reserve(static_cast<std::size_t>(file.size()));
    LoadMeter meter(tell, LoadProgress::Step::reading, file.size());
    while (static_cast<std::int64_t>(bytes.size()) < file.size()) {
        cancel.check();
        const std::int64_t step = std::min(chunk, file.size() - static_cast<std::int64_t>(bytes.size()));
        file.append(bytes, step);
        meter.add(step);
    }
    return bytes;
}

struct Ends {
    Bytes first, last;
    std::int64_t bytes = 0;
};

Ends read_ends(const fs::path& path) {
    InputFile file(path, ErrorCode::unreadable_model);
    Ends ends{{}, {}, file.size()};
    file.append(ends.first, std::min(file.size(), first_bytes));
    file.skip_to(std::max<std::int64_t>(0, file.size() - last_bytes));
    file.append(ends.last, std::min(file.size(), last_bytes));
    return ends;
}

Checkpoint read_safetensors_file(const fs::path& path, const Limits& limits, const CancelToken& cancel,
                                 const LoadCallback& tell) {
    Checkpoint out;
    const auto bytes = std::make_shared<const Bytes>(read_all(path, limits, cancel, tell));
    Safetensors parsed = parse_safetensors(*bytes, limits);
    out.kind = CheckpointKind::safetensors;
    out.tensors = std::move(parsed.tensors);
    out.metadata = std::move(parsed.metadata);
    out.files.push_back({path, static_cast<std::int64_t>(bytes->size())});
    out.storages.push_back(bytes);
    return out;
}

#ifndef PERCEIVERSCOPE_ZIP
Checkpoint read_torch_zip(const fs::path&, const Limits&, const CancelToken&, const LoadCallback&) {
    bad_model("This build reads no PyTorch files: it was made without libzip. Convert it to safetensors.");
}
#endif

Checkpoint read_one(const fs::path& path, FileKind kind, const Limits& limits, const CancelToken& cancel,
                    const LoadCallback& tell) {
    return kind == FileKind::zip ? read_torch_zip(path, limits, cancel, tell)
                                 : read_safetensors_file(path, limits, cancel, tell);
}

// The file holds exactly what the index says it does.
void take_shard(Checkpoint& out, Checkpoint&& shard, const std::string& file,
                const std::map<std::string, std::string>& index) {
    for (auto& [name, view] : shard.tensors) {
        const auto at = index.find(name);
        if (at == index.end()) bad_model("The tensor " + shown(name) + " of " + file + " is not in the index.");
        if (at->second != file)
            bad_model("The index says that the tensor " + shown(name) + " is in " + shown(at->second) +
                      ", but it is in " + file + ".");
        out.tensors.emplace(name, std::move(view));
    }
    out.metadata.merge(shard.metadata);
    out.files.insert(out.files.end(), shard.files.begin(), shard.files.end());
    out.notes.insert(out.notes.end(), shard.notes.begin(), shard.notes.end());
    out.storages.insert(out.storages.end(), shard.storages.begin(), shard.storages.end());
}

Checkpoint read_shards(const fs::path& path, const Limits& limits, const CancelToken& cancel,
                       const LoadCallback& tell) {
    Limits small = limits;
    small.model_bytes = std::min(limits.model_bytes, max_index_bytes);
    const Bytes text = read_all(path, small, cancel, {});
    const auto index = parse_shard_index({reinterpret_cast<const char*>(text.data()), text.size()});
    std::map<std::string, FileKind> shards;
    for (const auto& [name, file] : index) shards.try_emplace(file, FileKind::foreign);
    if (shards.size() > max_shards) bad_model("The index names more than " + std::to_string(max_shards) + " files.");
    std::int64_t total = 0;
    for (auto& [file, kind] : shards) {
        const fs::path shard = path.parent_path() / file;
        if (std::error_code ignored; !fs::exists(shard, ignored))
            bad_model("The file " + shown(file) + ", which the index names, is missing.");
        const Ends ends = read_ends(shard);
        kind = file_kind(ends.first, static_cast<std::uint64_t>(ends.bytes));
        if (kind == FileKind::json)
            bad_model("The file " + shown(file) + ", which the index names, holds no weights.");
        if (kind == FileKind::foreign) refuse_foreign(ends.first, ends.last);
        if (kind != shards.begin()->second) bad_model("The files that the index names are of different kinds.");
        check_size(total += ends.bytes, limits);
    }
    Checkpoint out;
    std::int64_t before = 0;
    const LoadCallback tell_all = [&](const LoadProgress& of_shard) {
        if (tell) tell({of_shard.step, before + of_shard.done, total});
    };
    for (const auto& [file, kind] : shards) {
        take_shard(out, read_one(path.parent_path() / file, kind, limits, cancel, tell_all), file, index);
        before += out.files.back().bytes;
    }
    for (const auto& [name, file] : index)
        if (!out.tensors.contains(name))
            bad_model("The tensor " + shown(name) + " is not in " + file + ", where the index has it.");
    out.kind = shards.begin()->second == FileKind::zip ? CheckpointKind::sharded_torch_zip
                                                       : CheckpointKind::sharded_safetensors;
    return out;
}

}  // namespace

const char* kind_name(CheckpointKind kind) {
    switch (kind) {
        case CheckpointKind::safetensors: return "safetensors";
        case CheckpointKind::sharded_safetensors: return "sharded safetensors";
        case CheckpointKind::torch_zip: return "torch zip";
        case CheckpointKind::sharded_torch_zip: break;
    }
    return "sharded torch zip";
}

Checkpoint open_checkpoint(const fs::path& path, const Limits& limits, const CancelToken& cancel,
                           const LoadCallback& tell) try {
    const Ends ends = read_ends(path);
    const FileKind kind = file_kind(ends.first, static_cast<std::uint64_t>(ends.bytes));
    if (kind == FileKind::foreign) refuse_foreign(ends.first, ends.last);
    if (kind == FileKind::json) return read_shards(path, limits, cancel, tell);
    return read_one(path, kind, limits, cancel, tell);
} catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_resources, "There is not enough memory for this model.");
}

bool named_like_weights(const fs::path& path) {
    const std::string extension = path.extension().string();
    return std::ranges::any_of(std::array{".safetensors", ".pt", ".pth", ".bin", ".ckpt"},
                               [&](const char* known) { return extension == known; });
}

bool looks_like_model(const fs::path& path) try {
    if (fs::is_directory(path)) {
        if (fs::exists(path / "config.json")) return true;
        return std::any_of(fs::directory_iterator(path), fs::directory_iterator(),
                           [](const auto& entry) { return named_like_weights(entry.path()); });
    }
    const Ends ends = read_ends(path);
    const FileKind kind = file_kind(ends.first, static_cast<std::uint64_t>(ends.bytes));
    if (kind == FileKind::zip) return is_zip_of_weights(ends.first);
    if (kind == FileKind::foreign) return is_foreign_model(ends.first);
    return ends.bytes > last_bytes;  // shorter ones are called safetensors for its reader to complain of
} catch (const std::exception&) {
    return false;  // what can't be read is for its reader to say
}

fs::path find_weights(const fs::path& folder) {
    constexpr std::array usual{"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin",
                               "pytorch_model.bin.index.json", "weights.safetensors"};
    std::error_code error;
    for (const char* name : usual)
        if (fs::exists(folder / name, error)) return folder / name;
    std::vector<fs::path> others;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
        if (named_like_weights(at->path())) others.push_back(at->path());
    }
    if (error) bad_model("The folder can't be read: " + error.message() + ".");
    if (others.empty())
        bad_model(
            "The folder holds no weights (model.safetensors, pytorch_model.bin or another .safetensors or .pt file).");
    if (others.size() > 1) {
        std::ranges::sort(others);
        bad_model("The folder holds several weights files, " + shown(others[0].filename().string()) + " and " +
                  shown(others[1].filename().string()) + " among them; open the one that is meant.");
    }
    return others[0];
}

}  // namespace perceiver::weights
