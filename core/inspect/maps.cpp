#include "inspect/maps.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>

#include "inspect/attention_chunks.h"
#include "inspect/score_reader.h"

namespace perceiver::inspect {
namespace {

void require_segment(const input::Layout& layout, std::size_t segment) {
    if (segment >= layout.segments.size())
        throw Error(ErrorCode::no_fit, "There is no part " + std::to_string(segment) + " of the input array: it has " +
                                           std::to_string(layout.segments.size()) + ".");
}

}  // namespace

at::Tensor map(const Trace& trace, int k, int head, int latent, Scale scale, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    return ScoreReader(trace, k, head, latent, scale).mean(cancel);
}

at::Tensor reverse(const Trace& trace, int k, int head, std::int64_t element, Scale scale) {
    const c10::InferenceMode guard;
    const CrossTrace& cross = cross_attend_of(trace, k);
    require_index(head, cross.queries.size(0), "head");
    if (element < 0 || element >= trace.input->elements())
        throw Error(ErrorCode::no_fit, "There is no input element " + std::to_string(element) + ".");
    const auto& parts = trace.input->parts();
    std::size_t p = 0;
    while (element >= parts[p].first + parts[p].count) ++p;
    at::Tensor s;   // [heads, N]
    if (p < cross.parts.size() && cross.parts[p].data.defined()) {
        const auto& part = *parts[p].separable;
        const std::int64_t row = (element - parts[p].first) / part.cols, col = (element - parts[p].first) % part.cols;
        const PartScores& t = cross.parts[p];
        s = t.data.matmul(part.scaled_data.select(1, row).select(1, col)) +
            (t.rows.select(1, row) + t.cols.select(1, col)) * part.rstd[row][col];
        s = s.view_as(cross.offset);
    } else {
        s = cross.queries.matmul(trace.input->normalized(element, 1)[0]);
    }
    if (scale == Scale::logit) {
        s = s + cross.offset;
    } else {
        s = (s - cross.log_sum).exp();
        const at::Tensor& mask = trace.input->mask();
        if (mask.defined() && !cross.all_masked) s = s * mask[element];
    }
    return head == all ? s.mean(0) : s[head].clone();
}

at::Tensor entropy(const Trace& trace, int k, int head, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    const CrossTrace& cross = cross_attend_of(trace, k);
    const std::int64_t heads = cross.queries.size(0);
    require_index(head, heads, "head");
    if (head == all && heads > 1) return ScoreReader(trace, k, head, all, Scale::probability).entropy_bits(cancel);
    // -sum p log p, where log p is the score less the log-sum-exp: both sums are known.
    const std::int64_t h = head == all ? 0 : head;
    return (cross.log_sum[h] - cross.mean_score[h]).mul_(1 / std::log(2.0)).clamp_min_(0);
}

at::Tensor mass(const Trace& trace, int k, int head, std::int64_t first, std::int64_t count,
                const CancelToken& cancel) {
    const c10::InferenceMode guard;
    if (first < 0 || count < 0 || first + count > trace.input->elements())
        throw Error(ErrorCode::no_fit, "The input array has " + std::to_string(trace.input->elements()) + " elements.");
    const ScoreReader reader(trace, k, head, all, Scale::probability);
    at::Tensor out = at::zeros({reader.latents()}, at::kDouble);
    double* const sums = out.data_ptr<double>();
    reader.each_latent([&](std::int64_t latent, std::int64_t from, std::int64_t n, const float* values) {
        const std::int64_t begin = std::max(first, from), end = std::min(first + count, from + n);
        for (std::int64_t i = begin; i < end; ++i) sums[latent] += double{values[i - from]};
    }, cancel);
    return out.to(at::kFloat);
}

LatentMaps latent_maps(const Trace& trace, int k, Scale scale, std::span<const int> cell_of, int cells,
                       const CancelToken& cancel, int head) {
    const c10::InferenceMode guard;
    const auto& layout = trace.input->layout();
    if (static_cast<std::int64_t>(cell_of.size()) != layout.elements() ||
        std::ranges::any_of(cell_of, [&](int cell) { return cell < -1 || cell >= cells; }))
        throw Error(ErrorCode::no_fit,
                    "A thumbnail needs a cell for each of the " + std::to_string(layout.elements()) + " elements.");
    std::vector<std::int32_t> to(cell_of.size());   // by row of the array
    at::Tensor share = at::zeros({cells}, at::kFloat);
    for (std::size_t i = 0; i < to.size(); ++i) {
        to[i] = cell_of[layout.data_from.empty() ? i : static_cast<std::size_t>(layout.data_from[i])];
        if (to[i] >= 0) ++share.data_ptr<float>()[to[i]];
    }
    const ScoreReader reader(trace, k, head, all, scale);
    LatentMaps out{at::zeros({reader.latents(), cells}), entropy(trace, k, head, cancel)};
    float* const thumbs = out.thumbs.data_ptr<float>();
    reader.each_latent([&](std::int64_t latent, std::int64_t first, std::int64_t count, const float* values) {
        float* const thumb = thumbs + latent * cells;
        for (std::int64_t i = 0; i < count; ++i)
            if (const std::int32_t cell = to[static_cast<std::size_t>(first + i)]; cell >= 0) thumb[cell] += values[i];
    }, cancel);
    out.thumbs.div_(share);   // 0 / 0 where nothing falls
    return out;
}

at::Tensor to_grid(const at::Tensor& values, const input::Layout& layout, std::size_t segment) {
    require_segment(layout, segment);
    const input::Segment& s = layout.segments[segment];
    at::Tensor placed = values;
    if (!layout.data_from.empty()) {
        const at::Tensor place =
            at::from_blob(const_cast<std::int64_t*>(layout.data_from.data()), {layout.elements()}, at::kLong);
        placed = at::empty_like(values);
        placed.index_copy_(-1, place, values);
    }
    std::vector<std::int64_t> shape(values.sizes().begin(), values.sizes().end() - 1);
    shape.insert(shape.end(), {s.rows(), s.cols()});
    return placed.narrow(-1, s.first, s.count()).reshape(shape);
}

std::vector<std::pair<int, float>> largest(const at::Tensor& values, int count) {
    const auto [top, index] = values.topk(std::min<std::int64_t>(count, values.size(0)));
    std::vector<std::pair<int, float>> out;
    for (std::int64_t i = 0; i < top.size(0); ++i)
        out.emplace_back(static_cast<int>(index[i].item<std::int64_t>()), top[i].item<float>());
    return out;
}

}  // namespace perceiver::inspect
