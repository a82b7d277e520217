// One file through one model, as the window, headless and the tests all do it: the steps, without threads or events.
#pragma once

#include <optional>

#include "engine/model_library.h"
#include "inspect/maps.h"
#include "inspect/permute.h"
#include "media/image.h"

namespace perceiver::engine {

/// A file decoded and brought to a model's input array.
struct Prepared {
    api::FileInfo file;
    input::InputArrayPtr input;
    double encode_ms = 0;
};

struct Decoded {
    media::Image image;
    api::FileInfo file;      ///< without view and crop
    double decode_ms = 0;
};

/// Reads and decodes. `bytes` stand for the file's content when given. Throws Error: unreadable_input, out_of_resources.
Decoded decode(const std::string& path, const std::optional<std::vector<std::uint8_t>>& bytes, bool with_sha256,
               const Limits& limits);

/// Height and width of the pictures a model reads. Where it takes any, 224 x 224.
std::pair<std::int64_t, std::int64_t> picture_size(const ImageConfig& config);

/// Throws Error: no_fit, also when the model doesn't read pictures.
Prepared encode(const Decoded& decoded, const LoadedModel& model);

/// The model as it reads this file: the size of the input array is the file's.
api::ModelInfo info_of(const LoadedModel& model, const input::Layout& layout);

/// Every class, the most probable first; none for a model without a head. Classes without a name are called "class 7".
std::vector<api::Prediction> predictions_of(const at::Tensor& logits, const std::vector<std::string>& labels);

/// Values per input element as a map in the grid's order.
api::Map map_of(const at::Tensor& values, const input::Layout& layout, api::Scale scale);

inspect::Scale to_inspect(api::Scale);
Attend to_core(api::Attend);

/// The shuffled picture as the model receives it, answers and the largest difference. `baseline`: inspect::answer_of the dense
/// attention's run on the input in order.
api::PermutationResult permute(const LoadedModel& model, const Prepared& prepared, const at::Tensor& baseline,
                               std::uint64_t seed, api::Arm arm, const CancelToken& cancel);

}  // namespace perceiver::engine
