// A program as a person starts it: arguments in, exit code and streams out, stderr a terminal if asked for.
#pragma once

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "support/files.h"

namespace perceiver::test {

namespace fs = std::filesystem;

struct Outcome {
    int code = -1;
    std::string out, err;
};

/// A started program; its streams go to files, or stderr to a terminal.
class Program {
  public:
    /// It finds the signal `ignored` ignored, and others not.
    Program(const fs::path& folder, const std::vector<std::string>& arguments,
            const std::vector<std::string>& variables, bool on_a_terminal = false, int ignored = 0) {
        static int number = 0;
        out_ = folder / ("out" + std::to_string(++number));
        err_ = folder / ("err" + std::to_string(number));
        if (on_a_terminal)
            child_ = ::forkpty(&terminal_, nullptr, nullptr, nullptr);
        else
            child_ = ::fork();
        if (child_ == 0) start(arguments, variables, on_a_terminal, ignored);
    }
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;
    ~Program() {
        if (child_ < 0) return;  // a test that failed left it
        ::kill(child_, SIGKILL);
        ::waitpid(child_, nullptr, 0);
    }
    void send(int signal) const { ::kill(child_, signal); }
    bool runs() const {
        siginfo_t ended{};
        return ::waitid(P_PID, id_t(child_), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == 0;
    }
    /// What stands on stderr so far, where that is no terminal.
    std::string told() const {
        const auto bytes = samples::file_bytes(err_);
        return {bytes.begin(), bytes.end()};
    }
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
        child_ = -1;
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
                            const std::vector<std::string>& variables, bool on_a_terminal, int ignored) const {
        std::freopen(out_.c_str(), "w", stdout);
        if (!on_a_terminal) std::freopen(err_.c_str(), "w", stderr);
        for (const int number : {SIGHUP, SIGINT, SIGTERM})  // whoever started the tests may have them ignored
            std::signal(number, number == ignored ? SIG_IGN : SIG_DFL);
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

}  // namespace perceiver::test
