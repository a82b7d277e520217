// Sixteen floats at a time through the compilers' vector extension: one source for AVX-512, AVX2 and anything else.
// Only for .cpp files that hold an inner loop; nothing here may appear in another room's interface.
#pragma once

#include <cstdint>
#include <cstring>

/// Compiles the function for several x86-64 levels and picks one at load time. The sanitizers' start-up code does not
/// survive the indirect functions this needs, other compilers and machines do without.
#if 0 && defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define PERCEIVER_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define PERCEIVER_CLONES
#endif
#define PERCEIVER_LANES_INLINE inline __attribute__((always_inline))

namespace perceiver::lanes {

inline constexpr std::int64_t width = 16;
typedef float Floats __attribute__((vector_size(64)));
typedef std::int32_t Ints __attribute__((vector_size(64)));
typedef std::uint32_t Unsigned __attribute__((vector_size(64)));
typedef std::uint16_t Halves __attribute__((vector_size(32)));
typedef float Floats8 __attribute__((vector_size(32)));
typedef float Floats4 __attribute__((vector_size(16)));

inline constexpr float log2_e = 1.44269504088896341f;
inline constexpr float ln_2 = 0.69314718055994531f;

PERCEIVER_LANES_INLINE Floats splat(float x) { return x - Floats{}; }
PERCEIVER_LANES_INLINE Floats load(const float* p) {
    Floats v;
    std::memcpy(&v, p, sizeof v);
    return v;
}
PERCEIVER_LANES_INLINE void store(float* p, Floats v) { std::memcpy(p, &v, sizeof v); }

/// bfloat16 as its 16 bits, rounded to nearest even. NaN stays NaN for the values LibTorch makes.
PERCEIVER_LANES_INLINE Floats load(const std::uint16_t* p) {
    Halves h;
    std::memcpy(&h, p, sizeof h);
    return reinterpret_cast<Floats>(__builtin_convertvector(h, Unsigned) << 16);
}
PERCEIVER_LANES_INLINE void store(std::uint16_t* p, Floats v) {
    const Unsigned u = reinterpret_cast<Unsigned>(v);
    const Halves h = __builtin_convertvector((u + 0x7fffu + ((u >> 16) & 1u)) >> 16, Halves);
    std::memcpy(p, &h, sizeof h);
}
PERCEIVER_LANES_INLINE Floats max(Floats a, Floats b) { return a > b ? a : b; }

PERCEIVER_LANES_INLINE float sum(Floats v) {
    const Floats8 a = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
                      __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
    const Floats4 b = __builtin_shufflevector(a, a, 0, 1, 2, 3) + __builtin_shufflevector(a, a, 4, 5, 6, 7);
    return (b[0] + b[2]) + (b[1] + b[3]);
}
PERCEIVER_LANES_INLINE float highest(Floats v) {
    const Floats8 l = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7);
    const Floats8 h = __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
    const Floats8 a = l > h ? l : h;
    const Floats4 c = __builtin_shufflevector(a, a, 0, 1, 2, 3), d = __builtin_shufflevector(a, a, 4, 5, 6, 7);
    const Floats4 b = c > d ? c : d;
    const float x = b[0] > b[2] ? b[0] : b[2], y = b[1] > b[3] ? b[1] : b[3];
    return x > y ? x : y;
}

/// 2^x for x <= 127, relative error below 2e-7; 2^-126 for anything smaller. The rounding constant needs the compiler
/// to keep floating-point order: no -ffast-math for files that use this.
PERCEIVER_LANES_INLINE Floats exp2(Floats x) {
    constexpr float magic = 12582912.0f;   // 1.5 * 2^23: adding it leaves the rounded integer in the low bits
    x = max(x, splat(-126.0f));
    const Floats t = x + magic;
    const Floats f = x - (t - magic);
    Floats p = splat(1.5403530e-4f);
    p = p * f + 1.3333558e-3f;
    p = p * f + 9.6181291e-3f;
    p = p * f + 5.5504109e-2f;
    p = p * f + 2.4022651e-1f;
    p = p * f + 6.9314718e-1f;
    p = p * f + 1.0f;
    return reinterpret_cast<Floats>(reinterpret_cast<Ints>(p) + (reinterpret_cast<Ints>(t) << 23));
}

}  // namespace perceiver::lanes
