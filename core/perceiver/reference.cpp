#include "perceiver/reference.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/erf.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include <cmath>
#include <numbers>

namespace perceiver {
namespace {

/// The activation of an MLP from its formula: x Phi(x), or its tanh approximation (Hendrycks & Gimpel, 1606.08415).
at::Tensor gelu(const at::Tensor& x, Activation activation) {
    if (activation == Activation::gelu_tanh)
        return 0.5 * x * (1 + at::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
    return 0.5 * x * (1 + at::erf(x / std::numbers::sqrt2));
}

/// [..., n, heads * c] -> [..., heads, n, c]
at::Tensor split_heads(const at::Tensor& x, std::int64_t heads) {
    auto shape = x.sizes().vec();
    shape.back() /= heads;
    shape.insert(shape.end() - 1, heads);
    return x.reshape(shape).transpose(-3, -2);
}

std::int64_t places_of(const OutputConfig& output) {
    std::int64_t places = 1;
    for (auto n : output.dims) places *= n;
    return places;
}

}  // namespace

Reference::Reference(Config config, const Weights& weights, at::ScalarType type)
    : config_(std::move(config)), type_(type) {
    const c10::InferenceMode differentiable(false);   // whoever makes it: autograd can't keep an inference tensor
    config_.validate();
    for (const auto& spec : tensor_specs(config_)) {
        const auto it = weights.find(spec.name);
        if (it == weights.end() || it->second.sizes() != c10::IntArrayRef(spec.shape))
            throw Error(ErrorCode::unreadable_model, "The tensor " + spec.name + " is missing or has another shape.");
        const at::Tensor own = it->second.to(type_);
        weights_.emplace(spec.name, own.is_inference() ? own.clone() : own);
    }
}

at::Tensor Reference::norm(const std::string& name, const at::Tensor& x) const {
    const at::Tensor centred = x - x.mean(-1, true);
    const at::Tensor variance = centred.square().mean(-1, true);
    return centred / (variance + config_.layer_norm_eps).sqrt() * weight(name + ".weight") + weight(name + ".bias");
}

at::Tensor Reference::linear(const std::string& name, const at::Tensor& x) const {
    const at::Tensor y = at::matmul(x, weight(name + ".weight").t());
    const auto bias = weights_.find(name + ".bias");
    return bias == weights_.end() ? y : y + bias->second;
}

at::Tensor Reference::mlp(const std::string& prefix, const at::Tensor& z) const {
    at::Tensor h = linear(prefix + "mlp_in", norm(prefix + "mlp_norm", z));
    if (config_.activation == Activation::geglu) {
        const auto halves = h.chunk(2, -1);
        h = halves[0] * gelu(halves[1], Activation::gelu);
    } else {
        h = gelu(h, config_.activation);
    }
    return z + linear(prefix + "mlp_out", h);
}

Reference::Attended Reference::attend(const std::string& prefix, std::int64_t heads, const at::Tensor& queries_from,
                                      const at::Tensor& keys_from, const at::Tensor& mask) const {
    const at::Tensor q = split_heads(linear(prefix + "query", queries_from), heads);
    const at::Tensor k = split_heads(linear(prefix + "key", keys_from), heads);
    const at::Tensor v = split_heads(linear(prefix + "value", keys_from), heads);
    at::Tensor scores = at::matmul(q, k.transpose(-2, -1)) / std::sqrt(double(q.size(-1)));
    // A number rather than an infinity: with nothing to see, all elements become alike instead of NaN.
    if (mask.defined())
        scores = scores.masked_fill(mask.to(at::kBool).logical_not().unsqueeze(-2).unsqueeze(-2), -1e30);
    const at::Tensor attention = at::softmax(scores, -1);
    at::Tensor values = at::matmul(attention, v).transpose(-3, -2).flatten(-2);
    if (mask.defined() && config_.all_masked == Config::AllMasked::nothing)
        values = values * mask.to(at::kBool).any(-1, true).unsqueeze(-1).to(type_);   // DeepMind's rule
    return {values, attention};
}

Reference::Attended Reference::cross_attend(const std::string& prefix, const CrossModule& module, const at::Tensor& z,
                                            const at::Tensor& x, const at::Tensor& mask) const {
    Attended a = attend(prefix, module.heads, norm(prefix + "q_norm", z), norm(prefix + "kv_norm", x), mask);
    const at::Tensor read = linear(prefix + "output", a.values);
    a.values = mlp(prefix, module.query_residual ? z + read : read);
    return a;
}

Reference::Attended Reference::self_attend(std::int64_t b, std::int64_t l, const at::Tensor& z) const {
    const std::string prefix = "block." + std::to_string(b) + ".layer." + std::to_string(l) + ".";
    const at::Tensor h = norm(prefix + "q_norm", z);
    Attended a = attend(prefix, config_.block_modules[static_cast<std::size_t>(b)].heads, h, h);
    a.values = mlp(prefix, z + linear(prefix + "output", a.values));
    return a;
}

ReferenceRun Reference::run(const at::Tensor& tokens, const ReferenceOptions& options,
                            const CancelToken& cancel) const {
    if (tokens.size(-1) != config_.token_channels())
        throw Error(ErrorCode::no_fit, "The input array has " + std::to_string(tokens.size(-1)) +
                                           " channels, the model reads " + std::to_string(config_.token_channels()) +
                                           ".");
    const at::Tensor x = tokens.to(type_);
    ReferenceRun run;
    at::Tensor z = weight("latents");
    for (const Stage& stage : config_.stages) {
        cancel.check();
        const Attended read =
            cross_attend("cross." + std::to_string(stage.cross) + ".",
                         config_.cross_modules[static_cast<std::size_t>(stage.cross)], z, x, options.mask);
        z = read.values;
        run.cross_latents.push_back(z);
        if (options.attention) run.cross_attention.push_back(read.attention);
        run.block_latents.emplace_back();
        for (const auto b : stage.blocks) {
            for (std::int64_t l = 0; l < config_.block_modules[static_cast<std::size_t>(b)].layers; ++l) {
                cancel.check();
                const Attended own = self_attend(b, l, z);
                z = own.values;
                if (options.attention) run.self_attention.push_back(own.attention);
            }
            run.block_latents.back().push_back(z);
        }
    }
    run.latents = z;
    answer(run, options.places);
    return run;
}

at::Tensor Reference::decoder_queries(const std::string& prefix, const OutputConfig& output,
                                      const std::vector<std::int64_t>& places) const {
    at::Tensor own;
    if (output.position.type == PositionConfig::Type::learned) {
        own = weight(prefix + "position");
        if (output.position.projected_channels) own = linear(prefix + "position_projection", own);
        own = own.index_select(0, at::tensor(places, at::kLong));
    } else {
        own = input::fourier_features(input::chosen_positions(places, output.dims), output.position).to(type_);
    }
    if (config_.decoder.outputs.size() == 1) return own;
    const at::Tensor& padding = weight(prefix + "padding");
    return at::cat({own, padding.unsqueeze(0).expand({own.size(0), padding.size(0)})}, 1);
}

void Reference::answer(ReferenceRun& run, const Places& places) const {
    if (config_.head == Config::Head::mean) {
        run.pooled = run.latents.mean(-2);
        run.logits = linear("head", config_.head_norm ? norm("head.norm", run.pooled) : run.pooled);
    }
    if (config_.head != Config::Head::decoder) return;
    struct Answer {
        std::string name, prefix;
        std::int64_t count;
        bool linear;
    };
    std::vector<Answer> answers;
    std::vector<at::Tensor> queries;
    for (const auto& o : config_.decoder.outputs) {
        const auto given = places.find(o.name);
        if (given == places.end() && places_of(o) > 1) continue;
        const std::string prefix = "decoder." + (o.name.empty() ? "" : o.name + ".");
        const std::vector<std::int64_t> chosen = given == places.end() ? std::vector<std::int64_t>{0} : given->second;
        answers.push_back({o.name, prefix, static_cast<std::int64_t>(chosen.size()), o.channels > 0});
        queries.push_back(decoder_queries(prefix, o, chosen));
    }
    DecoderTrace& out = run.decoder;
    out.query = at::cat(queries);
    const Attended read = cross_attend("decoder.cross.", config_.decoder_cross(), out.query, run.latents);
    out.attention = read.attention;
    out.hidden = read.values;
    out.output = linear("decoder.final", out.hidden);
    std::int64_t first = 0;
    for (const auto& a : answers) {
        const at::Tensor own = out.output.narrow(-2, first, a.count);
        out.outputs[a.name] = a.linear ? linear(a.prefix + "output", own) : own;
        first += a.count;
    }
    run.logits =
        out.outputs.at(config_.decoder.outputs.size() == 1 ? config_.decoder.outputs[0].name : "label").select(-2, 0);
}

}  // namespace perceiver
