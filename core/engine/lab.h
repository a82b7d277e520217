// The labs without a window: what a file's run costs, what the position features of its input array say, and what a
// model of several senses answers from each alone.
#pragma once

#include <optional>
#include <string>

#include "engine/encode.h"
#include "engine/findings.h"
#include "perceiver/trace.h"

namespace perceiver::engine {

struct LabResult {
    std::string words;             ///< in lines
    ordered_json json;             ///< as the schema's "cost", "positions" or "senses"
    std::optional<api::Map> map{}; ///< positions: how alike every element's features are to those of one, [-1, 1]
};

/// Operations and memory of every part (inspect/cost.h), what each took just now in `trace`, and the operations with more
/// and fewer elements, latents and layers.
LabResult cost_lab(const LoadedModel& model, const Trace& trace);

/// Cosine of the angle between the position features of the middle element of each modality (of a cloud: of the point
/// nearest to its middle) and those of all others, within the modality.
LabResult positions_lab(const LoadedModel& model, const Prepared& prepared);

/// What the model answers with all its modalities, of which `trace` is, and with each alone, the others' elements masked,
/// which is to a Perceiver as if they weren't there; and the share of attention that each had among all, the mean over
/// the cross-attends. Throws Error: no_fit (a model of one modality), cancelled. senses_lab.cpp.
LabResult senses_lab(const LoadedModel& model, const Prepared& prepared, const Trace& trace, const CancelToken& cancel);

}  // namespace perceiver::engine
