#include "weights/torch_zip.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>
#include <set>
#include <tuple>

#include "weights/foreign.h"
#include "weights/pickle.h"
#include "weights/safetensors_header.h"
#include "weights/zip_archive.h"

namespace perceiver::weights {
namespace {

using Kind = Pickle::Kind;
using Ref = Pickle::Ref;

constexpr std::string_view pickle_name = "/data.pkl";
constexpr std::size_t shown_entries = 5;

[[noreturn]] void wrong_tensor(std::string_view name, const std::string& what) {
    bad_model("The tensor " + shown(name) + " of this PyTorch file " + what + ".");
}

/// The archive's one top folder that holds data.pkl; its name is whatever the file was called when it was written.
std::string top_folder(const ZipArchive& archive) {
    std::string top;
    for (const auto& [name, record] : archive.records()) {
        refuse_foreign_record(name);
        if (!name.ends_with(pickle_name) || name.find('/') != name.size() - pickle_name.size()) continue;
        if (!top.empty()) bad_model("This zip archive holds two PyTorch files.");
        top = name.substr(0, name.size() - pickle_name.size());
    }
    if (top.empty())
        bad_model("This zip archive is no PyTorch file: it has no data.pkl. If a model is in it, unpack it.");
    return top;
}

void check_byte_order(const ZipArchive& archive, const std::string& top, const CancelToken& cancel) {
    const std::string name = top + "/byteorder";
    if (!archive.records().contains(name)) return;  // older files, all little-endian
    const auto order = archive.read(name, 16, cancel);
    if (std::string(order.begin(), order.end()) != "little")
        bad_model("The PyTorch file was written on a big-endian machine. Save it again on this one.");
}

// Which dict of the pickle is the state dict.
class StateDict {
  public:
    explicit StateDict(const Pickle& pickle) : pickle_(pickle) {
        if (pickle_[pickle_.root].kind == Kind::tensor)
            bad_model("This PyTorch file holds a single tensor, not a model's state dict.");
        look(pickle_.root, "", 0);
        if (found_.empty()) bad_model("This PyTorch file holds no state dict: no tensors by name were found in it.");
        choice_ = found_.begin();
        if (found_.size() > 1) choose();
    }
    Ref ref() const { return choice_->second; }
    const std::string& path() const { return choice_->first; }  ///< "" for the file's own top

  private:
    bool has_tensors(const Pickle::Value& dict) const {
        for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2)
            if (pickle_[dict.items[i]].kind == Kind::text && pickle_[dict.items[i + 1]].kind == Kind::tensor)
                return true;
        return false;
    }
    void look(Ref ref, const std::string& path, int level) {
        const auto& value = pickle_[ref];
        if (value.kind != Kind::dict || !seen_.insert(ref).second) return;
        if (has_tensors(value)) {
            found_.emplace(path, ref);
            return;
        }
        if (level == 2 || value.items.size() > 2 * max_entries) return;
        for (std::size_t i = 0; i + 1 < value.items.size(); i += 2)
            if (const auto& key = pickle_[value.items[i]]; key.kind == Kind::text)
                look(value.items[i + 1], path.empty() ? std::string(key.text) : path + "." + std::string(key.text),
                     level + 1);
    }
    void choose() {
        for (const char* usual : {"state_dict", "model_state_dict", "model"})
            if ((choice_ = found_.find(usual)) != found_.end()) return;
        std::string names;
        std::size_t count = 0;
        for (const auto& [path, ref] : found_) {
            if (count++ == shown_entries) break;
            names += (names.empty() ? "" : ", ") + shown(path);
        }
        bad_model("This PyTorch file holds several state dicts (" + names + "); save the one that is meant alone.");
    }

    static constexpr std::size_t max_entries = 256;  // a file with more is searched no deeper
    const Pickle& pickle_;
    std::set<Ref> seen_;  // a dict may lie in many places, and be searched once
    std::map<std::string, Ref> found_;
    std::map<std::string, Ref>::const_iterator choice_;
};

/// The last element's index plus one, or nothing past 2^63 - 1. Strides are not negative.
std::optional<std::int64_t> end_of(const PickledTensor& t) {
    std::int64_t end = t.offset;
    for (std::size_t i = 0; i < t.shape.size(); ++i) {
        std::int64_t step = 0;
        if (t.shape[i] == 0) return t.offset;
        if (__builtin_mul_overflow(t.shape[i] - 1, t.strides[i], &step) || __builtin_add_overflow(end, step, &end))
            return std::nullopt;
    }
    if (__builtin_add_overflow(end, std::int64_t{1}, &end)) return std::nullopt;
    return end;
}

bool is_row_major(const PickledTensor& t) {
    std::int64_t expected = 1;
    for (std::size_t i = t.shape.size(); i-- > 0;) {
        if (t.shape[i] != 1 && t.strides[i] != expected) return false;
        expected *= t.shape[i];
    }
    return true;
}

class Reader {
  public:
    Reader(const ZipArchive& archive, const CancelToken& cancel, const LoadCallback& tell)
        : archive_(archive), cancel_(cancel), meter_(tell, LoadProgress::Step::reading, archive.file_bytes()) {}

    Checkpoint run() {
        top_ = top_folder(archive_);
        check_byte_order(archive_, top_, cancel_);
        const auto bytes = archive_.read(top_ + std::string(pickle_name), max_pickle_bytes, cancel_);
        pickle_ = read_pickle(bytes);
        const StateDict state(pickle_);
        if (!state.path().empty()) out_.notes.push_back("The weights are its entry " + shown(state.path()) + ".");
        add_tensors(pickle_[state.ref()]);
        out_.kind = CheckpointKind::torch_zip;
        return std::move(out_);
    }

  private:
    struct Storage {
        DType dtype;
        std::int64_t elements;
        std::span<const std::uint8_t> bytes;
    };

    void add_tensors(const Pickle::Value& dict) {
        std::set<std::string_view> seen;
        std::size_t others = 0;
        for (std::size_t i = 0; i + 1 < dict.items.size(); i += 2) {
            const auto &key = pickle_[dict.items[i]], &value = pickle_[dict.items[i + 1]];
            if (key.kind != Kind::text || value.kind != Kind::tensor) {
                ++others;
                continue;
            }
            if (!seen.insert(key.text).second)
                bad_model("The state dict has the tensor " + shown(key.text) + " twice.");
            out_.tensors.emplace(key.text, view(key.text, pickle_.tensors[static_cast<std::size_t>(value.number)]));
        }
        if (others) out_.notes.push_back(std::to_string(others) + " of its entries are no tensors and were left out.");
    }

    TensorView view(std::string_view name, const PickledTensor& t) {
        cancel_.check();
        if (t.shape.size() != t.strides.size()) wrong_tensor(name, "has a shape and strides of different lengths");
        for (std::size_t i = 0; i < t.shape.size(); ++i)
            if (t.shape[i] < 0 || t.strides[i] < 0) wrong_tensor(name, "has a negative size or stride");
        const auto bytes = checked_bytes(t.dtype, t.shape);
        const auto end = end_of(t);
        if (!bytes || !end || t.offset < 0 || *end > t.storage_elements)
            wrong_tensor(name, "goes past the end of its storage");
        // What repeats elements would let a small file fill the memory; no state dict holds it.
        const std::size_t item = item_size(t.dtype);
        if (*bytes / item > static_cast<std::uint64_t>(t.storage_elements))
            wrong_tensor(name, "has more elements than its storage");
        const auto whole = storage(name, t);
        if (*bytes == 0 || is_row_major(t))
            return {t.dtype, t.shape, whole.subspan(static_cast<std::size_t>(t.offset) * item, *bytes)};
        return {t.dtype, t.shape, gathered(t, whole, *bytes)};
    }

    std::span<const std::uint8_t> storage(std::string_view name, const PickledTensor& t) {
        const std::string key(t.storage);
        if (const auto known = storages_.find(key); known != storages_.end()) {
            if (known->second.dtype != t.dtype || known->second.elements != t.storage_elements)
                wrong_tensor(name, "shares a storage that has another type or length");
            return known->second.bytes;
        }
        const std::string record = top_ + "/data/" + key;
        const auto at = archive_.records().find(record);
        if (at == archive_.records().end())
            wrong_tensor(name, "lies in the record " + shown(record) + ", which is missing");
        if (!at->second.stored) bad_model("The PyTorch file is compressed. Save it again with torch.save.");
        const std::int64_t size[] = {t.storage_elements};
        if (checked_bytes(t.dtype, size) != at->second.bytes)
            wrong_tensor(name, "lies in a record of another length than it says");
        const Storage read{t.dtype, t.storage_elements, keep(archive_.read(record, at->second.bytes, cancel_))};
        meter_.add(static_cast<std::int64_t>(read.bytes.size()));
        storages_.emplace(key, read);
        return read.bytes;
    }

    // A transposed or sliced tensor, in row-major order. One copy serves all names that share it.
    std::span<const std::uint8_t> gathered(const PickledTensor& t, std::span<const std::uint8_t> whole,
                                           std::uint64_t bytes) {
        const auto [at, is_new] = copies_.try_emplace({std::string(t.storage), t.offset, t.shape, t.strides});
        if (!is_new) return at->second;
        if (bytes > static_cast<std::uint64_t>(archive_.file_bytes()) - copied_)
            bad_model("The PyTorch file's tensors overlap so much that they are larger than the file.");
        copied_ += bytes;
        const std::size_t item = item_size(t.dtype);
        std::vector<std::uint8_t> out(static_cast<std::size_t>(bytes));
        std::vector<std::int64_t> index(t.shape.size(), 0), strides = t.strides;
        for (std::size_t axis = 0; axis < strides.size(); ++axis)
            if (t.shape[axis] == 1) strides[axis] = 0;  // never stepped along, so it may be anything
        std::int64_t from = t.offset;
        for (std::size_t to = 0; to < out.size(); to += item) {
            if (to % (1 << 20) == 0) cancel_.check();
            std::memcpy(out.data() + to, whole.data() + static_cast<std::size_t>(from) * item, item);
            for (std::size_t axis = t.shape.size(); axis-- > 0;) {
                from += strides[axis];
                if (++index[axis] < t.shape[axis]) break;
                from -= strides[axis] * t.shape[axis];
                index[axis] = 0;
            }
        }
        return at->second = keep(std::move(out));
    }

    std::span<const std::uint8_t> keep(std::vector<std::uint8_t>&& bytes) {
        out_.storages.push_back(std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes)));
        return *out_.storages.back();
    }

    const ZipArchive& archive_;
    const CancelToken& cancel_;
    LoadMeter meter_;
    std::string top_;
    Pickle pickle_;
    Checkpoint out_;
    std::map<std::string, Storage> storages_;
    using Place = std::tuple<std::string, std::int64_t, std::vector<std::int64_t>, std::vector<std::int64_t>>;
    std::map<Place, std::span<const std::uint8_t>> copies_;
    std::uint64_t copied_ = 0;
};

}  // namespace

Checkpoint read_torch_zip(const std::filesystem::path& path, const Limits& limits, const CancelToken& cancel,
                          const LoadCallback& tell) {
    const ZipArchive archive(path, limits);
    Checkpoint checkpoint = Reader(archive, cancel, tell).run();
    checkpoint.files.push_back({path, archive.file_bytes()});
    return checkpoint;
}

Checkpoint parse_torch_zip(std::span<const std::uint8_t> bytes, const Limits& limits) {
    return Reader(ZipArchive(bytes, limits), {}, {}).run();
}

}  // namespace perceiver::weights
