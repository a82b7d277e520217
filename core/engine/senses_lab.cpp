// The lab of models with several senses: what they answer from each alone.
#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include "base/error.h"
#include "base/percent.h"
#include "engine/lab.h"
#include "engine/run.h"
#include "engine/words.h"
#include "inspect/maps.h"

namespace perceiver::engine {
namespace {

/// The answer where only the elements of one segment may be attended to; of all where there is no segment.
std::vector<api::Prediction> answer(const LoadedModel& model, const Prepared& prepared, const input::Segment* only,
                                    const CancelToken& cancel) {
    const input::InputArray& all = *prepared.input;
    at::Tensor mask = all.mask();
    if (only) {
        mask = at::zeros({all.elements()}, at::kBool);
        mask.narrow(0, only->first, only->count()).fill_(1);
    }
    const auto input = std::make_shared<input::InputArray>(all.layout(), all.parts(), all.layer_norm_eps(), mask);
    return predictions_of(model.perceiver.forward(input, Attend::automatic, cancel).logits, model.info.labels);
}

}  // namespace

LabResult senses_lab(const LoadedModel& model, const Prepared& prepared, const Trace& trace,
                     const CancelToken& cancel) {
    const c10::InferenceMode guard;
    const auto& segments = prepared.input->layout().segments;
    if (segments.size() < 2)
        throw Error(ErrorCode::no_fit,
                    model.perceiver.config().input.modalities.size() > 1
                        ? "The file has one of the model's senses: choose one with both, such as a film with sound."
                        : "The model has one sense: choose one that sees and hears.");
    const std::size_t last = trace.cross.size();
    LabResult out;
    out.json = ordered_json::array();
    const auto add = [&](const std::string& name, const input::Segment* only, double attention) {
        const auto predictions = answer(model, prepared, only, cancel);
        ordered_json entry{{"has", name}, {"predictions", ordered_json::array()}};
        if (only) entry["attention"] = attention;
        out.words += text("  %-18s", name.c_str());
        if (only) out.words += text("%3s %% of attention ", percent_digits(attention, 0).c_str());
        else out.words += text("%-19s", "");
        for (std::size_t i = 0; i < predictions.size(); ++i) {
            entry["predictions"].push_back({{"label", utf8(predictions[i].label)},
                                            {"index", predictions[i].index},
                                            {"probability", predictions[i].probability},
                                            {"logit", predictions[i].logit}});
            if (i < 3) out.words += " " + predictions[i].label + " " + percent(double(predictions[i].probability)) +
                                    (i + 1 < std::min<std::size_t>(3, predictions.size()) ? "," : "");
        }
        out.words += "\n";
        out.json.push_back(std::move(entry));
    };
    add("all senses", nullptr, 1);
    for (const auto& segment : segments) {
        double attention = 0;   // the mean over the cross-attends
        for (std::size_t k = 0; k < last; ++k)
            attention +=
                inspect::map(trace, static_cast<int>(k), inspect::all, inspect::all, inspect::Scale::probability)
                    .narrow(0, segment.first, segment.count())
                    .sum()
                    .item<double>() /
                double(last);
        add(segment.modality + " alone", &segment, attention);
    }
    return out;
}

}  // namespace perceiver::engine
