#include "perceiver/mlp.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/zeros.h>

namespace perceiver {

at::Tensor bias_of(const Weights& w, const std::string& name) {
    const auto it = w.find(name + ".bias");
    return it == w.end() ? at::zeros({w.at(name + ".weight").size(0)}, at::kFloat) : it->second;
}

PackedLinear linear(const Weights& w, const std::string& name) { return {w.at(name + ".weight"), bias_of(w, name)}; }

Mlp::Mlp(const Weights& w, const std::string& prefix, Activation activation, double layer_norm_eps)
    : activation_(activation),
      eps_(layer_norm_eps),
      norm_weight_(w.at(prefix + "mlp_norm.weight")),
      norm_bias_(w.at(prefix + "mlp_norm.bias")),
      in_(linear(w, prefix + "mlp_in")),
      out_(linear(w, prefix + "mlp_out")) {}

at::Tensor Mlp::operator()(const at::Tensor& z) const {
    const at::Tensor h = at::layer_norm(z, {z.size(1)}, norm_weight_, norm_bias_, eps_);
    if (activation_ != Activation::geglu) return out_.added_to(z, in_.gelu(h, activation_));
    const auto halves = in_(h).chunk(2, 1);   // [x, gate]
    return out_.added_to(z, halves[0] * at::gelu(halves[1]));
}

}  // namespace perceiver
