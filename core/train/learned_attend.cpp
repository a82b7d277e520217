#include "train/learned_attend.h"

#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "perceiver/cpu_level.h"
#include "train/learned_loops.h"
#include "train/pieces.h"

namespace perceiver::train {

#define PERCEIVER_LEARNED_LOOPS(level) \
    namespace level {                  \
    extern const LearnedLoops learned; \
    }
PERCEIVER_LEARNED_LOOPS(baseline)
PERCEIVER_LEARNED_LOOPS(avx2)
PERCEIVER_LEARNED_LOOPS(avx512)
#undef PERCEIVER_LEARNED_LOOPS

const LearnedLoops& learned_loops() {
    switch (cpu_level()) {
#ifdef PERCEIVER_X86_LEVELS
        case CpuLevel::avx512:
            return avx512::learned;
        case CpuLevel::avx2:
            return avx2::learned;
#endif
        default:
            return baseline::learned;
    }
}

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::variable_list;

float* floats(const Tensor& t) { return t.data_ptr<float>(); }

LearnedShape shape_of(const Tensor& places, const Tensor& values, const Tensor& data) {
    return {data.size(0), places.size(1), places.size(0), places.size(2), values.size(1)};
}
LearnedInput input_of(const Tensor& places, const Tensor& values, const Tensor& a, const Tensor& rstd,
                      const Tensor& data) {
    return {floats(places), floats(values), floats(a), floats(rstd), floats(data)};
}

/// Runs f(head, first latent, slot) over all groups of queries.
template <typename F>
void by_groups(const LearnedShape& s, std::int64_t slots, F f) {
    const std::int64_t groups = s.latents / LearnedShape::group;
    pieces(s.heads * groups, slots, [&](std::int64_t begin, std::int64_t end, std::int64_t slot) {
        for (std::int64_t i = begin; i < end; ++i) f(i / groups, i % groups * LearnedShape::group, slot);
    });
}
std::int64_t slots_of(const LearnedShape& s) { return slots_for(s.heads * s.latents / LearnedShape::group); }

struct LearnedAttend : Function<LearnedAttend> {
    static Tensor forward(AutogradContext* ctx, const Tensor& places, const Tensor& values, const Tensor& a,
                          const Tensor& rstd, const Tensor& data) {
        const LearnedShape s = shape_of(places, values, data);
        const Tensor out = at::empty({s.pictures * s.latents, s.heads * s.width()}, at::kFloat),
                     log_sum = at::empty({s.pictures, s.heads, s.latents}, at::kFloat);
        const std::int64_t slots = slots_of(s);
        const Tensor scratch = at::empty({slots, LearnedShape::group * s.elements}, at::kFloat);
        by_groups(s, slots, [&](std::int64_t head, std::int64_t first, std::int64_t slot) {
            learned_loops().forward(s, input_of(places, values, a, rstd, data), head, first, floats(log_sum),
                                    floats(out), floats(scratch) + slot * scratch.size(1));
        });
        ctx->save_for_backward({places, values, a, rstd, data, log_sum, out});
        return out;
    }
    static variable_list backward(AutogradContext* ctx, variable_list grads) {
        const auto saved = ctx->get_saved_variables();
        const Tensor &places = saved[0], &values = saved[1], &a = saved[2], &rstd = saved[3], &data = saved[4];
        const LearnedShape s = shape_of(places, values, data);
        const std::int64_t slots = slots_of(s);
        const Tensor grad_out = grads[0].contiguous(), grad_places = at::empty_like(places),
                     grad_a = at::empty_like(a), grad_values = zero_slots(slots, values.numel()),
                     grad_rstd = zero_slots(slots, rstd.numel());
        by_groups(s, slots, [&](std::int64_t head, std::int64_t first, std::int64_t slot) {
            const LearnedGradients to{floats(saved[5]),
                                      floats(saved[6]),
                                      floats(grad_out),
                                      floats(grad_places),
                                      floats(grad_a),
                                      floats(grad_values) + slot * values.numel(),
                                      floats(grad_rstd) + slot * rstd.numel()};
            learned_loops().backward(s, input_of(places, values, a, rstd, data), head, first, to);
        });
        return {grad_places, grad_values.sum(0).view_as(values), grad_a, grad_rstd.sum(0).view_as(rstd), Tensor()};
    }
};

}  // namespace

Tensor learned_attend(const Tensor& places, const Tensor& values, const Tensor& a, const Tensor& rstd,
                      const Tensor& data) {
    return LearnedAttend::apply(places.contiguous(), values.contiguous(), a.contiguous(), rstd.contiguous(), data);
}

}  // namespace perceiver::train
