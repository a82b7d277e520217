#include "perceiver/perceiver.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
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

/// Checks names and shapes against the config; everything comes back as float32, and is held no second time.
Weights checked(const Config& config, Weights weights) {
    Weights out;
    for (const auto& spec : tensor_specs(config)) {
        const auto it = weights.find(spec.name);
        if (it == weights.end()) unfit("The tensor " + spec.name + " is missing.");
        if (it->second.sizes() != c10::IntArrayRef(spec.shape))
            unfit("The tensor " + spec.name + " is " + shape_text(it->second.sizes()) + ", the configuration needs " +
                  shape_text(spec.shape) + ".");
        out.emplace(spec.name, it->second.to(at::kFloat).contiguous());
        weights.erase(it);
    }
    if (!weights.empty()) unfit("The tensor " + weights.begin()->first + " is not part of this model.");
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

Perceiver::Perceiver(Config config, Weights given, Precision precision, const CancelToken& cancel)
    : config_(std::move(config)), precision_(precision) {
    const c10::InferenceMode guard;
    config_.validate();
    Weights w = checked(config_, std::move(given));   // emptied by whatever packs its tensors
    latents_ = w.at("latents");
    encoder_ = std::make_unique<input::Encoder>(config_.input, w, config_.layer_norm_eps);
    for (std::size_t j = 0; j < config_.cross_modules.size(); ++j) {
        cancel.check();
        CrossModule module = config_.cross_modules[j];
        module.qk_channels = config_.qk_channels(module);
        module.v_channels = config_.v_channels(module);
        cross_.emplace_back(w, "cross." + std::to_string(j) + ".", module, config_, precision);
    }
    for (std::size_t b = 0; b < config_.block_modules.size(); ++b) {
        cancel.check();
        blocks_.emplace_back(w, "block." + std::to_string(b) + ".", config_, config_.block_modules[b], precision,
                             cancel);
    }
    read_head(w);
}

void Perceiver::read_head(Weights& w) {
    if (config_.head == Config::Head::mean) {
        if (config_.head_norm) {
            head_norm_weight_ = w.at("head.norm.weight");
            head_norm_bias_ = w.at("head.norm.bias");
        }
        head_ = std::make_unique<PackedLinear>(linear(w, "head"));
    }
    if (config_.head != Config::Head::decoder) return;
    decoder_cross_ = std::make_unique<CrossAttend>(w, "decoder.cross.", config_.decoder_cross(), config_, precision_);
    head_ = std::make_unique<PackedLinear>(linear(w, "decoder.final"));
    for (const auto& o : config_.decoder.outputs) {
        const std::string name = "decoder." + (o.name.empty() ? "" : o.name + ".");
        Output output;
        if (o.position.type == PositionConfig::Type::learned) output.table = w.at(name + "position");
        if (o.position.projected_channels)
            output.table = at::linear(output.table, w.at(name + "position_projection.weight"),
                                      w.at(name + "position_projection.bias"));
        if (config_.decoder.outputs.size() > 1) output.padding = w.at(name + "padding");
        if (o.channels) output.linear = std::make_unique<PackedLinear>(linear(w, name + "output"));
        outputs_.push_back(std::move(output));
    }
}

input::InputArrayPtr Perceiver::make_input(const input::RawInput& raw, const input::EncodeOptions& options) const {
    return encoder_->encode(raw, options);
}

input::InputArrayPtr Perceiver::make_input(const at::Tensor& data, const input::EncodeOptions& options) const {
    return encoder_->encode({{"", data}}, options);
}

Trace Perceiver::forward(input::InputArrayPtr input, Attend how, const CancelToken& cancel,
                         const Observer& observer) const {
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
            z = blocks_[static_cast<std::size_t>(stage.blocks[b])].run(z, cancel, [&](std::size_t layer) {
                if (observer.layer_done) observer.layer_done(s, b, layer);
            });
            trace.blocks.back().push_back({z, watch.lap()});
            if (observer.latent_block_done) observer.latent_block_done(s, b, trace);
        }
    }
    if (config_.head == Config::Head::decoder) {
        trace.decoder = decode(z, {}, cancel);
        const auto& outputs = config_.decoder.outputs;
        trace.logits = trace.decoder.outputs.at(outputs.size() == 1 ? outputs[0].name : "label")[0];
    } else if (config_.head == Config::Head::mean) {
        trace.pooled = z.mean(0);
        at::Tensor pooled = trace.pooled.unsqueeze(0);
        if (config_.head_norm)
            pooled =
                at::layer_norm(pooled, {pooled.size(1)}, head_norm_weight_, head_norm_bias_, config_.layer_norm_eps);
        trace.logits = (*head_)(pooled).squeeze(0);
    }
    return trace;
}

at::Tensor Perceiver::queries(const OutputConfig& config, const Output& output,
                              const std::vector<std::int64_t>& places) const {
    at::Tensor own;
    if (output.table.defined()) {
        own = output.table.index_select(0, at::from_blob(const_cast<std::int64_t*>(places.data()),
                                                         {static_cast<std::int64_t>(places.size())}, at::kLong));
    } else {
        own = input::fourier_features(input::chosen_positions(places, config.dims), config.position).to(at::kFloat);
    }
    if (!output.padding.defined()) return own;
    return at::cat({own, output.padding.unsqueeze(0).expand({own.size(0), output.padding.size(0)})}, 1);
}

DecoderTrace Perceiver::decode(const at::Tensor& latents, const Places& places, const CancelToken& cancel) const {
    const c10::InferenceMode guard;
    if (!decoder_cross_) throw Error(ErrorCode::no_fit, "This model has no decoder.");
    const auto& configs = config_.decoder.outputs;
    Stopwatch watch;
    std::vector<at::Tensor> all;
    std::vector<std::int64_t> counts;
    std::size_t asked = 0;
    for (std::size_t i = 0; i < configs.size(); ++i) {
        std::int64_t whole = 1;
        for (auto n : configs[i].dims) whole *= n;
        const auto given = places.find(configs[i].name);
        std::vector<std::int64_t> chosen;
        if (given != places.end()) chosen = given->second, ++asked;
        else if (whole == 1) chosen = {0};
        for (auto p : chosen)
            if (p < 0 || p >= whole)
                throw Error(ErrorCode::no_fit,
                            "There is no place " + std::to_string(p) + " in the output " + configs[i].name + ".");
        counts.push_back(static_cast<std::int64_t>(chosen.size()));
        if (!chosen.empty()) all.push_back(queries(configs[i], outputs_[i], chosen));
    }
    if (asked != places.size()) throw Error(ErrorCode::no_fit, "An output was asked for that this model doesn't have.");
    DecoderTrace trace;
    trace.query = at::cat(all);

    // The decoder's cross-attend is the encoder's with other roles: queries read the latent array.
    input::Part part{0, latents.size(0), latents, latents, {}};
    input::Segment segment{"", config_.input.type, 0, {latents.size(0)}};
    const input::InputArray read({{segment}, {}, {}}, {part}, config_.layer_norm_eps);
    const CrossTrace cross = decoder_cross_->run(trace.query, read, Attend::dense, cancel);
    trace.attention = (cross.queries.matmul(read.normalized().t()) - cross.log_sum.unsqueeze(2)).exp();
    trace.hidden = cross.latents;
    trace.output = (*head_)(trace.hidden);
    std::int64_t first = 0;
    for (std::size_t i = 0; i < configs.size(); first += counts[i++]) {
        if (!counts[i]) continue;
        const at::Tensor own = trace.output.narrow(0, first, counts[i]);
        trace.outputs[configs[i].name] = outputs_[i].linear ? (*outputs_[i].linear)(own) : own;
    }
    trace.milliseconds = watch.lap();
    return trace;
}

}  // namespace perceiver
