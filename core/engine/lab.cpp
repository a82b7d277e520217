#include "engine/lab.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

#include "engine/run.h"
#include "engine/words.h"
#include "inspect/cost.h"

namespace perceiver::engine {
namespace {

using Part = inspect::PartCost::Kind;

inspect::Workload workload_of(const input::InputArray& input) {
    inspect::Workload out{input.elements(), 0, {}};
    for (const auto& part : input.parts())
        if (part.separable) out.separable_width += part.data.size(1) + part.separable->rows + part.separable->cols;
    return out;
}

std::string name_of(const inspect::PartCost& part, const Trace& trace) {
    switch (part.kind) {
        case Part::input: return "input array";
        case Part::latents: return "latent array";
        case Part::cross_attend:
            return "cross-attend " + std::to_string(part.stage + 1) + (trace.cross[part.stage].separable ? ", separable" : ", dense");
        case Part::latent_block:
            return "latent block " + std::to_string(part.stage + 1) + "." + std::to_string(part.block + 1) + ", " + std::to_string(part.layers) +
                   (part.layers == 1 ? " layer" : " layers");
        case Part::head: return "head";
        case Part::decoder: break;
    }
    return "decoder";
}

/// What it took in this run; not told apart for the rest.
std::optional<double> milliseconds_of(const inspect::PartCost& part, const Trace& trace) {
    if (part.kind == Part::cross_attend) return trace.cross[part.stage].milliseconds;
    if (part.kind == Part::latent_block) return trace.blocks[part.stage][part.block].milliseconds;
    if (part.kind == Part::decoder) return trace.decoder.milliseconds;
    return {};
}

struct Variant {
    std::int64_t at = 0;
    inspect::Cost cost;
};

/// The same model with something else in quarters, halves, ... of what it is.
template <class Change>
std::vector<Variant> variants(const Config& config, const inspect::Workload& workload, std::int64_t is, Change change) {
    std::vector<Variant> out;
    for (const double factor : {0.25, 0.5, 1.0, 2.0, 4.0}) {
        const auto at = std::max<std::int64_t>(1, std::llround(double(is) * factor));
        if (!out.empty() && out.back().at == at) continue;
        Config c = config;
        inspect::Workload w = workload;
        change(c, w, at);
        out.push_back({at, inspect::cost(c, w)});
    }
    return out;
}

ordered_json variants_json(const std::vector<Variant>& all) {
    ordered_json out = ordered_json::array();
    for (const auto& v : all) out.push_back({{"at", v.at}, {"flops", v.cost.flops()}, {"matrix_bytes", v.cost.matrix_bytes()}});
    return out;
}

std::string variants_words(const char* name, const std::vector<Variant>& all) {
    std::string out = text("  against %-9s", name);
    for (const auto& v : all) out += text("%lld: %.3g GFLOP%s", static_cast<long long>(v.at), v.cost.flops() / 1e9, &v == &all.back() ? "\n" : ", ");
    return out;
}

// ---- positions ----

/// Position features of one modality, [count, F] float32; F is 0 where there are none.
at::Tensor features_of(const input::Part& part, std::int64_t features) {
    const std::int64_t data = part.data.size(1);
    if (!part.separable) return part.tokens.slice(1, data, data + features);
    const auto& t = part.separable->tables;
    return (t.rows.unsqueeze(1) + t.cols.unsqueeze(0)).flatten(0, 1).slice(1, 0, features);
}

/// The element in the middle of its grid, or the point nearest to the middle of the cloud; counted within the modality.
int middle_of(const api::InputPart& part, const api::FileInfo& file) {
    const auto& g = part.grid;
    if (part.kind != api::Kind::points || part.label) return (g.frames / 2 * g.rows + g.rows / 2) * g.cols + g.cols / 2;
    int nearest = 0;
    double least = -1;
    for (int i = 0; i < g.count(); ++i) {
        const float* p = file.cloud->xyz.data() + 3 * std::size_t(i);
        const double distance = double(p[0]) * double(p[0]) + double(p[1]) * double(p[1]) + double(p[2]) * double(p[2]);
        if (least < 0 || distance < least) least = distance, nearest = i;
    }
    return nearest;
}

/// The similarities along one axis of the grid, through the middle.
std::vector<float> along(const at::Tensor& similar, int count, int stride, int middle) {
    std::vector<float> out;
    const int first = middle - middle / stride % count * stride;
    for (int i = 0; i < count; ++i) out.push_back(similar[first + i * stride].item<float>());
    return out;
}

/// "one column away 0.93, two ...": how fast it falls.
std::string fall_words(const char* axis, const std::vector<float>& values) {
    std::string out;
    const std::size_t middle = values.size() / 2;
    for (std::size_t away = 1; middle + away < values.size(); away *= 2)
        out += text("%s%zu: %.2f", out.empty() ? "" : ", ", away, double(values[middle + away]));
    return out.empty() ? out : text("    %s away ", axis) + out + "\n";
}

const InputConfig& config_of(const InputConfig& whole, const std::string& modality) {
    for (const auto& m : whole.modalities)
        if (m.name == modality) return m.input;
    return whole;
}

/// Points have no axes: the mean similarity by distance, in tenths of the farthest.
ordered_json by_distance(const at::Tensor& similar, const api::FileInfo& file, int middle, std::string& words) {
    constexpr int bins = 10;
    const auto n = static_cast<int>(similar.size(0));
    std::vector<double> distance(std::size_t(n), 0.0);
    for (int i = 0; i < n; ++i)
        for (int axis = 0; axis < 3; ++axis) {
            const double d = double(file.cloud->xyz[std::size_t(3 * i + axis)]) - double(file.cloud->xyz[std::size_t(3 * middle + axis)]);
            distance[std::size_t(i)] += d * d;
        }
    double farthest = 0;
    for (auto& d : distance) d = std::sqrt(d), farthest = std::max(farthest, d);
    std::vector<double> sum(bins, 0), count(bins, 0);
    for (int i = 0; i < n; ++i) {
        const auto bin = std::size_t(farthest > 0 ? std::min(bins - 1, int(distance[std::size_t(i)] / farthest * bins)) : 0);
        sum[bin] += double(similar[i].item<float>());
        ++count[bin];
    }
    ordered_json out = ordered_json::array();
    std::string line;
    for (std::size_t b = 0; b < bins; ++b) {
        if (count[b] <= 0) continue;
        out.push_back({{"up_to", farthest * double(b + 1) / bins}, {"points", count[b]}, {"similarity", sum[b] / count[b]}});
        line += text("%s%.2f: %.2f", line.empty() ? "" : ", ", farthest * double(b + 1) / bins, sum[b] / count[b]);
    }
    words += "    by distance up to " + line + "\n";
    return out;
}

}  // namespace

LabResult cost_lab(const LoadedModel& model, const Trace& trace) {
    const Config& config = model.perceiver.config();
    const auto workload = workload_of(*trace.input);
    const auto all = inspect::cost(config, workload);
    LabResult out;
    ordered_json parts = ordered_json::array();
    out.words = text("  %-36s %10s %10s %12s %12s %10s\n", "part", "GFLOP", "ms", "weights", "matrices MB", "kept MB");
    for (const auto& part : all.parts) {
        const auto ms = milliseconds_of(part, trace);
        ordered_json entry{{"part", name_of(part, trace)}, {"flops", part.flops}, {"parameters", part.parameters}, {"shared", part.shared},
                           {"plain_bytes", part.plain_bytes}, {"matrix_bytes", part.matrix_bytes}, {"kept_bytes", part.kept_bytes}};
        if (ms) entry["milliseconds"] = *ms;
        parts.push_back(std::move(entry));
        if (part.flops <= 0 && part.parameters == 0) continue;
        out.words += text("  %-36s %10.4f %10s %12s %12.2f %10.3f\n", name_of(part, trace).c_str(), part.flops / 1e9,
                          ms ? text("%.2f", *ms).c_str() : "",
                          part.shared ? "shared" : std::to_string(part.parameters).c_str(), double(part.matrix_bytes) / 1e6, double(part.kept_bytes) / 1e6);
    }
    out.words += text("  %-36s %10.4f %10s %12lld %12.2f %10.3f\n", "all", all.flops() / 1e9, "", static_cast<long long>(all.parameters()),
                      double(all.matrix_bytes()) / 1e6, double(all.kept_bytes()) / 1e6);
    const auto elements = variants(config, workload, workload.elements, [](Config&, inspect::Workload& w, std::int64_t at) { w.elements = at; });
    const auto latents = variants(config, workload, config.num_latents, [](Config& c, inspect::Workload&, std::int64_t at) { c.num_latents = at; });
    std::int64_t layers = 0;
    for (const auto& b : config.block_modules) layers = std::max(layers, b.layers);
    const auto depth = variants(config, workload, layers, [layers](Config& c, inspect::Workload&, std::int64_t at) {
        for (auto& b : c.block_modules) b.layers = std::max<std::int64_t>(1, b.layers * at / std::max<std::int64_t>(1, layers));
    });
    out.words += variants_words("elements", elements) + variants_words("latents", latents) + variants_words("layers", depth);
    out.json = {{"parts", parts}, {"flops", all.flops()}, {"parameters", all.parameters()}, {"matrix_bytes", all.matrix_bytes()},
                {"kept_bytes", all.kept_bytes()},
                {"against", {{"elements", variants_json(elements)}, {"latents", variants_json(latents)}, {"layers", variants_json(depth)}}}};
    return out;
}

LabResult positions_lab(const LoadedModel& model, const Prepared& prepared) {
    const c10::InferenceMode guard;
    const InputConfig& config = model.perceiver.config().input;
    const api::FileInfo& file = prepared.file;
    LabResult out;
    out.json = ordered_json::array();
    std::vector<at::Tensor> maps;
    for (std::size_t s = 0; s < file.parts.size(); ++s) {
        const auto& part = file.parts[s];
        const auto& segment = prepared.input->layout().segments[s];
        const std::int64_t axes = segment.kind == InputConfig::Type::points ? config_of(config, part.name).points.dims
                                                                              : static_cast<std::int64_t>(segment.grid.size());
        const at::Tensor f = features_of(prepared.input->parts()[s], config_of(config, part.name).position.features(axes));
        const std::string name = part.name.empty() ? "  " : "  " + part.name + ": ";
        if (f.size(1) == 0 || part.label) {
            out.words += name + "no position features\n";
            maps.push_back(at::zeros({part.grid.count()}));
            continue;
        }
        const int middle = middle_of(part, file);
        const at::Tensor similar = (f.mv(f[middle]) / (f.norm(2, {1}, false).mul(f[middle].norm()).clamp_min(1e-20))).contiguous();
        maps.push_back(similar);
        ordered_json entry{{"modality", utf8(part.name)}, {"features", f.size(1)}, {"element", part.first + middle}};
        entry.update(place_json(file, part.first + middle));
        const auto& g = part.grid;
        if (part.kind == api::Kind::points) {
            const float* at = file.cloud->xyz.data() + 3 * middle;
            out.words += name + text("%lld position features; how alike they are to those of point %d at (%.2f, %.2f, %.2f)\n",
                                     static_cast<long long>(f.size(1)), middle, double(at[0]), double(at[1]), double(at[2]));
            entry["by_distance"] = by_distance(similar, file, middle, out.words);
        } else {
            out.words += name + text("%lld position features; how alike they are to those of the middle element, %d\n", static_cast<long long>(f.size(1)), part.first + middle);
            const auto rows = along(similar, g.rows, g.cols, middle), cols = along(similar, g.cols, 1, middle);
            if (g.frames > 1) {
                const auto frames = along(similar, g.frames, g.rows * g.cols, middle);
                entry["along_frames"] = frames;
                out.words += fall_words("frames", frames);
            }
            entry["along_rows"] = rows;
            entry["along_cols"] = cols;
            out.words += fall_words("rows", rows) + fall_words("columns", cols);
        }
        out.json.push_back(std::move(entry));
    }
    out.map = map_of(at::cat(maps), prepared.input->layout(), api::Scale::logit);
    return out;
}

}  // namespace perceiver::engine
