// How sure a part of so many is.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace perceiver {

struct Interval {
    double low = 0, high = 0;
};

/// 95 % Wilson score interval of a part of n seen `right` times.
inline Interval wilson(std::int64_t right, std::int64_t n) {
    if (n < 1) return {0, 1};
    const double z = 1.959963984540054, count = double(n), part = double(right) / count;
    const double middle = part + z * z / (2 * count);
    const double half = z * std::sqrt(part * (1 - part) / count + z * z / (4 * count * count));
    return {std::max(0.0, (middle - half) / (1 + z * z / count)), std::min(1.0, (middle + half) / (1 + z * z / count))};
}

}  // namespace perceiver
