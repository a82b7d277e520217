// Findings: what a run showed, as JSON with stable keys (resources/findings.schema.json documents them).
#pragma once

#include <string>

#include "engine/api/engine.h"
#include "perceiver/trace.h"

namespace perceiver::engine {

/// One file's findings as a JSON object, two spaces of indent. Cross-attends count from 1 as in the window; latents,
/// heads and classes from 0. `model` and `file` as in the report; the trace gives entropies and top elements.
std::string findings_json(const api::ReportData& data, const Trace& trace);

/// A JSON list of objects already written by findings_json.
std::string json_list(const std::vector<std::string>& objects);

}  // namespace perceiver::engine
