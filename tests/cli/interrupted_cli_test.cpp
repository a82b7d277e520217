// Ctrl+C is heard from the first moment on, also while the engine is still being loaded.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "support/program.h"

namespace perceiver {
namespace {

/// A copy of the program beside an engine that never finishes loading: a pipe nobody has written to.
struct InterruptedCli : testing::Test {
    InterruptedCli() {
        test::fs::copy_file(PERCEIVERSCOPE_PROGRAM, program);
        ::mkfifo(engine.c_str(), 0600);
    }
    samples::TemporaryFolder folder;
    const test::fs::path program = folder.path / "perceiverscope", engine = folder.path / "perceiverscope-engine.so";
};

TEST_F(InterruptedCli, EndsAtOnceWhileTheEngineIsBeingLoaded) {
    using namespace std::chrono_literals;
    test::Program started(folder.path, {program.string(), "--headless", "picture.png"}, {});
    int pipe = -1;   // can be opened for writing once the program reads it
    for (int i = 0; i < 6000 && pipe < 0 && started.runs(); ++i, std::this_thread::sleep_for(20ms))
        pipe = ::open(engine.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    ASSERT_GE(pipe, 0) << started.told();
    started.send(SIGINT);
    ::close(pipe);   // a program that did not hear goes on with an engine of no bytes
    const auto ended = started.wait();
    EXPECT_EQ(ended.code, 130);
    EXPECT_EQ(ended.err, "perceiverscope: Cancelled.\n");
}

}  // namespace
}  // namespace perceiver
