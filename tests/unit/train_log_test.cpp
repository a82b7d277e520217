// Protects the log of a run: what is written is read, and what is damaged is refused by its line.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/expect_error.h"
#include "train/log.h"

namespace perceiver::train {
namespace {

const std::string head = std::string(LogRow::head) + "\n";

std::string refusal(const std::string& text) {
    const auto failure = samples::failure_of([&] { parse_log(text); });
    EXPECT_EQ(failure.code, ErrorCode::unreadable_input) << text;
    return failure.sentence;
}

TEST(TrainLog, WhatIsWrittenIsRead) {
    const LogRow plain{36, 30, 0.047, 2.268, 0.1966, 76.7, 1.415e-4, {}};
    LogRow measured{72, 60.2, 0.094, 2.0712, 0.2569, 76.4, 1.5e-7, 0.322};
    const auto rows = parse_log(head + plain.text() + "\n" + measured.text() + "\n");
    ASSERT_EQ(rows.size(), 2u);
    EXPECT_EQ(rows[0].step, 36);
    EXPECT_FALSE(rows[0].held_out);
    EXPECT_EQ(rows[1].text(), measured.text());
    EXPECT_EQ(rows[1].held_out, 0.322);
    EXPECT_EQ(rows[1].loss, 2.0712);
    EXPECT_EQ(parse_log(head + plain.text()).size(), 1u) << "without the last end of line";
}

// Found by the fuzzer: such a row was longer than what it was written into.
TEST(TrainLog, TheLargestNumbersAreWrittenWhole) {
    const double most = 1e308;
    const LogRow row{999'999'999'999'999, -most, -most, -most, -most, -most, -1e299, -most};
    const auto again = parse_log(head + row.text());
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].step, row.step);
    EXPECT_EQ(again[0].loss, row.loss);
    EXPECT_EQ(again[0].held_out, row.held_out);
    EXPECT_EQ(again[0].text(), row.text());
}

TEST(TrainLog, CutWithinARowItIsRefused) {
    const std::string row = "72,60.2,0.094,2.0712,0.2569,76.4,1.583e-07,";
    for (std::size_t length = 1; length < row.size() - 1; ++length) {
        const std::string part = row.substr(0, length);
        if (std::count(part.begin(), part.end(), ',') == 6 && std::string(",e-").find(part.back()) == std::string::npos)
            continue;  // a shorter last number is one too
        EXPECT_NE(refusal(head + part).find("line 2"), std::string::npos) << part;
    }
}

TEST(TrainLog, WhatIsNoLogIsRefused) {
    refusal("");
    refusal(head);
    EXPECT_NE(refusal("step,loss\n1,2\n").find("first line"), std::string::npos);
    EXPECT_NE(refusal(head + "1,1,1,1,1,1,1,1,1\n").find("too many cells"), std::string::npos);
    EXPECT_NE(refusal(head + "1,nan,1,1,1,1,1,\n").find("no number"), std::string::npos);
    EXPECT_NE(refusal(head + "-1,1,1,1,1,1,1,\n").find("no step"), std::string::npos);
    refusal(head + "1e300,1,1,1,1,1,1,\n");
}

}  // namespace
}  // namespace perceiver::train
