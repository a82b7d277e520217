// The program as a person calls it with --model hub:..., against a hub of ours on this machine: exit codes,
// what goes to which stream, a bar on a terminal only, cancelled by Ctrl+C, two programs at once.
#include <gtest/gtest.h>
#include <filesystem>
#include <string>
#include <vector>

#include "support/files.h"
#include "support/hub_server.h"
#include "support/program.h"

namespace perceiver {
namespace {

namespace fs = std::filesystem;
using samples::Fault;
using test::Outcome;
using test::Program;

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
    stalled.send(SIGINT);
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
