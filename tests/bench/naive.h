// The yardstick of speed: the 2021 Perceiver in plain eager float32 operations, each as fast as LibTorch has it (fused
// LayerNorm and Linear). Keys, values and the whole score matrix of every attention exist; nothing is folded or packed.
// (perceiver/reference.h is the yardstick of exactness.)
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/softmax.h>

#include <cmath>

#include "perceiver/perceiver.h"

namespace perceiver::bench {

class Naive {
  public:
    Naive(Config config, Weights weights) : config_(std::move(config)), w_(std::move(weights)) {}

    const at::Tensor& latents() const { return w_.at("latents"); }

    /// z [N, D], tokens [M, C] -> [N, D].
    at::Tensor cross_attend(std::int64_t module, const at::Tensor& z, const at::Tensor& tokens) const {
        const std::string name = "cross." + std::to_string(module) + ".";
        return attend(name, config_.cross_modules[static_cast<std::size_t>(module)].heads, z, norm(name + "q_norm", z),
                      norm(name + "kv_norm", tokens));
    }
    at::Tensor layer(std::int64_t block, std::int64_t layer, const at::Tensor& z) const {
        const std::string name = "block." + std::to_string(block) + ".layer." + std::to_string(layer) + ".";
        const at::Tensor h = norm(name + "q_norm", z);
        return attend(name, config_.block_modules[static_cast<std::size_t>(block)].heads, z, h, h);
    }
    /// The logits.
    at::Tensor forward(const at::Tensor& tokens) const {
        at::Tensor z = latents();
        for (const auto& stage : config_.stages) {
            z = cross_attend(stage.cross, z, tokens);
            for (auto b : stage.blocks)
                for (std::int64_t l = 0; l < config_.block_modules[static_cast<std::size_t>(b)].layers; ++l)
                    z = layer(b, l, z);
        }
        return linear("head", z.mean(0, true)).squeeze(0);
    }

  private:
    at::Tensor norm(const std::string& name, const at::Tensor& x) const {
        return at::layer_norm(x, {x.size(1)}, w_.at(name + ".weight"), w_.at(name + ".bias"), config_.layer_norm_eps);
    }
    at::Tensor linear(const std::string& name, const at::Tensor& x) const {
        return at::linear(x, w_.at(name + ".weight"), w_.at(name + ".bias"));
    }
    at::Tensor attend(const std::string& name, std::int64_t heads, const at::Tensor& z, const at::Tensor& from,
                      const at::Tensor& to) const {
        const auto by_head = [&](const at::Tensor& t) { return t.view({t.size(0), heads, -1}).transpose(0, 1); };
        const at::Tensor q = by_head(linear(name + "query", from)), k = by_head(linear(name + "key", to)),
                         v = by_head(linear(name + "value", to));
        const at::Tensor p = at::softmax(q.matmul(k.transpose(1, 2)) / std::sqrt(double(q.size(2))), -1);
        const at::Tensor read = z + linear(name + "output", p.matmul(v).transpose(0, 1).reshape({z.size(0), -1}));
        return read + linear(name + "mlp_out", at::gelu(linear(name + "mlp_in", norm(name + "mlp_norm", read))));
    }

    Config config_;
    Weights w_;
};

}  // namespace perceiver::bench
