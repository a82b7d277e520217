#include "perceiver/mlp.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/zeros.h>

#include "perceiver/rows.h"

namespace perceiver {

at::Tensor bias_of(const Weights& w, const std::string& name) {
    const auto it = w.find(name + ".bias");
    return it == w.end() ? at::zeros({w.at(name + ".weight").size(0)}, at::kFloat) : it->second;
}

at::Tensor take(Weights& w, const std::string& name) {
    at::Tensor tensor = std::move(w.at(name));
    w.erase(name);
    return tensor;
}

PackedLinear linear(Weights& w, const std::string& name, Precision precision) {
    const at::Tensor bias = bias_of(w, name);
    return {take(w, name + ".weight"), bias, precision};
}

Mlp::Mlp(Weights& w, const std::string& prefix, Activation activation, double layer_norm_eps, Precision precision)
    : activation_(activation),
      eps_(layer_norm_eps),
      norm_weight_(w.at(prefix + "mlp_norm.weight")),
      norm_bias_(w.at(prefix + "mlp_norm.bias")),
      in_(linear(w, prefix + "mlp_in", precision)),
      out_(linear(w, prefix + "mlp_out", precision)) {}

void Mlp::add_to(at::Tensor& z) const {
    const at::Tensor h = layer_norm_rows(z, norm_weight_, norm_bias_, eps_, in_.type());
    if (activation_ != Activation::geglu) return out_.add_to(z, in_.gelu(h, activation_));
    const auto halves = in_(h).chunk(2, 1);   // [x, gate]
    out_.add_to(z, halves[0] * at::gelu(halves[1]));
}

}  // namespace perceiver
