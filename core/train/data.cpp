#include "train/data.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"

namespace perceiver::train {
namespace {

constexpr const char* pack_format = "perceiverscope-pack";
const std::string pixels_end = ".pixels", labels_end = ".labels";

[[noreturn]] void wrong(const std::string& sentence) { throw Error(ErrorCode::unreadable_input, sentence); }

void check_labels(const std::vector<std::string>& labels) {
    if (labels.empty()) wrong("The data has no labels.");
    if (labels.size() > 256) wrong("The data has more than 256 labels, the most a pack holds.");
    if (std::set<std::string>(labels.begin(), labels.end()).size() != labels.size())
        wrong("Two labels of the data have the same name.");
}

weights::Safetensors read(const std::filesystem::path& path) try {
    return weights::read_safetensors(path);
} catch (const Error& e) {
    if (e.code != ErrorCode::unreadable_model) throw;
    throw Error(ErrorCode::unreadable_input, e.sentence(), e.detail);
}

std::vector<std::string> labels_of(const weights::Safetensors& file) {
    const auto format = file.metadata.find("format");
    if (format == file.metadata.end() || format->second != pack_format)
        wrong("This is not a pack. Make one with: perceiverscope-train pack.");
    const auto at = file.metadata.find("labels");
    const auto list =
        at == file.metadata.end() ? nlohmann::json() : nlohmann::json::parse(at->second, nullptr, false);
    if (!list.is_array()) wrong("The pack's labels are missing.");
    std::vector<std::string> labels;
    for (const auto& label : list) {
        if (!label.is_string()) wrong("The pack's labels are not texts.");
        labels.push_back(label.get<std::string>());
    }
    check_labels(labels);
    return labels;
}

Split split_of(const weights::Safetensors& file, const std::string& name, std::size_t classes) {
    const auto& pixels = file.tensors.at(name + pixels_end);
    const auto labels = file.tensors.find(name + labels_end);
    const auto is = [](const weights::TensorView& t, std::size_t rank) {
        return t.dtype == weights::DType::u8 && t.shape.size() == rank;
    };
    if (labels == file.tensors.end() || !is(pixels, 4) || !is(labels->second, 1) || pixels.shape[3] != 3)
        wrong("The pack's split " + name + " is not of pictures and labels.");
    if (pixels.shape[0] != labels->second.shape[0])
        wrong("The pack's split " + name + " has another number of labels than of pictures.");
    if (pixels.shape[0] < 1 || pixels.shape[1] < 1 || pixels.shape[2] < 1)
        wrong("The pack's split " + name + " is empty.");
    for (auto label : labels->second.bytes)
        if (label >= classes) wrong("The pack's split " + name + " has a label without a name.");
    return {pixels.shape[1], pixels.shape[2], pixels.bytes, labels->second.bytes};
}

}  // namespace

Pack::Pack(const std::filesystem::path& path) : file_(read(path)), labels_(labels_of(file_)) {
    for (const auto& [name, tensor] : file_.tensors)
        if (name.ends_with(pixels_end)) {
            const std::string split = name.substr(0, name.size() - pixels_end.size());
            splits_.emplace(split, split_of(file_, split, labels_.size()));
        }
    if (splits_.empty() || 2 * splits_.size() != file_.tensors.size())
        wrong("The pack has something else than pictures and labels in it.");
}

const Split& Pack::split(const std::string& name) const {
    if (const auto at = splits_.find(name); at != splits_.end()) return at->second;
    std::string known;
    for (const auto& [other, split] : splits_) known += (known.empty() ? "" : ", ") + other;
    wrong("The pack has no split " + name + "; it has: " + known + ".");
}

PackWriter::PackWriter(std::vector<std::string> labels) : labels_(std::move(labels)) {
    check_labels(labels_);
}

void PackWriter::add(const std::string& split, const std::string& label, std::span<const std::uint8_t> rgb,
                     std::int64_t rows, std::int64_t cols) {
    const auto at = std::ranges::find(labels_, label);
    if (at == labels_.end()) wrong("The label " + label + " is not one of the data's.");
    if (rows < 1 || cols < 1 || rgb.size() != static_cast<std::size_t>(rows * cols * 3))
        wrong("The picture has no pixels.");
    if (rows_ == 0) {
        rows_ = rows;
        cols_ = cols;
    }
    if (rows != rows_ || cols != cols_)
        wrong("The picture is " + std::to_string(cols) + " x " + std::to_string(rows) +
              " pixels, those before are " + std::to_string(cols_) + " x " + std::to_string(rows_) +
              "; all pictures of a pack are of one size.");
    auto& pictures = splits_[split];
    pictures.pixels.insert(pictures.pixels.end(), rgb.begin(), rgb.end());
    pictures.labels.push_back(static_cast<std::uint8_t>(at - labels_.begin()));
}

std::int64_t PackWriter::size(const std::string& split) const {
    const auto at = splits_.find(split);
    return at == splits_.end() ? 0 : static_cast<std::int64_t>(at->second.labels.size());
}

void PackWriter::write(const std::filesystem::path& path) && {
    if (splits_.empty()) wrong("There are no pictures in it.");
    std::map<std::string, weights::TensorData> tensors;
    for (auto& [name, pictures] : splits_) {
        const auto n = static_cast<std::int64_t>(pictures.labels.size());
        tensors[name + pixels_end] = {weights::DType::u8, {n, rows_, cols_, 3}, std::move(pictures.pixels)};
        tensors[name + labels_end] = {weights::DType::u8, {n}, std::move(pictures.labels)};
    }
    weights::write_safetensors(
        path, tensors,
        {{"format", pack_format}, {"version", "1"}, {"labels", nlohmann::json(labels_).dump()}});
}

}  // namespace perceiver::train
