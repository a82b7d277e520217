#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <system_error>

#include "weights/safetensors.h"
#include "weights/safetensors_header.h"

namespace perceiver::weights {
namespace {

namespace fs = std::filesystem;
using Item = std::pair<const std::string, TensorView>;

[[noreturn]] void fail(int error) {
    throw Error(ErrorCode::out_of_resources,
                "The file can't be written: " + std::generic_category().message(error) + ".");
}

// A new file beside `target`, removed again unless it takes the target's place.
class TemporaryFile {
  public:
    explicit TemporaryFile(const fs::path& target) : target_(target) {
        const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
        std::random_device random;
        for (int attempt = 0; attempt < 100; ++attempt) {
            // Not made from the target's name, which may be as long as a name can be.
            path_ = folder / (".perceiverscope-" + std::to_string(random()) + ".tmp");
            descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
            if (descriptor_ >= 0) return;
            if (errno != EEXIST) fail(errno);
        }
        fail(EEXIST);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
        if (!path_.empty()) ::unlink(path_.c_str());
    }

    void write(const void* data, std::size_t size) {
        const auto* at = static_cast<const char*>(data);
        while (size > 0) {
            const ssize_t done = ::write(descriptor_, at, std::min<std::size_t>(size, std::size_t{1} << 30));
            if (done < 0 && errno == EINTR) continue;
            if (done < 0) fail(errno);
            at += done;
            size -= static_cast<std::size_t>(done);
        }
    }
    void take_place() {
        if (::fsync(descriptor_) != 0) fail(errno);
        if (::close(std::exchange(descriptor_, -1)) != 0) fail(errno);
        if (::rename(path_.c_str(), target_.c_str()) != 0) fail(errno);
        const fs::path folder = path_.parent_path();
        path_.clear();
        // The new name outlasts a power cut only once its folder is written too; some file systems can't do
        // that.
        const int parent = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (parent < 0) return;
        ::fsync(parent);
        ::close(parent);
    }

  private:
    fs::path target_, path_;
    int descriptor_ = -1;
};

// Widest items first, so that every tensor is aligned to its item; then by name. The same input gives the
// same file.
std::vector<const Item*> in_file_order(const std::map<std::string, TensorView>& tensors) {
    std::vector<const Item*> order;
    for (const auto& item : tensors) {
        if (item.first == metadata_key)
            bad_model("A tensor can't be named " + std::string(metadata_key) + ".");
        if (item.second.shape.size() > max_rank ||
            checked_bytes(item.second.dtype, item.second.shape) != item.second.bytes.size())
            bad_model("The tensor " + shown(item.first) +
                      " has a number of bytes that doesn't fit its shape and type.");
        order.push_back(&item);
    }
    std::ranges::stable_sort(order, std::ranges::greater{},
                             [](auto* i) { return item_size(i->second.dtype); });
    return order;
}

std::string header_text(const std::vector<const Item*>& order,
                        const std::map<std::string, std::string>& metadata) {
    using nlohmann::json;
    std::string text = "{";
    const auto add = [&](std::string_view name, const json& value) {
        if (text.size() > 1) text += ',';
        text += json(name).dump() + ':' + value.dump();
    };
    if (!metadata.empty()) add(metadata_key, metadata);
    std::uint64_t at = 0;
    for (const Item* item : order) {
        const TensorView& tensor = item->second;
        const std::uint64_t end = at + tensor.bytes.size();
        add(item->first,
            {{"dtype", dtype_name(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {at, end}}});
        at = end;
    }
    text += '}';
    text.append((8 - text.size() % 8) % 8, ' ');  // the weights begin aligned
    return text;
}

}  // namespace

std::map<std::string, TensorView> views_of(const std::map<std::string, TensorData>& tensors) {
    std::map<std::string, TensorView> views;
    for (const auto& [name, t] : tensors) views[name] = {t.dtype, t.shape, t.bytes};
    return views;
}

void write_safetensors(const fs::path& path, const std::map<std::string, TensorData>& tensors,
                       const std::map<std::string, std::string>& metadata) {
    write_views(path, views_of(tensors), metadata);
}

void write_views(const fs::path& path, const std::map<std::string, TensorView>& tensors,
                 const std::map<std::string, std::string>& metadata) try {
    const auto order = in_file_order(tensors);
    const std::string header = header_text(order, metadata);
    const std::uint64_t length = header.size();
    TemporaryFile file(path);
    file.write(&length, sizeof length);
    file.write(header.data(), header.size());
    for (const Item* item : order) file.write(item->second.bytes.data(), item->second.bytes.size());
    file.take_place();
} catch (const nlohmann::json::exception& e) {
    bad_model("A name or text of the model is not UTF-8.", e.what());
}

}  // namespace perceiver::weights
