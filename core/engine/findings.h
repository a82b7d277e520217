// Findings: what a run showed, as JSON with stable keys (resources/findings.schema.json documents them).
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/api/engine.h"
#include "engine/score.h"
#include "perceiver/trace.h"

namespace perceiver::engine {

using nlohmann::ordered_json;

/// A name from the file system may be any bytes; JSON wants UTF-8, so broken sequences become the replacement
/// character.
std::string utf8(const std::string& text);

/// One file's findings as a JSON object. Cross-attends count from 1 as in the window; everything else from 0. `model`
/// and `file` as in the report; the trace gives entropies and top elements. `expected`: the class whose folder it lies
/// in.
ordered_json findings_of(const api::ReportData& data, const Trace& trace, const std::optional<Class>& expected = {});

/// Keys every JSON file of ours begins with.
ordered_json json_heading();
/// What findings say of a model.
ordered_json model_json(const api::ModelInfo& model);
/// Of the input array: where its elements lie in the file. findings_layout.cpp.
ordered_json layout_json(const api::FileInfo& file);
/// What findings say of a file. findings_layout.cpp.
ordered_json file_json(const api::FileInfo& file);
/// Where one element lies: row and column, frame, time, pitch, or point. findings_layout.cpp.
ordered_json place_json(const api::FileInfo& file, int element);

/// A JSON list of objects already written.
std::string json_list(const std::vector<std::string>& objects);

/// Of all files together: {"accuracy": ..., "confusion": ..., "files": [...]}; the files unless null, the rest where
/// their folders are classes.
std::string folder_json(const std::vector<std::string>* objects, const Score& score);

/// An object already written, with "trials" as its last key: what came of many shuffles, a row for each model and arm.
std::string with_trials(std::string object, const api::TrialsResult& trials);

}  // namespace perceiver::engine
