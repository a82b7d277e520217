#include "ui/state/resample.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace perceiver::ui {

std::vector<float> resampled(std::span<const float> samples, int from, int to) {
    if (from == to || samples.empty() || from < 1 || to < 1) return {samples.begin(), samples.end()};
    constexpr int kPeriods = 10, kSteps = 512;  // of the table, per period
    static const std::vector<double> table = [] {
        std::vector<double> t(kPeriods * kSteps + 2, 0.0);
        t[0] = 1;
        for (std::size_t i = 1; i <= std::size_t(kPeriods * kSteps); ++i) {
            const double x = double(i) / kSteps * std::numbers::pi;
            t[i] = std::sin(x) / x * (0.5 + 0.5 * std::cos(x / kPeriods));
        }
        return t;
    }();
    const double cut = std::min(1.0, double(to) / from), reach = kPeriods / cut;
    const auto have = std::int64_t(samples.size());
    std::vector<float> out(std::size_t(double(have) * to / from));
    for (std::size_t i = 0; i < out.size(); ++i) {
        const double at = double(i) * from / to;
        const auto first = std::max<std::int64_t>(0, std::int64_t(std::ceil(at - reach))),
                   last = std::min<std::int64_t>(have - 1, std::int64_t(std::floor(at + reach)));
        double sum = 0;
        for (std::int64_t k = first; k <= last; ++k) {
            const double place = std::abs(double(k) - at) * cut * kSteps;
            const auto step = std::size_t(place);
            const double t = place - double(step);
            sum += double(samples[std::size_t(k)]) * ((1 - t) * table[step] + t * table[step + 1]);
        }
        out[i] = float(sum * cut);
    }
    return out;
}

}  // namespace perceiver::ui
