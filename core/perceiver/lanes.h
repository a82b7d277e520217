// As many floats at a time as the instruction set holds, through the compilers' vector extension. For sources
// that are compiled once per instruction set (cmake/PerceiverScopeLevels.cmake); nothing here may appear in
// an interface.
#pragma once

#include <cstdint>
#include <cstring>

#ifndef PERCEIVER_LEVEL
#define PERCEIVER_LEVEL baseline
#endif
#define PERCEIVER_LANES_INLINE inline __attribute__((always_inline))

#if defined(__AVX512F__)
#include <immintrin.h>
#define PERCEIVER_LANES 16
#elif defined(__AVX__)
#include <immintrin.h>
#define PERCEIVER_LANES 8
#else
#define PERCEIVER_LANES 4
#endif

namespace perceiver::lanes::PERCEIVER_LEVEL {

inline constexpr std::int64_t width = PERCEIVER_LANES;
typedef float Floats __attribute__((vector_size(4 * PERCEIVER_LANES)));
typedef std::int32_t Ints __attribute__((vector_size(4 * PERCEIVER_LANES)));
typedef std::uint32_t Unsigned __attribute__((vector_size(4 * PERCEIVER_LANES)));
typedef std::uint16_t Halves __attribute__((vector_size(2 * PERCEIVER_LANES)));
typedef float Floats4 __attribute__((vector_size(16)));
typedef float Floats8 __attribute__((vector_size(32)));

inline constexpr float log2_e = 1.44269504088896341f;
inline constexpr double ln_2 = 0.693147180559945309;

PERCEIVER_LANES_INLINE Floats splat(float x) { return x - Floats{}; }
PERCEIVER_LANES_INLINE Floats load(const float* p) {
    Floats v;
    std::memcpy(&v, p, sizeof v);
    return v;
}
PERCEIVER_LANES_INLINE void store(float* p, Floats v) { std::memcpy(p, &v, sizeof v); }

/// bfloat16 as its 16 bits; stored rounded to nearest even.
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
/// a > b ? a : b, so b where one of them is NaN. (One instruction, which compilers don't see in the choice.)
PERCEIVER_LANES_INLINE Floats max(Floats a, Floats b) {
#if PERCEIVER_LANES == 16
    return _mm512_mask_max_ps(a, 0xffff, a, b);   // the unmasked one makes GCC 12 warn of its own header
#elif PERCEIVER_LANES == 8
    return _mm256_max_ps(a, b);
#else
    return a > b ? a : b;
#endif
}
/// a < b ? a : b, so b where one of them is NaN.
PERCEIVER_LANES_INLINE Floats min(Floats a, Floats b) {
#if PERCEIVER_LANES == 16
    return _mm512_mask_min_ps(a, 0xffff, a, b);
#elif PERCEIVER_LANES == 8
    return _mm256_min_ps(a, b);
#else
    return a < b ? a : b;
#endif
}

// Halves a vector until four floats are left, with the operation `op` between the halves, then takes those
// together.
template <typename Op>
PERCEIVER_LANES_INLINE float reduce(Floats v, Op op) {
#if PERCEIVER_LANES == 16
    const Floats8 w = op(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7),
                         __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
#elif PERCEIVER_LANES == 8
    const Floats8 w = v;
#endif
#if PERCEIVER_LANES >= 8
    const Floats4 x =
        op(__builtin_shufflevector(w, w, 0, 1, 2, 3), __builtin_shufflevector(w, w, 4, 5, 6, 7));
#else
    const Floats4 x = v;
#endif
    return op(op(float{x[0]}, float{x[2]}), op(float{x[1]}, float{x[3]}));
}
struct Add {
    template <typename V>
    PERCEIVER_LANES_INLINE V operator()(V a, V b) const {
        return a + b;
    }
};
struct Greater {
    template <typename V>
    PERCEIVER_LANES_INLINE V operator()(V a, V b) const {
        return a > b ? a : b;
    }
};
PERCEIVER_LANES_INLINE float sum(Floats v) { return reduce(v, Add{}); }
PERCEIVER_LANES_INLINE float highest(Floats v) { return reduce(v, Greater{}); }

#if PERCEIVER_LANES == 16
/// 2^(i / 32).
alignas(64) inline constexpr float thirty_seconds[32] = {
    1.0f, 1.0218972f, 1.04427373f, 1.06714046f, 1.09050775f, 1.1143868f, 1.13878858f, 1.1637249f,
    1.18920708f, 1.21524739f, 1.24185777f, 1.26905096f, 1.29683959f, 1.32523668f, 1.35425556f, 1.38390994f,
    1.41421354f, 1.44518077f, 1.47682619f, 1.50916445f, 1.54221082f, 1.5759809f, 1.61049032f, 1.64575553f,
    1.68179286f, 1.71861935f, 1.75625217f, 1.79470909f, 1.8340081f, 1.87416768f, 1.91520655f, 1.95714414f};
#endif

/// 2^x for x <= 127 (any number for more), relative error below 2.5e-7; at most 2^-126 for any finite number below
/// -126, NaN for NaN. The rounding constants need the compiler to keep floating-point order: no -ffast-math for files
/// that use this.
struct Exp2 {
#if PERCEIVER_LANES == 16
    // x = n + i / 32 + f: 2^n by an instruction, 2^(i / 32) from a table in two registers, and for 2^f, with f at most
    // 1 / 64, two terms of a minimax fit (5.4e-8) are enough.
    Floats low = load(thirty_seconds), high = load(thirty_seconds + 16);

    /// sum + 2^x.
    PERCEIVER_LANES_INLINE Floats add_to(Floats sum, Floats x) const {
        const Split s(*this, x);
        return sum + s.base * s.rest;
    }
    PERCEIVER_LANES_INLINE Floats operator()(Floats x) const {
        const Split s(*this, x);
        return s.base * s.rest;
    }
    /// As 2^x, but surely no less than 2^126 for anything above.
    PERCEIVER_LANES_INLINE Floats capped(Floats x) const { return (*this)(x); }

private:
    struct Split {
        Floats base, rest;
        PERCEIVER_LANES_INLINE Split(const Exp2& e, Floats x) {
            constexpr float magic = 393216.0f;   // 1.5 * 2^18: adding it leaves 32 x, rounded, in the low bits
            const Floats t = x + magic, k = t - magic, f = x - k;
            const __m512 root = _mm512_permutex2var_ps(e.low, reinterpret_cast<__m512i>(t), e.high);
            base = _mm512_mask_scalef_ps(root, 0xffff, root, k);
            rest = (f * 2.40228657e-1f + 6.93157307e-1f) * f + 1.0f;
        }
    };
#else
    PERCEIVER_LANES_INLINE Floats operator()(Floats x) const {
        constexpr float magic = 12582912.0f;   // 1.5 * 2^23: adding it leaves the rounded integer in the low bits
        x = max(splat(-126.0f), x);
        const Floats t = x + magic;
        const Floats f = x - (t - magic);
        Floats p = splat(1.327647187e-3f);   // a minimax fit, 1.5e-7
        p = p * f + 9.675541328e-3f;
        p = p * f + 5.550713274e-2f;
        p = p * f + 2.402211972e-1f;
        p = p * f + 6.931469671e-1f;
        p = p * f + 1.0f;
        return reinterpret_cast<Floats>(reinterpret_cast<Unsigned>(p) + (reinterpret_cast<Unsigned>(t) << 23));
    }
    PERCEIVER_LANES_INLINE Floats add_to(Floats sum, Floats x) const { return sum + (*this)(x); }
    PERCEIVER_LANES_INLINE Floats capped(Floats x) const { return (*this)(min(splat(126.0f), x)); }
#endif
};

/// log2 x for positive, normal x: absolute error below 2e-6.
PERCEIVER_LANES_INLINE Floats log2(Floats x) {
    // x = m 2^e with m in [sqrt(1/2), sqrt(2)); then log2 m = 2 / ln 2 * atanh(s), s = (m - 1) / (m + 1).
    const Ints bits = reinterpret_cast<Ints>(x) - 0x3f3504f3;
    const Floats e = __builtin_convertvector(bits >> 23, Floats);
    const Floats m = reinterpret_cast<Floats>((bits & 0x007fffff) + 0x3f3504f3);
    const Floats s = (m - 1.0f) / (m + 1.0f), t = s * s;
    Floats p = splat(0.32059888f);   // 2 / (9 ln 2)
    p = p * t + 0.41219859f;
    p = p * t + 0.57707802f;
    p = p * t + 0.96179669f;
    p = p * t + 2.88539008f;
    return p * s + e;
}

}  // namespace perceiver::lanes::PERCEIVER_LEVEL
