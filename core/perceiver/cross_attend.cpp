#include "perceiver/cross_attend.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/full.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>

#include "perceiver/separable_kernel.h"

namespace perceiver {
namespace {

constexpr std::int64_t chunk_elements = 4096;   ///< input elements a dense step scores at once
constexpr std::int64_t max_data_channels = 4;   ///< what the separable kernel is built for

PackedLinear linear(const Weights& w, const std::string& name) { return {w.at(name + ".weight"), w.at(name + ".bias")}; }

}  // namespace

CrossAttend::CrossAttend(const Weights& w, const std::string& prefix, const Config& config, const CrossModule& module)
    : heads_(module.heads),
      qk_(config.qk_channels(module)),
      v_(config.v_channels(module)),
      data_channels_(config.input.image.channels),
      eps_(config.layer_norm_eps),
      activation_(config.activation),
      q_norm_weight_(w.at(prefix + "q_norm.weight")),
      q_norm_bias_(w.at(prefix + "q_norm.bias")),
      kv_norm_weight_(w.at(prefix + "kv_norm.weight")),
      kv_norm_bias_(w.at(prefix + "kv_norm.bias")),
      mlp_norm_weight_(w.at(prefix + "mlp_norm.weight")),
      mlp_norm_bias_(w.at(prefix + "mlp_norm.bias")),
      query_(linear(w, prefix + "query")),
      output_(linear(w, prefix + "output")),
      mlp_in_(linear(w, prefix + "mlp_in")),
      mlp_out_(linear(w, prefix + "mlp_out")) {
    // The norm's scale and shift go into the projections, so that every cross-attend can start from the same
    // normalised tokens: W (scale * x + shift) + b = (W * scale) x + (W shift + b).
    const at::Tensor key = w.at(prefix + "key.weight"), value = w.at(prefix + "value.weight");
    const double scale = 1.0 / std::sqrt(double(qk_ / heads_));
    const std::int64_t c = key.size(1);
    key_weight_ = (key * kv_norm_weight_ * scale).reshape({heads_, qk_ / heads_, c}).contiguous();
    key_offset_ = ((key.matmul(kv_norm_bias_) + w.at(prefix + "key.bias")) * scale).reshape({heads_, qk_ / heads_, 1}).contiguous();
    value_weight_ = (value * kv_norm_weight_).reshape({heads_, v_ / heads_, c}).transpose(1, 2).contiguous();
    value_bias_ = value.matmul(kv_norm_bias_) + w.at(prefix + "value.bias");
}

CrossTrace CrossAttend::fold(const at::Tensor& latents) const {
    const std::int64_t n = latents.size(0);
    const at::Tensor q = query_(at::layer_norm(latents, {latents.size(1)}, q_norm_weight_, q_norm_bias_, eps_));
    const at::Tensor by_head = q.view({n, heads_, qk_ / heads_}).transpose(0, 1);
    CrossTrace trace;
    trace.queries = product(by_head, key_weight_);
    trace.offset = product(by_head, key_offset_).squeeze(2);
    return trace;
}

CrossTrace CrossAttend::run(const at::Tensor& latents, const input::InputArray& input, Attend how,
                            const CancelToken& cancel) const {
    if (input.tokens.size(1) != key_weight_.size(2))
        throw Error(ErrorCode::no_fit, "The input array has " + std::to_string(input.tokens.size(1)) +
                                           " channels, the model reads " + std::to_string(key_weight_.size(2)) + ".");
    const bool offered = input.separable && data_channels_ <= max_data_channels;
    if (how == Attend::separable && !offered)
        throw Error(ErrorCode::no_fit, "The separable attention needs an unpermuted grid with Fourier or no positions.");
    CrossTrace trace = fold(latents);
    trace.separable = how == Attend::separable || (how == Attend::automatic && offered);
    // [heads, N, C]: the attention-weighted sums of normalised tokens
    const at::Tensor sums = trace.separable ? attend_separable(trace, input, cancel) : attend_dense(trace, input, cancel);

    const std::int64_t n = latents.size(0);
    const at::Tensor values = product(sums, value_weight_).transpose(0, 1).reshape({n, v_}) + value_bias_;
    const at::Tensor z = output_.added_to(latents, values);
    const at::Tensor h = at::layer_norm(z, {z.size(1)}, mlp_norm_weight_, mlp_norm_bias_, eps_);
    trace.latents = mlp_out_.added_to(z, mlp_in_.gelu(h, activation_));
    return trace;
}

at::Tensor CrossAttend::attend_dense(CrossTrace& trace, const input::InputArray& input, const CancelToken& cancel) const {
    const std::int64_t m = input.normalized.size(0), c = input.normalized.size(1), n = trace.queries.size(1);
    const at::Tensor q = trace.queries.reshape({1, heads_ * n, c});
    at::Tensor top = at::full({heads_ * n, 1}, -std::numeric_limits<float>::infinity());
    at::Tensor sum = at::zeros({heads_ * n, 1}), out = at::zeros({heads_ * n, c});
    // Softmax over all elements, a chunk at a time: what was summed is rescaled whenever the maximum moves.
    for (std::int64_t start = 0; start < m; start += chunk_elements) {
        cancel.check();
        const at::Tensor x = input.normalized.narrow(0, start, std::min(chunk_elements, m - start)).unsqueeze(0);
        at::Tensor p = product(q, x.transpose(1, 2)).squeeze(0);
        const at::Tensor higher = at::maximum(top, p.amax(1, true));
        const at::Tensor rescale = at::exp(top - higher);
        p = p.sub_(higher).exp_();
        sum = sum * rescale + p.sum(1, true);
        out = out * rescale + product(p.unsqueeze(0), x).squeeze(0);
        top = higher;
    }
    trace.log_sum = (sum.log() + top).reshape({heads_, n});
    return (out / sum).reshape({heads_, n, c});
}

at::Tensor CrossAttend::attend_separable(CrossTrace& trace, const input::InputArray& input, const CancelToken& cancel) const {
    const auto& s = *input.separable;
    const std::int64_t d = s.scaled_data.size(0), rows = s.rstd.size(0), cols = s.rstd.size(1);
    const std::int64_t count = trace.queries.size(0) * trace.queries.size(1), c = trace.queries.size(2);
    // Taking the mean off the query stands for taking the mean off every token.
    const at::Tensor q = (trace.queries - trace.queries.mean(2, true)).reshape({1, count, c});
    const at::Tensor positions = q.narrow(2, d, c - d);
    const at::Tensor a = q.narrow(2, 0, d).contiguous();
    at::Tensor row = at::zeros({1, count, rows}), col = at::zeros({1, count, cols});
    if (c > d) {
        row = product(positions, s.tables.rows.t().unsqueeze(0));
        col = product(positions, s.tables.cols.t().unsqueeze(0));
    }
    at::Tensor log_sum = at::empty({count}), data_out = at::empty({count, d}), row_out = at::empty({count, rows}),
               col_out = at::empty({count, cols});
    const SeparableGrid grid{rows, cols, d, s.rstd.data_ptr<float>(), s.scaled_data.data_ptr<float>()};
    const float *pa = a.data_ptr<float>(), *pr = row.data_ptr<float>(), *pc = col.data_ptr<float>();
    float *po = log_sum.data_ptr<float>(), *pd = data_out.data_ptr<float>(), *pro = row_out.data_ptr<float>(),
          *pco = col_out.data_ptr<float>();
    at::parallel_for(0, count, 8, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; i += 8) {   // small steps, so that cancelling is quick
            if (cancel.cancelled()) return;
            const std::int64_t k = std::min<std::int64_t>(8, end - i);
            separable_attend(grid, k, pa + i * d, pr + i * rows, pc + i * cols, po + i, pd + i * d, pro + i * rows,
                             pco + i * cols);
        }
    });
    cancel.check();
    trace.log_sum = log_sum.reshape(trace.offset.sizes());
    at::Tensor sums = at::empty({count, c});
    sums.narrow(1, 0, d).copy_(data_out);
    if (c > d) {
        const at::Tensor from_rows = product(row_out.unsqueeze(0), s.tables.rows.unsqueeze(0)).squeeze(0);
        sums.narrow(1, d, c - d).copy_(from_rows + product(col_out.unsqueeze(0), s.tables.cols.unsqueeze(0)).squeeze(0));
    }
    return (sums - sums.mean(1, true)).reshape({heads_, count / heads_, c});
}

}  // namespace perceiver
