#include "inspect/compare.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/xlogy.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include <numbers>

#include "inspect/attention_chunks.h"

namespace perceiver::inspect {
namespace {

/// Terms of the Jensen-Shannon divergence, in bits: their sum over elements is the divergence.
at::Tensor divergence_terms(const at::Tensor& p, const at::Tensor& q) {
    const at::Tensor middle = (p + q) / 2;
    return ((at::xlogy(p, p) + at::xlogy(q, q)) / 2 - at::xlogy(middle, middle)) / std::numbers::ln2;
}

}  // namespace

at::Tensor cosine_similarity(const Trace& trace, int k, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    const std::int64_t n = cross_attend_of(trace, k).queries.size(1);
    at::Tensor products = at::zeros({n, n}, at::kDouble);
    for_attention_chunks(trace, k, cancel,
                         [&](std::int64_t, std::int64_t, const at::Tensor& attention, const at::Tensor&) {
                             const at::Tensor maps = attention.mean(0);
                             products.add_(maps.matmul(maps.t()));
                         });
    const at::Tensor length = products.diagonal().sqrt().clamp_min(1e-300);
    return (products / length.unsqueeze(0) / length.unsqueeze(1)).to(at::kFloat);
}

Similarity similarity_to(const Trace& trace, int k, int latent, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    const std::int64_t n = cross_attend_of(trace, k).queries.size(1);
    if (latent < 0 || latent >= n)
        throw Error(ErrorCode::no_fit,
                    "There is no latent " + std::to_string(latent) + ": the model has " + std::to_string(n) + ".");
    at::Tensor dot = at::zeros({n}, at::kDouble), square = at::zeros({n}, at::kDouble),
               bits = at::zeros({n}, at::kDouble);
    for_attention_chunks(trace, k, cancel,
                         [&](std::int64_t, std::int64_t, const at::Tensor& attention, const at::Tensor&) {
                             const at::Tensor maps = attention.mean(0), own = maps[latent];
                             dot.add_(maps.matmul(own));
                             square.add_(maps.square().sum(1));
                             bits.add_(divergence_terms(maps, own.unsqueeze(0)).sum(1));
                         });
    const at::Tensor length = square.sqrt().clamp_min(1e-300);
    return {(dot / length / length[latent]).to(at::kFloat), bits.clamp(0, 1).to(at::kFloat)};
}

std::vector<int> nearest_latents(const Similarity& similarity, int latent, int count) {
    const at::Tensor order = at::argsort(similarity.divergence_bits, /*stable=*/true, 0, /*descending=*/false);
    std::vector<int> out;
    for (std::int64_t i = 0; i < order.size(0) && static_cast<int>(out.size()) < count; ++i) {
        const int other = static_cast<int>(order[i].item<std::int64_t>());
        if (other != latent) out.push_back(other);
    }
    return out;
}

double jensen_shannon_bits(const at::Tensor& p, const at::Tensor& q) {
    return std::clamp(divergence_terms(p.to(at::kDouble), q.to(at::kDouble)).sum().item<double>(), 0.0, 1.0);
}

Difference difference(const Trace& trace, int first, int later, int head, int latent, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    const at::Tensor before = map(trace, first, head, latent, Scale::probability, cancel);
    const at::Tensor after = map(trace, later, head, latent, Scale::probability, cancel);
    return {after - before, jensen_shannon_bits(before, after)};
}

}  // namespace perceiver::inspect
