// The attention of all latents to a few elements at a time: what needs every map never holds them all.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "base/cancel.h"
#include "perceiver/trace.h"

namespace perceiver::inspect {

/// The cross-attend k of a trace. Throws Error{no_fit} when there is none.
const CrossTrace& cross_attend_of(const Trace& trace, int k);

/// Calls `use` with the elements first ... first + count - 1: `attention` [heads, N, count], and their normalised
/// tokens `x` [count, C]. In order, a few million numbers a time. Throws Error{cancelled}.
void for_attention_chunks(const Trace& trace, int k, const CancelToken& cancel,
                          const std::function<void(std::int64_t first, std::int64_t count, const at::Tensor& attention,
                                                   const at::Tensor& x)>& use);

/// sum over n of weight[n] * (latent n's map, the mean over heads), [M] float32. weight [N].
at::Tensor weighted_map(const Trace& trace, int k, const at::Tensor& weight, const CancelToken& cancel);

}  // namespace perceiver::inspect
