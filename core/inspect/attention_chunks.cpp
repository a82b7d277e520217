#include "inspect/attention_chunks.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>

#include "perceiver/products.h"

namespace perceiver::inspect {
namespace {

constexpr std::int64_t chunk_numbers = 2 << 20;   ///< 8 MB, some 20 ms at most

}  // namespace

const CrossTrace& cross_attend_of(const Trace& trace, int k) {
    if (k < 0 || k >= static_cast<int>(trace.cross.size()))
        throw Error(ErrorCode::no_fit, "There is no cross-attend " + std::to_string(k + 1) + ": the model has " +
                                           std::to_string(trace.cross.size()) + ".");
    return trace.cross[static_cast<std::size_t>(k)];
}

void for_attention_chunks(
    const Trace& trace, int k, const CancelToken& cancel,
    const std::function<void(std::int64_t, std::int64_t, const at::Tensor&, const at::Tensor&)>& use) {
    const CrossTrace& cross = cross_attend_of(trace, k);
    const input::InputArray& input = *trace.input;
    const std::int64_t heads = cross.queries.size(0), n = cross.queries.size(1), m = input.elements();
    const at::Tensor queries = cross.queries.reshape({1, heads * n, -1}), log_sum = cross.log_sum.reshape({-1, 1});
    const std::int64_t step = std::clamp<std::int64_t>(chunk_numbers / (heads * n), 1, m);
    for (std::int64_t first = 0; first < m; first += step) {
        cancel.check();
        const std::int64_t count = std::min(step, m - first);
        const at::Tensor x = input.normalized(first, count);
        at::Tensor attention = (product(queries, x.t().unsqueeze(0)).squeeze(0) - log_sum).exp_();
        if (input.mask().defined() && !cross.all_masked) attention.mul_(input.mask().narrow(0, first, count));
        use(first, count, attention.view({heads, n, count}), x);
    }
}

at::Tensor weighted_map(const Trace& trace, int k, const at::Tensor& weight, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    at::Tensor out = at::empty({trace.input->elements()}, at::kFloat);
    const at::Tensor w = weight.to(at::kFloat).unsqueeze(0);
    for_attention_chunks(trace, k, cancel,
                         [&](std::int64_t first, std::int64_t count, const at::Tensor& attention, const at::Tensor&) {
                             out.narrow(0, first, count).copy_(w.matmul(attention.mean(0)).squeeze(0));
                         });
    return out;
}

}  // namespace perceiver::inspect
