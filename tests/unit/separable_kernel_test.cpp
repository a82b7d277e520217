// The separable kernel against its definition in double precision, for every shape of grid it treats
// differently.
#include "perceiver/separable_kernel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "inspect/map_loops.h"
#include "perceiver/cpu_level.h"
#include "perceiver/separable_loops.h"

namespace {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

struct Case {
    std::int64_t rows, cols, channels;
    float sharpness;
};

void PrintTo(const Case& c, std::ostream* out) {
    *out << c.rows << " x " << c.cols << ", " << c.channels << " channels, sharpness " << c.sharpness;
}

struct Problem {
    Case c;
    std::int64_t queries = 5;
    Floats rstd, data, a, row, col, grad_data, grad_row, grad_col;

    explicit Problem(const Case& shape) : c(shape) {
        std::mt19937 random(17);
        std::normal_distribution<float> normal;
        auto some = [&](std::int64_t n, float size) {
            Floats v(static_cast<std::size_t>(n));
            for (float& x : v) x = normal(random) * size;
            return v;
        };
        rstd = some(c.rows * c.cols, 0.2f);
        for (float& x : rstd) x = 1.5f + std::abs(x);
        data = some(c.channels * c.rows * c.cols, 1);
        a = some(queries * c.channels, c.sharpness);
        row = some(queries * c.rows, c.sharpness);
        col = some(queries * c.cols, c.sharpness);
        grad_data = some(queries * c.channels, 1);
        grad_row = some(queries * c.rows, 1);
        grad_col = some(queries * c.cols, 1);
    }
    perceiver::SeparableGrid grid() const { return {c.rows, c.cols, c.channels, rstd.data(), data.data()}; }
    std::size_t pixels() const { return static_cast<std::size_t>(c.rows * c.cols); }
    // rstd * (r + c) + a . data of query q at pixel i, for the scores and for the gradients alike.
    double form(const Floats& va, const Floats& vr, const Floats& vc, std::int64_t q, std::size_t i) const {
        const auto r = static_cast<std::int64_t>(i) / c.cols, k = static_cast<std::int64_t>(i) % c.cols;
        double s = rstd[i] * (double{vr[q * c.rows + r]} + vc[q * c.cols + k]);
        for (std::int64_t d = 0; d < c.channels; ++d)
            s += double{va[q * c.channels + d]} * data[d * pixels() + i];
        return s;
    }
};

struct Outcome {
    Floats log_sum, data, row, col, grad_a, grad_row, grad_col;
    explicit Outcome(const Problem& p)
        : log_sum(p.queries),
          data(p.a.size()),
          row(p.row.size()),
          col(p.col.size()),
          grad_a(p.a.size()),
          grad_row(p.row.size()),
          grad_col(p.col.size()) {}
};

Outcome run(const Problem& p) {
    Outcome o(p);
    perceiver::separable_attend(p.grid(), p.queries, p.a.data(), p.row.data(), p.col.data(), o.log_sum.data(),
                                o.data.data(), o.row.data(), o.col.data());
    perceiver::separable_attend_backward(p.grid(), p.queries, p.a.data(), p.row.data(), p.col.data(),
                                         o.log_sum.data(), o.data.data(), o.row.data(), o.col.data(),
                                         p.grad_data.data(), p.grad_row.data(), p.grad_col.data(),
                                         o.grad_a.data(), o.grad_row.data(), o.grad_col.data());
    return o;
}

// What a weight per pixel adds up to over channels, rows and columns.
struct Totals {
    Doubles data, row, col;
    Totals(const Problem& p, const Doubles& weight) : data(p.c.channels), row(p.c.rows), col(p.c.cols) {
        for (std::size_t i = 0; i < weight.size(); ++i) {
            for (std::int64_t d = 0; d < p.c.channels; ++d) data[d] += weight[i] * p.data[d * p.pixels() + i];
            row[i / p.c.cols] += weight[i] * p.rstd[i];
            col[i % p.c.cols] += weight[i] * p.rstd[i];
        }
    }
};

Doubles softmax(const Problem& p, std::int64_t q, double& log_sum) {
    Doubles w(p.pixels());
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = p.form(p.a, p.row, p.col, q, i);
    const double high = *std::max_element(w.begin(), w.end());
    double total = 0;
    for (double& x : w) total += x = std::exp(x - high);
    for (double& x : w) x /= total;
    log_sum = high + std::log(total);
    return w;
}

// `least`: the size below which an error no longer counts as relative.
void expect_near(const Floats& is, std::int64_t q, const Doubles& expected, double tolerance, double least,
                 const char* what) {
    double size = least;
    for (double x : expected) size = std::max(size, std::abs(x));
    for (std::size_t i = 0; i < expected.size(); ++i)
        ASSERT_NEAR(is[q * expected.size() + i], expected[i], tolerance * size)
            << what << " " << i << " of query " << q;
}

class SeparableKernel : public testing::TestWithParam<Case> {};

void expect_softmax(const Problem& p, double tolerance) {
    const Outcome o = run(p);
    for (std::int64_t q = 0; q < p.queries; ++q) {
        double log_sum = 0;
        const Totals expected(p, softmax(p, q, log_sum));
        ASSERT_NEAR(o.log_sum[q], log_sum, tolerance * std::max(1.0, std::abs(log_sum)));
        expect_near(o.data, q, expected.data, tolerance, 1e-3, "data");
        expect_near(o.row, q, expected.row, tolerance, 1e-3, "row");
        expect_near(o.col, q, expected.col, tolerance, 1e-3, "column");
    }
}

TEST_P(SeparableKernel, SumsEqualTheSoftmaxInDoublePrecision) {
    const Problem p(GetParam());
    // A score of size s carries s * 6e-8 of rounding into its exponential.
    expect_softmax(p, 2e-6 * std::max(1.0f, p.c.sharpness));
}

TEST(SeparableKernelScores, AFirstRowFarAboveOrBelowTheRestIsNoWorse) {
    // What is summed is relative to the first row's best, unless others lie too far above: by how much must not matter.
    for (const float shift : {-1000.0f, -100.0f, -45.0f, -20.0f, 20.0f, 100.0f, 1000.0f})
        for (const std::int64_t channels : {0, 3}) {
            Problem p({40, 70, channels, 1});
            for (std::int64_t q = 0; q < p.queries; ++q) p.row[q * p.c.rows] += shift;
            SCOPED_TRACE(shift);
            expect_softmax(p, 2e-6 * std::max(1.0f, std::abs(shift)));
        }
}

TEST_P(SeparableKernel, GradientsEqualThoseOfTheSoftmaxInDoublePrecision) {
    const Problem p(GetParam());
    const Outcome o = run(p);
    // A weight times the difference of two values of size 1: those cancel, their rounding stays.
    const double tolerance = 4e-6 * std::max(1.0f, p.c.sharpness);
    for (std::int64_t q = 0; q < p.queries; ++q) {
        double unused = 0, mean = 0;
        Doubles w = softmax(p, q, unused), t(w.size());
        for (std::size_t i = 0; i < w.size(); ++i)
            mean += w[i] * (t[i] = p.form(p.grad_data, p.grad_row, p.grad_col, q, i));
        for (std::size_t i = 0; i < w.size(); ++i) w[i] *= t[i] - mean;
        const Totals expected(p, w);
        expect_near(o.grad_a, q, expected.data, tolerance, 1, "gradient of a");
        expect_near(o.grad_row, q, expected.row, tolerance, 1, "gradient of row");
        expect_near(o.grad_col, q, expected.col, tolerance, 1, "gradient of column");
    }
}

INSTANTIATE_TEST_SUITE_P(Grids, SeparableKernel,
                         testing::Values(Case{32, 32, 3, 1}, Case{32, 32, 3, 8}, Case{70, 33, 3, 1},
                                         Case{7, 5, 3, 8}, Case{1, 1, 3, 1}, Case{40, 130, 1, 3},
                                         Case{9, 48, 2, 1}, Case{33, 64, 4, 3}, Case{20, 20, 0, 2}));

TEST(SeparableKernelScores, HugeScoresNeitherOverflowNorVanish) {
    for (const float shift : {-3000.0f, 3000.0f}) {
        Problem p({16, 16, 3, 1});
        std::fill(p.rstd.begin(), p.rstd.end(), 1.0f);  // a constant row table then shifts every score alike
        const Outcome plain = run(p);
        for (float& x : p.row) x += shift;
        const Outcome moved = run(p);
        for (std::size_t i = 0; i < plain.row.size(); ++i) ASSERT_NEAR(moved.row[i], plain.row[i], 2e-3);
    }
}

#ifdef PERCEIVER_X86_LEVELS
TEST(SeparableKernelLevels, EveryInstructionSetThisMachineHasAgrees) {
    using namespace perceiver;
    const Problem p({24, 32, 3, 2});
    const separable::Planes planes{3, 24, 32, 32, 24 * 32, p.rstd.data(), p.data.data()};
    const separable::Tables tables{p.queries, p.a.data(), p.row.data(), p.col.data()};
    std::vector<Outcome> outcomes;
    Floats scratch(separable::scratch_floats(planes));
    auto with = [&](auto attend) {
        Outcome& o = outcomes.emplace_back(p);
        attend(planes, tables, separable::Sums{o.log_sum.data(), o.data.data(), o.row.data(), o.col.data()},
               scratch.data());
    };
    with(separable::baseline::attend);
    if (cpu_level() >= CpuLevel::avx2) with(separable::avx2::attend);
    if (cpu_level() >= CpuLevel::avx512) with(separable::avx512::attend);
    for (const Outcome& o : outcomes)
        for (std::size_t i = 0; i < o.row.size(); ++i) ASSERT_NEAR(o.row[i], outcomes[0].row[i], 1e-5);
}

// A row of one query's scores x, of which the map is made: 2^x where the unit of x is that of log2.
TEST(SeparableKernelLevels, ExponentialsAreExactToTheLastBitsAndEndAtNothing) {
    using namespace perceiver;
    constexpr std::int64_t count = 4096;
    std::mt19937 random(3);
    std::uniform_real_distribution<float> between(-87, 87);
    Floats scores(count), rstd(count, 1.0f), out(count);
    for (float& x : scores) x = between(random);
    scores[7] = 0;
    scores[11] = -200;
    scores[12] = -1e30f;
    scores[13] = std::numeric_limits<float>::quiet_NaN();
    const float nothing = 0;
    const separable::Planes planes{0, 1, count, count, count, rstd.data(), rstd.data()};
    const inspect::MapQueries queries{1, &nothing, &nothing, scores.data(), &nothing};
    const auto with = [&](auto sum_block, const char* level) {
        sum_block(planes, queries, {0, 1, 0, count}, true, out.data(), count);
        for (std::size_t i = 0; i < out.size(); ++i) {
            if (std::isnan(scores[i])) {
                ASSERT_TRUE(std::isnan(out[i])) << level;
                continue;
            }
            // Besides the exponential's own error, that of the change of unit, which grows with the score.
            const double exact = std::exp(double{scores[i]}), allowed = 3e-7 + 1.3e-7 * std::abs(double{scores[i]});
            ASSERT_NEAR(out[i], exact, scores[i] < -87 ? double{inspect::map_least} : exact * allowed)
                << level << ", e^" << scores[i];
        }
        ASSERT_EQ(out[7], 1.0f) << level;
    };
    with(inspect::baseline::sum_block, "baseline");
    if (cpu_level() >= CpuLevel::avx2) with(inspect::avx2::sum_block, "AVX2");
    if (cpu_level() >= CpuLevel::avx512) with(inspect::avx512::sum_block, "AVX-512");
}
#endif

}  // namespace
