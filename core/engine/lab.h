// The labs: what a file's run costs, what the position features of its input array say, and what a model of several
// senses answers from each alone. As numbers for the window; and as headless says them, in words and JSON.
#pragma once

#include <optional>
#include <string>

#include "engine/api/labs.h"
#include "engine/encode.h"
#include "engine/findings.h"
#include "perceiver/trace.h"

namespace perceiver::engine {

/// Operations and memory of every part (inspect/cost.h), what each took in the run that made `trace`, and the
/// operations with more and fewer elements, latents and layers. lab_numbers.cpp.
api::CostTable cost_of(const LoadedModel& model, const Trace& trace);

/// The element in the middle of a modality's grid; of a cloud the point nearest to its middle. lab_numbers.cpp.
int middle_of(const api::FileInfo& file, const api::InputPart& part);

/// Cosine of the angle between the position features of an element and those of all others of its modality;
/// api::middle_element: of the one in the middle of what is seen. Throws Error{no_fit} where there is no such element.
/// lab_numbers.cpp.
api::PositionLikeness positions_of(const LoadedModel& model, const Prepared& prepared, int element);

struct LabResult {
    std::string words;             ///< in lines
    ordered_json json;             ///< as the schema's "cost", "positions" or "senses"
    std::optional<api::Map> map{}; ///< positions: how alike every element's features are to those of one, [-1, 1]
};

/// cost_of().
LabResult cost_lab(const LoadedModel& model, const Trace& trace);

/// positions_of() the middle element of each modality.
LabResult positions_lab(const LoadedModel& model, const Prepared& prepared);

/// What the model answers with all its modalities, of which `trace` is, and with each alone, the others' elements
/// masked, which is to a Perceiver as if they weren't there; and the share of attention that each had among all, the
/// mean over the cross-attends. Throws Error: no_fit (a model of one modality), cancelled. senses_lab.cpp.
LabResult senses_lab(const LoadedModel& model, const Prepared& prepared, const Trace& trace, const CancelToken& cancel);

}  // namespace perceiver::engine
