#include "engine/findings.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/api/trials.h"
#include "engine/words.h"
#include "inspect/maps.h"

namespace perceiver::engine {
namespace {

ordered_json predictions_json(const std::vector<api::Prediction>& predictions) {
    ordered_json list = ordered_json::array();
    for (const auto& p : predictions)
        list.push_back(
            {{"label", utf8(p.label)}, {"index", p.index}, {"probability", p.probability}, {"logit", p.logit}});
    return list;
}

/// Attention that goes to each modality, mean over latents and heads; `mean` is in the order of the elements.
ordered_json shares_json(const api::FileInfo& file, const at::Tensor& mean) {
    ordered_json out = ordered_json::array();
    for (const auto& part : file.parts)
        out.push_back({{"modality", utf8(part.name)},
                       {"attention", mean.slice(0, part.first, part.first + part.grid.count()).sum().item<double>()},
                       {"elements", double(part.grid.count()) / double(mean.size(0))}});
    return out;
}

ordered_json cross_json(const api::FileInfo& file, const Trace& trace, int k, const api::CrossInfo& info) {
    const at::Tensor bits = inspect::entropy(trace, k, inspect::all);
    const at::Tensor mean = inspect::map(trace, k, inspect::all, inspect::all, inspect::Scale::probability);
    const auto elements = trace.input->layout().elements();
    ordered_json top = ordered_json::array();
    for (const auto& [element, attention] : inspect::largest(mean, 5)) {
        ordered_json entry{{"element", element}};
        entry.update(place_json(file, element));
        entry["attention"] = attention;
        entry["times_uniform"] = attention * double(elements);
        top.push_back(std::move(entry));
    }
    const std::vector<float> entropy(bits.data_ptr<float>(), bits.data_ptr<float>() + bits.numel());
    const auto& cross = trace.cross[static_cast<std::size_t>(k)];
    ordered_json out{
        {"index", k + 1},
        {"weights", info.weights},
        {"heads", info.heads},
        {"attend", cross.separable ? "separable" : "dense"},
        {"entropy_bits",
         {{"mean", bits.mean().item<float>()}, {"uniform", std::log2(double(elements))}, {"latents", entropy}}},
        {"top_elements", top}};
    if (file.parts.size() > 1) out["modalities"] = shares_json(file, mean);
    return out;
}

ordered_json rivals_json(const std::vector<api::RivalAnswer>& answers) {
    ordered_json list = ordered_json::array();
    for (const auto& a : answers) {
        ordered_json entry{{"id", utf8(a.rival->id)}, {"type", a.rival->type},
                           {"trained", a.rival->permutation ? "permuted" : "raw"}};
        if (a.rival->permutation) entry["own_permutation"] = a.rival->permutation;
        entry["predictions"] = predictions_json(a.predictions);
        entry["shuffled"] = predictions_json(a.shuffled);
        entry["largest_logit_difference"] = a.largest_logit_difference;
        entry["same_answer"] = a.same_answer;
        list.push_back(std::move(entry));
    }
    return list;
}

ordered_json permutation_json(const std::vector<api::PermutationResult>& runs) {
    ordered_json arms = ordered_json::array();
    for (const auto& run : runs) {
        arms.push_back({{"arm", name_of(run.arm)}, {"seed", run.shuffle.seed}, {"block", run.shuffle.block},
                        {"fraction", run.shuffle.fraction}, {"along", name_of(run.shuffle.along)}, {"attend", "dense"},
                        {"largest_logit_difference", run.largest_logit_difference},
                        {"largest_map_difference", run.largest_map_difference},
                        {"predictions", predictions_json(run.predictions)}, {"milliseconds", run.milliseconds}});
        if (!run.nothing_moved.empty()) arms.back()["nothing_moved"] = run.nothing_moved;
        if (!run.rivals.empty()) arms.back()["rivals"] = rivals_json(run.rivals);
    }
    return arms;
}

ordered_json trials_json(const api::TrialsResult& r) {
    ordered_json rows = ordered_json::array();
    for (const auto& row : r.rows) {
        ordered_json entry{{"id", utf8(row.id)},
                           {"name", utf8(row.name)},
                           {"trained", row.trained_shuffled ? "permuted" : "raw"},
                           {"arm", name_of(row.arm)},
                           {"shuffles", row.shuffles},
                           {"same_answer", row.same},
                           {"agreement", double(row.same) / double(std::max<std::int64_t>(1, row.shuffles))},
                           {"largest_logit_difference", row.largest_logit_difference}};
        if (row.known)
            entry.update({{"shuffles_with_class", row.known},
                          {"right_in_order", row.right_in_order},
                          {"accuracy_in_order", double(row.right_in_order) / double(row.known)},
                          {"right_shuffled", row.right},
                          {"accuracy_shuffled", double(row.right) / double(row.known)}});
        rows.push_back(std::move(entry));
    }
    ordered_json out{{"first_seed", r.shuffle.seed},      {"seeds", r.seeds},
                     {"block", r.shuffle.block},          {"fraction", r.shuffle.fraction},
                     {"along", name_of(r.shuffle.along)}, {"files", r.done},
                     {"files_with_class", r.known},       {"rows", rows}};
    if (!r.nothing_moved.empty()) out["nothing_moved"] = r.nothing_moved;
    return out;
}

/// An object that is text already, with one more key where it ends.
std::string with_key(std::string object, const std::string& key, const std::string& json) {
    object.resize(object.size() - 2);
    return object + ",\n  \"" + key + "\": " + json + "\n}";
}

std::int64_t peak_memory_bytes() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return std::int64_t{usage.ru_maxrss} * 1024;
}

}  // namespace

std::string utf8(const std::string& text) {
    const std::string dumped =
        nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    return nlohmann::json::parse(dumped).get<std::string>();
}

ordered_json json_heading() {
    return {{"schema", 1}, {"program", "perceiverscope"}, {"version", PERCEIVERSCOPE_VERSION}};
}

ordered_json model_json(const api::ModelInfo& m) {
    return {{"id", utf8(m.id)}, {"path", utf8(m.path)}, {"sha256", m.sha256}, {"parameters", m.parameters},
            {"config", ordered_json::parse(m.config_json)}};
}

ordered_json findings_of(const api::ReportData& data, const Trace& trace, const std::optional<Class>& expected) {
    const auto& f = data.file;
    const auto& m = data.model;
    ordered_json out = json_heading();
    out["file"] = file_json(f);
    if (expected) out["expected"] = {{"label", utf8(expected->label)}, {"index", expected->index}};
    out["model"] = model_json(m);
    out["input"] = {
        {"elements", trace.input->elements()}, {"channels", trace.input->channels()}, {"layout", layout_json(f)}};
    out["predictions"] = predictions_json(data.predictions);
    out["cross_attends"] = ordered_json::array();
    for (std::size_t k = 0; k < trace.cross.size(); ++k)
        out["cross_attends"].push_back(cross_json(f, trace, static_cast<int>(k), m.stages[k].cross));
    const auto& t = data.timings;
    out["timings_ms"] = {{"load_model", t.load_model}, {"decode", t.decode}, {"encode", t.encode},
                         {"cross_attend", t.cross_attend}, {"latent", t.latent}, {"total", t.total}};
    out["peak_memory_bytes"] = peak_memory_bytes();
    if (!data.permutations.empty()) out["permutation"] = permutation_json(data.permutations);
    out["notes"] = ordered_json::array();
    for (const auto* notes : {&f.notes, &m.notes})
        for (const auto& note : *notes) out["notes"].push_back(utf8(note));
    return out;
}

std::string json_list(const std::vector<std::string>& objects) {
    std::string out = "[\n";
    for (std::size_t i = 0; i < objects.size(); ++i) out += objects[i] + (i + 1 < objects.size() ? ",\n" : "\n");
    return out + "]";
}

std::string folder_json(const std::vector<std::string>* objects, const Score& score) {
    ordered_json head = json_heading();
    if (!score.empty()) {
        const api::Confusion c = score.confusion();
        const std::size_t n = c.labels.size();
        head["accuracy"] = c.accuracy;
        head["accuracy_interval"] = {c.low, c.high};
        head["correct"] = c.correct;
        head["counted"] = c.files;
        head["classes"] = ordered_json::array();
        ordered_json labels = ordered_json::array(), rows = ordered_json::array();
        for (std::size_t r = 0; r < n; ++r) {
            const std::vector<std::int64_t> row(c.counts.begin() + std::ptrdiff_t(r * n),
                                                c.counts.begin() + std::ptrdiff_t((r + 1) * n));
            const std::int64_t files = std::accumulate(row.begin(), row.end(), std::int64_t{0});
            labels.push_back(utf8(c.labels[r]));
            if (files)
                head["classes"].push_back({{"label", utf8(c.labels[r])},
                                           {"files", files},
                                           {"correct", row[r]},
                                           {"accuracy", double(row[r]) / double(files)}});
            rows.push_back(row);
        }
        head["confusion"] = {{"labels", labels}, {"counts", rows}};
    }
    return objects ? with_key(head.dump(2), "files", json_list(*objects)) : head.dump(2);
}

std::string with_trials(std::string object, const api::TrialsResult& trials) {
    return with_key(std::move(object), "trials", trials_json(trials).dump(2));
}

}  // namespace perceiver::engine
