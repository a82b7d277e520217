#include "inspect/relevance.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <cmath>

#include "inspect/attention_chunks.h"
#include "inspect/rollout.h"

namespace perceiver::inspect {
namespace {

/// A tensor gradients are wanted for. Traces hold inference tensors, of which autograd wants a copy.
at::Tensor leaf(const at::Tensor& t, at::ScalarType type) { return t.detach().to(type).clone().requires_grad_(); }

/// mean over heads of (gradient * attention)+ , [heads, a, b] -> [a, b]
at::Tensor weighted(const at::Tensor& attention) {
    return (attention.grad() * attention.detach()).clamp_min(0).mean(0);
}

/// What travels backwards: the gradient of the logit and the relevance of the latents.
struct Sweep {
    at::Tensor gradient;   ///< [N, D]
    at::Tensor row;        ///< [N]
};

Sweep from_head(const Reference& reference, const Trace& trace, std::int64_t target) {
    const Config& config = reference.config();
    if (target < 0 || target >= config.num_classes)
        throw Error(ErrorCode::no_fit, "There is no class " + std::to_string(target) + ": the model has " +
                                           std::to_string(config.num_classes) + ".");
    ReferenceRun run;
    const std::size_t last = config.stages.size() - 1;
    run.latents = leaf(latents_before_block(trace, last, config.stages[last].blocks.size()), reference.type());
    reference.answer(run);
    if (config.head == Config::Head::decoder) run.decoder.attention.retain_grad();
    run.logits[target].backward();
    Sweep sweep{run.latents.grad(), at::full({config.num_latents}, 1.0 / double(config.num_latents), reference.type())};
    // Of several queries only the class's has a gradient.
    if (config.head == Config::Head::decoder) sweep.row = weighted(run.decoder.attention).sum(0);
    return sweep;
}

void through_block(const Reference& reference, std::int64_t b, const at::Tensor& latents, Sweep& sweep,
                   const CancelToken& cancel) {
    const at::Tensor before = leaf(latents, reference.type());
    std::vector<at::Tensor> attention;
    at::Tensor z = before;
    for (std::int64_t l = 0; l < reference.config().block_modules[static_cast<std::size_t>(b)].layers; ++l) {
        cancel.check();
        const auto own = reference.self_attend(b, l, z);
        own.attention.retain_grad();
        own.attention.register_hook([cancel](const at::Tensor&) { cancel.check(); });   // once a layer on the way back
        attention.push_back(own.attention);
        z = own.values;
    }
    z.backward(sweep.gradient);
    for (auto a = attention.rbegin(); a != attention.rend(); ++a)
        sweep.row = sweep.row + sweep.row.matmul(weighted(*a));
    sweep.gradient = before.grad();
}

/// One cross-attend taken apart so that nothing of size N x M is kept: queries folded through the keys, what is read
/// before the values are made of it.
struct Folded {
    at::Tensor value_weight;   ///< [heads, C, V / heads], times the key-value norm's scale
    at::Tensor value_bias;     ///< [heads, 1, V / heads]
    at::Tensor latents;        ///< leaf [N, D]
    at::Tensor queries;        ///< [heads, N, C]

    Folded(const Reference& r, const std::string& prefix, std::int64_t heads, const at::Tensor& before)
        : latents(leaf(before, r.type())) {
        const at::Tensor &scale = r.weight(prefix + "kv_norm.weight"), &shift = r.weight(prefix + "kv_norm.bias");
        const at::Tensor &key = r.weight(prefix + "key.weight"), &value = r.weight(prefix + "value.weight");
        const std::int64_t c = key.size(1);
        value_weight = (value * scale).reshape({heads, -1, c}).transpose(1, 2);
        value_bias = r.linear(prefix + "value", shift).reshape({heads, 1, -1});
        const at::Tensor q = r.linear(prefix + "query", r.norm(prefix + "q_norm", latents));
        const at::Tensor by_head = q.reshape({q.size(0), heads, -1}).transpose(0, 1);
        queries = at::matmul(by_head, (key * scale).reshape({heads, -1, c})) / std::sqrt(double(by_head.size(2)));
    }
};

/// The mean normalised token each latent and head read, [heads, N, C].
at::Tensor read_tokens(const Trace& trace, int k, at::ScalarType type, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    at::Tensor sum = at::zeros(trace.cross[static_cast<std::size_t>(k)].queries.sizes(), type);
    for_attention_chunks(trace, k, cancel,
                         [&](std::int64_t, std::int64_t, const at::Tensor& attention, const at::Tensor& x) {
                             sum.add_(at::matmul(attention.to(type), x.to(type)));
                         });
    return sum;
}

/// The gradient of the folded queries [heads, N, C], from that of what they read, and the map of relevance on the way.
struct Back {
    at::Tensor queries, map;
};
Back through_attention(const Trace& trace, int k, const at::Tensor& read, const at::Tensor& read_gradient,
                       const at::Tensor& constant, const at::Tensor& row, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    const at::ScalarType type = read.scalar_type();
    Back back{at::zeros_like(read), at::empty({trace.input->elements()}, at::kFloat)};
    at::Tensor mean = at::zeros({read.size(0), read.size(1), 1}, type);
    for_attention_chunks(
        trace, k, cancel, [&](std::int64_t first, std::int64_t count, const at::Tensor& a32, const at::Tensor& x32) {
            const at::Tensor a = a32.to(type), x = x32.to(type);
            const at::Tensor slope = at::matmul(read_gradient, x.t());  // dL/dA but for a constant of each row
            const at::Tensor positive = (a * (slope + constant)).clamp_min_(0).mean(0);
            back.map.narrow(0, first, count).copy_(row.matmul(positive));
            const at::Tensor pulled = a * slope;
            mean.add_(pulled.sum(2, true));
            back.queries.add_(at::matmul(pulled, x));
        });
    back.queries.sub_(mean * read);   // softmax: dL/dS = A (dL/dA - their mean under A)
    return back;
}

at::Tensor through_cross(const Reference& reference, const Trace& trace, std::size_t k, Sweep& sweep,
                         const CancelToken& cancel) {
    const at::ScalarType type = reference.type();
    const auto& stage = reference.config().stages[k];
    const auto& module = reference.config().cross_modules[static_cast<std::size_t>(stage.cross)];
    const std::string prefix = "cross." + std::to_string(stage.cross) + ".";
    const Folded f(reference, prefix, module.heads, latents_before_cross(reference, trace, k));
    const at::Tensor read = leaf(read_tokens(trace, static_cast<int>(k), type, cancel), type);
    const at::Tensor values = at::matmul(read, f.value_weight) + f.value_bias;
    values.retain_grad();
    const at::Tensor used = reads_nothing(reference, trace, k) ? values * 0 : values;
    const at::Tensor out = reference.linear(prefix + "output", used.transpose(0, 1).flatten(1));
    reference.mlp(prefix, module.query_residual ? f.latents + out : out).backward(sweep.gradient);
    const at::Tensor constant = (values.grad() * f.value_bias).sum(2, true);
    const Back back =
        through_attention(trace, static_cast<int>(k), read.detach(), read.grad(), constant, sweep.row, cancel);
    if (!trace.cross[k].all_masked) f.queries.backward(back.queries.clone());
    sweep.gradient = f.latents.grad().defined() ? f.latents.grad() : at::zeros_like(f.latents);
    return back.map;
}

}  // namespace

Relevance relevance(const Reference& reference, const Trace& trace, std::int64_t target, const CancelToken& cancel,
                    const Progress& progress) {
    const c10::InferenceMode differentiating(false);
    require_fit(reference, trace);
    const auto& stages = reference.config().stages;
    Relevance out;
    out.entries.resize(stages.size());
    out.map = at::zeros({trace.input->elements()});
    Sweep sweep = from_head(reference, trace, target);
    for (std::size_t k = stages.size(); k-- > 0;) {
        for (std::size_t b = stages[k].blocks.size(); b-- > 0;)
            through_block(reference, stages[k].blocks[b], latents_before_block(trace, k, b), sweep, cancel);
        out.entries[k] = through_cross(reference, trace, k, sweep, cancel);
        out.map = out.map + out.entries[k];
        if (progress) progress(double(stages.size() - k) / double(stages.size()));
    }
    return out;
}

}  // namespace perceiver::inspect
