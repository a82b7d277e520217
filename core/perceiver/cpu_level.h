// Which of the instruction sets sources were compiled for (cmake/PerceiverScopeLevels.cmake) this machine can
// run.
#pragma once

namespace perceiver {

enum class CpuLevel { baseline, avx2, avx512 };

inline CpuLevel cpu_level() {
#ifdef PERCEIVER_X86_LEVELS
    static const CpuLevel level = [] {
        const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                        __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
        if (v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl"))
            return CpuLevel::avx512;
        return v3 ? CpuLevel::avx2 : CpuLevel::baseline;
    }();
    return level;
#else
    return CpuLevel::baseline;
#endif
}

}  // namespace perceiver
