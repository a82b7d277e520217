#include "engine/run.h"

#include <ATen/ops/softmax.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <tuple>

#include "engine/stopwatch.h"
#include "input/image_input.h"
#include "media/kind.h"
#include "weights/sha256.h"

namespace perceiver::engine {
namespace {

constexpr std::int64_t shown_side = 2048;   ///< the window gets no more pixels than it can show

/// Says what a file is that is no picture, before much of it is read.
void require_picture(const std::string& path, const Limits& limits) {
    const media::Source source{std::filesystem::path(path)};
    if (!media::image_format(source.head(64)).empty()) return;
    const char* what = nullptr;
    switch (media::kind_of(source, limits)) {
        case media::MediaKind::audio: what = "a sound"; break;
        case media::MediaKind::video: what = "a film"; break;
        case media::MediaKind::points: what = "a cloud of points"; break;
        case media::MediaKind::image: case media::MediaKind::unknown: return;   // decoding it says what is wrong
    }
    throw Error(ErrorCode::no_fit, "This is " + std::string(what) + ", and the model reads pictures.");
}

}  // namespace

Decoded decode(const std::string& path, const std::optional<std::vector<std::uint8_t>>& bytes, bool with_sha256,
               const Limits& limits) {
    const Stopwatch watch;
    Decoded out;
    if (!bytes) require_picture(path, limits);
    const std::vector<std::uint8_t> read = bytes ? std::vector<std::uint8_t>() : media::read_file(path, limits);
    const std::vector<std::uint8_t>& content = bytes ? *bytes : read;
    out.image = media::decode_image(content, limits);
    auto& f = out.file;
    f.path = path;
    f.name = std::filesystem::path(path).filename().string();
    f.format = out.image.format;
    if (with_sha256) f.sha256 = weights::sha256_hex(content);
    f.width = static_cast<int>(out.image.width);
    f.height = static_cast<int>(out.image.height);
    f.bytes = static_cast<std::int64_t>(content.size());
    f.notes = out.image.notes;
    auto picture = std::make_shared<api::Picture>();
    const std::int64_t factor = (std::max(out.image.width, out.image.height) + shown_side - 1) / shown_side;
    std::int64_t width = out.image.width, height = out.image.height;
    if (factor > 1) picture->rgb = input::box_reduce({out.image.rgb.data(), width, height}, factor, width, height);
    else picture->rgb = out.image.rgb;
    picture->width = static_cast<int>(width);
    picture->height = static_cast<int>(height);
    f.picture = std::move(picture);
    out.decode_ms = watch.milliseconds();
    return out;
}

std::pair<std::int64_t, std::int64_t> picture_size(const ImageConfig& config) {
    if (config.height) return {config.height, config.width};
    if (config.processor && config.processor->do_resize) return {config.processor->height, config.processor->width};
    return {224, 224};
}

Prepared encode(const Decoded& decoded, const LoadedModel& model) {
    const c10::InferenceMode guard;
    const Stopwatch watch;
    Prepared out;
    out.file = decoded.file;
    const InputConfig& config = model.perceiver.config().input;
    if (config.type != InputConfig::Type::image)
        throw Error(ErrorCode::no_fit, "This is a picture, and the model reads " +
                                           std::string(model.info.reads == "audio"    ? "sound"
                                                       : model.info.reads == "video"  ? "film"
                                                       : model.info.reads == "points" ? "clouds of points"
                                                                                      : "several kinds of data at once") +
                                           ": choose another model.");
    ImageConfig image = config.image;
    if (!image.height && !image.processor) {
        std::tie(image.height, image.width) = picture_size(image);
        out.file.notes.push_back("The model doesn't say what size of picture it reads; it got " + std::to_string(image.width) +
                                 " x " + std::to_string(image.height) + ".");
    }
    auto encoded = input::encode_image({decoded.image.rgb.data(), decoded.image.width, decoded.image.height}, image);
    out.input = model.perceiver.make_input(encoded.data.view({encoded.rows, encoded.cols, -1}));
    auto view = std::make_shared<api::Picture>();
    view->width = static_cast<int>(encoded.cols);
    view->height = static_cast<int>(encoded.rows);
    view->rgb = std::move(encoded.view);
    out.file.view = std::move(view);
    // The crop is told in pixels of the picture that is shown, which may be a reduced copy.
    const double sx = double(out.file.picture->width) / double(decoded.image.width);
    const double sy = double(out.file.picture->height) / double(decoded.image.height);
    out.file.crop_x = encoded.crop_x * sx;
    out.file.crop_y = encoded.crop_y * sy;
    out.file.crop_width = encoded.crop_width * sx;
    out.file.crop_height = encoded.crop_height * sy;
    out.encode_ms = watch.milliseconds();
    return out;
}

std::vector<api::Prediction> predictions_of(const at::Tensor& logits, const std::vector<std::string>& labels) {
    const c10::InferenceMode guard;
    if (!logits.defined()) return {};
    const at::Tensor probabilities = at::softmax(logits, 0).contiguous();
    const float *p = probabilities.data_ptr<float>(), *l = logits.data_ptr<float>();
    std::vector<api::Prediction> out(static_cast<std::size_t>(logits.size(0)));
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = {i < labels.size() ? labels[i] : "class " + std::to_string(i), static_cast<int>(i), p[i], l[i]};
    // What is not a number comes last: it has no order.
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
        return std::isnan(b.logit) ? !std::isnan(a.logit) : a.logit > b.logit;
    });
    return out;
}

api::Map map_of(const at::Tensor& values, const input::Layout& layout, api::Scale scale) {
    const c10::InferenceMode guard;
    const at::Tensor grid = inspect::to_grid(values, layout).contiguous();
    api::Map map;
    map.rows = static_cast<int>(layout.rows());
    map.cols = static_cast<int>(layout.cols());
    map.scale = scale;
    map.values.assign(grid.data_ptr<float>(), grid.data_ptr<float>() + grid.numel());
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for (const float v : map.values)   // false for what is not a number
        if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
    if (low <= high) map.low = low, map.high = high;
    return map;
}

inspect::Scale to_inspect(api::Scale scale) {
    return scale == api::Scale::probability ? inspect::Scale::probability : inspect::Scale::logit;
}

Attend to_core(api::Attend attend) {
    switch (attend) {
        case api::Attend::dense: return Attend::dense;
        case api::Attend::separable: return Attend::separable;
        case api::Attend::automatic: break;
    }
    return Attend::automatic;
}

api::ModelInfo info_of(const LoadedModel& model, const input::Layout& layout) {
    api::ModelInfo info = model.info;
    info.input_rows = static_cast<int>(layout.rows());
    info.input_cols = static_cast<int>(layout.cols());
    return info;
}

namespace {

/// The first of `pixels` pixels that lies in cell i of `cells`.
std::int64_t cell_start(std::int64_t i, std::int64_t cells, std::int64_t pixels) { return (i * pixels + cells - 1) / cells; }

}  // namespace

api::PermutationResult permute(const LoadedModel& model, const Prepared& prepared, const at::Tensor& baseline,
                               std::uint64_t seed, api::Arm arm, const CancelToken& cancel) {
    const Stopwatch watch;
    const auto run = inspect::run_permuted(model.perceiver, *prepared.input, baseline, seed, arm == api::Arm::travel, cancel);
    api::PermutationResult out;
    out.arm = arm;
    out.seed = seed;
    const api::Picture& view = *prepared.file.view;
    auto shuffled = std::make_shared<api::Picture>(view);
    const auto& from = run.trace.input->layout().data_from;
    const std::int64_t rows = run.trace.input->layout().rows(), cols = run.trace.input->layout().cols();
    // Each element's cell of the picture shows the cell its data came from. Cells of a pixel are pixels.
    for (std::int64_t y = 0; y < view.height; ++y)
        for (std::int64_t x = 0; x < view.width; ++x) {
            const std::int64_t r = y * rows / view.height, c = x * cols / view.width;
            const std::int64_t element = from[static_cast<std::size_t>(r * cols + c)];
            const std::int64_t sy = std::min<std::int64_t>(view.height - 1, cell_start(element / cols, rows, view.height) + y - cell_start(r, rows, view.height));
            const std::int64_t sx = std::min<std::int64_t>(view.width - 1, cell_start(element % cols, cols, view.width) + x - cell_start(c, cols, view.width));
            std::copy_n(view.rgb.begin() + 3 * (sy * view.width + sx), 3, shuffled->rgb.begin() + 3 * (y * view.width + x));
        }
    out.input = std::move(shuffled);
    out.predictions = predictions_of(run.trace.logits, model.info.labels);
    out.largest_logit_difference = run.largest_logit_difference;
    out.milliseconds = watch.milliseconds();
    return out;
}

}  // namespace perceiver::engine
