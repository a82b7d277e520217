// The MLP after every attention, and what the modules share ("Perceiver", appendix C).
#pragma once

#include <map>
#include <string>

#include "perceiver/products.h"

namespace perceiver {

using Weights = std::map<std::string, at::Tensor>;

/// The Linear named name + ".weight", and ".bias" unless it has none. The weight leaves `weights`.
PackedLinear linear(Weights& weights, const std::string& name, Precision precision = Precision::float32);
/// The bias alone, zeros where there is none. [out]
at::Tensor bias_of(const Weights& weights, const std::string& name);
/// The tensor itself, which leaves the weights: what is packed is not held twice.
at::Tensor take(Weights& weights, const std::string& name);

class Mlp {
  public:
    /// Takes prefix + mlp_norm, mlp_in and mlp_out.
    Mlp(Weights& weights, const std::string& prefix, Activation activation, double layer_norm_eps, Precision precision);

    /// z [n, D] float32, contiguous, += out(activation(in(LN(z)))).
    void add_to(at::Tensor& z) const;

  private:
    Activation activation_;
    double eps_;
    at::Tensor norm_weight_, norm_bias_;
    PackedLinear in_, out_;
};

}  // namespace perceiver
