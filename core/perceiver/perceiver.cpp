#include "perceiver/perceiver.h"

#include <ATen/ops/isfinite.h>
#include <ATen/ops/layer_norm.h>
#include <c10/core/InferenceMode.h>

#include <chrono>

namespace perceiver {
namespace {

[[noreturn]] void unfit(const std::string& sentence) { throw Error(ErrorCode::unreadable_model, sentence); }

std::string shape_text(c10::IntArrayRef shape) {
    std::string text;
    for (auto n : shape) text += (text.empty() ? "" : " x ") + std::to_string(n);
    return text.empty() ? "a single number" : text;
}

/// Checks names and shapes against the config; everything comes back as float32.
Weights checked(const Config& config, Weights weights) {
    Weights out;
    for (const auto& spec : tensor_specs(config)) {
        const auto it = weights.find(spec.name);
        if (it == weights.end()) unfit("The tensor " + spec.name + " is missing.");
        if (it->second.sizes() != c10::IntArrayRef(spec.shape))
            unfit("The tensor " + spec.name + " is " + shape_text(it->second.sizes()) + ", the configuration needs " +
                  shape_text(spec.shape) + ".");
        at::Tensor tensor = it->second.to(at::kFloat).contiguous();
        if (!at::isfinite(tensor).all().item<bool>()) unfit("The tensor " + spec.name + " holds NaN or infinity.");
        out.emplace(spec.name, std::move(tensor));
    }
    for (const auto& [name, tensor] : weights)
        if (!out.count(name)) unfit("The tensor " + name + " is not part of this model.");
    return out;
}

/// Milliseconds since it was made or last asked.
class Stopwatch {
  public:
    double lap() {
        const auto now = std::chrono::steady_clock::now();
        const double ms = std::chrono::duration<double, std::milli>(now - last_).count();
        last_ = now;
        return ms;
    }

  private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace

Perceiver::Perceiver(Config config, Weights given) : config_(std::move(config)) {
    const c10::InferenceMode guard;
    config_.validate();
    const Weights w = checked(config_, std::move(given));
    latents_ = w.at("latents");
    if (config_.input.position.type == PositionConfig::Type::learned) learned_positions_ = w.at("input.position");
    for (std::size_t j = 0; j < config_.cross_modules.size(); ++j)
        cross_.emplace_back(w, "cross." + std::to_string(j) + ".", config_, config_.cross_modules[j]);
    for (std::size_t b = 0; b < config_.block_modules.size(); ++b)
        blocks_.emplace_back(w, "block." + std::to_string(b) + ".", config_, config_.block_modules[b]);
    if (config_.head_norm) {
        head_norm_weight_ = w.at("head.norm.weight");
        head_norm_bias_ = w.at("head.norm.bias");
    }
    head_ = std::make_unique<PackedLinear>(w.at("head.weight"), w.at("head.bias"));
}

input::InputArrayPtr Perceiver::make_input(const at::Tensor& data, std::int64_t rows, std::int64_t cols) const {
    const c10::InferenceMode guard;
    return input::make_input(data, rows, cols, config_.input.position, learned_positions_, config_.layer_norm_eps);
}

Trace Perceiver::forward(input::InputArrayPtr input, Attend how, const CancelToken& cancel, const Observer& observer) const {
    const c10::InferenceMode guard;
    Trace trace;
    trace.input = std::move(input);
    at::Tensor z = latents_;
    for (std::size_t s = 0; s < config_.stages.size(); ++s) {
        const Stage& stage = config_.stages[s];
        cancel.check();
        Stopwatch watch;
        trace.cross.push_back(cross_[static_cast<std::size_t>(stage.cross)].run(z, *trace.input, how, cancel));
        trace.cross.back().milliseconds = watch.lap();
        z = trace.cross.back().latents;
        trace.blocks.emplace_back();
        if (observer.cross_attend_done) observer.cross_attend_done(s, trace);
        for (std::size_t b = 0; b < stage.blocks.size(); ++b) {
            watch.lap();
            z = blocks_[static_cast<std::size_t>(stage.blocks[b])].run(z, cancel);
            trace.blocks.back().push_back({z, watch.lap()});
            if (observer.latent_block_done) observer.latent_block_done(s, b, trace);
        }
    }
    trace.pooled = z.mean(0);
    at::Tensor pooled = trace.pooled.unsqueeze(0);
    if (config_.head_norm)
        pooled = at::layer_norm(pooled, {pooled.size(1)}, head_norm_weight_, head_norm_bias_, config_.layer_norm_eps);
    trace.logits = (*head_)(pooled).squeeze(0);
    return trace;
}

}  // namespace perceiver
