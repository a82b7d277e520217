// The program as a person calls it with --model hub:..., against a hub of ours on this machine: exit codes,
// what goes to which stream, a bar on a terminal only, cancelled by Ctrl+C, two programs at once.
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "support/files.h"
#include "support/hub_server.h"

namespace perceiver {
namespace {

namespace fs = std::filesystem;
using samples::Fault;

struct Outcome {
    int code = -1;
    std::string out, err;
};

/// A started program; its streams go to files, or stderr to a terminal.
class Program {
  public:
    Program(const fs::path& folder, const std::vector<std::string>& arguments,
            const std::vector<std::string>& variables, bool on_a_terminal = false) {
        static int number = 0;
        out_ = folder / ("out" + std::to_string(++number));
        err_ = folder / ("err" + std::to_string(number));
        if (on_a_terminal)
            child_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
        else
            child_ = ::fork();
        if (child_ == 0) start(arguments, variables, on_a_terminal);
    }
    void interrupt() const { ::kill(child_, SIGINT); }
    Outcome wait() {
        Outcome outcome;
        if (terminal_ >= 0) {
            char piece[4096];
            for (ssize_t got = 0; (got = ::read(terminal_, piece, sizeof piece)) > 0;)
                outcome.err.append(piece, std::size_t(got));
            ::close(terminal_);
        }
        int status = 0;
        ::waitpid(child_, &status, 0);
        outcome.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        const auto text = [](const fs::path& file) {
            const auto bytes = samples::file_bytes(file);
            return std::string(bytes.begin(), bytes.end());
        };
        outcome.out = text(out_);
        if (terminal_ < 0) outcome.err = text(err_);
        return outcome;
    }

  private:
    [[noreturn]] void start(const std::vector<std::string>& arguments,
                            const std::vector<std::string>& variables, bool on_a_terminal) const {
        std::freopen(out_.c_str(), "w", stdout);
        if (!on_a_terminal) std::freopen(err_.c_str(), "w", stderr);
        for (const char* name :
             {"DISPLAY", "WAYLAND_DISPLAY", "HF_TOKEN", "HF_TOKEN_PATH", "HF_HUB_OFFLINE", "NO_COLOR"})
            ::unsetenv(name);
        ::setenv("OMP_WAIT_POLICY", "passive", 1);
        ::setenv("no_proxy", "*", 1);
        ::setenv("TERM", "xterm", 1);
        for (const auto& variable : variables)
            ::setenv(variable.substr(0, variable.find('=')).c_str(),
                     variable.substr(variable.find('=') + 1).c_str(), 1);
        std::vector<char*> list;
        for (const auto& argument : arguments) list.push_back(const_cast<char*>(argument.c_str()));
        list.push_back(nullptr);
        ::execv(list[0], list.data());
        ::_exit(127);
    }

    fs::path out_, err_;
    int terminal_ = -1;
    pid_t child_ = -1;
};

struct HubCli : testing::Test {
    HubCli() {
        hub.serve("someone/tiny", "main", std::string(40, 'b'),
                  {{"README.md", {'x'}},
                   {"model.safetensors", samples::file_bytes(fs::path(PERCEIVERSCOPE_RESOURCES) /
                                                             "models/image-cifar10-fourier.safetensors")}});
        hub.store_on(storage);
        variables = {"HF_ENDPOINT=" + hub.endpoint(), "HF_HOME=" + (folder.path / "hf").string()};
    }
    std::vector<std::string> arguments(const std::string& model = "hub:someone/tiny") const {
        return {PERCEIVERSCOPE_PROGRAM, "--headless",
                std::string(PERCEIVERSCOPE_RESOURCES) + "/samples/ship.jpg", "--model", model};
    }
    Outcome run(const std::string& model = "hub:someone/tiny") {
        return Program(folder.path, arguments(model), variables).wait();
    }
    void expect_failure(int code, const std::string& words, const std::string& model = "hub:someone/tiny") {
        const Outcome o = run(model);
        EXPECT_EQ(o.code, code) << o.err;
        EXPECT_EQ(o.out, "");
        EXPECT_EQ(o.err.rfind("perceiverscope: " + model + ": ", 0), 0u) << o.err;
        EXPECT_EQ(std::count(o.err.begin(), o.err.end(), '\n'), 1) << o.err;
        EXPECT_NE(o.err.find(words), std::string::npos) << o.err;
        EXPECT_EQ(o.err.find("hf_secret"), std::string::npos);
    }
    void expect_answer() {
        const Outcome o = run();
        EXPECT_EQ(o.code, 0) << o.err;
        EXPECT_EQ(o.err, "") << "silent where nobody looks";
        EXPECT_NE(o.out.find("ship.jpg: "), std::string::npos) << o.out;
    }

    samples::TemporaryFolder folder;
    samples::HubServer hub, storage;
    std::vector<std::string> variables;
};

TEST_F(HubCli, FetchesOnceAndThenNeedsNoNetwork) {
    expect_answer();
    const std::size_t asked = hub.seen().size();
    EXPECT_GT(asked, 0u);
    variables.push_back("HF_HUB_OFFLINE=1");
    expect_answer();
    EXPECT_EQ(hub.seen().size(), asked);
}

TEST_F(HubCli, EachFailureIsOneLineAndItsExitCode) {
    variables.push_back("HF_TOKEN=hf_secret");
    expect_failure(4, "check both", "hub:someone/misspelt");
    storage.fail("GET /storage", Fault::cut, 1);
    expect_failure(4, "goes on from there");
    const auto kept = variables;
    variables.push_back("HF_ENDPOINT=http://127.0.0.1:1");
    expect_failure(4, "still work");
    variables = kept;
    samples::write_file(folder.path / "file", {1});
    variables.push_back("HF_HUB_CACHE=" + (folder.path / "file" / "hub").string());
    expect_failure(6, "Writing to the cache");
    variables = kept;
    expect_answer();
}

TEST_F(HubCli, ATerminalSeesABarAndColoursOnlyWhereTheyAreWanted) {
    int there = -1, here = -1;
    if (::openpty(&there, &here, nullptr, nullptr, nullptr) != 0) GTEST_SKIP() << "this system has no pseudo-terminals";
    ::close(there);
    ::close(here);
    const Outcome coloured = Program(folder.path, arguments(), variables, true).wait();
    EXPECT_EQ(coloured.code, 0) << coloured.err;
    EXPECT_NE(coloured.err.find("#"), std::string::npos) << coloured.err;
    EXPECT_NE(coloured.err.find(" MB"), std::string::npos);
    EXPECT_NE(coloured.err.find("\033[34m"), std::string::npos);
    EXPECT_EQ(coloured.err.substr(coloured.err.size() - 3), "\033[K") << "the line is gone at the end";
    fs::remove_all(folder.path / "hf");
    variables.push_back("NO_COLOR=1");
    const Outcome plain = Program(folder.path, arguments(), variables, true).wait();
    EXPECT_NE(plain.err.find("#"), std::string::npos);
    EXPECT_EQ(plain.err.find("\033[34m"), std::string::npos);
}

TEST_F(HubCli, CtrlCEndsAFetchAndTheNextGoesOn) {
    storage.fail("GET /storage", Fault::stall, 1);
    Program stalled(folder.path, arguments(), variables);
    storage.wait_for_stall();
    stalled.interrupt();
    const Outcome o = stalled.wait();
    EXPECT_EQ(o.code, 130) << o.err;
    storage.release();
    expect_answer();
    EXPECT_EQ(storage.seen().back().headers.count("range"), 1u);
}

TEST_F(HubCli, TwoProgramsAtOnceFetchOnce) {
    Program first(folder.path, arguments(), variables), second(folder.path, arguments(), variables);
    const Outcome a = first.wait(), b = second.wait();
    EXPECT_EQ(a.code, 0) << a.err;
    EXPECT_EQ(b.code, 0) << b.err;
    EXPECT_EQ(a.out, b.out);
    EXPECT_EQ(storage.count("GET"), 1u);
}

TEST_F(HubCli, ItsCardAndTheListOfModelsSayWhatIsHere) {
    const Outcome card =
        Program(folder.path, {PERCEIVERSCOPE_PROGRAM, "--model-info", "--model", "hub:someone/tiny"},
                variables)
            .wait();
    EXPECT_EQ(card.code, 0) << card.err;
    EXPECT_NE(card.out.find("hub:someone/tiny"), std::string::npos) << card.out;
    const Outcome list = Program(folder.path, {PERCEIVERSCOPE_PROGRAM, "--list-models"}, variables).wait();
    EXPECT_EQ(list.code, 0);
    EXPECT_NE(list.out.find("hub:deepmind/vision-perceiver-fourier"), std::string::npos);
    EXPECT_NE(list.out.find("not fetched"), std::string::npos);
}

}  // namespace
}  // namespace perceiver
