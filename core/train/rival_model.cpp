#include "train/rival_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

namespace perceiver::train {

using at::Tensor;

namespace {

/// What is computed in bfloat16 on request. The head is small, and its sums are the answer.
bool is_product(const std::string& name, const std::vector<std::int64_t>& shape) {
    return shape.size() > 1 && !name.starts_with("head.");
}

}  // namespace

RivalModel::RivalModel(rivals::RivalConfig config, at::ScalarType compute)
    : Trainable(compute), config_(std::move(config)), reader_(config_) {
    const auto specs = tensor_specs(config_);
    for (const bool trained : {true, false})
        for (const auto& spec : specs)
            if (spec.trained == trained)
                add_leaf(spec.name, spec.shape, is_product(spec.name, spec.shape), trained);
    lay_out_parameters();
}

Tensor RivalModel::forward(const ModelInput& input, bool learning) const {
    rivals::Weights weights;
    for (const auto& l : leaves()) weights[l.name] = l.trained ? leaf(l.name) : view(l.name);
    return rivals::forward(config_, weights, std::get<rivals::Features>(input),
                           learning ? rivals::Mode::learn : rivals::Mode::answer);
}

rivals::Weights RivalModel::weights() const {
    rivals::Weights out;
    for (const auto& l : leaves()) out[l.name] = view(l.name).clone();
    return out;
}

void initialise(RivalModel& model) {
    const at::NoGradGuard off;
    const auto& config = model.config();
    const std::int64_t colours = config.input.image.channels;
    for (const auto& l : model.leaves()) {
        Tensor t = model.view(l.name);
        const bool one = l.name.ends_with("norm.weight") || l.name.ends_with("norm.variance");
        if (l.shape.size() == 1) {
            t.fill_(one ? 1 : 0);
            continue;
        }
        std::int64_t inputs = l.count / l.shape[0];
        const double gain = config.type == rivals::Type::resnet ? std::sqrt(2.0) : 1;
        const bool added = l.name.ends_with("output.weight") || l.name.ends_with("mlp_out.weight");
        if (l.name == "head.weight") {
            t.normal_(0, 0.1 / std::sqrt(double(inputs)));
        } else if (l.name == "stem.conv.weight" || l.name == "embed.weight") {
            const std::int64_t area = inputs / l.shape[1], positions = l.shape[1] - colours;
            t.narrow(1, 0, colours).normal_(0, gain / std::sqrt(double(colours * area)));
            t.narrow(1, colours, positions).normal_(0, 0.5 * gain / std::sqrt(double(positions * area)));
        } else {
            t.normal_(
                0, gain / std::sqrt(double(inputs)) / (added ? std::sqrt(2.0 * double(config.layers)) : 1));
        }
    }
}

}  // namespace perceiver::train
