#include "inspect/maps.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "perceiver/products.h"

namespace perceiver::inspect {
namespace {

constexpr std::int64_t block_numbers = 4 << 20;   ///< numbers made at once: 16 MB

const CrossTrace& cross_of(const Trace& trace, int k) {
    if (k < 0 || k >= static_cast<int>(trace.cross.size()))
        throw Error(ErrorCode::no_fit, "There is no cross-attend " + std::to_string(k + 1) + ": the model has " +
                                           std::to_string(trace.cross.size()) + ".");
    return trace.cross[static_cast<std::size_t>(k)];
}

void require(int index, std::int64_t count, const char* what) {
    if (index != all && (index < 0 || index >= count))
        throw Error(ErrorCode::no_fit, "There is no " + std::string(what) + " " + std::to_string(index) +
                                           ": the model has " + std::to_string(count) + ".");
}

/// Scores or attention of a few folded queries [r, C] with their addend [r], [r, M].
at::Tensor rows_of(const at::Tensor& queries, const at::Tensor& addend, const at::Tensor& normalized, Scale scale) {
    at::Tensor s = product(queries.unsqueeze(0), normalized.t().unsqueeze(0)).squeeze(0).add_(addend.unsqueeze(1));
    return scale == Scale::probability ? s.exp_() : s;
}

/// What turns queries . normalized into the score, or into the logarithm of the attention. [heads, N]
at::Tensor addend_of(const CrossTrace& cross, Scale scale) {
    return scale == Scale::probability ? -cross.log_sum : cross.offset;
}

}  // namespace

at::Tensor map(const Trace& trace, int k, int head, int latent, Scale scale, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    const CrossTrace& cross = cross_of(trace, k);
    require(head, cross.queries.size(0), "head");
    require(latent, cross.queries.size(1), "latent");
    at::Tensor q = cross.queries, addend = addend_of(cross, scale);
    if (head != all) q = q.narrow(0, head, 1), addend = addend.narrow(0, head, 1);
    if (latent != all) q = q.narrow(1, latent, 1), addend = addend.narrow(1, latent, 1);
    q = q.reshape({-1, q.size(2)});
    addend = addend.reshape({-1});
    const at::Tensor& x = trace.input->normalized();
    // The mean of scores is the score of the mean query.
    if (scale == Scale::logit) return rows_of(q.mean(0, true), addend.mean(0, true), x, scale).squeeze(0);
    const std::int64_t step = std::max<std::int64_t>(1, block_numbers / x.size(0));
    at::Tensor sum = at::zeros({x.size(0)});
    for (std::int64_t r = 0; r < q.size(0); r += step) {
        cancel.check();
        const std::int64_t n = std::min(step, q.size(0) - r);
        sum.add_(rows_of(q.narrow(0, r, n), addend.narrow(0, r, n), x, scale).sum(0));
    }
    return sum.div_(double(q.size(0)));
}

at::Tensor reverse(const Trace& trace, int k, int head, int element, Scale scale) {
    const c10::InferenceMode guard;
    const CrossTrace& cross = cross_of(trace, k);
    require(head, cross.queries.size(0), "head");
    if (element < 0 || element >= trace.input->elements())
        throw Error(ErrorCode::no_fit, "There is no input element " + std::to_string(element) + ".");
    at::Tensor s = cross.queries.matmul(trace.input->normalized(element, 1)[0]) + addend_of(cross, scale);
    if (scale == Scale::probability) s = s.exp();
    return head == all ? s.mean(0) : s[head].clone();
}

LatentMaps latent_maps(const Trace& trace, int k, Scale scale, int max_side, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    const CrossTrace& cross = cross_of(trace, k);
    const auto& layout = trace.input->layout();
    const std::int64_t heads = cross.queries.size(0), n = cross.queries.size(1), m = layout.elements();
    const std::int64_t factor = (std::max(layout.rows(), layout.cols()) + max_side - 1) / std::max(1, max_side);
    std::vector<at::Tensor> thumbs;
    at::Tensor entropy = at::empty({n});
    const std::int64_t step = std::max<std::int64_t>(1, block_numbers / (m * heads));
    for (std::int64_t i = 0; i < n; i += step) {
        cancel.check();
        const std::int64_t count = std::min(step, n - i);
        const at::Tensor q = cross.queries.narrow(1, i, count).reshape({heads * count, -1});
        const auto mean_rows = [&](Scale what) {
            const at::Tensor addend = addend_of(cross, what).narrow(1, i, count).reshape({-1});
            return rows_of(q, addend, trace.input->normalized(), what).view({heads, count, m}).mean(0);
        };
        const at::Tensor attention = mean_rows(Scale::probability);
        entropy.narrow(0, i, count).copy_((attention * attention.clamp_min(1e-38).log()).sum(1) * (-1 / std::numbers::ln2));
        const at::Tensor mean = scale == Scale::probability ? attention : mean_rows(scale);
        at::Tensor grid = to_grid(mean, layout);
        if (factor > 1)
            grid = at::avg_pool2d(grid.unsqueeze(1), {factor, factor}, {}, 0, /*ceil_mode=*/true).squeeze(1);
        thumbs.push_back(grid);
    }
    return {at::cat(thumbs), entropy};
}

at::Tensor to_grid(const at::Tensor& values, const input::Layout& layout) {
    std::vector<std::int64_t> shape(values.sizes().begin(), values.sizes().end() - 1);
    shape.insert(shape.end(), {layout.rows(), layout.cols()});
    if (layout.data_from.empty()) return values.reshape(shape);
    const at::Tensor place = at::from_blob(const_cast<std::int64_t*>(layout.data_from.data()), {layout.elements()}, at::kLong);
    at::Tensor out = at::empty_like(values);
    out.index_copy_(-1, place, values);
    return out.reshape(shape);
}

std::vector<std::pair<int, float>> largest(const at::Tensor& values, int count) {
    const auto [top, index] = values.topk(std::min<std::int64_t>(count, values.size(0)));
    std::vector<std::pair<int, float>> out;
    for (std::int64_t i = 0; i < top.size(0); ++i)
        out.emplace_back(static_cast<int>(index[i].item<std::int64_t>()), top[i].item<float>());
    return out;
}

}  // namespace perceiver::inspect
