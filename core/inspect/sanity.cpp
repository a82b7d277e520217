#include "inspect/sanity.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstdio>

#include "inspect/maps.h"

namespace perceiver::inspect {
namespace {

constexpr double hardly_changes = 0.9, changes_in_part = 0.5;   // rank correlations; our own reading, not a standard

/// [n] float64 ranks 0..n-1, equal values sharing the mean of theirs.
std::vector<double> ranks(const at::Tensor& map) {
    const auto [sorted, order] = at::sort(map.to(at::kDouble).flatten());
    const at::Tensor values = sorted.contiguous(), places = order.contiguous();
    const double* v = values.data_ptr<double>();
    const std::int64_t* place = places.data_ptr<std::int64_t>();
    const std::int64_t n = values.numel();
    std::vector<double> out(static_cast<std::size_t>(n));
    for (std::int64_t first = 0; first < n;) {
        std::int64_t end = first + 1;
        while (end < n && v[end] == v[first]) ++end;
        for (std::int64_t i = first; i < end; ++i)
            out[static_cast<std::size_t>(place[i])] = double(first + end - 1) / 2;
        first = end;
    }
    return out;
}

at::Tensor scaled(const at::Tensor& map) {
    const at::Tensor m = map.to(at::kDouble), low = m.min(), range = m.max() - low;
    return range.item<double>() > 0 ? (m - low) / range : m * 0;
}

std::string words(double correlation) {
    char text[16];
    std::snprintf(text, sizeof text, "%.2f", correlation);
    return text;
}

std::string verdict(double correlation) {
    const std::string number = " (rank correlation " + words(correlation) + ")";
    if (correlation >= hardly_changes)
        return "The map does not change when all weights are randomised" + number +
               ": it shows the input, not what the model learned.";
    if (correlation >= changes_in_part)
        return "The map changes only in part when all weights are randomised" + number + ": much of it is the input.";
    return "The map changes when all weights are randomised" + number + ": it depends on what the model learned.";
}

}  // namespace

Weights randomised(const Weights& weights, const std::string& prefix, Randomise how, std::uint64_t seed) {
    const c10::InferenceMode guard;
    Weights out = weights;
    bool any = false;
    for (auto& [name, tensor] : out) {
        if (name.rfind(prefix, 0) != 0 || (any = true, tensor.numel() < 2)) continue;
        ++seed;   // another draw for every tensor
        if (how == Randomise::permute) {
            const auto order = input::permutation(tensor.numel(), seed);
            tensor = tensor.flatten().index_select(0, at::tensor(order, at::kLong)).reshape(tensor.sizes());
            continue;
        }
        const at::Tensor numbers = tensor.to(at::kDouble);
        const at::Tensor drawn = at::randn(tensor.sizes(), at::make_generator<at::CPUGeneratorImpl>(seed), at::kDouble);
        tensor = (drawn * numbers.std(false) + numbers.mean()).to(tensor.scalar_type());
        if (name.find("variance") != std::string::npos) tensor = tensor.abs();
    }
    if (!any) throw Error(ErrorCode::no_fit, "The model has no weights named " + prefix + ".");
    return out;
}

std::vector<std::string> modules_top_down(const Config& config) {
    std::vector<std::string> out;
    const auto add = [&](const std::string& prefix) {
        if (std::find(out.begin(), out.end(), prefix) == out.end()) out.push_back(prefix);
    };
    if (config.head == Config::Head::mean) add("head.");
    if (config.head == Config::Head::decoder) add("decoder.");
    for (auto stage = config.stages.rbegin(); stage != config.stages.rend(); ++stage) {
        for (auto b = stage->blocks.rbegin(); b != stage->blocks.rend(); ++b) add("block." + std::to_string(*b) + ".");
        add("cross." + std::to_string(stage->cross) + ".");
    }
    add("latents");
    for (const auto& spec : tensor_specs(config))
        if (spec.name.rfind("input.", 0) == 0) add("input.");
    return out;
}

double rank_correlation(const at::Tensor& a, const at::Tensor& b) {
    if (a.numel() != b.numel()) throw Error(ErrorCode::no_fit, "Two maps are compared value by value.");
    const std::vector<double> x = ranks(a), y = ranks(b);
    const double mean = double(x.size() - 1) / 2;
    double xy = 0, xx = 0, yy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xy += (x[i] - mean) * (y[i] - mean);
        xx += (x[i] - mean) * (x[i] - mean);
        yy += (y[i] - mean) * (y[i] - mean);
    }
    if (xx == 0 || yy == 0) return xx == yy ? 1 : 0;
    return xy / std::sqrt(xx * yy);
}

double structural_similarity(const at::Tensor& a, const at::Tensor& b) {
    if (a.dim() != 2 || a.sizes() != b.sizes()) throw Error(ErrorCode::no_fit, "Two maps are compared place by place.");
    const at::Tensor x = scaled(a).unsqueeze(0), y = scaled(b).unsqueeze(0);
    const std::vector<std::int64_t> window{std::min<std::int64_t>(7, a.size(0)), std::min<std::int64_t>(7, a.size(1))};
    const auto mean = [&](const at::Tensor& t) { return at::avg_pool2d(t, window, {1, 1}); };
    const at::Tensor mx = mean(x), my = mean(y);
    const at::Tensor vx = mean(x * x) - mx * mx, vy = mean(y * y) - my * my, vxy = mean(x * y) - mx * my;
    constexpr double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
    return ((2 * mx * my + c1) * (2 * vxy + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2))).mean().item<double>();
}

Sanity sanity(const Config& config, const Weights& weights, const input::InputArrayPtr& input, const MapOf& map_of,
              Randomise how, std::uint64_t seed, const CancelToken& cancel, const Progress& progress) {
    const c10::InferenceMode guard;
    const auto run = [&](const Weights& w) {
        const Perceiver model(config, w);
        return map_of(model, w, model.forward(input, Attend::automatic, cancel)).flatten().to(at::kDouble);
    };
    // Laid out as the first segment lies when there is only one; else one line.
    const auto laid_out = [&](const at::Tensor& map) {
        return input->layout().segments.size() == 1 ? to_grid(map, input->layout()) : map.unsqueeze(0);
    };
    const at::Tensor before = run(weights);
    const auto modules = modules_top_down(config);
    Sanity out;
    Weights changed = weights;
    for (std::size_t i = 0; i < modules.size(); ++i) {
        cancel.check();
        changed = randomised(changed, modules[i], how, seed + 1000 * i);
        const at::Tensor after = run(changed);
        out.steps.push_back(
            {modules[i], rank_correlation(before, after), structural_similarity(laid_out(before), laid_out(after))});
        if (progress) progress(double(i + 1) / double(modules.size()));
    }
    out.survives = out.steps.back().rank_correlation >= hardly_changes;
    out.verdict = verdict(out.steps.back().rank_correlation);
    return out;
}

}  // namespace perceiver::inspect
