// One file through one model, as the window, headless and the tests all do it: the steps, without threads or events.
#pragma once

#include <optional>
#include <span>
#include <utility>

#include "engine/encode.h"
#include "engine/model_library.h"
#include "inspect/maps.h"
#include "inspect/permute.h"

namespace perceiver::engine {

/// The model as it reads this file: the size of the input array is the file's.
api::ModelInfo info_of(const LoadedModel& model, const input::Layout& layout);

/// Every class, the most probable first; none for a model without a head. Classes without a name are called "class 7".
std::vector<api::Prediction> predictions_of(const at::Tensor& logits, const std::vector<std::string>& labels);

/// Smallest and largest of what is a finite number; zeros when nothing is.
std::pair<float, float> finite_range(std::span<const float> values);

/// Values per input element as a map in the order of places, whichever order the array was in.
api::Map map_of(const at::Tensor& values, const input::Layout& layout, api::Scale scale);

inspect::Scale to_inspect(api::Scale);
Attend to_core(api::Attend);

/// The arms that mean something for this input: where elements hold nothing but their positions, none can stay or
/// be taken away, but points can be moved; the positions of several modalities can't be taken away alone.
std::vector<api::Arm> arms_of(const input::InputArray& input, const std::vector<api::Arm>& wanted);

/// Answers to the shuffled input and the largest difference, without maps and pictures. `baseline`: the dense
/// attention's run on the input in order.
api::PermutationResult answer_shuffled(const LoadedModel& model, const Prepared& prepared, const Trace& baseline,
                                       const api::ShuffleOptions& shuffle, api::Arm arm, const CancelToken& cancel);

/// The same with the shuffled input as the model receives it, the maps of cross-attend k and how they differ. `exact`:
/// the same model, where float64 is asked for.
api::PermutationResult permute(const LoadedModel& model, const Prepared& prepared, const Trace& baseline,
                               const api::ShuffleOptions& shuffle, api::Arm arm, int k, const CancelToken& cancel,
                               const Reference* exact = nullptr);

}  // namespace perceiver::engine
