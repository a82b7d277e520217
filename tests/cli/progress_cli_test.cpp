// The line that tells how far a run over many files has come: on a terminal only, in colour only where that is wanted.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/program.h"

namespace perceiver {
namespace {

struct ProgressCli : testing::Test {
    test::Outcome run(const std::vector<std::string>& variables, bool on_a_terminal) const {
        const std::string samples = std::string(PERCEIVERSCOPE_RESOURCES) + "/samples/";
        return test::Program(folder.path,
                             {PERCEIVERSCOPE_PROGRAM, "--headless", samples + "ship.jpg", samples + "truck.jpg",
                              samples + "airplane.jpg", samples + "automobile.jpg", "--model", "image-cifar10-fourier"},
                             variables, on_a_terminal)
            .wait();
    }
    samples::TemporaryFolder folder;
};

TEST_F(ProgressCli, IsShownOnATerminalAndWipedAway) {
    int there = -1, here = -1;
    if (::openpty(&there, &here, nullptr, nullptr, nullptr) != 0) GTEST_SKIP() << "this system has no pseudo-terminals";
    ::close(there);
    ::close(here);
    const auto shown = run({}, true);
    EXPECT_EQ(shown.code, 0) << shown.err;
    EXPECT_NE(shown.err.find("0/4"), std::string::npos) << shown.err;
    EXPECT_NE(shown.err.find("\033[34m"), std::string::npos) << "a bar in colour: " << shown.err;
    EXPECT_TRUE(shown.err.ends_with("\r\033[K")) << shown.err;
    const auto plain = run({"NO_COLOR=1"}, true);
    EXPECT_EQ(plain.err.find("\033[34m"), std::string::npos) << plain.err;
    EXPECT_NE(plain.err.find("0/4"), std::string::npos);
}

TEST_F(ProgressCli, IsSilentWhereNobodyLooks) {
    const auto silent = run({}, false);
    EXPECT_EQ(silent.code, 0);
    EXPECT_EQ(silent.err, "");
    EXPECT_EQ(std::count(silent.out.begin(), silent.out.end(), '\n'), 4) << silent.out;
}

}  // namespace
}  // namespace perceiver
