#include "inspect/rollout.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>

#include "inspect/attention_chunks.h"

namespace perceiver::inspect {
namespace {

/// Row [N] rolled back through the layers of a block: row <- row (A + I) / 2, the last layer first.
at::Tensor through_block(const Reference& reference, std::int64_t b, at::Tensor z, at::Tensor row,
                         const CancelToken& cancel) {
    std::vector<at::Tensor> mean_attention;
    for (std::int64_t l = 0; l < reference.config().block_modules[static_cast<std::size_t>(b)].layers; ++l) {
        cancel.check();
        const auto own = reference.self_attend(b, l, z);
        mean_attention.push_back(own.attention.mean(0).to(at::kDouble));
        z = own.values;
    }
    for (auto a = mean_attention.rbegin(); a != mean_attention.rend(); ++a) row = (row + row.matmul(*a)) / 2;
    return row;
}

at::Tensor starting_row(const Reference& reference, const Trace& trace, const at::Tensor& start) {
    const std::int64_t n = reference.config().num_latents;
    if (start.defined()) {
        if (start.numel() != n) throw Error(ErrorCode::no_fit, "A rollout starts with one weight for every latent.");
        return start.to(at::kDouble).reshape({n});
    }
    if (reference.config().head != Config::Head::decoder) return at::full({n}, 1.0 / double(n), at::kDouble);
    // Of several outputs, forward answers those of one place, in order; the class's is among them.
    std::int64_t query = 0;
    for (const auto& [name, answer] : trace.decoder.outputs) {
        if (name == "label") break;
        if (trace.decoder.outputs.count("label")) query += answer.size(0);
    }
    return trace.decoder.attention.mean(0)[query].to(at::kDouble);
}

}  // namespace

void require_fit(const Reference& reference, const Trace& trace) {
    const Config& c = reference.config();
    const bool fits = trace.cross.size() == c.stages.size() && trace.blocks.size() == c.stages.size() && trace.input &&
                      trace.input->channels() == c.token_channels() &&
                      trace.cross[0].latents.sizes() == (c10::IntArrayRef{c.num_latents, c.latent_channels});
    bool blocks = fits;
    for (std::size_t k = 0; blocks && k < c.stages.size(); ++k)
        blocks = trace.blocks[k].size() == c.stages[k].blocks.size();
    if (!blocks) throw Error(ErrorCode::no_fit, "These weights are not those of the model that was run.");
}

bool reads_nothing(const Reference& reference, const Trace& trace, std::size_t stage) {
    return trace.cross[stage].all_masked && reference.config().all_masked == Config::AllMasked::nothing;
}

at::Tensor latents_before_block(const Trace& trace, std::size_t stage, std::size_t block) {
    return block == 0 ? trace.cross[stage].latents : trace.blocks[stage][block - 1].latents;
}

at::Tensor latents_before_cross(const Reference& reference, const Trace& trace, std::size_t stage) {
    if (stage == 0) return reference.weight("latents");
    return trace.blocks[stage - 1].empty() ? trace.cross[stage - 1].latents : trace.blocks[stage - 1].back().latents;
}

Rollout rollout(const Reference& reference, const Trace& trace, const at::Tensor& start, const CancelToken& cancel,
                const Progress& progress) {
    const c10::InferenceMode guard;
    require_fit(reference, trace);
    const auto& stages = reference.config().stages;
    Rollout out;
    out.entries.resize(stages.size());
    out.map = at::zeros({trace.input->elements()});
    at::Tensor row = starting_row(reference, trace, start);
    for (std::size_t k = stages.size(); k-- > 0;) {
        for (std::size_t b = stages[k].blocks.size(); b-- > 0;)
            row = through_block(reference, stages[k].blocks[b], latents_before_block(trace, k, b).to(reference.type()),
                                row, cancel);
        const auto& module = reference.config().cross_modules[static_cast<std::size_t>(stages[k].cross)];
        const double taken = reads_nothing(reference, trace, k) ? 0 : module.query_residual ? 0.5 : 1;
        out.entries[k] = weighted_map(trace, static_cast<int>(k), row * taken, cancel);
        out.map.add_(out.entries[k]);
        row = row * (1 - taken);
        if (progress) progress(double(stages.size() - k) / double(stages.size()));
    }
    out.from_latents = row.to(at::kFloat);
    out.remainder = row.sum().item<double>();
    return out;
}

}  // namespace perceiver::inspect
