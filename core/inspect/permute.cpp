#include "inspect/permute.h"

#include <ATen/TensorOperators.h>
#include <c10/core/InferenceMode.h>

namespace perceiver::inspect {

at::Tensor answer_of(const Trace& trace) {
    if (trace.logits.defined()) return trace.logits;
    const auto& blocks = trace.blocks.back();
    return (blocks.empty() ? trace.cross.back().latents : blocks.back().latents).flatten();
}

Permuted run_permuted(const Perceiver& model, const input::InputArray& input, const at::Tensor& baseline,
                      std::uint64_t seed, bool positions_travel, const CancelToken& cancel) {
    const c10::InferenceMode guard;
    // Within each modality: an element's data only means something where its kind of data is read.
    std::vector<std::int64_t> order;
    for (const auto& segment : input.layout().segments)
        for (const std::int64_t place : input::permutation(segment.count(), seed)) order.push_back(segment.first + place);
    Permuted out;
    out.trace = model.forward(input::permuted(input, order, positions_travel),
                              Attend::dense, cancel);
    out.largest_logit_difference = (answer_of(out.trace).to(at::kDouble) - baseline.to(at::kDouble)).abs().max().item<double>();
    return out;
}

}  // namespace perceiver::inspect
