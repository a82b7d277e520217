// Evidence for an answer, as the window, headless and the tests all make it: inspect's maps brought to shares, curves,
// and the model without some elements.
#pragma once

#include <span>

#include "engine/api/evidence.h"
#include "engine/encode.h"
#include "engine/findings.h"
#include "inspect/progress.h"
#include "perceiver/reference.h"

namespace perceiver::engine {

/// What a person who asked "how far?" is told through.
using inspect::Progress;

/// `reference`: of the model that left `trace`; attention needs none. Throws Error: no_fit (no class `target`),
/// cancelled.
api::EvidenceMap explain(const Reference* reference, const Trace& trace, api::Evidence kind, int target,
                         const CancelToken& cancel = {}, const Progress& progress = {});

/// By `values` [M], larger is more important. Throws Error: no_fit, cancelled.
api::EvidenceCurves curves(const LoadedModel& model, const Prepared& prepared, std::span<const float> values,
                           int target, const CancelToken& cancel = {}, const Progress& progress = {});

/// Every class, the most probable first, of the model on what is left without these elements (dense attention).
std::vector<api::Prediction> predictions_without(const LoadedModel& model, const Prepared& prepared,
                                                 std::span<const int> elements, const CancelToken& cancel = {});

/// The class a person names: by label, by index, or "answer", the most probable one. Throws Error{usage}.
int class_asked_for(const std::string& name, const std::vector<api::Prediction>& predictions);

/// What headless finds of one class: every kind's map in short, with its curves.
ordered_json evidence_json(const ModelLibrary& library, const LoadedModel& model, const Prepared& prepared,
                           const Trace& trace, const api::Prediction& target, const CancelToken& cancel);

}  // namespace perceiver::engine
