// Protects the house: arrows between rooms go one way, core knows no Qt, ui knows no torch, readers of files see bytes.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <vector>

namespace {

namespace fs = std::filesystem;
const fs::path source = PERCEIVERSCOPE_SOURCE;

struct Include {
    fs::path file;          // relative to the source folder
    std::string header;
    bool quoted = false;
};

std::vector<Include> includes() {
    static const std::regex line_form(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
    std::vector<Include> all;
    for (const char* top : {"core", "ui", "app"})
        if (fs::exists(source / top))
            for (const auto& entry : fs::recursive_directory_iterator(source / top)) {
                if (entry.path().extension() != ".h" && entry.path().extension() != ".cpp") continue;
                std::ifstream file(entry.path());
                std::smatch match;
                for (std::string line; std::getline(file, line);)
                    if (std::regex_search(line, match, line_form))
                        all.push_back({fs::relative(entry.path(), source), match[2], match[1] == "\""});
            }
    return all;
}

/// "core/engine/api/types.h" -> "engine/api"; "ui/views/x.h" -> "ui"; "app/train/main.cpp" -> "app/train".
std::string room_of(std::string path) {
    if (path.rfind("core/", 0) == 0) path = path.substr(5);
    if (path.rfind("engine/api/", 0) == 0) return "engine/api";
    if (path.rfind("app/", 0) == 0) return path.substr(0, path.find('/', 4));
    return path.substr(0, path.find('/'));
}

bool is_qt(const std::string& header) {
    return header.size() > 1 && header[0] == 'Q' &&
           (std::isupper(static_cast<unsigned char>(header[1])) || header[1] == 't');
}
bool is_torch(const std::string& header) {
    return header.rfind("torch/", 0) == 0 || header.rfind("ATen/", 0) == 0 || header.rfind("c10/", 0) == 0;
}

TEST(Structure, ArrowsBetweenRoomsGoOneWay) {
    const std::map<std::string, std::set<std::string>> may_enter = {
        {"base", {}},
        {"hub", {"base"}},
        {"media", {"base"}},
        {"input", {"base"}},
        {"perceiver", {"base", "input"}},
        {"rivals", {"base", "input", "perceiver"}},
        {"weights", {"base", "input", "perceiver", "rivals"}},
        {"inspect", {"base", "input", "perceiver"}},
        {"train", {"base", "input", "perceiver", "rivals", "weights"}},
        {"engine/api", {"base"}},
        {"engine", {"base", "engine/api", "hub", "input", "inspect", "media", "perceiver", "rivals", "weights"}},
        {"ui", {"base", "engine/api"}},
        {"app/golden_check", {"base", "input", "perceiver", "weights"}},
        {"app/perceiverscope", {"base", "engine/api", "ui"}},
        {"app/train", {"base", "input", "media", "perceiver", "rivals", "train", "weights"}},
    };
    int arrows = 0;
    for (const auto& i : includes()) {
        if (!i.quoted || i.header.find('/') == std::string::npos) continue;
        const std::string from = room_of(i.file.generic_string()), to = room_of(i.header);
        ASSERT_TRUE(may_enter.count(from)) << i.file << " lies in no known room";
        EXPECT_TRUE(from == to || may_enter.at(from).count(to)) << i.file << " includes " << i.header;
        ++arrows;
    }
    EXPECT_GT(arrows, 50) << "the walk found too little to be believed";
}

TEST(Structure, CoreKnowsNoQtAndTheWindowKnowsNoTorch) {
    for (const auto& i : includes()) {
        const std::string file = i.file.generic_string();
        if (file.rfind("core/", 0) == 0) { EXPECT_FALSE(is_qt(i.header)) << file << " includes " << i.header; }
        if (file.rfind("ui/", 0) == 0) {
            EXPECT_FALSE(is_torch(i.header) || i.header.rfind("opencv", 0) == 0) << file << " includes " << i.header;
        }
    }
}

TEST(Structure, ReadersOfFilesSeeBytesNotTorch) {
    for (const auto& i : includes()) {
        const std::string file = i.file.generic_string(), room = room_of(file);
        const bool bridge = file.find("weights/to_torch") != std::string::npos;
        if (room == "base" || room == "hub" || room == "media" || room == "engine/api" ||
            (room == "weights" && !bridge)) {
            EXPECT_FALSE(is_torch(i.header)) << file << " includes " << i.header;
        }
    }
}

TEST(Structure, TheHeavyTorchHeaderStaysInTheTrainer) {
    for (const auto& i : includes())
        if (i.header == "torch/torch.h") { EXPECT_EQ(room_of(i.file.generic_string()), "train") << i.file; }
}

TEST(Structure, TheNetworkIsTheHubsAlone) {
    for (const auto& i : includes())
        if (i.header.rfind("curl/", 0) == 0) { EXPECT_EQ(room_of(i.file.generic_string()), "hub") << i.file; }
}

TEST(Structure, OpenCvStaysInMediaAndTheTrainersCurves) {
    for (const auto& i : includes())
        if (i.header.rfind("opencv", 0) == 0) {
            EXPECT_TRUE(room_of(i.file.generic_string()) == "media" ||
                        i.file.generic_string().ends_with("app/train/plot.cpp"))
                << i.file;
        }
}

}  // namespace
