// Protects that an inherited "ignored" is respected, and nothing else.
#include "base/hear_signal.h"

#include <gtest/gtest.h>

namespace perceiver {
namespace {

volatile std::sig_atomic_t heard = 0;
void count(int) { heard = heard + 1; }
void also(int) { heard = heard + 10; }

TEST(HearSignal, IsHeardUnlessItIsIgnored) {
    std::signal(SIGUSR1, SIG_IGN);
    hear(SIGUSR1, count);
    std::raise(SIGUSR1);
    EXPECT_EQ(heard, 0);
    std::signal(SIGUSR1, SIG_DFL);
    hear(SIGUSR1, count);
    std::raise(SIGUSR1);
    EXPECT_EQ(heard, 1);
    hear(SIGUSR1, also);
    std::raise(SIGUSR1);
    EXPECT_EQ(heard, 11);
    std::signal(SIGUSR1, SIG_DFL);
}

}  // namespace
}  // namespace perceiver
