// Parts of a whole as a person reads them: the same digits in the window, in lines and in reports.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

namespace perceiver {

/// "52.3" of 0.5225: 100 times `part` with so many decimals after a point, whatever the locale. Halves go up, as a
/// person counts; printf would take the even digit, or what the binary number is short of.
inline std::string percent_digits(double part, int decimals = 1) {
    if (!std::isfinite(part)) return "nan";
    std::int64_t scale = 1;
    for (int i = 0; i < decimals; ++i) scale *= 10;
    constexpr double short_of = 1e-6;   // of the last digit: a decimal half as a binary number
    const auto steps = static_cast<std::int64_t>(std::floor(std::abs(part) * 100 * double(scale) + 0.5 + short_of));
    std::string digits(part < 0 && steps > 0 ? "-" : "");
    digits += std::to_string(steps / scale);
    if (decimals > 0) (digits += '.').append(std::to_string(scale + steps % scale), 1);
    return digits;
}

/// "52.3 %".
inline std::string percent(double part, int decimals = 1) { return percent_digits(part, decimals) + " %"; }

/// "71.3 % (95 %: 70.4 to 72.2)": a part and its interval.
inline std::string percent_within(double part, double low, double high, int decimals = 1) {
    return percent(part, decimals) + " (95 %: " + percent_digits(low, decimals) + " to " +
           percent_digits(high, decimals) + ")";
}

}  // namespace perceiver
