// Protects the run over many seeds and files: what it counts, what it leaves out, that it ends when told, and its CSV;
// the same without a window.
#include <condition_variable>
#include <map>
#include <mutex>
#include <sstream>

#include "support/headless_fixture.h"
#include "support/rival_samples.h"
#include "weights/rival_bundle.h"

namespace perceiver::engine {
namespace {

using rivals::Type;

struct TrialsTest : HeadlessFixture {
    TrialsTest() {
        Config config = test::tiny_config(16, 16, 3);
        config.labels = {"red", "green", "blue"};
        test::write_tiny_model(root.path / "models/colours.safetensors", config, 0.9);
        for (const auto& [name, type, permutation] :
             {std::tuple{"rival-resnet", Type::resnet, 0}, std::tuple{"rival-transformer", Type::transformer, 0}}) {
            const auto rival = samples::rival_config(type, std::uint64_t(permutation));
            weights::write_rival_bundle(root.path / "models" / (std::string(name) + ".safetensors"), rival, {},
                                        samples::rival_tensors(rival));
        }
        options.model = "colours";
        options.permute = 3;
        options.seeds = 4;
        options.arms = {api::Arm::travel, api::Arm::stay};
        options.csv = path("out.csv");
    }
    /// The CSV as rows of named fields.
    std::vector<std::map<std::string, std::string>> table() const {
        std::istringstream lines(text("out.csv"));
        std::vector<std::string> names;
        std::vector<std::map<std::string, std::string>> rows;
        for (std::string line; std::getline(lines, line);) {
            std::istringstream fields(line + ",");
            std::vector<std::string> row;
            for (std::string field; std::getline(fields, field, ',');) row.push_back(field);
            if (names.empty()) {
                names = row;
                continue;
            }
            EXPECT_EQ(row.size(), names.size()) << line;
            rows.emplace_back();
            for (std::size_t i = 0; i < std::min(row.size(), names.size()); ++i) rows.back()[names[i]] = row[i];
        }
        return rows;
    }
    void make_classes() {
        picture("set/red/a.png", 1);
        picture("set/green/b.png", 2);
        picture("set/green/c.png", 3);
        options.inputs = {path("set")};
    }
    api::HeadlessOptions options;
};

TEST_F(TrialsTest, EveryModelArmSeedAndFileIsCountedOnce) {
    make_classes();
    options.rivals = true;
    ASSERT_EQ(run(options), 0) << err;
    const auto rows = table();
    ASSERT_EQ(rows.size(), 6u) << "three models, two arms";
    for (const auto& row : rows) {
        EXPECT_EQ(row.at("files"), "3");
        EXPECT_EQ(row.at("shuffles"), "12");
        EXPECT_EQ(row.at("files_with_class"), "3");
        EXPECT_EQ(row.at("shuffles_with_class"), "12");
        EXPECT_EQ(row.at("first_seed"), "3");
        EXPECT_EQ(row.at("seeds"), "4");
    }
    EXPECT_EQ(rows[0].at("model"), "colours");
    EXPECT_EQ(rows[0].at("arm"), "travel");
    EXPECT_EQ(rows[0].at("agreement"), "1") << "positions travel: the same answer, always";
    EXPECT_EQ(rows[0].at("accuracy_shuffled"), rows[0].at("accuracy_in_order"));
    EXPECT_LT(std::stod(rows[0].at("largest_logit_difference")), 1e-4);
    EXPECT_GT(std::stod(rows[1].at("largest_logit_difference")), 1e-4);
    EXPECT_NE(out.find("the same answer 100.0 % of 12"), std::string::npos) << out;
}

TEST_F(TrialsTest, WithoutClassFoldersThereIsAgreementAlone) {
    options.inputs = {picture("a.png")};
    options.arms = {api::Arm::travel};
    ASSERT_EQ(run(options), 0) << err;
    ASSERT_EQ(table().size(), 1u);
    EXPECT_EQ(table()[0].at("agreement"), "1");
    EXPECT_EQ(table()[0].at("accuracy_shuffled"), "");
    EXPECT_EQ(table()[0].at("shuffles"), "4");
}

TEST_F(TrialsTest, ItCountsWhatASingleShuffleSays) {
    options.inputs = {picture("a.png")};
    options.arms = {api::Arm::stay};
    ASSERT_EQ(run(options), 0) << err;
    int same = 0;
    double largest = 0;
    for (std::uint64_t seed = 3; seed < 7; ++seed) {
        api::HeadlessOptions one = options;
        one.permute = seed;
        one.seeds = 1;
        one.csv.clear();
        one.json = "-";
        ASSERT_EQ(run(one), 0) << err;
        const json found = json::parse(out);
        same += found["permutation"][0]["predictions"][0]["index"] == found["predictions"][0]["index"];
        largest = std::max(largest, found["permutation"][0]["largest_logit_difference"].get<double>());
    }
    EXPECT_EQ(table()[0].at("same_answer"), std::to_string(same));
    EXPECT_NEAR(std::stod(table()[0].at("largest_logit_difference")), largest, 1e-5);
}

/// Number for number what the CSV says, of a folder, of several files and of one.
TEST_F(TrialsTest, FindingsSayWhatTheTableSays) {
    make_classes();
    options.rivals = true;
    options.json = path("found.json");
    const auto compare = [&](bool together) {
        const json found = json::parse(text("found.json")), trials = found["trials"];
        EXPECT_EQ(found.contains("files"), together);
        EXPECT_EQ(trials["first_seed"], 3);
        EXPECT_EQ(trials["seeds"], 4);
        const auto rows = table();
        ASSERT_EQ(trials["rows"].size(), rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const json& row = trials["rows"][i];
            EXPECT_EQ(row["id"], rows[i].at("model"));
            EXPECT_EQ(row["arm"], rows[i].at("arm"));
            EXPECT_EQ(row["trained"], rows[i].at("trained"));
            EXPECT_EQ(std::to_string(row["same_answer"].get<int>()), rows[i].at("same_answer"));
            EXPECT_EQ(row["agreement"].get<double>(), std::stod(rows[i].at("agreement")));
            EXPECT_EQ(row.contains("right_shuffled"), !rows[i].at("accuracy_shuffled").empty());
            if (row.contains("right_shuffled")) {
                EXPECT_EQ(row["accuracy_shuffled"].get<double>(), std::stod(rows[i].at("accuracy_shuffled")));
                EXPECT_EQ(row["accuracy_in_order"].get<double>(), std::stod(rows[i].at("accuracy_in_order")));
            }
        }
    };
    ASSERT_EQ(run(options), 0) << err;
    compare(true);
    options.inputs = {picture("a.png"), picture("b.png")};
    ASSERT_EQ(run(options), 0) << err;
    compare(true);
    options.inputs = {picture("a.png")};
    ASSERT_EQ(run(options), 0) << err;
    compare(false);
    EXPECT_TRUE(json::parse(text("found.json")).contains("predictions"));
}

TEST_F(TrialsTest, ItSaysWhatItNeeds) {
    options.inputs = {picture("a.png")};
    options.permute.reset();
    EXPECT_EQ(run(options), static_cast<int>(ErrorCode::usage));
    EXPECT_NE(err.find("--permute SEED"), std::string::npos) << err;
    options.permute = 1;
    options.jsonl = path("out.jsonl");
    EXPECT_EQ(run(options), static_cast<int>(ErrorCode::usage));
    EXPECT_NE(err.find("--jsonl"), std::string::npos) << err;
}

TEST_F(TrialsTest, ATileThatFillsTheGridMovesNothingAndSaysWhy) {
    options.inputs = {picture("a.png")};
    options.block = 9;
    options.json = path("found.json");
    ASSERT_EQ(run(options), 0) << err;
    const std::string why = json::parse(text("found.json"))["permutation"][0]["nothing_moved"];
    EXPECT_EQ(why,
              "Nothing moved: one whole tile of 9 x 9 is all that 16 x 16 elements hold, and it has nowhere to go. "
              "Tiles of 8 at most move.");
    EXPECT_NE(out.find(why), std::string::npos) << out;
}

TEST_F(TrialsTest, OfAFilmFramesOrPatchesAreShuffled) {
    for (const auto& s : samples::media_of_every_kind())
        if (s.name == "film.mp4") options.inputs = {file(s.name, s.bytes)};
    ASSERT_EQ(options.inputs.size(), 1u);
    options.model = "films";
    options.json = path("found.json");
    std::map<std::string, double> differences;
    for (const auto along : {api::Along::both, api::Along::frames, api::Along::patches}) {
        options.along = along;
        ASSERT_EQ(run(options), 0) << err;
        const json runs = json::parse(text("found.json"))["permutation"];
        EXPECT_EQ(runs[0]["along"], api::name_of(along));
        EXPECT_LT(runs[0]["largest_logit_difference"], 1e-4) << "positions travel";
        differences[api::name_of(along)] = runs[1]["largest_logit_difference"];
        EXPECT_EQ(table()[0].at("shuffle"), api::name_of(along));
    }
    EXPECT_GT(differences["both"], 1e-4);
    EXPECT_NE(differences["both"], differences["frames"]);
    EXPECT_NE(differences["frames"], differences["patches"]);
    options.inputs = {picture("a.png")};
    options.model = "colours";
    EXPECT_EQ(run(options), static_cast<int>(ErrorCode::no_fit));
    EXPECT_NE(err.find("Frames and patches are told apart in films"), std::string::npos) << err;
}

TEST(TrialsCsv, FieldsWithCommasAreQuoted) {
    api::TrialsResult result;
    api::TrialsRow row;
    row.id = "/home/a,b/\"x\".safetensors";
    result.rows.push_back(row);
    EXPECT_NE(api::to_csv(result).find("\n\"/home/a,b/\"\"x\"\".safetensors\","), std::string::npos)
        << api::to_csv(result);
}

/// The window's way to the same numbers.
struct TrialsInTheWindow : TrialsTest {
    TrialsInTheWindow() {
        api::EngineOptions o;
        o.threads = test::threads;
        o.resources = root.path.string();
        window = std::make_unique<Session>(o, [this](const api::Event& event) {
            if (const auto* ready = std::get_if<api::TrialsReady>(&event)) {
                const std::lock_guard lock(mutex);
                heard.push_back(*ready);
                changed.notify_all();
            }
        });
    }
    api::TrialsRequest request(api::RequestId id, int seeds) const {
        api::TrialsRequest r;
        r.request = id;
        r.path = path("set");
        r.model = "colours";
        r.shuffle.seed = 3;
        r.seeds = seeds;
        r.arms = {api::Arm::travel, api::Arm::stay};
        return r;
    }
    template <class Wanted>
    api::TrialsReady wait(Wanted wanted) {
        std::unique_lock lock(mutex);
        const auto found = [&] { return std::ranges::find_if(heard, wanted); };
        changed.wait(lock, [&] { return found() != heard.end(); });
        return *found();
    }
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<api::TrialsReady> heard;
    std::unique_ptr<Session> window;
};

TEST_F(TrialsInTheWindow, TheSameNumbersAsHeadless) {
    make_classes();
    file("set/notes.txt", "not a picture");
    window->ask(request(1, 4));
    const auto end = wait([](const auto& r) { return r.end; });
    EXPECT_EQ(end.part, 1);
    EXPECT_EQ(end.result.left_out, 1);
    EXPECT_EQ(end.result.why_left_out.substr(0, 11), "notes.txt: ");
    options.rivals = true;
    ASSERT_EQ(run(options), 0) << err;
    // But for the last column: float sums may come in another order.
    const auto counts = [](const std::string& csv) {
        std::string kept;
        std::istringstream rows(csv);
        for (std::string line; std::getline(rows, line);) kept += line.substr(0, line.rfind(',')) + '\n';
        return kept;
    };
    EXPECT_EQ(counts(api::to_csv(end.result)), counts(text("out.csv")));
}

TEST_F(TrialsInTheWindow, StoppedItMakesRoomForTheNext) {
    make_classes();
    window->ask(request(1, 1'000'000));
    wait([](const auto& r) { return r.request == 1 && !r.result.rows.empty(); });
    window->stop_trials();
    window->ask(request(2, 1));   // would wait for a million otherwise
    EXPECT_EQ(wait([](const auto& r) { return r.request == 2 && r.end; }).result.done, 3);
    for (const auto& r : heard) {
        EXPECT_FALSE(r.request == 1 && r.end);
        for (const auto& row : r.result.rows)   // nor do half-tried files count for one side only
            if (row.name == "Perceiver" && row.arm == api::Arm::travel) {
                EXPECT_EQ(row.right, row.right_in_order);
            }
    }
}

TEST_F(TrialsInTheWindow, AFolderThatIsNotThereIsLeftOutWithItsReason) {
    auto asked = request(1, 1);
    asked.path = path("nowhere");
    window->ask(asked);
    const auto end = wait([](const auto& r) { return r.end; });
    EXPECT_EQ(end.result.left_out, 1);
    EXPECT_FALSE(end.result.why_left_out.empty());
}

}  // namespace
}  // namespace perceiver::engine
