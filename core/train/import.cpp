#include "train/import.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/matmul.h>

#include "base/error.h"

namespace perceiver::train {
namespace {

bool of_head(const std::string& name) { return name.starts_with("head."); }

/// The tensors as the training form has them: without scale and shift of kv_norm and the biases of key and
/// value.
Weights folded(const Config& config, const Weights& from) {
    Weights out = from;
    for (std::size_t j = 0; j < config.cross_modules.size(); ++j) {
        const std::string p = "cross." + std::to_string(j) + ".";
        const at::Tensor scale = from.at(p + "kv_norm.weight"), shift = from.at(p + "kv_norm.bias"),
                         value = from.at(p + "value.weight");
        // Whatever is added to every key alike drops out of the softmax; to every value, it comes out as it
        // is.
        const at::Tensor added = at::matmul(value, shift) + from.at(p + "value.bias");
        out[p + "key.weight"] = from.at(p + "key.weight") * scale;
        out[p + "value.weight"] = value * scale;
        out[p + "output.bias"] = from.at(p + "output.bias") + at::matmul(from.at(p + "output.weight"), added);
    }
    return out;
}

at::Tensor tensor_of(const Leaf& leaf, const Weights& from) {
    std::vector<at::Tensor> parts;
    const auto at = leaf.name.find(".qkv.");
    for (const char* part : {".query.", ".key.", ".value."}) {
        const std::string name =
            leaf.parts == 1 ? leaf.name : leaf.name.substr(0, at) + part + leaf.name.substr(at + 5);
        if (const auto found = from.find(name); found != from.end()) parts.push_back(found->second);
        if (leaf.parts == 1) break;
    }
    if (parts.size() != static_cast<std::size_t>(leaf.parts)) return {};
    return leaf.parts == 1 ? parts[0] : at::cat(parts, 0);
}

}  // namespace

bool import_weights(Model& model, const Config& config, const Weights& tensors) {
    const at::NoGradGuard no_gradients;
    const auto other = [](const std::string& name) {
        throw Error(ErrorCode::no_fit,
                    "The bundle to start from is another model than the recipe's: " + name + " differ.");
    };
    const Config& mine = model.config();
    const bool with_head = mine.labels == config.labels;
    Config same = config;  // but for what it reads, which shows in the shapes, and what it answers
    same.input = mine.input;
    same.labels = mine.labels;
    same.num_classes = mine.num_classes;
    if (to_json(same) != to_json(mine)) other("its latents, cross-attends, blocks or kind of head");
    for (const auto& m : mine.input.modalities) {
        const auto given = tensors.find("input." + m.name + ".padding");
        if (given == tensors.end() || !at::equal(given->second.to(at::kFloat), model.padding(m.name)))
            other("the numbers that tell its modalities apart");
    }
    const Weights from = folded(config, tensors);
    std::vector<at::Tensor> values;
    for (const auto& leaf : model.leaves()) {
        values.push_back(with_head || !of_head(leaf.name) ? tensor_of(leaf, from)
                                                          : model.view(leaf.name).clone());
        if (!values.back().defined() || values.back().sizes() != at::IntArrayRef(leaf.shape))
            other("the numbers of " + leaf.name);
    }
    for (std::size_t i = 0; i < values.size(); ++i) model.view(model.leaves()[i].name).copy_(values[i]);
    model.refresh();
    return with_head;
}

}  // namespace perceiver::train
