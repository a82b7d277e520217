// A window that is ended from outside keeps its place, as one that a person closes does.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "support/program.h"

namespace perceiver {
namespace {

struct EndedWindow : testing::TestWithParam<int> {
    test::Program start(const std::vector<std::string>& arguments) const {
        std::vector<std::string> all{PERCEIVERSCOPE_PROGRAM, "--startup-times"};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return {folder.path, all, {"QT_QPA_PLATFORM=offscreen", "XDG_CONFIG_HOME=" + folder.path.string()}};
    }
    /// Until it says that the answer is in the window; false where it ended before, or never says so.
    static bool shows(const test::Program& program) {
        using namespace std::chrono_literals;
        for (int i = 0; i < 6000 && program.runs(); ++i, std::this_thread::sleep_for(20ms))
            if (program.told().find("result shown") != std::string::npos) return true;
        return false;
    }
    std::string kept() const {
        const auto bytes = samples::file_bytes(folder.path / "PerceiverScope/PerceiverScope.ini");
        return {bytes.begin(), bytes.end()};
    }
    samples::TemporaryFolder folder;
};

TEST_P(EndedWindow, ComesBackAsItWas) {
    const std::string picture = std::string(PERCEIVERSCOPE_RESOURCES) + "/samples/ship.jpg";
    test::Program first =
        start({picture, "--model", "image-cifar10-fourier", "--cross-attend", "2", "--permute", "4321"});
    ASSERT_TRUE(shows(first)) << first.told();
    first.send(GetParam());
    EXPECT_EQ(first.wait().code, 128 + GetParam());
    const std::string before = kept();
    EXPECT_NE(before.find("ship.jpg"), std::string::npos) << before;
    EXPECT_NE(before.find("4321"), std::string::npos) << before;

    test::Program second = start({});  // nothing is named: what comes is what was kept
    ASSERT_TRUE(shows(second)) << second.told();
    second.send(GetParam());
    EXPECT_EQ(second.wait().code, 128 + GetParam());
    const auto session = [](const std::string& all) {
        const auto at = all.find("session=");
        return at == std::string::npos ? std::string() : all.substr(at, all.find('\n', at) - at);
    };
    EXPECT_FALSE(session(before).empty());
    EXPECT_EQ(session(kept()), session(before));
}

INSTANTIATE_TEST_SUITE_P(Signals, EndedWindow, testing::Values(SIGTERM, SIGINT, SIGHUP),
                         [](const auto& number) { return std::string(sigabbrev_np(number.param)); });

}  // namespace
}  // namespace perceiver
