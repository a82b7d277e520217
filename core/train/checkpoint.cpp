#include "train/checkpoint.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "weights/safetensors.h"

namespace perceiver::train {
namespace {

using weights::Safetensors;
using weights::TensorData;

[[noreturn]] void wrong(const std::string& sentence) { throw Error(ErrorCode::unreadable_model, sentence); }

TensorData floats(const float* from, std::int64_t count, std::vector<std::int64_t> shape) {
    TensorData data;
    data.shape = std::move(shape);
    data.bytes.resize(static_cast<std::size_t>(count) * sizeof(float));
    std::memcpy(data.bytes.data(), from, data.bytes.size());
    return data;
}

void take(const Safetensors& file, const std::string& name, const std::vector<std::int64_t>& shape,
          float* to) {
    const auto at = file.tensors.find(name);
    if (at == file.tensors.end()) wrong("The checkpoint lacks " + name + ".");
    if (at->second.shape != shape || at->second.dtype != weights::DType::f32)
        wrong("The checkpoint's " + name + " doesn't fit the recipe's model.");
    std::memcpy(to, at->second.bytes.data(), at->second.bytes.size());
    for (std::int64_t i = 0; i < at->second.elements(); ++i)
        if (!std::isfinite(to[i])) wrong("The checkpoint's " + name + " holds NaN or infinity.");
}

template <class T>
T number(const std::map<std::string, std::string>& metadata, const char* key) {
    T value{};
    const auto at = metadata.find(key);
    if (at == metadata.end()) return value;
    const char* end = at->second.data() + at->second.size();
    const auto [rest, failed] = std::from_chars(at->second.data(), end, value);
    if (failed != std::errc() || rest != end || !(value >= 0))
        wrong(std::string("The checkpoint's ") + key + " is not a number.");
    return value;
}

std::string exact(double value) {
    char text[64];
    return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

Checkpoint described(const std::map<std::string, std::string>& metadata) {
    Checkpoint c;
    if (const auto at = metadata.find("recipe"); at != metadata.end()) c.recipe = at->second;
    if (const auto at = metadata.find("began_from"); at != metadata.end()) c.began_from = at->second;
    if (const auto at = metadata.find("labels"); at != metadata.end()) {
        const auto labels = nlohmann::json::parse(at->second, nullptr, false);
        if (!labels.is_array()) wrong("The checkpoint's labels are not a list.");
        for (const auto& label : labels) {
            if (!label.is_string()) wrong("The checkpoint's labels are not texts.");
            c.labels.push_back(label.get<std::string>());
        }
    }
    c.progress = {number<std::int64_t>(metadata, "step"), number<double>(metadata, "used")};
    return c;
}

}  // namespace

void write_checkpoint(const std::filesystem::path& path, const Checkpoint& c, Trainable& model,
                      const Moments& moments) {
    const float* parameters = model.parameters().data_ptr<float>();
    std::map<std::string, TensorData> tensors;
    for (const auto& leaf : model.leaves())
        tensors[leaf.name] = floats(parameters + leaf.offset, leaf.count, leaf.shape);
    const std::int64_t count = model.parameters().numel();
    tensors["adam.m"] = floats(moments.first.data(), count, {count});
    tensors["adam.v"] = floats(moments.second.data(), count, {count});
    if (!moments.average.empty()) tensors["average"] = floats(moments.average.data(), count, {count});
    weights::write_safetensors(path, tensors,
                               {{"format", "perceiverscope-checkpoint"},
                                {"recipe", c.recipe},
                                {"labels", nlohmann::json(c.labels).dump()},
                                {"step", std::to_string(c.progress.step)},
                                {"used", exact(c.progress.seconds)},
                                {"began_from", c.began_from}});
}

Checkpoint read_checkpoint_header(const std::filesystem::path& path) {
    return described(weights::read_safetensors(path).metadata);
}

Checkpoint read_checkpoint(const std::filesystem::path& path, Trainable& model, Moments* moments) {
    const Safetensors file = weights::read_safetensors(path);
    Checkpoint c = described(file.metadata);
    const std::int64_t count = model.parameters().numel();
    std::vector<float> parameters(static_cast<std::size_t>(count));
    for (const auto& leaf : model.leaves())
        take(file, leaf.name, leaf.shape, parameters.data() + leaf.offset);
    if (moments) {
        Moments read = *moments;
        take(file, "adam.m", {count}, read.first.data());
        take(file, "adam.v", {count}, read.second.data());
        if (!read.average.empty()) take(file, "average", {count}, read.average.data());
        *moments = std::move(read);
    } else if (file.tensors.contains("average")) {
        take(file, "average", {count}, parameters.data());
    }
    std::memcpy(model.parameters().data_ptr<float>(), parameters.data(), parameters.size() * sizeof(float));
    return c;
}

}  // namespace perceiver::train
