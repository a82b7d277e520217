#include "train/export.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

namespace perceiver::train {
namespace {

// What the training form leaves out of a cross-attend.
bool is_left_out(const std::string& name, bool& one) {
    one = name.ends_with(".kv_norm.weight");
    return name.starts_with("cross.") && (one || name.ends_with(".kv_norm.bias") ||
                                          name.ends_with(".key.bias") || name.ends_with(".value.bias"));
}

}  // namespace

Weights export_weights(Model& model) {
    static constexpr const char* joined[3] = {".query.", ".key.", ".value."};
    Weights out;
    for (const auto& leaf : model.leaves()) {
        const at::Tensor value = model.view(leaf.name).clone();
        const auto at = leaf.name.find(".qkv.");
        if (at == std::string::npos) {
            out.emplace(leaf.name, value);
            continue;
        }
        const std::int64_t third = value.size(0) / 3;
        for (int i = 0; i < 3; ++i)
            out.emplace(leaf.name.substr(0, at) + joined[i] + leaf.name.substr(at + 5),
                        value.narrow(0, i * third, third));
    }
    for (const auto& spec : tensor_specs(model.config())) {
        bool one = false;
        if (is_left_out(spec.name, one))
            out.emplace(spec.name,
                        one ? at::ones(spec.shape, at::kFloat) : at::zeros(spec.shape, at::kFloat));
    }
    for (const auto& m : model.config().input.modalities)
        out.emplace("input." + m.name + ".padding", model.padding(m.name));
    return out;
}

}  // namespace perceiver::train
