#include "weights/tensor_sources.h"

#include <functional>
#include <numeric>
#include <set>
#include <stdexcept>

#include "weights/safetensors_header.h"

namespace perceiver::weights {
namespace {

constexpr std::size_t named_leftovers = 3;

std::int64_t product_of(const std::vector<std::int64_t>& shape) {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

void note_leftovers(const Checkpoint& checkpoint, const std::set<std::string>& used, std::vector<std::string>& notes) {
    std::size_t count = 0;
    std::string names;
    for (const auto& [name, view] : checkpoint.tensors) {
        // Batch norm counts its training steps; nothing computes with them.
        if (used.contains(name) || name.ends_with("num_batches_tracked")) continue;
        if (count++ < named_leftovers) names += (count > 1 ? ", " : "") + shown(name);
    }
    if (count)
        notes.push_back(std::to_string(count) + (count == 1 ? " tensor of the file is" : " tensors of the file are") +
                        " no part of the model: " + names + (count > named_leftovers ? ", ..." : "") + ".");
}

}  // namespace

std::string shape_text(const std::vector<std::int64_t>& shape) {
    std::string text = "[";
    for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
    return text + "]";
}

bool is_floating(DType dtype) {
    return dtype == DType::f16 || dtype == DType::bf16 || dtype == DType::f32 || dtype == DType::f64;
}

std::int64_t size_of(const Checkpoint& checkpoint, const std::string& name, std::size_t axis) {
    const auto at = checkpoint.tensors.find(name);
    if (at == checkpoint.tensors.end()) bad_model("The tensor " + shown(name) + " is missing.");
    if (axis >= at->second.shape.size())
        bad_model("The tensor " + shown(name) + " is of shape " + shape_text(at->second.shape) +
                  ", which has too few axes.");
    constexpr std::int64_t largest = 1 << 24;
    if (at->second.shape[axis] > largest)
        bad_model("The tensor " + shown(name) + " is of shape " + shape_text(at->second.shape) +
                  ", larger than any model's.");
    return at->second.shape[axis];
}

std::map<std::string, TensorView> take_tensors(const Checkpoint& checkpoint, const std::vector<TensorSpec>& specs,
                                               const std::vector<TensorSource>& sources, const std::string& origin,
                                               std::vector<std::string>& notes,
                                               const std::vector<std::string>& copies) {
    std::map<std::string, const TensorSource*> by_ours;
    for (const auto& source : sources) by_ours.emplace(source.ours, &source);
    std::map<std::string, TensorView> out;
    std::set<std::string> used(copies.begin(), copies.end());
    for (const auto& spec : specs) {
        const auto found = by_ours.find(spec.name);
        if (found == by_ours.end()) throw std::logic_error("no source for the tensor " + spec.name);
        const TensorSource& source = *found->second;
        const auto at = checkpoint.tensors.find(source.theirs);
        if (at == checkpoint.tensors.end()) bad_model("The tensor " + shown(source.theirs) + " is missing.");
        const TensorView& view = at->second;
        if (view.shape != source.shape)
            bad_model("The tensor " + shown(source.theirs) + " is of shape " + shape_text(view.shape) + "; " + origin +
                      " asks for " + shape_text(source.shape) + ".");
        if (!is_floating(view.dtype))
            bad_model("The tensor " + shown(source.theirs) + " is not of floating-point numbers.");
        used.insert(source.theirs);
        const std::size_t row = source.shape.empty() || source.shape[0] == 0
                                    ? 0
                                    : view.bytes.size() / static_cast<std::size_t>(source.shape[0]);
        out[spec.name] = {
            view.dtype, spec.shape,
            view.bytes.subspan(static_cast<std::size_t>(source.first_row) * row,
                               static_cast<std::size_t>(product_of(spec.shape)) * item_size(view.dtype))};
    }
    note_leftovers(checkpoint, used, notes);
    return out;
}

}  // namespace perceiver::weights
