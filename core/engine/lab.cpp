#include "engine/lab.h"

#include <tuple>

#include "engine/run.h"
#include "engine/words.h"

namespace perceiver::engine {
namespace {

std::string name_of(const api::CostPart& part) {
    using Kind = api::CostPart::Kind;
    switch (part.kind) {
        case Kind::input: return "input array";
        case Kind::latents: return "latent array";
        case Kind::cross_attend:
            return "cross-attend " + std::to_string(part.stage + 1) + (part.separable ? ", separable" : ", dense");
        case Kind::latent_block:
            return "latent block " + std::to_string(part.stage + 1) + "." + std::to_string(part.block + 1) + ", " +
                   std::to_string(part.layers) + (part.layers == 1 ? " layer" : " layers");
        case Kind::head: return "head";
        case Kind::decoder: break;
    }
    return "decoder";
}

ordered_json variants_json(const std::vector<api::CostAt>& all) {
    ordered_json out = ordered_json::array();
    for (const auto& v : all) out.push_back({{"at", v.at}, {"flops", v.flops}, {"matrix_bytes", v.matrix_bytes}});
    return out;
}

std::string variants_words(const char* name, const std::vector<api::CostAt>& all) {
    std::string out = text("  against %-9s", name);
    for (const auto& v : all)
        out += text("%lld: %.3g GFLOP%s", static_cast<long long>(v.at), v.flops / 1e9, &v == &all.back() ? "\n" : ", ");
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

/// Points have no axes.
ordered_json by_distance(const std::vector<api::PositionLikeness::Shell>& shells, std::string& words) {
    ordered_json out = ordered_json::array();
    std::string line;
    for (const auto& s : shells) {
        out.push_back({{"up_to", s.up_to}, {"points", double(s.points)}, {"similarity", s.similarity}});
        line += text("%s%.2f: %.2f", line.empty() ? "" : ", ", s.up_to, s.similarity);
    }
    words += "    by distance up to " + line + "\n";
    return out;
}

/// One modality's, where it has position features.
ordered_json likeness(const api::PositionLikeness& of, const api::FileInfo& file, const std::string& name,
                      std::string& words) {
    const auto& part = file.parts[std::size_t(of.part)];
    ordered_json entry{{"modality", utf8(part.name)}, {"features", of.features}, {"element", of.element}};
    entry.update(place_json(file, of.element));
    if (part.kind == api::Kind::points) {
        const int point = of.element - part.first;
        const float* at = file.cloud->xyz.data() + 3 * std::size_t(point);
        words += name + text("%d position features; how alike they are to those of point %d at (%.2f, %.2f, %.2f)\n",
                             of.features, point, double(at[0]), double(at[1]), double(at[2]));
        entry["by_distance"] = by_distance(of.by_distance, words);
        return entry;
    }
    words += name + text("%d position features; how alike they are to those of the middle element, %d\n", of.features,
                         of.element);
    if (!of.along_frames.empty()) {
        entry["along_frames"] = of.along_frames;
        words += fall_words("frames", of.along_frames);
    }
    entry["along_rows"] = of.along_rows;
    entry["along_cols"] = of.along_cols;
    words += fall_words("rows", of.along_rows) + fall_words("columns", of.along_cols);
    return entry;
}

}  // namespace

LabResult cost_lab(const LoadedModel& model, const Trace& trace) {
    const api::CostTable all = cost_of(model, trace);
    LabResult out;
    ordered_json parts = ordered_json::array();
    out.words = text("  %-36s %10s %10s %12s %12s %10s\n", "part", "GFLOP", "ms", "weights", "matrices MB", "kept MB");
    for (const auto& part : all.parts) {
        const auto& ms = part.milliseconds;
        ordered_json entry{{"part", name_of(part)},           {"flops", part.flops},
                           {"parameters", part.parameters},   {"shared", part.shared},
                           {"plain_bytes", part.plain_bytes}, {"matrix_bytes", part.matrix_bytes},
                           {"kept_bytes", part.kept_bytes}};
        if (ms) entry["milliseconds"] = *ms;
        parts.push_back(std::move(entry));
        if (part.flops <= 0 && part.parameters == 0) continue;
        out.words +=
            text("  %-36s %10.4f %10s %12s %12.2f %10.3f\n", name_of(part).c_str(), part.flops / 1e9,
                 ms ? text("%.2f", *ms).c_str() : "", part.shared ? "shared" : std::to_string(part.parameters).c_str(),
                 double(part.matrix_bytes) / 1e6, double(part.kept_bytes) / 1e6);
    }
    out.words +=
        text("  %-36s %10.4f %10s %12lld %12.2f %10.3f\n", "all", all.flops / 1e9, "",
             static_cast<long long>(all.parameters), double(all.matrix_bytes) / 1e6, double(all.kept_bytes) / 1e6);
    out.words += variants_words("elements", all.by_elements) + variants_words("latents", all.by_latents) +
                 variants_words("layers", all.by_layers);
    out.words +=
        text("  one layer of self-attention over all %lld elements: %.3g GFLOP\n", static_cast<long long>(all.elements),
             api::self_attend_flops(double(all.elements), double(all.channels)) / 1e9);
    out.json = {{"parts", parts},
                {"flops", all.flops},
                {"parameters", all.parameters},
                {"matrix_bytes", all.matrix_bytes},
                {"kept_bytes", all.kept_bytes},
                {"against",
                 {{"elements", variants_json(all.by_elements)},
                  {"latents", variants_json(all.by_latents)},
                  {"layers", variants_json(all.by_layers)}}}};
    return out;
}

LabResult positions_lab(const LoadedModel& model, const Prepared& prepared) {
    const api::FileInfo& file = prepared.file;
    LabResult out;
    out.json = ordered_json::array();
    api::Map map;
    for (const auto& part : file.parts) {
        const std::string name = part.name.empty() ? "  " : "  " + part.name + ": ";
        const auto of = positions_of(model, prepared, middle_of(file, part));
        if (of.cosine.empty()) {
            out.words += name + "no position features\n";
            map.values.resize(map.values.size() + std::size_t(part.grid.count()), 0.0F);
            continue;
        }
        map.values.insert(map.values.end(), of.cosine.begin(), of.cosine.end());
        out.json.push_back(likeness(of, file, name, out.words));
    }
    const auto shape = info_of(model, prepared.input->layout());
    map.rows = shape.input_rows;
    map.cols = shape.input_cols;
    map.scale = api::Scale::logit;
    std::tie(map.low, map.high) = finite_range(map.values);
    out.map = std::move(map);
    return out;
}

}  // namespace perceiver::engine
