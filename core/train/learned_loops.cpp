// Compiled once per instruction set (cmake/PerceiverScopeLevels.cmake): nothing of the standard library here.
#include "train/learned_loops.h"

#include "perceiver/lanes.h"

namespace perceiver::train::PERCEIVER_LEVEL {
namespace {

namespace lanes = perceiver::lanes::PERCEIVER_LEVEL;
using lanes::Floats;
using lanes::load;
using lanes::splat;
using lanes::store;
using lanes::width;

constexpr std::int64_t K = LearnedShape::data, G = LearnedShape::group;

/// The tables of a group of queries.
struct Group {
    const float *places, *values, *a;

    Group(const LearnedShape& s, const LearnedInput& in, std::int64_t head, std::int64_t first)
        : places(in.places + (head * s.latents + first) * s.elements),
          values(in.values + head * s.depth * s.elements),
          a(in.a + (head * s.latents + first) * K) {}
};

/// One pixel after another of a picture, as many at a time as there are lanes.
struct Pixels {
    Floats rstd, data[K];

    PERCEIVER_LANES_INLINE Pixels(const LearnedShape& s, const LearnedInput& in, std::int64_t picture,
                                  std::int64_t m)
        : rstd(load(in.rstd + picture * s.elements + m)) {
        for (std::int64_t k = 0; k < K; ++k)
            data[k] = load(in.data + (picture * K + k) * s.elements + m);
    }
    PERCEIVER_LANES_INLINE Floats dot(const float* a) const {
        Floats sum = a[0] * data[0];
        for (std::int64_t k = 1; k < K; ++k) sum += a[k] * data[k];
        return sum;
    }
};

/// out[g, j] = factor[g] * sum over m of x[g, m] v[j, m], 4 of j at a time.
PERCEIVER_LANES_INLINE void products(std::int64_t elements, std::int64_t depth, const float* x, const float* v,
                                     const float* factor, float* const* out) {
    for (std::int64_t j = 0; j < depth; j += 4, v += 4 * elements) {
        Floats sum[G][4] = {};
        for (std::int64_t m = 0; m < elements; m += width) {
            Floats row[4];
            for (int i = 0; i < 4; ++i) row[i] = load(v + i * elements + m);
            for (std::int64_t g = 0; g < G; ++g) {
                const Floats weight = load(x + g * elements + m);
                for (int i = 0; i < 4; ++i) sum[g][i] += weight * row[i];
            }
        }
        for (std::int64_t g = 0; g < G; ++g)
            for (int i = 0; i < 4; ++i) out[g][j + i] = lanes::sum(sum[g][i]) * factor[g];
    }
}

void forward(const LearnedShape& s, const LearnedInput& in, std::int64_t head, std::int64_t first,
             float* log_sum, float* out, float* scratch) {
    const Group tables(s, in, head, first);
    for (std::int64_t b = 0; b < s.pictures; ++b) {
        Floats high[G];
        for (std::int64_t g = 0; g < G; ++g) high[g] = splat(-3e38f);
        for (std::int64_t m = 0; m < s.elements; m += width) {
            const Pixels pixels(s, in, b, m);
            for (std::int64_t g = 0; g < G; ++g) {
                const Floats score = pixels.rstd * lanes::log2_e *
                                     (load(tables.places + g * s.elements + m) + pixels.dot(tables.a + g * K));
                high[g] = lanes::max(high[g], score);
                store(scratch + g * s.elements + m, score);
            }
        }
        float* to[G];
        float factor[G];
        for (std::int64_t g = 0; g < G; ++g) {
            const float top = lanes::highest(high[g]);
            const lanes::Exp2 exp2;
            Floats total = {}, data[K] = {};
            for (std::int64_t m = 0; m < s.elements; m += width) {
                const Pixels pixels(s, in, b, m);
                const Floats e = exp2(load(scratch + g * s.elements + m) - top), weight = e * pixels.rstd;
                total += e;
                for (std::int64_t k = 0; k < K; ++k) data[k] += weight * pixels.data[k];
                store(scratch + g * s.elements + m, weight);
            }
            const float sum = lanes::sum(total);
            factor[g] = 1 / sum;
            to[g] = out + s.at(b, first + g, head);
            for (std::int64_t k = 0; k < K; ++k) to[g][k] = lanes::sum(data[k]) * factor[g];
            to[g] += K;
            log_sum[(b * s.heads + head) * s.latents + first + g] =
                (top + lanes::log2(splat(sum))[0]) * static_cast<float>(lanes::ln_2);
        }
        products(s.elements, s.depth, scratch, tables.values, factor, to);
    }
}

/// What the backward pass knows of a group of queries and a picture.
struct Back {
    float log_sum[G], mean[G];  // mean: of the weights' gradients, under the weights
    const float* grad[G];       // [data + depth]

    PERCEIVER_LANES_INLINE Back(const LearnedShape& s, const LearnedGradients& g, std::int64_t head,
                                std::int64_t first, std::int64_t b) {
        for (std::int64_t i = 0; i < G; ++i) {
            log_sum[i] = g.log_sum[(b * s.heads + head) * s.latents + first + i] * lanes::log2_e;
            grad[i] = g.grad_out + s.at(b, first + i, head);
            const float* out = g.out + s.at(b, first + i, head);
            mean[i] = 0;
            for (std::int64_t c = 0; c < s.width(); ++c) mean[i] += grad[i][c] * out[c];
        }
    }
};

/// Pixels [m, m + width) of one picture.
PERCEIVER_LANES_INLINE void back(const LearnedShape& s, const LearnedInput& in, const Group& tables,
                                 const Back& known, std::int64_t b, std::int64_t m, float* grad_places,
                                 float* grad_values, float* grad_rstd, Floats (*grad_a)[K]) {
    const Pixels pixels(s, in, b, m);
    const lanes::Exp2 exp2;
    Floats form[G], weight[G], read[G], grad_read[G];
    for (std::int64_t g = 0; g < G; ++g) {
        form[g] = load(tables.places + g * s.elements + m) + pixels.dot(tables.a + g * K);
        weight[g] = exp2(pixels.rstd * form[g] * lanes::log2_e - known.log_sum[g]);
        read[g] = weight[g] * pixels.rstd;
        grad_read[g] = pixels.dot(known.grad[g]);
    }
    for (std::int64_t j = 0; j < s.depth; ++j) {
        const Floats value = load(tables.values + j * s.elements + m);
        Floats grad_value = load(grad_values + j * s.elements + m);
        for (std::int64_t g = 0; g < G; ++g) {
            const Floats pull = splat(known.grad[g][K + j]);
            grad_read[g] += pull * value;
            grad_value += pull * read[g];
        }
        store(grad_values + j * s.elements + m, grad_value);
    }
    Floats rstd = load(grad_rstd + m);
    for (std::int64_t g = 0; g < G; ++g) {
        const Floats grad_score = weight[g] * (grad_read[g] * pixels.rstd - known.mean[g]);
        const Floats grad_form = grad_score * pixels.rstd;
        store(grad_places + g * s.elements + m, load(grad_places + g * s.elements + m) + grad_form);
        for (std::int64_t k = 0; k < K; ++k) grad_a[g][k] += grad_form * pixels.data[k];
        rstd += grad_read[g] * weight[g] + grad_score * form[g];
    }
    store(grad_rstd + m, rstd);
}

void backward(const LearnedShape& s, const LearnedInput& in, std::int64_t head, std::int64_t first,
              const LearnedGradients& g) {
    const Group tables(s, in, head, first);
    float* grad_places = g.places + (head * s.latents + first) * s.elements;
    float* grad_values = g.values + head * s.depth * s.elements;
    Floats grad_a[G][K] = {};
    for (std::int64_t i = 0; i < G * s.elements; ++i) grad_places[i] = 0;
    // So many pixels that all their tables stay in the nearest cache over all pictures.
    constexpr std::int64_t chunk = 256;
    for (std::int64_t begin = 0; begin < s.elements; begin += chunk) {
        const std::int64_t end = begin + chunk < s.elements ? begin + chunk : s.elements;
        for (std::int64_t b = 0; b < s.pictures; ++b) {
            const Back known(s, g, head, first, b);
            for (std::int64_t m = begin; m < end; m += width)
                back(s, in, tables, known, b, m, grad_places, grad_values, g.rstd + b * s.elements, grad_a);
        }
    }
    for (std::int64_t i = 0; i < G; ++i)
        for (std::int64_t k = 0; k < K; ++k)
            g.a[(head * s.latents + first + i) * K + k] = lanes::sum(grad_a[i][k]);
}

}  // namespace

extern const LearnedLoops learned = {forward, backward};

}  // namespace perceiver::train::PERCEIVER_LEVEL
