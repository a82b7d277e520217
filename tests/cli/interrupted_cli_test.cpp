// Ctrl+C is heard from the first moment on, also while the engine is still being loaded; but not by a program that was
// started with it ignored, as nohup and scripts do.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <thread>

#include "support/program.h"

namespace perceiver {
namespace {

/// Opens a pipe for writing once the program reads it; -1 where the program ended before.
int open_when_read(const test::fs::path& pipe, const test::Program& program) {
    using namespace std::chrono_literals;
    int opened = -1;
    for (int i = 0; i < 6000 && opened < 0 && program.runs(); ++i, std::this_thread::sleep_for(20ms))
        opened = ::open(pipe.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    return opened;
}

/// A copy of the program beside an engine that never finishes loading: a pipe nobody has written to.
struct InterruptedCli : testing::Test {
    InterruptedCli() {
        test::fs::copy_file(PERCEIVERSCOPE_PROGRAM, program);
        ::mkfifo(engine.c_str(), 0600);
    }
    test::Outcome interrupted(int ignored) const {
        test::Program started(folder.path, {program.string(), "--headless", "picture.png"}, {}, false, ignored);
        const int pipe = open_when_read(engine, started);
        EXPECT_GE(pipe, 0) << started.told();
        started.send(SIGINT);
        ::close(pipe);   // a program that did not hear goes on with an engine of no bytes
        return started.wait();
    }
    samples::TemporaryFolder folder;
    const test::fs::path program = folder.path / "perceiverscope", engine = folder.path / "perceiverscope-engine.so";
};

TEST_F(InterruptedCli, EndsAtOnceWhileTheEngineIsBeingLoaded) {
    const auto ended = interrupted(0);
    EXPECT_EQ(ended.code, 130);
    EXPECT_EQ(ended.err, "perceiverscope: Cancelled.\n");
}

TEST_F(InterruptedCli, WhereInterruptsAreIgnoredTheEngineIsLoadedOn) {
    const auto ended = interrupted(SIGINT);
    EXPECT_EQ(ended.code, 6) << ended.err;
    EXPECT_NE(ended.err.find(engine.filename().string()), std::string::npos) << ended.err;
}

/// The program at work, held where it opens the file of findings: a pipe.
struct InterruptedWork : testing::Test {
    InterruptedWork() { ::mkfifo(findings.c_str(), 0600); }
    test::Outcome interrupted(int ignored, const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments{
            PERCEIVERSCOPE_PROGRAM, "--headless", std::string(PERCEIVERSCOPE_RESOURCES) + "/samples/ship.jpg",
            "--model", "image-cifar10-fourier", "--jsonl", findings.string()};
        arguments.insert(arguments.end(), more.begin(), more.end());
        test::Program started(folder.path, arguments, {}, false, ignored);
        const int pipe = open_when_read(findings, started);
        EXPECT_GE(pipe, 0) << started.told();
        started.send(SIGINT);
        const int reads = ::open(findings.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);   // one line has room in a pipe
        ::close(pipe);
        const auto ended = started.wait();
        ::close(reads);
        return ended;
    }
    samples::TemporaryFolder folder;
    const test::fs::path findings = folder.path / "findings.jsonl";
};

TEST_F(InterruptedWork, IsCancelled) {
    // Long enough to be heard of on the way.
    const auto ended = interrupted(0, {"--permute", "7", "--arm", "all", "--rivals", "--evidence", "answer"});
    EXPECT_EQ(ended.code, 130) << ended.err;
    EXPECT_NE(ended.err.find("Cancelled."), std::string::npos) << ended.err;
}

TEST_F(InterruptedWork, IsDoneWhereInterruptsAreIgnored) {
    const auto ended = interrupted(SIGINT);
    EXPECT_EQ(ended.code, 0) << ended.err;
    EXPECT_EQ(ended.err, "");
}

}  // namespace
}  // namespace perceiver
