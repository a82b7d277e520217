#include "perceiver/cpu_level.h"
#include "train/kernels.h"

namespace perceiver::train {

#define PERCEIVER_TRAIN_KERNELS(level)             \
    namespace level {                              \
    extern const Kernels<float> in_float;          \
    extern const Kernels<std::uint16_t> in_bfloat; \
    }
PERCEIVER_TRAIN_KERNELS(baseline)
PERCEIVER_TRAIN_KERNELS(avx2)
PERCEIVER_TRAIN_KERNELS(avx512)
#undef PERCEIVER_TRAIN_KERNELS

template <>
const Kernels<float>& kernels<float>() {
    switch (cpu_level()) {
#ifdef PERCEIVER_X86_LEVELS
        case CpuLevel::avx512:
            return avx512::in_float;
        case CpuLevel::avx2:
            return avx2::in_float;
#endif
        default:
            return baseline::in_float;
    }
}
template <>
const Kernels<std::uint16_t>& kernels<std::uint16_t>() {
    switch (cpu_level()) {
#ifdef PERCEIVER_X86_LEVELS
        case CpuLevel::avx512:
            return avx512::in_bfloat;
        case CpuLevel::avx2:
            return avx2::in_bfloat;
#endif
        default:
            return baseline::in_bfloat;
    }
}

}  // namespace perceiver::train
