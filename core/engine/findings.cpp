#include "engine/findings.h"

#include <sys/resource.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "inspect/maps.h"

namespace perceiver::engine {
namespace {

using nlohmann::ordered_json;

/// A name from the file system may be any bytes; JSON wants UTF-8, so broken sequences become the replacement character.
std::string utf8(const std::string& text) {
    const std::string dumped =
        nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return nlohmann::json::parse(dumped).get<std::string>();
}

ordered_json predictions_json(const std::vector<api::Prediction>& predictions) {
    ordered_json list = ordered_json::array();
    for (const auto& p : predictions)
        list.push_back({{"label", utf8(p.label)}, {"index", p.index}, {"probability", p.probability}, {"logit", p.logit}});
    return list;
}

ordered_json cross_json(const Trace& trace, int k, const api::CrossInfo& info) {
    const at::Tensor bits = inspect::entropy(trace, k, inspect::all);
    const at::Tensor mean = inspect::map(trace, k, inspect::all, inspect::all, inspect::Scale::probability);
    const auto& layout = trace.input->layout();
    ordered_json top = ordered_json::array();
    for (const auto& [element, attention] : inspect::largest(mean, 5))
        top.push_back({{"element", element}, {"row", element / layout.cols()}, {"col", element % layout.cols()},
                       {"attention", attention}, {"times_uniform", attention * double(layout.elements())}});
    const std::vector<float> entropy(bits.data_ptr<float>(), bits.data_ptr<float>() + bits.numel());
    const auto& cross = trace.cross[static_cast<std::size_t>(k)];
    return {{"index", k + 1}, {"weights", info.weights}, {"heads", info.heads},
            {"attend", cross.separable ? "separable" : "dense"},
            {"entropy_bits", {{"mean", bits.mean().item<float>()}, {"uniform", std::log2(double(layout.elements()))},
                              {"latents", entropy}}},
            {"top_elements", top}};
}

ordered_json permutation_json(const std::vector<api::PermutationResult>& runs) {
    ordered_json arms = ordered_json::array();
    for (const auto& run : runs)
        arms.push_back({{"arm", run.arm == api::Arm::travel ? "travel" : "stay"}, {"seed", run.seed}, {"attend", "dense"},
                        {"largest_logit_difference", run.largest_logit_difference},
                        {"predictions", predictions_json(run.predictions)}, {"milliseconds", run.milliseconds}});
    return arms;
}

std::int64_t peak_memory_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return std::int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace

std::string findings_json(const api::ReportData& data, const Trace& trace) {
    const auto& f = data.file;
    const auto& m = data.model;
    ordered_json out;
    out["schema"] = 1;
    out["program"] = "perceiverscope";
    out["version"] = PERCEIVERSCOPE_VERSION;
    out["file"] = {{"path", utf8(f.path)}, {"kind", "image"}, {"format", f.format}, {"sha256", f.sha256}, {"bytes", f.bytes},
                   {"width", f.width}, {"height", f.height}};
    out["model"] = {{"id", utf8(m.id)}, {"path", utf8(m.path)}, {"sha256", m.sha256}, {"parameters", m.parameters},
                    {"config", ordered_json::parse(m.config_json)}};
    const auto& layout = trace.input->layout();
    out["input"] = {{"elements", layout.elements()}, {"channels", trace.input->channels()},
                    {"layout", {{"kind", "grid"}, {"rows", layout.rows()}, {"cols", layout.cols()},
                                {"crop", {{"x", f.crop_x}, {"y", f.crop_y}, {"width", f.crop_width}, {"height", f.crop_height}}}}}};
    out["predictions"] = predictions_json(data.predictions);
    out["cross_attends"] = ordered_json::array();
    for (std::size_t k = 0; k < trace.cross.size(); ++k)
        out["cross_attends"].push_back(cross_json(trace, static_cast<int>(k), m.stages[k].cross));
    const auto& t = data.timings;
    out["timings_ms"] = {{"load_model", t.load_model}, {"decode", t.decode}, {"encode", t.encode},
                         {"cross_attend", t.cross_attend}, {"latent", t.latent}, {"total", t.total}};
    out["peak_memory_bytes"] = peak_memory_bytes();
    if (!data.permutations.empty()) out["permutation"] = permutation_json(data.permutations);
    out["notes"] = ordered_json::array();
    for (const auto* notes : {&f.notes, &m.notes})
        for (const auto& note : *notes) out["notes"].push_back(utf8(note));
    return out.dump(2);
}

std::string json_list(const std::vector<std::string>& objects) {
    std::string out = "[\n";
    for (std::size_t i = 0; i < objects.size(); ++i) out += objects[i] + (i + 1 < objects.size() ? ",\n" : "\n");
    return out + "]";
}

}  // namespace perceiver::engine
