#include "train/data.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "base/error.h"

namespace perceiver::train {
namespace {

constexpr const char* pack_format = "perceiverscope-pack";
const std::string labels_end = ".labels";
const std::string samples_end = ".samples";
/// Films first, because they have samples too.
const std::vector<std::pair<Medium, std::string>> ends = {{Medium::films, ".frames"},
                                                          {Medium::pictures, ".pixels"},
                                                          {Medium::clouds, ".points"},
                                                          {Medium::sounds, samples_end}};

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
        std::ranges::replace(labels.back(), '_', ' ');
    }
    check_labels(labels);
    return labels;
}

/// The tensor of a split that isn't its labels, and what it is of.
std::pair<Medium, const weights::TensorView*> content(const weights::Safetensors& file,
                                                      const std::string& split) {
    for (const auto& [medium, end] : ends)
        if (const auto at = file.tensors.find(split + end); at != file.tensors.end())
            return {medium, &at->second};
    wrong("The pack's split " + split + " has nothing but labels.");
}

std::int64_t rate_of(const weights::Safetensors& file) {
    const auto at = file.metadata.find("rate");
    const std::string text = at == file.metadata.end() ? "" : at->second;
    std::int64_t rate = 0;
    const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), rate);
    if (failed != std::errc() || rest != text.data() + text.size() || rate < 1 || rate > 1'000'000)
        wrong("The pack doesn't say how many samples a second its sounds have.");
    return rate;
}

double frame_rate_of(const weights::Safetensors& file) {
    const auto at = file.metadata.find("frame_rate");
    const std::string text = at == file.metadata.end() ? "" : at->second;
    double rate = 0;
    const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), rate);
    if (failed != std::errc() || rest != text.data() + text.size() || !(rate > 0 && rate <= 10'000))
        wrong("The pack doesn't say how many frames a second its films have.");
    return rate;
}

bool fits(Medium medium, const weights::TensorView& t) {
    if (medium == Medium::clouds) return t.dtype == weights::DType::f32 && t.shape.size() == 3;
    if (t.dtype != weights::DType::u8) return false;
    if (medium == Medium::films) return t.shape.size() == 5 && (t.shape[4] == 1 || t.shape[4] == 3);
    return medium == Medium::pictures ? t.shape.size() == 4 && t.shape[3] == 3
                                      : t.shape.size() == 3 && t.shape[2] == 2;
}

void take_film(const weights::Safetensors& file, const std::string& name, const std::vector<std::int64_t>& shape,
               Split& split) {
    const auto heard = file.tensors.find(name + samples_end);
    if (heard == file.tensors.end() || !fits(Medium::sounds, heard->second) || heard->second.shape[0] != shape[0] ||
        heard->second.shape[1] < 1)
        wrong("The pack's split " + name + " has films without their sound.");
    split.frames = shape[1];
    split.rows = shape[2];
    split.cols = shape[3];
    split.channels = shape[4];
    split.samples = heard->second.bytes;
    split.rate = rate_of(file);
    split.frame_rate = frame_rate_of(file);
}

Split split_of(const weights::Safetensors& file, const std::string& name, std::size_t classes) {
    const auto [medium, examples] = content(file, name);
    const auto& labels = file.tensors.at(name + labels_end);
    if (!fits(medium, *examples) || labels.dtype != weights::DType::u8 || labels.shape.size() != 1)
        wrong("The pack's split " + name + " is not of pictures, clouds, sounds or films and labels.");
    const auto& shape = examples->shape;
    if (shape[0] != labels.shape[0])
        wrong("The pack's split " + name + " has another number of labels than of examples.");
    for (auto n : shape)
        if (n < 1) wrong("The pack's split " + name + " is empty.");
    for (auto label : labels.bytes)
        if (label >= classes) wrong("The pack's split " + name + " has a label without a name.");
    Split split{shape[1], shape[2], examples->bytes, labels.bytes, medium, 0, 0, 0, 0, {}};
    if (medium == Medium::films) take_film(file, name, shape, split);
    if (medium == Medium::sounds) {
        split.rows = 1;
        split.cols = shape[1];
        split.rate = rate_of(file);
    }
    return split;
}

}  // namespace

std::vector<float> Split::cloud(std::int64_t i) const {
    std::vector<float> numbers(static_cast<std::size_t>(rows * cols));
    std::memcpy(numbers.data(), example(i).data(), numbers.size() * sizeof(float));
    return numbers;
}

std::vector<float> Split::sound(std::int64_t i) const {
    const std::size_t bytes_each = samples.size() / labels.size();
    const auto from = medium == Medium::films ? samples.subspan(static_cast<std::size_t>(i) * bytes_each, bytes_each)
                                              : example(i);
    std::vector<float> out(from.size() / 2);
    for (std::size_t k = 0; k < out.size(); ++k)
        out[k] = static_cast<float>(static_cast<std::int16_t>(from[2 * k] | (from[2 * k + 1] << 8))) / 32768;
    return out;
}

std::vector<std::uint8_t> Split::film(std::int64_t i) const {
    const auto from = example(i);
    if (channels == 3) return {from.begin(), from.end()};
    std::vector<std::uint8_t> rgb(3 * from.size());
    for (std::size_t k = 0; k < rgb.size(); ++k) rgb[k] = from[k / 3];
    return rgb;
}

Pack::Pack(const std::filesystem::path& path) : file_(read(path)), labels_(labels_of(file_)) {
    for (const auto& [name, tensor] : file_.tensors)
        if (name.ends_with(labels_end)) {
            const std::string split = name.substr(0, name.size() - labels_end.size());
            splits_.emplace(split, split_of(file_, split, labels_.size()));
        }
    std::size_t tensors = 0;
    for (const auto& [name, split] : splits_) tensors += split.medium == Medium::films ? 3 : 2;
    if (splits_.empty() || tensors != file_.tensors.size())
        wrong("The pack has something else than examples and labels in it.");
}

const Split& Pack::split(const std::string& name) const {
    if (const auto at = splits_.find(name); at != splits_.end()) return at->second;
    std::string known;
    for (const auto& [other, split] : splits_) known += (known.empty() ? "" : ", ") + other;
    wrong("The pack has no split " + name + "; it has: " + known + ".");
}

namespace {

/// 16 bits each, the lower byte first.
void append(std::vector<std::uint8_t>& to, std::span<const float> samples) {
    for (const float x : samples) {
        const auto value = static_cast<std::uint16_t>(static_cast<std::int16_t>(
            std::lround(std::clamp(std::isfinite(x) ? x : 0, -1.0f, 32767 / 32768.0f) * 32768)));
        to.push_back(static_cast<std::uint8_t>(value & 255));
        to.push_back(static_cast<std::uint8_t>(value >> 8));
    }
}

}  // namespace

PackWriter::PackWriter(std::vector<std::string> labels) : labels_(std::move(labels)) {
    check_labels(labels_);
}

PackWriter::Examples& PackWriter::place(const std::string& split, const std::string& label,
                                             const Size& size) {
    const auto at = std::ranges::find(labels_, label);
    if (at == labels_.end()) wrong("The label " + label + " is not one of the data's.");
    if (!size_) size_ = size;
    if (size_->medium != size.medium) wrong("This is of another kind than the examples before.");
    if (*size_ != size)
        wrong("This has " + words(size) + ", those before have " + words(*size_) +
              "; all examples of a pack are of one size.");
    auto& examples = splits_[split];
    examples.labels.push_back(static_cast<std::uint8_t>(at - labels_.begin()));
    return examples;
}

std::string PackWriter::words(const Size& s) {
    const std::string pixels = std::to_string(s.cols) + " x " + std::to_string(s.rows) + " pixels";
    if (s.medium == Medium::pictures) return pixels;
    if (s.medium == Medium::clouds)
        return std::to_string(s.rows) + " points of " + std::to_string(s.cols) + " numbers";
    const std::string heard = std::to_string(s.medium == Medium::films ? s.samples : s.cols) + " samples at " +
                              std::to_string(s.rate) + " Hz";
    if (s.medium == Medium::sounds) return heard;
    return std::to_string(s.frames) + " frames of " + pixels + " in " + std::to_string(s.channels) + " channels and " +
           heard;
}

void PackWriter::add(const std::string& split, const std::string& label, std::span<const std::uint8_t> rgb,
                     std::int64_t rows, std::int64_t cols) {
    if (rows < 1 || cols < 1 || rgb.size() != static_cast<std::size_t>(rows * cols * 3))
        wrong("The picture has no pixels.");
    auto& to = place(split, label, {Medium::pictures, rows, cols, 0}).bytes;
    to.insert(to.end(), rgb.begin(), rgb.end());
}

void PackWriter::add_cloud(const std::string& split, const std::string& label, std::span<const float> points,
                           std::int64_t numbers) {
    const auto count = static_cast<std::int64_t>(points.size());
    if (numbers < 1 || count < 1 || count % numbers != 0) wrong("The cloud has no points.");
    auto& to = place(split, label, {Medium::clouds, count / numbers, numbers, 0}).bytes;
    const std::size_t at = to.size();
    to.resize(at + points.size_bytes());
    std::memcpy(to.data() + at, points.data(), points.size_bytes());
}

void PackWriter::add_sound(const std::string& split, const std::string& label, std::span<const float> samples,
                           std::int64_t rate) {
    if (samples.empty()) wrong("There is no sound in it.");
    append(place(split, label, {Medium::sounds, 1, static_cast<std::int64_t>(samples.size()), rate}).bytes, samples);
}

void PackWriter::add_film(const std::string& split, const std::string& label, const Frames& film,
                          std::span<const float> samples, std::int64_t rate) {
    const auto count = static_cast<std::int64_t>(film.bytes.size());
    const bool shaped = film.rows > 0 && film.cols > 0 && (film.channels == 1 || film.channels == 3);
    if (!shaped || count == 0 || count % (film.rows * film.cols * film.channels) != 0)
        wrong("The film has no frames.");
    if (samples.empty()) wrong("There is no sound in it.");
    auto& to = place(split, label,
                     {Medium::films, film.rows, film.cols, rate, count / (film.rows * film.cols * film.channels),
                      film.channels, static_cast<std::int64_t>(samples.size()), film.rate});
    to.bytes.insert(to.bytes.end(), film.bytes.begin(), film.bytes.end());
    append(to.samples, samples);
}

std::int64_t PackWriter::size(const std::string& split) const {
    const auto at = splits_.find(split);
    return at == splits_.end() ? 0 : static_cast<std::int64_t>(at->second.labels.size());
}

void PackWriter::write(const std::filesystem::path& path) && {
    if (splits_.empty()) wrong("There are no examples in it.");
    std::map<std::string, weights::TensorData> tensors;
    std::map<std::string, std::string> metadata{
        {"format", pack_format}, {"version", "1"}, {"labels", nlohmann::json(labels_).dump()}};
    const bool films = size_->medium == Medium::films;
    if (films || size_->medium == Medium::sounds) metadata["rate"] = std::to_string(size_->rate);
    if (films) metadata["frame_rate"] = nlohmann::json(size_->frame_rate).dump();
    for (auto& [name, examples] : splits_) {
        const auto n = static_cast<std::int64_t>(examples.labels.size());
        weights::TensorData data{
            weights::DType::u8, {n, size_->rows, size_->cols, 3}, std::move(examples.bytes)};
        if (size_->medium == Medium::clouds)
            data = {weights::DType::f32, {n, size_->rows, size_->cols}, std::move(data.bytes)};
        if (size_->medium == Medium::sounds) data.shape = {n, size_->cols, 2};
        if (films) {
            data.shape = {n, size_->frames, size_->rows, size_->cols, size_->channels};
            tensors[name + samples_end] = {weights::DType::u8, {n, size_->samples, 2}, std::move(examples.samples)};
        }
        const auto end = std::ranges::find(ends, size_->medium, &std::pair<Medium, std::string>::first);
        tensors[name + end->second] = std::move(data);
        tensors[name + labels_end] = {weights::DType::u8, {n}, std::move(examples.labels)};
    }
    weights::write_safetensors(path, tensors, metadata);
}

}  // namespace perceiver::train
