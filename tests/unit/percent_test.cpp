// Percentages: rounded as a person rounds, the same for the window, lines and reports.
#include "base/percent.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace perceiver {
namespace {

TEST(Percent, OfEveryCountIsRoundedExactlyWithHalvesUp) {
    for (std::int64_t all = 1; all <= 800; ++all)
        for (std::int64_t some = 0; some <= all; ++some) {
            const std::int64_t tenths = (2000 * some + all) / (2 * all);   // in whole numbers
            ASSERT_EQ(percent_digits(double(some) / double(all)),
                      std::to_string(tenths / 10) + "." + std::to_string(tenths % 10))
                << some << " of " << all;
        }
}

TEST(Percent, TakesHalvesUpWhereTheBinaryNumberIsShortOfThem) {
    EXPECT_EQ(percent(0.5225), "52.3 %");
    EXPECT_EQ(percent(0.0005), "0.1 %");
    EXPECT_EQ(percent(0.12345, 2), "12.35 %");
    EXPECT_EQ(percent(0.125, 0), "13 %");
    EXPECT_EQ(percent(0.999999), "100.0 %");
    EXPECT_EQ(percent(-0.015, 0), "-2 %");
    EXPECT_EQ(percent(-1e-9), "0.0 %");
    EXPECT_EQ(percent(std::nan("")), "nan %");
    EXPECT_EQ(percent_within(0.713, 0.704, 0.7225), "71.3 % (95 %: 70.4 to 72.3)");
}

}  // namespace
}  // namespace perceiver
