#include "train/trainable.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include <stdexcept>

#include "base/error.h"

namespace perceiver::train {

using at::Tensor;

ModelInput Trainable::read_senses(const std::map<std::string, Tensor>&) const {
    throw Error(ErrorCode::no_fit, "The recipe's model reads one kind of data, not several.");
}

void Trainable::add_leaf(const std::string& name, std::vector<std::int64_t> shape, bool matrix, bool trained) {
    Leaf leaf;
    leaf.name = name;
    leaf.count = 1;
    for (auto n : shape) leaf.count *= n;
    leaf.offset = leaves_.empty() ? 0 : leaves_.back().offset + leaves_.back().count;
    leaf.decayed = shape.size() > 1;
    leaf.matrix = matrix;
    leaf.trained = trained;
    leaf.parts = name.find(".qkv.") == std::string::npos ? 1 : 3;
    leaf.shape = std::move(shape);
    leaves_.push_back(std::move(leaf));
}

void Trainable::lay_out_parameters() {
    parameters_ = at::zeros({leaves_.back().offset + leaves_.back().count}, at::kFloat);
}

Tensor Trainable::view(const std::string& name) const {
    for (const auto& l : leaves_)
        if (l.name == name) return parameters_.narrow(0, l.offset, l.count).view(l.shape);
    throw std::out_of_range(name);
}

Tensor Trainable::statistics() const {
    const auto trained = static_cast<std::size_t>(operands_.size());
    const std::int64_t first = trained < leaves_.size() ? leaves_[trained].offset : parameters_.numel();
    return parameters_.narrow(0, first, parameters_.numel() - first);
}

const Tensor& Trainable::leaf(const std::string& name) const {
    for (std::size_t i = 0; i < operands_.size(); ++i)
        if (leaves_[i].name == name) return operands_[i];
    throw std::out_of_range(name);
}

void Trainable::refresh() {
    at::NoGradGuard off;
    operands_.clear();
    for (const auto& l : leaves_) {
        if (!l.trained) break;
        Tensor t = parameters_.narrow(0, l.offset, l.count).view(l.shape).detach();
        if (l.matrix && compute_ != at::kFloat) t = t.to(compute_);
        operands_.push_back(t.requires_grad_());
    }
}

}  // namespace perceiver::train
