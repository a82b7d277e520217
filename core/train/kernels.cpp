// Compiled once per instruction set (cmake/PerceiverScopeLevels.cmake): nothing of the standard library here.
#include "train/kernels.h"

#include <math.h>

#include "perceiver/lanes.h"

namespace perceiver::train::PERCEIVER_LEVEL {
namespace {

namespace lanes = perceiver::lanes::PERCEIVER_LEVEL;
using lanes::Floats;
using lanes::load;
using lanes::splat;
using lanes::store;
using lanes::width;

// e^x and the error function (Abramowitz and Stegun 7.1.26, absolute error 1.5e-7).
PERCEIVER_LANES_INLINE Floats exp(Floats x) {
    return lanes::Exp2()(lanes::max(splat(-126.0f), x * lanes::log2_e));   // a square's may be -infinity
}
PERCEIVER_LANES_INLINE Floats magnitude(Floats x) { return lanes::max(x, -x); }

struct Normal {
    Floats cdf, pdf;
};
// Standard normal distribution and density.
PERCEIVER_LANES_INLINE Normal normal(Floats x) {
    const Floats e = exp(x * x * -0.5f);
    const Floats y = magnitude(x) * 0.70710678f;
    const Floats t = 1.0f / (1.0f + 0.3275911f * y);
    const Floats p = t * (0.254829592f +
                          t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
    const Floats tail = 0.5f * p * e;  // of the normal distribution beyond |x|
    return {x > 0.0f ? 1.0f - tail : tail, e * 0.39894228f};
}

// C[m, n] = A[m, k] B[k, n]; A by its strides, B and C row-major; M rows and J vectors of columns at a time.
template <int M, int J>
PERCEIVER_LANES_INLINE void tile(std::int64_t depth, const float* a, std::int64_t a_row, std::int64_t a_col,
                                 const float* b, std::int64_t ldb, float* c, std::int64_t ldc) {
    Floats acc[M][J] = {};
    for (std::int64_t k = 0; k < depth; ++k) {
        Floats bv[J];
        for (int j = 0; j < J; ++j) bv[j] = load(b + k * ldb + j * width);
        for (int m = 0; m < M; ++m) {
            const Floats av = splat(a[m * a_row + k * a_col]);
            for (int j = 0; j < J; ++j) acc[m][j] += av * bv[j];
        }
    }
    for (int m = 0; m < M; ++m)
        for (int j = 0; j < J; ++j) store(c + m * ldc + j * width, acc[m][j]);
}
PERCEIVER_LANES_INLINE void multiply(std::int64_t rows, std::int64_t depth, std::int64_t cols, const float* a,
                                     std::int64_t a_row, std::int64_t a_col, const float* b, std::int64_t ldb,
                                     float* c, std::int64_t ldc) {
    std::int64_t n = 0;
    for (; n + 4 * width <= cols; n += 4 * width)
        for (std::int64_t m = 0; m < rows; m += 4)
            tile<4, 4>(depth, a + m * a_row, a_row, a_col, b + n, ldb, c + m * ldc + n, ldc);
    for (; n + 2 * width <= cols; n += 2 * width)
        for (std::int64_t m = 0; m < rows; m += 8)
            tile<8, 2>(depth, a + m * a_row, a_row, a_col, b + n, ldb, c + m * ldc + n, ldc);
    for (; n < cols; n += width)
        for (std::int64_t m = 0; m < rows; m += 8)
            tile<8, 1>(depth, a + m * a_row, a_row, a_col, b + n, ldb, c + m * ldc + n, ldc);
}

// One head's q (scaled), k or v as floats, [tokens, depth] and optionally its transpose.
template <typename T>
PERCEIVER_LANES_INLINE void unpack(const AttentionShape& s, std::int64_t depth, const T* from,
                                   const float* bias, float scale, float* plain) {
    for (std::int64_t t = 0; t < s.tokens; ++t)
        for (std::int64_t c = 0; c < depth; c += width)
            store(plain + t * depth + c, (load(from + t * 3 * s.channels + c) + load(bias + c)) * scale);
}
PERCEIVER_LANES_INLINE void transpose(std::int64_t rows, std::int64_t cols, const float* from, float* to) {
    for (std::int64_t c = 0; c < cols; ++c)
        for (std::int64_t r = 0; r < rows; ++r) to[c * rows + r] = from[r * cols + c];
}

template <typename T>
void add_norm(const NormShape& s, const float* x, const T* delta, const float* bias, const float* scale,
              const float* shift, float* sum, T* out, float* mean, float* rstd) {
    const std::int64_t channels = s.channels;
    const float inverse = 1.0f / static_cast<float>(channels);
    for (std::int64_t r = 0; r < s.rows; ++r) {
        const float* from = x + r * channels;
        float* to = sum + r * channels;
        Floats total = {};
        for (std::int64_t c = 0; c < channels; c += width) {
            Floats v = load(from + c);
            if (delta) v += load(delta + r * channels + c);
            if (bias) v += load(bias + c);
            store(to + c, v);
            total += v;
        }
        const float m = lanes::sum(total) * inverse;
        Floats squares = {};
        for (std::int64_t c = 0; c < channels; c += width) {
            const Floats d = load(to + c) - m;
            squares += d * d;
        }
        const float i = 1.0f / sqrtf(lanes::sum(squares) * inverse + s.eps);
        for (std::int64_t c = 0; c < channels; c += width)
            store(out + r * channels + c, (load(to + c) - m) * i * load(scale + c) + load(shift + c));
        mean[r] = m;
        rstd[r] = i;
    }
}

template <typename T>
void add_norm_backward(const NormShape& s, const float* sum, const float* mean, const float* rstd,
                       const float* scale, const NormGradients<T>& grad) {
    const std::int64_t channels = s.channels;
    const float inverse = 1.0f / static_cast<float>(channels);
    for (std::int64_t r = 0; r < s.rows; ++r) {
        const std::int64_t at = r * channels;
        const float m = mean[r], i = rstd[r];
        Floats s1 = {}, s2 = {};
        for (std::int64_t c = 0; c < channels; c += width) {
            const Floats g = load(grad.out + at + c), h = (load(sum + at + c) - m) * i,
                         gs = g * load(scale + c);
            s1 += gs;
            s2 += gs * h;
            store(grad.scale + c, load(grad.scale + c) + g * h);
            store(grad.shift + c, load(grad.shift + c) + g);
        }
        const float a = lanes::sum(s1) * inverse, b = lanes::sum(s2) * inverse;
        for (std::int64_t c = 0; c < channels; c += width) {
            const Floats g = load(grad.out + at + c), h = (load(sum + at + c) - m) * i;
            Floats d = (g * load(scale + c) - a - h * b) * i;
            if (grad.sum) d += load(grad.sum + at + c);
            store(grad.x + at + c, d);
            if (grad.delta) store(grad.delta + at + c, d);
            if (grad.bias) store(grad.bias + c, load(grad.bias + c) + d);
        }
    }
}

template <typename T>
void bias_gelu(std::int64_t rows, std::int64_t channels, const T* x, const float* bias, T* out) {
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < channels; c += width) {
            const Floats v = load(x + r * channels + c) + load(bias + c);
            store(out + r * channels + c, v * normal(v).cdf);
        }
}
template <typename T>
void bias_gelu_backward(std::int64_t rows, std::int64_t channels, const T* x, const float* bias,
                        const T* grad_out, T* grad_x, float* grad_bias) {
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < channels; c += width) {
            const Floats v = load(x + r * channels + c) + load(bias + c);
            const Normal n = normal(v);
            const Floats g = load(grad_out + r * channels + c) * (n.cdf + v * n.pdf);
            store(grad_x + r * channels + c, g);
            store(grad_bias + c, load(grad_bias + c) + g);
        }
}

template <typename T>
void attention(const AttentionShape& s, const T* qkv, const float* bias, T* out, T* weights, float* scratch) {
    const std::int64_t n = s.tokens, d = s.channels / s.heads;
    float *q = scratch, *k = q + n * d, *v = k + n * d, *kt = v + n * d, *o = kt + n * d, *p = o + n * d;
    const float scale = 1.0f / sqrtf(static_cast<float>(d));
    for (std::int64_t h = 0; h < s.heads; ++h) {
        unpack(s, d, qkv + h * d, bias + h * d, scale, q);
        unpack(s, d, qkv + s.channels + h * d, bias + s.channels + h * d, 1.0f, k);
        unpack(s, d, qkv + 2 * s.channels + h * d, bias + 2 * s.channels + h * d, 1.0f, v);
        transpose(n, d, k, kt);
        multiply(n, d, n, q, d, 1, kt, n, p, n);
        for (std::int64_t i = 0; i < n; ++i) {
            float* row = p + i * n;
            Floats high = load(row);
            for (std::int64_t j = width; j < n; j += width) high = lanes::max(high, load(row + j));
            const float top = lanes::highest(high);
            Floats total = {};
            for (std::int64_t j = 0; j < n; j += width) {
                const Floats e = exp(load(row + j) - top);
                store(row + j, e);
                total += e;
            }
            const float f = 1.0f / lanes::sum(total);
            for (std::int64_t j = 0; j < n; j += width) {
                const Floats e = load(row + j) * f;
                store(row + j, e);
                store(weights + (h * n + i) * n + j, e);
            }
        }
        multiply(n, n, d, p, n, 1, v, d, o, d);
        for (std::int64_t i = 0; i < n; ++i)
            for (std::int64_t c = 0; c < d; c += width)
                store(out + i * s.channels + h * d + c, load(o + i * d + c));
    }
}

template <typename T>
void attention_backward(const AttentionShape& s, const T* qkv, const float* bias, const T* weights,
                        const T* grad_out, T* grad_qkv, float* grad_bias, float* scratch) {
    const std::int64_t n = s.tokens, d = s.channels / s.heads;
    float *q = scratch, *k = q + n * d, *v = k + n * d, *vt = v + n * d, *g = vt + n * d, *gq = g + n * d,
          *gk = gq + n * d, *gv = gk + n * d, *p = gv + n * d, *ds = p + n * n;
    const float scale = 1.0f / sqrtf(static_cast<float>(d));
    for (std::int64_t h = 0; h < s.heads; ++h) {
        unpack(s, d, qkv + h * d, bias + h * d, scale, q);
        unpack(s, d, qkv + s.channels + h * d, bias + s.channels + h * d, 1.0f, k);
        unpack(s, d, qkv + 2 * s.channels + h * d, bias + 2 * s.channels + h * d, 1.0f, v);
        transpose(n, d, v, vt);
        for (std::int64_t i = 0; i < n; ++i) {
            for (std::int64_t c = 0; c < d; c += width)
                store(g + i * d + c, load(grad_out + i * s.channels + h * d + c));
            for (std::int64_t j = 0; j < n; j += width)
                store(p + i * n + j, load(weights + (h * n + i) * n + j));
        }
        multiply(n, d, n, g, d, 1, vt, n, ds, n);
        for (std::int64_t i = 0; i < n; ++i) {
            Floats dot = {};
            for (std::int64_t j = 0; j < n; j += width) dot += load(ds + i * n + j) * load(p + i * n + j);
            const float mean = lanes::sum(dot);
            for (std::int64_t j = 0; j < n; j += width)
                store(ds + i * n + j, (load(ds + i * n + j) - mean) * load(p + i * n + j));
        }
        multiply(n, n, d, ds, n, 1, k, d, gq, d);
        multiply(n, n, d, ds, 1, n, q, d, gk, d);
        multiply(n, n, d, p, 1, n, g, d, gv, d);
        const float* parts[3] = {gq, gk, gv};
        for (int part = 0; part < 3; ++part) {
            const float f = part == 0 ? scale : 1.0f;
            float* gb = grad_bias + part * s.channels + h * d;
            for (std::int64_t i = 0; i < n; ++i)
                for (std::int64_t c = 0; c < d; c += width) {
                    const Floats x = load(parts[part] + i * d + c) * f;
                    store(grad_qkv + i * 3 * s.channels + part * s.channels + h * d + c, x);
                    store(gb + c, load(gb + c) + x);
                }
        }
    }
}

PERCEIVER_LANES_INLINE float widened(float x) { return x; }
PERCEIVER_LANES_INLINE float widened(std::uint16_t x) {
    const std::uint32_t u = std::uint32_t{x} << 16;
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}
PERCEIVER_LANES_INLINE void narrow(float x, float& to) { to = x; }
PERCEIVER_LANES_INLINE void narrow(float x, std::uint16_t& to) {
    std::uint32_t u;
    memcpy(&u, &x, sizeof u);
    to = static_cast<std::uint16_t>((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
}
template <typename T>
PERCEIVER_LANES_INLINE void spread(std::int64_t n, const T* from, float* to) {
    std::int64_t i = 0;
    for (; i + width <= n; i += width) store(to + i, load(from + i));
    for (; i < n; ++i) to[i] = widened(from[i]);
}
template <typename T>
PERCEIVER_LANES_INLINE void gather(std::int64_t n, const float* from, T* to) {
    std::int64_t i = 0;
    for (; i + width <= n; i += width) store(to + i, load(from + i));
    for (; i < n; ++i) narrow(from[i], to[i]);
}

// Rows of any length go through floats filled up to whole vectors with `rest`.
template <typename T>
PERCEIVER_LANES_INLINE void fill_up(std::int64_t n, std::int64_t whole, const T* from, float rest, float* to) {
    spread(n, from, to);
    for (std::int64_t i = n; i < whole; ++i) to[i] = rest;
}
template <typename T>
void softmax(std::int64_t rows, std::int64_t cols, T* x, float* scratch) {
    const std::int64_t whole = (cols + width - 1) / width * width;
    for (std::int64_t r = 0; r < rows; ++r, x += cols) {
        fill_up(cols, whole, x, -3e38f, scratch);
        Floats high = load(scratch);
        for (std::int64_t i = width; i < whole; i += width) high = lanes::max(high, load(scratch + i));
        const float top = lanes::highest(high);
        Floats total = {};
        for (std::int64_t i = 0; i < whole; i += width) {
            const Floats score = load(scratch + i), e = score > -3e38f ? exp(score - top) : Floats{};
            store(scratch + i, e);
            total += e;
        }
        const float f = 1.0f / lanes::sum(total);
        for (std::int64_t i = 0; i < whole; i += width) store(scratch + i, load(scratch + i) * f);
        gather(cols, scratch, x);
    }
}
template <typename T>
void softmax_backward(std::int64_t rows, std::int64_t cols, const T* weights, T* grad, float* scratch) {
    const std::int64_t whole = (cols + width - 1) / width * width;
    float *p = scratch, *g = scratch + whole;
    for (std::int64_t r = 0; r < rows; ++r, weights += cols, grad += cols) {
        fill_up(cols, whole, weights, 0.0f, p);
        fill_up(cols, whole, grad, 0.0f, g);
        Floats dot = {};
        for (std::int64_t i = 0; i < whole; i += width) dot += load(p + i) * load(g + i);
        const float mean = lanes::sum(dot);
        for (std::int64_t i = 0; i < whole; i += width) store(g + i, (load(g + i) - mean) * load(p + i));
        gather(cols, g, grad);
    }
}

template <typename T>
void unpack_tables(const TableShape& s, const T* packed, float* a, float* row, float* col) {
    for (std::int64_t q = 0; q < s.queries; ++q, packed += s.channels + s.rows + s.cols) {
        spread(s.channels, packed, a + q * s.channels);
        spread(s.rows, packed + s.channels, row + q * s.rows);
        spread(s.cols, packed + s.channels + s.rows, col + q * s.cols);
    }
}
template <typename T>
void pack_tables(const TableShape& s, const float* a, const float* row, const float* col, T* packed) {
    for (std::int64_t q = 0; q < s.queries; ++q, packed += s.channels + s.rows + s.cols) {
        gather(s.channels, a + q * s.channels, packed);
        gather(s.rows, row + q * s.rows, packed + s.channels);
        gather(s.cols, col + q * s.cols, packed + s.channels + s.rows);
    }
}

template <typename T>
constexpr Kernels<T> all = {add_norm<T>,         add_norm_backward<T>, bias_gelu<T>, bias_gelu_backward<T>,
                            attention<T>,        attention_backward<T>, softmax<T>,   softmax_backward<T>,
                            unpack_tables<T>, pack_tables<T>};

}  // namespace

extern const Kernels<float> in_float = all<float>;
extern const Kernels<std::uint16_t> in_bfloat = all<std::uint16_t>;

}  // namespace perceiver::train::PERCEIVER_LEVEL
