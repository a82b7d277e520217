#include "input/encoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include "base/error.h"

namespace perceiver::input {
namespace {

/// Past this the data's share of the work is so large that the separable form saves little.
constexpr std::int64_t max_separable_data_channels = 64;

}  // namespace

Encoder::Encoder(const InputConfig& config, const std::map<std::string, at::Tensor>& weights, double layer_norm_eps)
    : config_(config), eps_(layer_norm_eps) {
    const c10::InferenceMode guard;
    const auto learn = [&](const std::string& prefix, const InputConfig& c) {
        const auto get = [&](const char* name) {
            const auto it = weights.find(prefix + name);
            return it == weights.end() ? at::Tensor() : it->second;
        };
        Learned l;
        l.table = get("position");
        if (const at::Tensor projection = get("position_projection.weight"); projection.defined())
            l.table = at::linear(l.table, projection, get("position_projection.bias"));
        l.padding = get("padding");
        l.mask_token = get("mask_token");
        if (c.type == InputConfig::Type::image)
            l.conv = {get("conv.weight"),    get("conv.bias"),      get("conv_norm.weight"),
                      get("conv_norm.bias"), get("conv_norm.mean"), get("conv_norm.variance")};
        return l;
    };
    if (config_.type != InputConfig::Type::multimodal) learned_[""] = learn("input.", config_);
    for (const auto& m : config_.modalities) learned_[m.name] = learn("input." + m.name + ".", m.input);
}

Encoder::Element Encoder::element(const std::string& name, const at::Tensor& raw, const InputConfig& config,
                                  const Learned& learned, bool masked) const {
    const Prepared prepared = prepare(raw, config, learned.conv);
    Element e;
    e.segment.modality = name;
    e.segment.kind = config.type;
    e.segment.grid = prepared.grid;
    Part& part = e.part;
    part.data = prepared.data.contiguous();
    part.count = part.data.size(0);
    if (masked) {
        part.tokens = learned.mask_token.unsqueeze(0).expand({part.count, learned.mask_token.size(0)}).contiguous();
        return e;
    }
    const std::int64_t pad = learned.padding.defined() ? learned.padding.size(0) : 0;
    const bool learned_position = config.position.type == PositionConfig::Type::learned;
    if (learned_position && learned.table.size(0) != part.count)
        throw Error(ErrorCode::no_fit, "The model has learned positions for " + std::to_string(learned.table.size(0)) +
                                           " elements, this input has " + std::to_string(part.count) + ".");
    if (!learned_position && !prepared.positions.defined() && part.data.size(1) <= max_separable_data_channels) {
        PositionTables tables{at::empty({e.segment.rows(), 0}), at::empty({e.segment.cols(), 0})};
        if (config.position.type == PositionConfig::Type::fourier)
            tables = fourier_tables(prepared.grid, config.position);
        if (pad) {   // every element has it: let it come with the rows
            tables.rows = at::cat({tables.rows, learned.padding.unsqueeze(0).expand({tables.rows.size(0), pad})}, 1);
            tables.cols = at::cat({tables.cols, at::zeros({tables.cols.size(0), pad})}, 1);
        }
        part.separable = separable_part(part.data, std::move(tables), eps_);
        return e;
    }
    std::vector<at::Tensor> channels{part.data};
    if (learned_position) channels.push_back(learned.table);
    if (config.position.type == PositionConfig::Type::fourier)
        channels.push_back(
            fourier_features(prepared.positions.defined() ? prepared.positions : grid_positions(prepared.grid),
                             config.position)
                .to(at::kFloat));
    if (pad) channels.push_back(learned.padding.unsqueeze(0).expand({part.count, pad}));
    part.tokens = at::cat(channels, 1);
    return e;
}

InputArrayPtr Encoder::encode(const RawInput& raw, const EncodeOptions& options) const {
    const c10::InferenceMode guard;
    for (const auto& [name, data] : raw)
        if (!learned_.count(name))
            throw Error(ErrorCode::no_fit, name.empty() ? "The model reads several modalities: each needs its name."
                                                        : "The model reads no modality \"" + name + "\".");
    Layout layout;
    std::vector<Part> parts;
    std::int64_t first = 0;
    const auto add = [&](const std::string& name, const InputConfig& config, bool masked) {
        const auto data = raw.find(name);
        if (data == raw.end())
            throw Error(ErrorCode::no_fit, "The model also reads the modality \"" + name + "\", which is missing.");
        Element e = element(name, data->second, config, learned_.at(name), masked);
        e.part.first = e.segment.first = first;
        first += e.part.count;
        parts.push_back(std::move(e.part));
        layout.segments.push_back(std::move(e.segment));
    };
    if (config_.type != InputConfig::Type::multimodal) add("", config_, false);
    for (const auto& m : config_.modalities) {
        if (options.absent.count(m.name)) continue;
        const auto given = options.masked_modalities.find(m.name);
        add(m.name, m.input, m.has_mask_token && (given == options.masked_modalities.end() ? m.masked : given->second));
    }
    if (parts.empty()) throw Error(ErrorCode::no_fit, "Every modality is absent.");
    return std::make_shared<InputArray>(std::move(layout), std::move(parts), eps_, options.mask);
}

}  // namespace perceiver::input
