#include "engine/explain.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/run.h"
#include "engine/stopwatch.h"
#include "inspect/faithfulness.h"
#include "inspect/maps.h"
#include "inspect/relevance.h"
#include "inspect/rollout.h"

namespace perceiver::engine {
namespace {

constexpr int top_elements = 10;

/// The mean over latents, heads and cross-attends.
at::Tensor mean_attention(const Trace& trace, const CancelToken& cancel, const Progress& progress) {
    at::Tensor sum = at::zeros({trace.input->elements()});
    for (std::size_t k = 0; k < trace.cross.size(); ++k) {
        sum +=
            inspect::map(trace, static_cast<int>(k), inspect::all, inspect::all, inspect::Scale::probability, cancel);
        if (progress) progress(double(k + 1) / double(trace.cross.size()));
    }
    return sum;
}

ordered_json curve_json(const std::vector<double>& probability, double area) {
    return {{"probability", probability}, {"area", area}};
}

ordered_json curves_json(const api::EvidenceCurves& c) {
    return {{"fraction", c.fraction},
            {"deletion", curve_json(c.deletion, c.deletion_area)},
            {"insertion", curve_json(c.insertion, c.insertion_area)},
            {"random_deletion", curve_json(c.random_deletion, c.random_deletion_area)},
            {"random_insertion", curve_json(c.random_insertion, c.random_insertion_area)}};
}

}  // namespace

api::EvidenceMap explain(const Reference* reference, const Trace& trace, api::Evidence kind, int target,
                         const CancelToken& cancel, const Progress& progress) {
    const Stopwatch watch;
    api::EvidenceMap out;
    out.kind = kind;
    at::Tensor values;
    if (kind == api::Evidence::attention) {
        values = mean_attention(trace, cancel, progress);
    } else if (kind == api::Evidence::rollout) {
        auto rolled = inspect::rollout(*reference, trace, {}, cancel, progress);
        values = std::move(rolled.map);
        out.remainder = rolled.remainder;
    } else {
        values = inspect::relevance(*reference, trace, target, cancel, progress).map;
        out.target = target;
    }
    const c10::InferenceMode guard;
    const double sum = values.sum(at::kDouble).item<double>();
    out.map = map_of(sum > 0 ? values / sum : values, trace.input->layout(), api::Scale::probability);
    out.milliseconds = watch.milliseconds();
    return out;
}

api::EvidenceCurves curves(const LoadedModel& model, const Prepared& prepared, std::span<const float> values,
                           int target, const CancelToken& cancel, const Progress& progress) {
    const Stopwatch watch;
    const c10::InferenceMode guard;
    const at::Tensor ranking =
        at::from_blob(const_cast<float*>(values.data()), {static_cast<std::int64_t>(values.size())}, at::kFloat);
    const auto f = inspect::faithfulness(model.perceiver, *prepared.input, ranking, target, {}, cancel, progress);
    return {target,
            f.deletion.fraction,
            f.deletion.probability,
            f.insertion.probability,
            f.random_deletion.probability,
            f.random_insertion.probability,
            f.deletion.area,
            f.insertion.area,
            f.random_deletion.area,
            f.random_insertion.area,
            watch.milliseconds()};
}

std::vector<api::Prediction> predictions_without(const LoadedModel& model, const Prepared& prepared,
                                                 std::span<const int> elements, const CancelToken& cancel) {
    const std::vector<std::int64_t> rows(elements.begin(), elements.end());
    const Trace trace = model.perceiver.forward(inspect::without(*prepared.input, rows), Attend::dense, cancel);
    return predictions_of(trace.logits, model.info.labels);
}

int class_asked_for(const std::string& name, const std::vector<api::Prediction>& predictions) {
    if (predictions.empty())
        throw Error(ErrorCode::no_fit, "This model names no classes, so there is none to explain.");
    if (name == "answer") return predictions.front().index;
    for (const auto& p : predictions)
        if (p.label == name) return p.index;
    int index = 0;
    const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), index);
    if (wrong == std::errc() && end == name.data() + name.size() && index >= 0 &&
        index < static_cast<int>(predictions.size()))
        return index;
    throw Error(ErrorCode::usage, "There is no class \"" + name + "\": the model has " +
                                      std::to_string(predictions.size()) +
                                      ", numbered from 0, and \"answer\" is the one answered.");
}

ordered_json evidence_json(const ModelLibrary& library, const LoadedModel& model, const Prepared& prepared,
                           const Trace& trace, const api::Prediction& target, const CancelToken& cancel) {
    const Reference reference = library.reference(model, at::kFloat, cancel);
    const double elements = double(trace.input->elements());
    ordered_json maps = ordered_json::array();
    for (const auto kind : {api::Evidence::relevance, api::Evidence::rollout, api::Evidence::attention}) {
        const auto found = explain(&reference, trace, kind, target.index, cancel);
        const std::vector<int> order = api::ranking(found.map.values);
        ordered_json top = ordered_json::array();
        for (std::size_t i = 0; i < std::min<std::size_t>(top_elements, order.size()); ++i) {
            const double share = double(found.map.values[std::size_t(order[i])]);
            ordered_json entry{{"element", order[i]}};
            entry.update(place_json(prepared.file, order[i]));
            entry["share"] = share;
            entry["times_uniform"] = share * elements;
            top.push_back(std::move(entry));
        }
        ordered_json one{{"kind", name_of(kind)}, {"caveat", caveat_of(kind)}, {"top_elements", top}};
        if (kind == api::Evidence::rollout) one["remainder"] = found.remainder;
        one["curves"] = curves_json(curves(model, prepared, found.map.values, target.index, cancel));
        maps.push_back(std::move(one));
    }
    return {
        {"label", utf8(target.label)}, {"index", target.index}, {"probability", target.probability}, {"maps", maps}};
}

}  // namespace perceiver::engine
