// Protects the work without a window: findings of every kind and where their elements lie, maps as numbers and
// pictures, labs, exit codes and one line for each failure.
#include <cmath>
#include <cstring>
#include <numeric>

#include "engine/map_file.h"
#include "support/headless_fixture.h"

namespace perceiver::engine {
namespace {

struct HeadlessTest : HeadlessFixture {
    std::string sample(const std::string& name) {
        for (const auto& s : samples::media_of_every_kind())
            if (s.name == name) return file(name, s.bytes);
        return {};
    }
    /// The header's shape and the numbers of an NPY file.
    std::pair<std::string, std::vector<float>> npy(const std::string& name) const {
        const std::string bytes = text(name);
        const auto at = bytes.find("'shape': (") + 10, start = bytes.find('\n') + 1;
        std::vector<float> values((bytes.size() - start) / 4);
        std::memcpy(values.data(), bytes.data() + start, values.size() * 4);
        return {bytes.substr(at, bytes.find(')') - at), values};
    }
};

TEST_F(HeadlessTest, FindingsCarryWhatTheWindowShows) {
    api::HeadlessOptions options;
    options.inputs = {picture("a.png")};
    options.json = "-";
    options.permute = 7;
    ASSERT_EQ(run(options), 0) << err;
    EXPECT_EQ(err, "");
    const auto found = json::parse(out);
    EXPECT_EQ(found["file"]["width"], 24);
    EXPECT_EQ(found["file"]["sha256"].get<std::string>().size(), 64u);
    EXPECT_EQ(found["model"]["id"], "pictures");
    EXPECT_EQ(found["input"]["elements"], 144);
    EXPECT_EQ(found["input"]["layout"]["rows"], 12);
    EXPECT_EQ(found["predictions"].size(), 5u);
    EXPECT_EQ(found["cross_attends"].size(), 3u);
    EXPECT_EQ(found["cross_attends"][1]["attend"], "separable");
    EXPECT_LE(found["cross_attends"][1]["entropy_bits"]["mean"], found["cross_attends"][1]["entropy_bits"]["uniform"]);
    EXPECT_EQ(found["permutation"].size(), 2u);
    EXPECT_GT(found["peak_memory_bytes"], 1 << 20);
}

TEST_F(HeadlessTest, EvidenceOfAClassIsToldForEveryKind) {
    for (const char* name : {"picture.png", "sound.wav", "cloud.xyz"}) {
        api::HeadlessOptions options;
        options.inputs = {std::string(name) == "picture.png" ? picture(name) : sample(name)};
        if (options.inputs[0].empty()) continue;
        options.json = "-";
        options.evidence = "2";
        ASSERT_EQ(run(options), 0) << err;
        const auto found = json::parse(out);
        const auto evidence = found["evidence"];
        EXPECT_EQ(evidence["index"], 2);
        ASSERT_EQ(evidence["maps"].size(), 3u);
        for (const auto& map : evidence["maps"]) {
            EXPECT_EQ(map["top_elements"].size(), 10u);
            EXPECT_FALSE(map["caveat"].get<std::string>().empty());
            EXPECT_EQ(map["curves"]["fraction"].size(), map["curves"]["deletion"]["probability"].size());
        }
    }
}

TEST_F(HeadlessTest, EvidenceOfNoClassIsRefusedByName) {
    api::HeadlessOptions options;
    options.inputs = {picture("a.png")};
    options.evidence = "zebra";
    EXPECT_EQ(run(options), int(ErrorCode::usage));
    EXPECT_NE(err.find("--json"), std::string::npos) << err;
    options.json = "-";
    EXPECT_EQ(run(options), int(ErrorCode::usage));
    EXPECT_NE(err.find("zebra"), std::string::npos) << err;
}

TEST_F(HeadlessTest, EveryKindSaysWhereItsElementsLie) {
    const auto sound = findings({sample("sound.wav")});
    EXPECT_EQ(sound["model"]["id"], "sounds");
    EXPECT_EQ(sound["file"]["kind"], "audio");
    EXPECT_NEAR(sound["file"]["sound"]["duration"], 0.5, 1e-3);
    EXPECT_EQ(sound["file"]["sound"]["rate"], 16000);
    EXPECT_EQ(sound["file"]["sound"]["read_at"], 8000);
    EXPECT_NEAR(sound["file"]["sound"]["seconds"], 0.32, 1e-6);
    const auto& part = sound["input"]["layout"]["parts"][0];
    EXPECT_EQ(part["hertz"].size(), 5u);
    const auto& top = sound["cross_attends"][0]["top_elements"][0];
    const int row = top["row"], col = top["col"];
    EXPECT_EQ(top["element"], row * 8 + col);
    EXPECT_NEAR(top["seconds"][0], 0.04 * col, 1e-9);
    EXPECT_EQ(top["hertz"][0], part["hertz"][std::size_t(row)]);
    EXPECT_LT(top["hertz"][0], top["hertz"][1]);

    const auto cloud = findings({sample("mesh.off")});
    EXPECT_EQ(cloud["file"]["kind"], "points");
    EXPECT_EQ(cloud["file"]["cloud"]["triangles"], 12);
    EXPECT_EQ(cloud["file"]["cloud"]["read"], 64);
    EXPECT_EQ(cloud["input"]["layout"]["kind"], "points");
    EXPECT_EQ(cloud["cross_attends"][0]["top_elements"][0]["xyz"].size(), 3u);

    const auto film = findings({sample("film.gif")});
    EXPECT_EQ(film["file"]["kind"], "video");
    EXPECT_EQ(film["file"]["film"]["frames"], 3);
    EXPECT_EQ(film["input"]["layout"]["parts"][0]["grid"], json::parse(R"({"frames": 3, "rows": 6, "cols": 6})"));
    const auto& seen = film["cross_attends"][0]["top_elements"][0];
    EXPECT_EQ(seen["element"], (seen["frame"].get<int>() * 6 + seen["row"].get<int>()) * 6 + seen["col"].get<int>());
    EXPECT_NEAR(seen["seconds"][0], 0.2 * seen["frame"].get<int>(), 1e-9);
}

TEST_F(HeadlessTest, SeveralModalitiesShareTheAttention) {
    const std::string film = sample("film.mp4");
    if (film.empty()) GTEST_SKIP() << "no MP4 can be made here";
    const auto found = findings({film}, path("several.safetensors"));
    EXPECT_EQ(found["input"]["elements"], 25 + 108 + 1);
    EXPECT_EQ(found["input"]["layout"]["kind"], "parts");
    ASSERT_EQ(found["input"]["layout"]["parts"].size(), 3u);
    EXPECT_EQ(found["input"]["layout"]["parts"][2]["kind"], "label");
    EXPECT_TRUE(found["file"].contains("sound"));
    for (const auto& cross : found["cross_attends"]) {
        double attention = 0, elements = 0;
        for (const auto& m : cross["modalities"])
            attention += m["attention"].get<double>(), elements += m["elements"].get<double>();
        EXPECT_NEAR(attention, 1, 1e-4);
        EXPECT_NEAR(elements, 1, 1e-9);
    }
}

TEST_F(HeadlessTest, AWindowBeginsWhereItIsAsked) {
    api::HeadlessOptions options;
    options.inputs = {sample("sound.wav"), sample("film.gif")};
    options.json = "-";
    options.start = 0.2;
    ASSERT_EQ(run(options), 0) << err;
    const auto found = json::parse(out);
    EXPECT_NEAR(found[0]["input"]["layout"]["parts"][0]["seconds"]["start"], 0.2, 1e-9);
    EXPECT_NEAR(found[1]["file"]["film"]["start"], 0.2, 1e-9);
    options.start = 1000;
    EXPECT_EQ(run(options), 5);
    EXPECT_EQ(lines(err), 2) << err;
}

TEST_F(HeadlessTest, MixedKindsHaveTheirOwnModelsAndANamedOneFitsSome) {
    api::HeadlessOptions options;
    options.inputs = {picture("a.png"), sample("sound.wav"), sample("mesh.off"), sample("film.gif")};
    options.json = "-";
    ASSERT_EQ(run(options), 0) << err;
    std::vector<std::string> models;
    for (const auto& f : json::parse(out)) models.push_back(f["model"]["id"]);
    EXPECT_EQ(models, (std::vector<std::string>{"pictures", "sounds", "clouds", "films"}));
    options.model = "clouds";
    EXPECT_EQ(run(options), 1);
    EXPECT_EQ(lines(err), 3) << err;
    EXPECT_NE(err.find("sound.wav: This is a sound, and the model reads clouds of points"), std::string::npos) << err;
    options.inputs = {path("a.png")};
    EXPECT_EQ(run(options), 5);
}

TEST_F(HeadlessTest, EachWrongInputHasItsSentenceAndItsExitCode) {
    const std::string png = text(fs::path(picture("good.png")).filename());
    const auto expect = [&](const std::string& path, ErrorCode code) {
        EXPECT_EQ(run({path}), static_cast<int>(code)) << path;
        EXPECT_EQ(err.rfind("perceiverscope: " + path + ": ", 0), 0u) << err;
        EXPECT_EQ(lines(err), 1) << err;
        EXPECT_EQ(out, "");
    };
    expect(path("missing.png"), ErrorCode::unreadable_input);
    fs::create_directory(path("nothing"));
    expect(path("nothing"), ErrorCode::unreadable_input);
    expect(file("empty.jpg", ""), ErrorCode::unreadable_input);
    expect(file("text.png", "not a picture"), ErrorCode::unreadable_input);
    std::string huge = png;
    for (int at : {16, 20})
        huge[std::size_t(at)] = 0, huge[std::size_t(at) + 1] = 0, huge[std::size_t(at) + 2] = 0x75,
        huge[std::size_t(at) + 3] = 0x30;
    expect(file("huge.png", huge), ErrorCode::out_of_resources);
    expect(file(std::string(200, 'x') + "\xc3\xa9\xe5\x9b\xbe.png", "?"), ErrorCode::unreadable_input);
    EXPECT_EQ(run({picture("\xe5\x9b\xbe \xc3\xa9.png")}), 0) << "names are any bytes";
    EXPECT_NE(findings({picture("\xff.png")})["file"]["path"].get<std::string>().find("\xef\xbf\xbd.png"),
              std::string::npos);
}

TEST_F(HeadlessTest, WrongModelsHaveTheirExitCode) {
    api::HeadlessOptions options;
    options.inputs = {picture("a.png"), picture("b.png")};
    const std::string whole = text("models/pictures.safetensors");
    std::string lying = whole;
    lying[7] = 0x10;   // the header claims 2^60 bytes
    for (const auto& model : {std::string("no-such"), file("cut.safetensors", whole.substr(0, whole.size() - 9)),
                              file("lying.safetensors", lying), file("empty.safetensors", ""), root.path.string()}) {
        options.model = model;
        EXPECT_EQ(run(options), 4) << model;
        EXPECT_EQ(err.rfind("perceiverscope: " + model + ": ", 0), 0u) << err;
        EXPECT_EQ(lines(err), 1) << "said once, not for every input: " << err;
    }
    fs::remove(path("models/films.safetensors"));
    EXPECT_EQ(run({sample("film.gif"), path("a.png")}), 1) << "a kind without a model is its own file's failure";
    EXPECT_NE(err.find("pictures"), std::string::npos) << "it says which models would do: " << err;
}

TEST_F(HeadlessTest, WhatCanBeDoneIsDoneAndTheRestIsOneLineEach) {
    api::HeadlessOptions options;
    options.inputs = {picture("a.png"), path("missing.png"), picture("b.png")};
    options.json = path("out.json");
    EXPECT_EQ(run(options), 1);
    EXPECT_EQ(json::parse(text("out.json")).size(), 2u);
    EXPECT_EQ(run({path("missing.png"), path("gone.png")}), 3);
}

TEST_F(HeadlessTest, MapsAsNumbersHaveTheirNaturalShape) {
    api::HeadlessOptions options;
    options.map = path("map.npy");
    const auto shape_of = [&](const std::string& input, const std::string& model = {}) {
        options.inputs = {input};
        options.model = model;
        EXPECT_EQ(run(options), 0) << err;
        const auto [shape, values] = npy("map.npy");
        if (options.scale == api::Scale::probability) {
            const double maps = options.cross_attend < 0 ? 3 : 1;
            EXPECT_NEAR(std::accumulate(values.begin(), values.end(), 0.0), maps, 1e-3) << input;
        }
        return shape;
    };
    EXPECT_EQ(shape_of(picture("a.png")), "3, 12, 12");
    options.cross_attend = 1;
    EXPECT_EQ(shape_of(path("a.png")), "12, 12");
    EXPECT_EQ(shape_of(sample("sound.wav")), "4, 8");
    EXPECT_EQ(shape_of(sample("mesh.off")), "64,");
    EXPECT_EQ(shape_of(sample("film.gif")), "3, 6, 6");
    if (const auto film = sample("film.mp4"); !film.empty()) {
        EXPECT_EQ(shape_of(film, path("several.safetensors")), "134,");
    }
    options.latent = 4;
    options.scale = api::Scale::logit;
    EXPECT_EQ(shape_of(path("a.png")), "12, 12");
    EXPECT_EQ(text("map.npy").size() % 64, 144 * 4 % 64);
    options.latent = 9;
    EXPECT_EQ(run(options), 5) << err;
    options.latent = api::all_latents;
    options.cross_attend = 3;
    EXPECT_EQ(run(options), 5) << err;
    options.cross_attend = 0;
    options.map = path("map.tiff");
    EXPECT_EQ(run(options), 2);
    options.map = path("no-folder/map.npy");
    EXPECT_EQ(run(options), 6);
}

TEST_F(HeadlessTest, MapsArePicturesOfEveryKind) {
    api::HeadlessOptions options;
    options.map = path("map.png");
    const auto drawn = [&](const std::string& input, const std::string& model = {}) {
        options.inputs = {input};
        options.model = model;
        EXPECT_EQ(run(options), 0) << err;
        EXPECT_TRUE(fs::exists(path("map-3.png")));
        return media::decode_image(media::read_file(path("map-1.png")));
    };
    EXPECT_EQ(drawn(picture("a.png")).width, 504);
    const auto sound = drawn(sample("sound.wav"));
    EXPECT_EQ(sound.width, 512);
    EXPECT_EQ(sound.height, 256);
    const auto cloud = drawn(sample("mesh.off"));
    EXPECT_EQ(cloud.width, 512);
    EXPECT_EQ(cloud.height, 512);
    const auto white = std::count(cloud.rgb.begin(), cloud.rgb.end(), 255);
    EXPECT_GT(white, 3 * 512 * 512 / 2) << "points on an empty ground";
    EXPECT_LT(white, 3 * (512 * 512 - 64 * 20)) << "and every one of them large enough to see";
    const auto film = drawn(sample("film.gif"));
    EXPECT_EQ(film.width, film.height) << "three frames of 6 x 6 on a sheet of two by two";
    if (const auto both = sample("film.mp4"); !both.empty()) {
        const auto stacked = drawn(both, path("several.safetensors"));
        EXPECT_GT(stacked.height, film.height + 60) << "the sound's strip and the film";
    }
}

TEST_F(HeadlessTest, ASpectrogramsLowPitchIsAtTheBottom) {
    api::FileInfo info;
    api::InputPart part;
    part.kind = api::Kind::audio;
    part.grid = {1, 2, 4};
    part.hertz = {40, 100, 200};
    info.parts = {part};
    api::Map map{2, 4, api::Scale::probability, 0, 1, {1, 1, 1, 1, 0, 0, 0, 0}};
    const auto drawn = map_picture(map, info);
    EXPECT_GT(drawn.rgb[drawn.rgb.size() - 2], 200) << "row 0 is bright and below";
    EXPECT_LT(drawn.rgb[1], 20);
}

TEST_F(HeadlessTest, TheCostIsCountedForTheRunItself) {
    api::HeadlessOptions options;
    options.inputs = {picture("a.png")};
    options.lab = api::Lab::cost;
    ASSERT_EQ(run(options), 0) << err;
    EXPECT_NE(out.find("cross-attend 2, separable"), std::string::npos) << out;
    options.json = "-";
    ASSERT_EQ(run(options), 0) << err;
    const auto cost = json::parse(out)["cost"];
    double parts = 0;
    for (const auto& p : cost["parts"]) parts += p["flops"].get<double>();
    EXPECT_EQ(parts, cost["flops"].get<double>());
    EXPECT_EQ(cost["parameters"], test::tiny_config().parameter_count());
    EXPECT_EQ(cost["against"]["elements"].size(), 5u);
    for (const auto& axis : cost["against"])
        for (std::size_t i = 1; i < axis.size(); ++i) EXPECT_GT(axis[i]["flops"], axis[i - 1]["flops"]);
    options.attend = api::Attend::dense;
    options.inputs = {sample("mesh.off")};
    ASSERT_EQ(run(options), 0) << err;
    options.map = path("cost.png");
    EXPECT_EQ(run(options), 2);
}

TEST_F(HeadlessTest, EachSenseAnswersAloneAndTheirAttentionIsWhole) {
    const std::string film = sample("film.mp4");
    if (film.empty()) GTEST_SKIP() << "no MP4 can be made here";
    const auto all = findings({film}, path("several.safetensors"));
    api::HeadlessOptions options;
    options.inputs = {film};
    options.model = path("several.safetensors");
    options.lab = api::Lab::senses;
    options.json = "-";
    ASSERT_EQ(run(options), 0) << err;
    const auto senses = json::parse(out)["senses"];
    const auto& parts = all["input"]["layout"]["parts"];
    ASSERT_EQ(senses.size(), parts.size() + 1);
    EXPECT_EQ(senses[0]["has"], "all senses");
    const double first = senses[0]["predictions"][0]["logit"], same = all["predictions"][0]["logit"];
    EXPECT_NEAR(first, same, 1e-4);
    double attention = 0;
    for (std::size_t i = 1; i < senses.size(); ++i) {
        attention += senses[i]["attention"].get<double>();
        EXPECT_EQ(senses[i]["predictions"].size(), all["predictions"].size());
        EXPECT_NE(senses[i]["predictions"], senses[0]["predictions"]);
    }
    EXPECT_NEAR(attention, 1, 1e-4);
    options.json.clear();
    ASSERT_EQ(run(options), 0) << err;
    EXPECT_NE(out.find("alone"), std::string::npos) << out;
    options.inputs = {sample("sound.wav")};
    options.model.clear();
    EXPECT_EQ(run(options), 5);
    EXPECT_NE(err.find("one sense"), std::string::npos) << err;
    options.map = path("senses.png");
    EXPECT_EQ(run(options), 2);
}

TEST_F(HeadlessTest, PositionsAreMostLikeThemselves) {
    api::HeadlessOptions options;
    options.lab = api::Lab::positions;
    options.json = "-";
    options.map = path("positions.npy");
    for (const auto& input : {picture("a.png"), sample("sound.wav"), sample("mesh.off"), sample("film.gif")}) {
        options.inputs = {input};
        ASSERT_EQ(run(options), 0) << err;
        const auto place = json::parse(out)["positions"][0];
        const auto values = npy("positions.npy").second;
        const auto element = place["element"].get<std::size_t>();
        EXPECT_NEAR(values[element], 1, 1e-5);
        for (const float v : values) EXPECT_LE(std::abs(v), 1 + 1e-5f);
        if (place.contains("along_cols")) {
            const auto along = place["along_cols"].get<std::vector<float>>();
            EXPECT_NEAR(along[along.size() / 2], 1, 1e-5);
            EXPECT_NEAR(along[0], values[element - along.size() / 2], 1e-6);
        }
    }
}

TEST_F(HeadlessTest, AFlagStopsIt) {
    api::HeadlessOptions options;
    options.inputs.assign(200, picture("a.png", 1, 1200));
    EXPECT_EQ(run(options, {}, [] { return true; }), 130);
}

TEST(HeadlessDevice, CudaIsRefusedInOneSentence) {
    api::EngineOptions options;
    options.device = api::Device::cuda;
    try {
        Session session(options, {});
        ADD_FAILURE() << "it computes on what isn't there";
    } catch (const Error& e) {
        EXPECT_EQ(e.code, ErrorCode::out_of_resources);
        EXPECT_NE(std::string(e.sentence()).find("cuda"), std::string::npos);
    }
}

}  // namespace
}  // namespace perceiver::engine
