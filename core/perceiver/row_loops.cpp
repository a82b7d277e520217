#include "perceiver/row_loops.h"

#include <math.h>

#include "perceiver/lanes.h"

namespace perceiver::rows::PERCEIVER_LEVEL {
namespace {

namespace lanes = perceiver::lanes::PERCEIVER_LEVEL;
using lanes::Floats;
using lanes::width;

// The last columns, fewer than a vector; the rest of the lanes are `otherwise`.
PERCEIVER_LANES_INLINE Floats load_some(const float* p, std::int64_t n, float otherwise) {
    Floats v = lanes::splat(otherwise);
    for (std::int64_t i = 0; i < n; ++i) v[i] = p[i];
    return v;
}
template <typename T>
PERCEIVER_LANES_INLINE void store_some(T* p, std::int64_t n, Floats v) {
    T all[PERCEIVER_LANES];
    lanes::store(all, v);
    for (std::int64_t i = 0; i < n; ++i) p[i] = all[i];
}

template <typename T>
PERCEIVER_LANES_INLINE void norm_row(const Norm& n, const float* x, T* out) {
    const std::int64_t whole = n.columns / width * width, rest = n.columns - whole;
    Floats sum = {};
    for (std::int64_t c = 0; c < whole; c += width) sum += lanes::load(x + c);
    if (rest) sum += load_some(x + whole, rest, 0);
    const float mean = lanes::sum(sum) / static_cast<float>(n.columns);
    Floats squares = {};
    for (std::int64_t c = 0; c < whole; c += width) {
        const Floats d = lanes::load(x + c) - mean;
        squares += d * d;
    }
    if (rest) {
        const Floats d = load_some(x + whole, rest, mean) - mean;
        squares += d * d;
    }
    const float inverse = 1.0f / sqrtf(lanes::sum(squares) / static_cast<float>(n.columns) + n.eps);
    for (std::int64_t c = 0; c < whole; c += width)
        lanes::store(out + c,
                     (lanes::load(x + c) - mean) * inverse * lanes::load(n.weight + c) + lanes::load(n.bias + c));
    if (rest)
        store_some(out + whole, rest,
                   (load_some(x + whole, rest, 0) - mean) * inverse * load_some(n.weight + whole, rest, 0) +
                       load_some(n.bias + whole, rest, 0));
}

template <typename T>
PERCEIVER_LANES_INLINE void softmax_row(std::int64_t n, float* x, T* out) {
    constexpr float lowest = -1e30f;
    const lanes::Exp2 exp2;
    const std::int64_t whole = n / width * width, rest = n - whole;
    Floats high = lanes::splat(lowest);
    for (std::int64_t c = 0; c < whole; c += width) high = lanes::max(high, lanes::load(x + c));
    if (rest) high = lanes::max(high, load_some(x + whole, rest, lowest));
    const float top = lanes::highest(high);
    Floats sum = {};
    for (std::int64_t c = 0; c < whole; c += width) {
        const Floats e = exp2((lanes::load(x + c) - top) * lanes::log2_e);
        lanes::store(x + c, e);
        sum += e;
    }
    if (rest) {
        Floats e = exp2((load_some(x + whole, rest, lowest) - top) * lanes::log2_e);
        store_some(x + whole, rest, e);
        for (std::int64_t i = rest; i < width; ++i) e[i] = 0;
        sum += e;
    }
    const float share = 1.0f / lanes::sum(sum);
    for (std::int64_t c = 0; c < whole; c += width) lanes::store(out + c, lanes::load(x + c) * share);
    if (rest) store_some(out + whole, rest, load_some(x + whole, rest, 0) * share);
}

}  // namespace

void layer_norm(const Norm& n, const float* x, float* out) { norm_row(n, x, out); }
void layer_norm(const Norm& n, const float* x, std::uint16_t* out) { norm_row(n, x, out); }
void softmax(std::int64_t n, float* x, float* out) { softmax_row(n, x, out); }
void softmax(std::int64_t n, float* x, std::uint16_t* out) { softmax_row(n, x, out); }

}  // namespace perceiver::rows::PERCEIVER_LEVEL
