#include "train/evaluate.h"

#include <ATen/Parallel.h>
#include <ATen/ops/argmax.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "input/image_input.h"

namespace perceiver::train {
namespace {

std::int64_t answer(const Perceiver& model, const Split& split, std::int64_t i) {
    const auto encoded =
        input::encode_image({split.picture(i).data(), split.cols, split.rows}, model.config().input.image);
    const Trace trace = model.forward(model.make_input(encoded.data.view({encoded.rows, encoded.cols, -1})));
    return trace.logits.argmax().item<std::int64_t>();
}

}  // namespace

Interval wilson(std::int64_t right, std::int64_t n) {
    if (n < 1) return {0, 1};
    const double z = 1.959963984540054, count = double(n), part = double(right) / count;
    const double middle = part + z * z / (2 * count);
    const double half = z * std::sqrt(part * (1 - part) / count + z * z / (4 * count * count));
    return {std::max(0.0, (middle - half) / (1 + z * z / count)),
            std::min(1.0, (middle + half) / (1 + z * z / count))};
}

Evaluation evaluate(const Perceiver& model, const std::vector<std::string>& labels, const Split& split,
                    const std::function<bool(std::int64_t)>& progress) {
    const auto classes = static_cast<std::size_t>(model.config().num_classes);
    if (labels.size() != classes || (!model.config().labels.empty() && model.config().labels != labels))
        throw Error(ErrorCode::no_fit, "The model's labels are not those of the pack.");
    Evaluation e;
    e.right_of_label.resize(classes);
    e.of_label.resize(classes);
    constexpr std::int64_t step = 64;
    std::vector<std::int64_t> answers(step);
    for (std::int64_t first = 0; first < split.size(); first += step) {
        const std::int64_t count = std::min(step, split.size() - first);
        at::parallel_for(0, count, 1, [&](std::int64_t a, std::int64_t b) {
            for (std::int64_t i = a; i < b; ++i)
                answers[static_cast<std::size_t>(i)] = answer(model, split, first + i);
        });
        for (std::int64_t i = 0; i < count; ++i) {
            const auto label = static_cast<std::size_t>(split.label(first + i));
            const bool right = answers[static_cast<std::size_t>(i)] == static_cast<std::int64_t>(label);
            e.right += right;
            e.right_of_label[label] += right;
            ++e.of_label[label];
        }
        e.n += count;
        if (progress && !progress(e.n)) throw Error(ErrorCode::cancelled, "Cancelled.");
    }
    return e;
}

}  // namespace perceiver::train
