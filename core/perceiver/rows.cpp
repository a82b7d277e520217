#include "perceiver/rows.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include "perceiver/cpu_level.h"
#include "perceiver/row_loops.h"

namespace perceiver {
namespace {

struct Loops {
    void (*norm)(const rows::Norm&, const float*, float*);
    void (*norm16)(const rows::Norm&, const float*, std::uint16_t*);
    void (*softmax)(std::int64_t, float*, float*);
    void (*softmax16)(std::int64_t, float*, std::uint16_t*);
};
#define PERCEIVER_ROWS_OF(level) \
    Loops { rows::level::layer_norm, rows::level::layer_norm, rows::level::softmax, rows::level::softmax }
const Loops& loops() {
#ifdef PERCEIVER_X86_LEVELS
    static const Loops chosen = cpu_level() == CpuLevel::avx512 ? PERCEIVER_ROWS_OF(avx512)
                                : cpu_level() == CpuLevel::avx2 ? PERCEIVER_ROWS_OF(avx2)
                                                                : PERCEIVER_ROWS_OF(baseline);
#else
    static const Loops chosen = PERCEIVER_ROWS_OF(baseline);
#endif
    return chosen;
}
#undef PERCEIVER_ROWS_OF

constexpr std::int64_t grain_numbers = 16384;   ///< fewer aren't worth another thread

std::int64_t grain(std::int64_t columns) {
    return std::max<std::int64_t>(1, grain_numbers / std::max<std::int64_t>(1, columns));
}
std::uint16_t* halves(const at::Tensor& t) { return static_cast<std::uint16_t*>(t.data_ptr()); }

}  // namespace

at::Tensor layer_norm_rows(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, double eps,
                           at::ScalarType type) {
    const std::int64_t n = x.size(0), d = x.size(1);
    const at::Tensor from = x.contiguous(), out = at::empty({n, d}, type);
    const rows::Norm norm{d, weight.data_ptr<float>(), bias.data_ptr<float>(), static_cast<float>(eps)};
    const float* const in = from.data_ptr<float>();
    at::parallel_for(0, n, grain(d), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            if (type == at::kFloat) loops().norm(norm, in + i * d, static_cast<float*>(out.data_ptr()) + i * d);
            else loops().norm16(norm, in + i * d, halves(out) + i * d);
        }
    });
    return out;
}

at::Tensor softmax_rows(at::Tensor scores, at::ScalarType type) {
    const std::int64_t n = scores.size(-1), count = scores.numel() / n;
    const at::Tensor out = type == at::kFloat ? scores : at::empty(scores.sizes(), type);
    float* const in = scores.data_ptr<float>();
    at::parallel_for(0, count, grain(n), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
            if (type == at::kFloat) loops().softmax(n, in + i * n, in + i * n);
            else loops().softmax16(n, in + i * n, halves(out) + i * n);
        }
    });
    return out;
}

}  // namespace perceiver
