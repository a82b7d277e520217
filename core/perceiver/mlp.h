// The MLP after every attention, and what the modules share ("Perceiver", appendix C).
#pragma once

#include <map>
#include <string>

#include "perceiver/products.h"

namespace perceiver {

using Weights = std::map<std::string, at::Tensor>;

/// The Linear named name + ".weight", and ".bias" unless it has none.
PackedLinear linear(const Weights& weights, const std::string& name);
/// The bias alone, zeros where there is none. [out]
at::Tensor bias_of(const Weights& weights, const std::string& name);

class Mlp {
  public:
    /// Takes prefix + mlp_norm, mlp_in and mlp_out.
    Mlp(const Weights& weights, const std::string& prefix, Activation activation, double layer_norm_eps);

    /// z [n, D] -> z + out(activation(in(LN(z)))).
    at::Tensor operator()(const at::Tensor& z) const;

  private:
    Activation activation_;
    double eps_;
    at::Tensor norm_weight_, norm_bias_;
    PackedLinear in_, out_;
};

}  // namespace perceiver
