// What the labs Cost and Positions are made of, as numbers: the window draws them, headless says them.
#include <ATen/TensorOperators.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

#include "engine/lab.h"
#include "inspect/cost.h"

namespace perceiver::engine {
namespace {

using Part = inspect::PartCost::Kind;

// ---- cost ----

inspect::Workload workload_of(const input::InputArray& input) {
    inspect::Workload out{input.elements(), 0, {}};
    for (const auto& part : input.parts())
        if (part.separable) out.separable_width += part.data.size(1) + part.separable->rows + part.separable->cols;
    return out;
}

api::CostPart::Kind to_api(Part kind) {
    using Kind = api::CostPart::Kind;
    switch (kind) {
        case Part::input: return Kind::input;
        case Part::latents: return Kind::latents;
        case Part::cross_attend: return Kind::cross_attend;
        case Part::latent_block: return Kind::latent_block;
        case Part::head: return Kind::head;
        case Part::decoder: break;
    }
    return Kind::decoder;
}

/// What it took in this run; not told apart for the rest.
std::optional<double> milliseconds_of(const inspect::PartCost& part, const Trace& trace) {
    if (part.kind == Part::cross_attend) return trace.cross[part.stage].milliseconds;
    if (part.kind == Part::latent_block) return trace.blocks[part.stage][part.block].milliseconds;
    if (part.kind == Part::decoder) return trace.decoder.milliseconds;
    return {};
}

/// The same model with something else in quarters, halves, ... of what it is.
template <class Change>
std::vector<api::CostAt> variants(const Config& config, const inspect::Workload& workload, std::int64_t is,
                                  Change change) {
    std::vector<api::CostAt> out;
    for (const double factor : {0.25, 0.5, 1.0, 2.0, 4.0}) {
        const auto at = std::max<std::int64_t>(1, std::llround(double(is) * factor));
        if (!out.empty() && out.back().at == at) continue;
        Config c = config;
        inspect::Workload w = workload;
        change(c, w, at);
        const auto all = inspect::cost(c, w);
        out.push_back({at, all.flops(), all.matrix_bytes()});
    }
    return out;
}

// ---- positions ----

const InputConfig& config_of(const InputConfig& whole, const std::string& modality) {
    for (const auto& m : whole.modalities)
        if (m.name == modality) return m.input;
    return whole;
}

/// [count] cosines between the `features` position features of element `of` and those of all. One matrix-vector
/// product; on a grid of Fourier features one of each of its two tables, as a feature is 0 in one of them.
at::Tensor cosines(const input::Part& part, std::int64_t features, std::int64_t of) {
    at::Tensor products, squares, own;
    if (part.separable) {
        const auto rows = part.separable->tables.rows.slice(1, 0, features),
                   cols = part.separable->tables.cols.slice(1, 0, features);
        const std::int64_t wide = part.separable->cols;
        const at::Tensor f = rows[of / wide] + cols[of % wide];
        products = (rows.mv(f).unsqueeze(1) + cols.mv(f).unsqueeze(0)).flatten();
        squares = (rows.square().sum(1).unsqueeze(1) + cols.square().sum(1).unsqueeze(0)).flatten();
    } else {
        const at::Tensor all = part.tokens.slice(1, part.data.size(1), part.data.size(1) + features);
        products = all.mv(all[of]);
        squares = all.square().sum(1);
    }
    return (products / (squares * squares[of]).sqrt().clamp_min(1e-20)).clamp(-1, 1).contiguous();
}

/// The values along one axis of the grid, through `element`.
std::vector<float> along(const std::vector<float>& values, int count, int stride, int element) {
    std::vector<float> out;
    const int first = element - element / stride % count * stride;
    for (int i = 0; i < count; ++i) out.push_back(values[std::size_t(first + i * stride)]);
    return out;
}

/// The mean by distance, in tenths of the farthest; tenths without points are left out.
std::vector<api::PositionLikeness::Shell> by_distance(const std::vector<float>& values, const api::Cloud& cloud,
                                                      int point) {
    constexpr int bins = 10;
    std::vector<double> distance(values.size(), 0.0);
    for (std::size_t i = 0; i < values.size(); ++i)
        for (std::size_t axis = 0; axis < 3; ++axis) {
            const double d = double(cloud.xyz[3 * i + axis]) - double(cloud.xyz[3 * std::size_t(point) + axis]);
            distance[i] += d * d;
        }
    double farthest = 0;
    for (auto& d : distance) d = std::sqrt(d), farthest = std::max(farthest, d);
    std::vector<api::PositionLikeness::Shell> out;
    for (int b = 0; b < bins; ++b) out.push_back({farthest * double(b + 1) / bins, 0, 0});
    for (std::size_t i = 0; i < values.size(); ++i) {
        auto& shell = out[std::size_t(farthest > 0 ? std::min(bins - 1, int(distance[i] / farthest * bins)) : 0)];
        shell.similarity += double(values[i]);
        ++shell.points;
    }
    std::erase_if(out, [](const auto& shell) { return shell.points == 0; });
    for (auto& shell : out) shell.similarity /= shell.points;
    return out;
}

}  // namespace

api::CostTable cost_of(const LoadedModel& model, const Trace& trace) {
    const Config& config = model.perceiver.config();
    const auto workload = workload_of(*trace.input);
    const auto all = inspect::cost(config, workload);
    api::CostTable out;
    for (const auto& part : all.parts) {
        api::CostPart one;
        one.kind = to_api(part.kind);
        one.stage = int(part.stage);
        one.block = int(part.block);
        one.layers = int(part.layers);
        one.separable = part.kind == Part::cross_attend && trace.cross[part.stage].separable;
        one.shared = part.shared;
        one.parameters = part.parameters;
        one.flops = part.flops;
        one.plain_bytes = part.plain_bytes;
        one.matrix_bytes = part.matrix_bytes;
        one.kept_bytes = part.kept_bytes;
        one.milliseconds = milliseconds_of(part, trace);
        out.parts.push_back(one);
    }
    out.flops = all.flops();
    out.parameters = all.parameters();
    out.matrix_bytes = all.matrix_bytes();
    out.kept_bytes = all.kept_bytes();
    out.elements = workload.elements;
    out.channels = config.token_channels();
    out.latents = config.num_latents;
    for (const auto& b : config.block_modules) out.layers = std::max(out.layers, b.layers);
    out.by_elements = variants(config, workload, out.elements,
                               [](Config&, inspect::Workload& w, std::int64_t at) { w.elements = at; });
    out.by_latents = variants(config, workload, out.latents,
                              [](Config& c, inspect::Workload&, std::int64_t at) { c.num_latents = at; });
    out.by_layers =
        variants(config, workload, out.layers, [layers = out.layers](Config& c, inspect::Workload&, std::int64_t at) {
            for (auto& b : c.block_modules)
                b.layers = std::max<std::int64_t>(1, b.layers * at / std::max<std::int64_t>(1, layers));
        });
    return out;
}

int middle_of(const api::FileInfo& file, const api::InputPart& part) {
    const auto& g = part.grid;
    if (part.kind != api::Kind::points || part.label)
        return part.first + (g.frames / 2 * g.rows + g.rows / 2) * g.cols + g.cols / 2;
    int nearest = 0;
    double least = -1;
    for (int i = 0; i < g.count(); ++i) {
        const float* p = file.cloud->xyz.data() + 3 * std::size_t(i);
        const double distance = double(p[0]) * double(p[0]) + double(p[1]) * double(p[1]) + double(p[2]) * double(p[2]);
        if (least < 0 || distance < least) least = distance, nearest = i;
    }
    return part.first + nearest;
}

api::PositionLikeness positions_of(const LoadedModel& model, const Prepared& prepared, int element) {
    const c10::InferenceMode guard;
    const api::FileInfo& file = prepared.file;
    if (element == api::middle_element) {
        const auto seen = [](const api::InputPart& p) { return p.kind != api::Kind::audio && !p.label; };
        const auto shown = std::ranges::find_if(file.parts, seen);
        element = middle_of(file, shown == file.parts.end() ? file.parts.front() : *shown);
    }
    const auto holds = [element](const api::InputPart& p) {
        return element >= p.first && element < p.first + p.grid.count();
    };
    const auto found = std::ranges::find_if(file.parts, holds);
    if (found == file.parts.end()) throw Error(ErrorCode::no_fit, "There is no such element in the input array.");
    const api::InputPart& part = *found;
    const InputConfig& config = config_of(model.perceiver.config().input, part.name);
    const PositionConfig& position = config.position;
    const std::int64_t axes = config.axes(), features = part.label ? 0 : position.features(axes);
    const auto index = std::size_t(found - file.parts.begin());
    const int within = element - part.first;

    api::PositionLikeness out;
    out.part = int(index);
    out.element = element;
    out.channels = int(model.perceiver.config().token_channels());
    if (features == 0) return out;
    out.features = int(features);
    out.kind = position.type == PositionConfig::Type::learned ? api::Positions::learned : api::Positions::fourier;
    if (out.kind == api::Positions::fourier) {
        for (std::int64_t a = 0; a < axes; ++a) out.bands.push_back(int(position.bands(a)));
        out.max_resolution = position.max_resolution;
        out.raw_position = position.concat_position;
    }
    const at::Tensor values = cosines(prepared.input->parts()[index], features, within);
    out.cosine.assign(values.data_ptr<float>(), values.data_ptr<float>() + values.numel());
    const auto& g = part.grid;
    if (part.kind == api::Kind::points) {
        out.by_distance = by_distance(out.cosine, *file.cloud, within);
        return out;
    }
    if (g.frames > 1) out.along_frames = along(out.cosine, g.frames, g.rows * g.cols, within);
    out.along_rows = along(out.cosine, g.rows, g.cols, within);
    out.along_cols = along(out.cosine, g.cols, 1, within);
    return out;
}

}  // namespace perceiver::engine
