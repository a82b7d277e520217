#include "engine/run.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/softmax.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "engine/shuffle.h"
#include "engine/solo.h"
#include "engine/stopwatch.h"

namespace perceiver::engine {
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

std::pair<float, float> finite_range(std::span<const float> values) {
    float low = std::numeric_limits<float>::infinity(), high = -low;
    for (const float v : values)
        if (std::isfinite(v)) low = std::min(low, v), high = std::max(high, v);
    return low <= high ? std::pair{low, high} : std::pair{0.0F, 0.0F};
}

api::Map map_of(const at::Tensor& values, const input::Layout& layout, api::Scale scale) {
    const c10::InferenceMode guard;
    api::Map map;
    at::Tensor grid;
    if (layout.segments.size() == 1) {
        grid = inspect::to_grid(values, layout).contiguous();
        map.rows = static_cast<int>(layout.rows());
        map.cols = static_cast<int>(layout.cols());
    } else {
        std::vector<at::Tensor> parts;
        for (std::size_t s = 0; s < layout.segments.size(); ++s)
            parts.push_back(inspect::to_grid(values, layout, s).flatten());
        grid = at::cat(parts);
        map.rows = 1;
        map.cols = static_cast<int>(layout.elements());
    }
    map.scale = scale;
    map.values.assign(grid.data_ptr<float>(), grid.data_ptr<float>() + grid.numel());
    std::tie(map.low, map.high) = finite_range(map.values);
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
    const bool one = layout.segments.size() == 1;
    info.input_elements = static_cast<int>(layout.elements());
    info.input_rows = one ? static_cast<int>(layout.rows()) : 1;
    info.input_cols = one ? static_cast<int>(layout.cols()) : info.input_elements;
    return info;
}

namespace {

/// The first of `pixels` pixels that lies in cell i of `cells`.
std::int64_t cell_start(std::int64_t i, std::int64_t cells, std::int64_t pixels) {
    return (i * pixels + cells - 1) / cells;
}

/// Pictures of one size that belong to a part's grid, each element's cell showing the cell its data came from. A cell
/// is a block of pictures x rows x columns of pixels.
std::vector<api::PicturePtr> shuffled_pictures(const std::vector<api::PicturePtr>& pictures, const api::InputPart& part,
                                               const std::vector<std::int64_t>& from) {
    const std::int64_t frames = part.grid.frames, rows = part.grid.rows, cols = part.grid.cols;
    const auto count = static_cast<std::int64_t>(pictures.size());
    const std::int64_t width = pictures[0]->width, height = pictures[0]->height;
    std::vector<api::PicturePtr> out;
    for (std::int64_t t = 0; t < count; ++t) {
        auto shuffled = std::make_shared<api::Picture>(*pictures[static_cast<std::size_t>(t)]);
        const std::int64_t f = t * frames / count, in_f = t - cell_start(f, frames, count);
        for (std::int64_t y = 0; y < height; ++y)
            for (std::int64_t x = 0; x < width; ++x) {
                const std::int64_t r = y * rows / height, c = x * cols / width;
                const std::int64_t element =
                    from[static_cast<std::size_t>(part.first + (f * rows + r) * cols + c)] - part.first;
                if (element < 0 || element >= part.grid.count()) continue;   // another modality's
                const auto source = [](std::int64_t cell, std::int64_t cells, std::int64_t pixels,
                                       std::int64_t inside) {
                    return std::min(pixels - 1, cell_start(cell, cells, pixels) + inside);
                };
                const std::int64_t st = source(element / (rows * cols), frames, count, in_f);
                const std::int64_t sy = source(element / cols % rows, rows, height, y - cell_start(r, rows, height));
                const std::int64_t sx = source(element % cols, cols, width, x - cell_start(c, cols, width));
                std::copy_n(pictures[static_cast<std::size_t>(st)]->rgb.begin() + 3 * (sy * width + sx), 3,
                            shuffled->rgb.begin() + 3 * (y * width + x));
            }
        out.push_back(std::move(shuffled));
    }
    return out;
}

void show_shuffled(const api::FileInfo& file, const std::vector<std::int64_t>& from, api::PermutationResult& out,
                   const CancelToken& cancel) {
    out.sound = shuffled_sound(file, from, cancel);
    if (!out.sound.empty())
        out.spectrogram = std::make_shared<api::Spectrogram>(
            spectrogram_of(out.sound, file.sound->rate, file.sound->start, cancel));
    for (const auto& part : file.parts) {
        if (part.label || part.kind == api::Kind::points || part.kind == api::Kind::audio) continue;
        if (part.kind == api::Kind::video) {
            out.frames = shuffled_pictures(file.film->view, part, from);
            out.input = out.frames.front();
        } else {
            out.input = shuffled_pictures({file.view}, part, from).front();
        }
    }
}

}  // namespace

std::vector<api::Arm> arms_of(const input::InputArray& input, const std::vector<api::Arm>& wanted) {
    const auto holds_data = [](const input::Part& part) { return part.data.size(1) > 0; };
    std::vector<api::Arm> arms = wanted;
    const bool only_positions = std::ranges::none_of(input.parts(), holds_data);
    if (only_positions) std::erase(arms, api::Arm::stay);
    if (only_positions || input.parts().size() > 1) std::erase(arms, api::Arm::none);
    if (!only_positions || input.parts().size() > 1) std::erase(arms, api::Arm::jitter);
    return arms;
}

namespace {

inspect::Positions to_inspect(api::Arm arm) {
    switch (arm) {
        case api::Arm::travel: return inspect::Positions::travel;
        case api::Arm::stay: return inspect::Positions::stay;
        case api::Arm::none: case api::Arm::jitter: break;
    }
    return inspect::Positions::none;
}

/// The same model on the same points, moved a little.
inspect::Permuted run_jittered(const LoadedModel& model, const Prepared& prepared, const Trace& baseline,
                               const inspect::Shuffle& shuffle, api::PermutationResult& out,
                               const CancelToken& cancel) {
    const c10::InferenceMode guard;
    auto cloud = std::make_shared<api::Cloud>(*prepared.file.cloud);
    cloud->xyz = jittered(cloud->xyz, shuffle.seed, shuffle.fraction);
    const at::Tensor points =
        at::from_blob(cloud->xyz.data(), {static_cast<std::int64_t>(cloud->xyz.size() / 3), 3}, at::kFloat).clone();
    inspect::Permuted run;
    run.trace = model.perceiver.forward(model.perceiver.make_input(points), Attend::dense, cancel);
    run.largest_logit_difference =
        (inspect::answer_of(run.trace).to(at::kDouble) - inspect::answer_of(baseline).to(at::kDouble))
            .abs()
            .max()
            .item<double>();
    out.cloud = std::move(cloud);
    return run;
}

/// The run, and what answer_shuffled() says of it.
std::pair<inspect::Permuted, api::PermutationResult> run_shuffled(const LoadedModel& model, const Prepared& prepared,
                                                                  const Trace& baseline,
                                                                  const api::ShuffleOptions& options, api::Arm arm,
                                                                  const CancelToken& cancel) {
    const Stopwatch watch;
    const inspect::Shuffle shuffle = to_core(options);
    api::PermutationResult out;
    auto run = arm == api::Arm::jitter
                   ? run_jittered(model, prepared, baseline, shuffle, out, cancel)
                   : inspect::run_permuted(model.perceiver, *prepared.input, inspect::answer_of(baseline), shuffle,
                                           to_inspect(arm), cancel);
    out.arm = arm;
    out.shuffle = options;
    out.predictions = predictions_of(run.trace.logits, model.info.labels);
    out.largest_logit_difference = run.largest_logit_difference;
    if (arm != api::Arm::jitter)
        out.nothing_moved = why_nothing_moved(run.trace.input->layout(), shuffle, run.trace.input->layout().data_from);
    out.milliseconds = watch.milliseconds();
    return {std::move(run), std::move(out)};
}

}  // namespace

api::PermutationResult answer_shuffled(const LoadedModel& model, const Prepared& prepared, const Trace& baseline,
                                       const api::ShuffleOptions& shuffle, api::Arm arm, const CancelToken& cancel) {
    return run_shuffled(model, prepared, baseline, shuffle, arm, cancel).second;
}

api::PermutationResult permute(const LoadedModel& model, const Prepared& prepared, const Trace& baseline,
                               const api::ShuffleOptions& shuffle, api::Arm arm, int k, const CancelToken& cancel,
                               const Reference* exact) {
    auto [run, out] = run_shuffled(model, prepared, baseline, shuffle, arm, cancel);
    if (exact) out.in_float64 = difference_in_float64(*exact, *prepared.input, *run.trace.input, cancel);
    compare_maps(out, baseline, run.trace, k, cancel);
    const auto& from = run.trace.input->layout().data_from;
    out.from.assign(from.begin(), from.end());
    if (!from.empty()) show_shuffled(prepared.file, from, out, cancel);
    return std::move(out);
}

}  // namespace perceiver::engine
