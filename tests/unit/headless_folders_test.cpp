// Protects headless over folders: which files it takes, accuracy where folders are named after classes, shares, lines
// that a later run goes on with.
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include "engine/inputs.h"
#include "engine/jsonl_file.h"
#include "support/headless_fixture.h"

namespace perceiver::engine {
namespace {

struct FoldersTest : HeadlessFixture {
    api::HeadlessOptions over(const std::string& folder) const {
        api::HeadlessOptions options;
        options.inputs = {path(folder)};
        return options;
    }
    /// A folder of class folders; `right` of the pictures lie where the model's answer says.
    void make_classes(int pictures, int right) {
        for (int i = 0; i < pictures; ++i) {
            const std::string name = "p" + std::to_string(i) + ".png";
            const auto answer = findings({picture(name, unsigned(i + 1))})["predictions"][0]["index"].get<int>();
            const int folder = i < right ? answer : (answer + 1) % 5;
            fs::create_directories(path("classes/Label_" + std::to_string(folder)));
            fs::rename(path(name), path("classes/Label_" + std::to_string(folder) + "/" + name));
        }
    }
};

TEST(ListInputs, WalksFoldersInOrderWithoutWhatIsHidden) {
    const samples::TemporaryFolder root;
    for (const char* name : {"b.png", "a/z.png", "a/b/c.png", ".hidden.png", "a/.git/x.png"}) {
        fs::create_directories((root.path / name).parent_path());
        std::ofstream(root.path / name) << "x";
    }
    fs::create_directory_symlink(root.path, root.path / "a/loop");
    const auto inputs = list_inputs({root.path.string(), "named.png"}, {}, {});
    std::vector<std::string> found;
    for (const auto& i : inputs.files) found.push_back(fs::path(i.path).lexically_relative(root.path).string());
    EXPECT_EQ(found.size(), 4u);
    EXPECT_EQ(found[0], "a/b/c.png");
    EXPECT_EQ(found[1], "a/z.png");
    EXPECT_EQ(found[2], "b.png");
    EXPECT_EQ(inputs.files[0].folders, (std::vector<std::string>{"b", "a"}));
    EXPECT_TRUE(inputs.folders);
    EXPECT_FALSE(inputs.files[3].in_folder);
}

TEST(ListInputs, SharesAreAllOfItAndNoneTwice) {
    const samples::TemporaryFolder root;
    for (int i = 0; i < 23; ++i)
        std::ofstream(root.path / (std::to_string(i % 3) + "x" + std::to_string(i) + ".png")) << "x";
    std::multiset<std::string> taken;
    for (int i = 1; i <= 4; ++i)
        for (const auto& input : list_inputs({root.path.string()}, {i, 4}, {}).files)
            taken.insert(input.path + input.suffix);
    std::multiset<std::string> all;
    for (const auto& input : list_inputs({root.path.string()}, {}, {}).files) all.insert(input.path + input.suffix);
    EXPECT_EQ(taken, all);
    EXPECT_EQ(all.size(), 23u);
}

TEST(ClassNamed, ForgivesHowAFolderIsWritten) {
    const std::vector<std::string> labels{"night_stand", "tench, Tinca tinca", "crane", "crane, bird", "tv stand"};
    const auto index = [&](const std::string& folder) {
        const auto found = class_named({folder}, labels);
        return found ? found->index : -1;
    };
    EXPECT_EQ(index("Night Stand"), 0);
    EXPECT_EQ(index("night-stand"), 0);
    EXPECT_EQ(index("NIGHTSTAND"), 0);
    EXPECT_EQ(index("tench"), 1);
    EXPECT_EQ(index("crane"), 2) << "a whole label before the beginning of one";
    EXPECT_EQ(index("test"), -1);
    EXPECT_EQ(index(""), -1);
    EXPECT_EQ(class_named({"test", "tv_stand"}, labels)->index, 4) << "a folder above, where the nearest is no class";
}

TEST_F(FoldersTest, WhatIsNoMediaIsCountedAndWhatIsBrokenFails) {
    picture("mixed/a.png");
    file("mixed/notes.txt", "these are words");
    file("mixed/README", "and these");
    file("mixed/data.json", "{}");
    file("mixed/empty", "");
    ASSERT_EQ(run(over("mixed")), 0) << err;
    EXPECT_EQ(err, "perceiverscope: " + path("mixed") +
                       ": 4 of its files are no picture, sound, film or cloud and were left out.\n");
    EXPECT_EQ(lines(out), 1) << out;
    file("mixed/broken.jpg", "these are words");
    EXPECT_EQ(run(over("mixed")), 1);
    EXPECT_EQ(lines(err), 2) << err;
    file("words/notes.md", "these are words");
    EXPECT_EQ(run(over("words")), 3);
}

TEST_F(FoldersTest, FoldersNamedAfterClassesGiveTheAccuracy) {
    make_classes(12, 9);
    picture("classes/else/q.png");
    auto options = over("classes");
    ASSERT_EQ(run(options), 0) << err;
    EXPECT_NE(out.find("accuracy 75.0 % (95 %: 46.8 to 91.1), 9 of 12 files"), std::string::npos) << out;
    EXPECT_NE(out.find("q.png:"), std::string::npos) << "what is of no class is answered: " << out;

    std::optional<api::Confusion> drawn;
    options.json = "-";
    options.confusion = "somewhere.png";
    ASSERT_EQ(run(options, {{}, [&](const api::Confusion& c, const std::string&) { drawn = c; }}), 0) << err;
    const auto found = json::parse(out);
    EXPECT_EQ(found["files"].size(), 13u);
    EXPECT_EQ(found["accuracy"], 0.75);
    EXPECT_EQ(found["correct"], 9);
    const auto& confusion = found["confusion"];
    const std::size_t n = confusion["labels"].size();
    int all = 0, right = 0;
    for (std::size_t r = 0; r < n; ++r)
        for (std::size_t c = 0; c < n; ++c) {
            const int count = confusion["counts"][r][c];
            all += count;
            right += r == c ? count : 0;
        }
    EXPECT_EQ(all, 12);
    EXPECT_EQ(right, 9);
    int by_files = 0;
    for (const auto& f : found["files"])
        if (f.contains("expected")) by_files += f["expected"]["index"] == f["predictions"][0]["index"];
    EXPECT_EQ(by_files, 9);
    ASSERT_TRUE(drawn);
    EXPECT_EQ(drawn->correct, 9);
    EXPECT_EQ(drawn->model, "pictures");
    EXPECT_EQ(run(options), 2) << "a build that draws nothing says so";
}

TEST_F(FoldersTest, NoClassNoMatrix) {
    picture("plain/a.png");
    auto options = over("plain");
    options.confusion = "somewhere.png";
    EXPECT_EQ(run(options, {{}, [](const api::Confusion&, const std::string&) { ADD_FAILURE(); }}), 5);
    EXPECT_EQ(lines(err), 1) << err;
}

TEST_F(FoldersTest, ALaterRunGoesOnWithItsLines) {
    make_classes(10, 6);
    auto options = over("classes");
    options.jsonl = path("lines.jsonl");
    ASSERT_EQ(run(options), 0) << err;
    const std::string whole = text("lines.jsonl"), words = out;
    EXPECT_EQ(lines(whole), 10);
    EXPECT_NE(words.find("6 of 10 files"), std::string::npos) << words;
    // Stopped in the middle of a line.
    std::size_t at = 0;
    for (int i = 0; i < 4; ++i) at = whole.find('\n', at) + 1;
    file("lines.jsonl", whole.substr(0, at + 100));
    ASSERT_EQ(run(options), 0) << err;
    EXPECT_EQ(out, words);
    EXPECT_EQ(text("lines.jsonl").substr(0, at), whole.substr(0, at)) << "what was there stays";
    std::set<std::string> files;
    std::istringstream all(text("lines.jsonl"));
    for (std::string line; std::getline(all, line);) files.insert(json::parse(line)["file"]["path"]);
    EXPECT_EQ(files.size(), 10u);
    // Nothing left to do.
    ASSERT_EQ(run(options), 0) << err;
    EXPECT_EQ(out, words);
    EXPECT_EQ(lines(text("lines.jsonl")), 10);
    // Of shares, each in its own file, the files are all there are.
    long shared = 0;
    for (int i = 1; i <= 3; ++i) {
        options.shard = {i, 3};
        options.jsonl = path("share" + std::to_string(i) + ".jsonl");
        ASSERT_EQ(run(options), 0) << err;
        shared += lines(text("share" + std::to_string(i) + ".jsonl"));
    }
    EXPECT_EQ(shared, 10);
}

TEST_F(FoldersTest, SomebodyElsesFileIsNotWrittenInto) {
    picture("plain/a.png");
    auto options = over("plain");
    for (const std::string& content :
         {std::string("my notes"), std::string("{\"schema\":2}\n"), std::string("\x89PNG\r\n\x1a\n\0\0", 10),
          std::string("{\"schema\":1,\"program\":\"perceiverscope\",\"lab\":1}\n")}) {
        options.jsonl = file("mine", content);
        EXPECT_EQ(run(options), 2) << content;
        EXPECT_EQ(text("mine"), content);
        EXPECT_EQ(lines(err), 1) << err;
    }
    options.jsonl = path("lines.jsonl");
    ASSERT_EQ(run(options), 0) << err;
    const std::string good = text("lines.jsonl"), key = "\"index\":";
    for (const char* number : {"1e300", "1.5", "true"}) {
        const auto from = good.find(key, good.find("\"predictions\"")) + key.size(), end = good.find(',', from);
        options.jsonl = file("altered", std::string(good).replace(from, end - from, number));
        EXPECT_EQ(run(options), 2) << number;
    }
    options.jsonl = path("lines.jsonl");
    test::write_tiny_model(path("other.safetensors"), test::tiny_config(8, 8, 3));
    options.model = path("other.safetensors");
    EXPECT_EQ(run(options), 2) << "lines of another model";
    options.jsonl = path("no-folder/lines.jsonl");
    EXPECT_EQ(run(options), 6);
}

}  // namespace
}  // namespace perceiver::engine
