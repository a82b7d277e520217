// Protects packs: what goes in comes out, and a broken pack is refused with a sentence, whatever is broken.
#include <gtest/gtest.h>

#include <cstring>

#include "support/expect_error.h"
#include "support/files.h"
#include "support/split_samples.h"
#include "support/weights_samples.h"

namespace perceiver::train {
namespace {

using samples::ByteVector;
using weights::DType;

const std::vector<std::string> names{"cat", "dog", "\u00e4pfel"};
constexpr std::int64_t rows = 3, cols = 5;

ByteVector picture(int i) {
    ByteVector rgb(rows * cols * 3);
    for (std::size_t k = 0; k < rgb.size(); ++k) rgb[k] = static_cast<std::uint8_t>(31 * i + 7 * int(k));
    return rgb;
}
void write_pack(const std::filesystem::path& path) {
    PackWriter writer(names);
    for (int i = 0; i < 20; ++i)
        writer.add(i % 5 ? "train" : "test", names[std::size_t(i % 3)], picture(i), rows, cols);
    EXPECT_EQ(writer.size("train"), 16);
    std::move(writer).write(path);
}
std::string refusal(const std::filesystem::path& path) {
    const auto failure = samples::failure_of([&] { Pack pack(path); });
    EXPECT_EQ(failure.code, ErrorCode::unreadable_input) << failure.sentence;
    EXPECT_FALSE(failure.sentence.empty());
    return failure.sentence;
}

struct TrainPack : testing::Test {
    samples::TemporaryFolder folder;
    const std::filesystem::path path = folder.path / "a.pack";
};

TEST_F(TrainPack, WhatGoesInComesOut) {
    write_pack(path);
    const Pack pack(path);
    EXPECT_EQ(pack.labels(), names);
    std::map<std::string, std::int64_t> at;
    for (int i = 0; i < 20; ++i) {
        const std::string name = i % 5 ? "train" : "test";
        const Split& split = pack.split(name);
        const std::int64_t k = at[name]++;
        const auto pixels = split.picture(k);
        EXPECT_EQ(ByteVector(pixels.begin(), pixels.end()), picture(i));
        EXPECT_EQ(split.label(k), i % 3);
        EXPECT_EQ(split.rows, rows);
        EXPECT_EQ(split.cols, cols);
    }
    EXPECT_EQ(at["train"], pack.split("train").size());
    EXPECT_EQ(pack.splits().size(), 2u);
    const auto failure = samples::failure_of([&] { pack.split("val"); });
    EXPECT_EQ(failure.sentence, "The pack has no split val; it has: test, train.");
}

TEST_F(TrainPack, CloudsAndSoundsComeOutToo) {
    const std::vector<float> cloud{1, -2.5f, 3, 1e-20f, 5, 6}, sound{0, 0.5f, -1, 1, 0.25f, 7};
    PackWriter clouds(names);
    clouds.add_cloud("test", "cat", {cloud.data() + 3, 3}, 3);
    clouds.add_cloud("test", "dog", {cloud.data(), 3}, 3);
    std::move(clouds).write(path);
    {
        const Pack pack(path);
        const Split& split = pack.split("test");
        EXPECT_EQ(split.medium, Medium::clouds);
        EXPECT_EQ(split.rows, 1);
        EXPECT_EQ(split.cloud(0), (std::vector<float>{1e-20f, 5, 6}));
        EXPECT_EQ(split.cloud(1), (std::vector<float>{1, -2.5f, 3}));
        EXPECT_EQ(split.label(1), 1);
    }
    PackWriter sounds(names);
    sounds.add_sound("train", "cat", std::vector<float>(6), 8000);
    sounds.add_sound("train", "dog", sound, 8000);
    std::move(sounds).write(path);
    const Pack pack(path);
    const Split& split = pack.split("train");
    EXPECT_EQ(split.medium, Medium::sounds);
    EXPECT_EQ(split.rate, 8000);
    EXPECT_EQ(split.cols, 6);
    EXPECT_EQ(split.sound(1), (std::vector<float>{0, 0.5f, -1, 32767 / 32768.0f, 0.25f, 32767 / 32768.0f}));
}

TEST_F(TrainPack, FilmsComeOutWithTheirSound) {
    const ByteVector grey{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    const std::vector<float> sound{0, 0.5f, -1};
    PackWriter writer(names);
    writer.add_film("test", "cat", {ByteVector(12, 7), 2, 3, 1, 12.5}, std::vector<float>(3), 8000);
    writer.add_film("test", "dog", {grey, 2, 3, 1, 12.5}, sound, 8000);
    std::move(writer).write(path);
    const Pack pack(path);
    const Split& split = pack.split("test");
    EXPECT_EQ(split.medium, Medium::films);
    EXPECT_EQ(split.size(), 2);
    EXPECT_EQ(split.frames, 2);
    EXPECT_EQ(split.rows, 2);
    EXPECT_EQ(split.cols, 3);
    EXPECT_EQ(split.channels, 1);
    EXPECT_EQ(split.frame_rate, 12.5);
    EXPECT_EQ(split.rate, 8000);
    EXPECT_EQ(split.sound(1), sound);
    const auto rgb = split.film(1);
    ASSERT_EQ(rgb.size(), 36u);
    for (std::size_t k = 0; k < rgb.size(); ++k) EXPECT_EQ(rgb[k], grey[k / 3]);
    EXPECT_EQ(split.label(1), 1);
}

TEST_F(TrainPack, APackThatWasMovedStillShowsItsPictures) {
    write_pack(path);
    Pack first(path);
    const Pack second(std::move(first));
    const auto pixels = second.split("test").picture(0);
    EXPECT_EQ(ByteVector(pixels.begin(), pixels.end()), picture(0));
}

TEST_F(TrainPack, CutAnywhereItIsRefused) {
    write_pack(path);
    const ByteVector whole = samples::file_bytes(path);
    for (std::size_t length = 0; length < whole.size(); length += length < 400 ? 13 : 97) {
        samples::write_file(path, {whole.begin(), whole.begin() + std::ptrdiff_t(length)});
        refusal(path);
    }
    ByteVector longer = whole;
    longer.push_back(0);
    samples::write_file(path, longer);
    refusal(path);
}

TEST_F(TrainPack, ContradictionsAreRefused) {
    const auto tensor = [](std::vector<std::int64_t> shape, std::uint8_t value = 0, DType type = DType::u8) {
        std::int64_t bytes = std::int64_t(weights::item_size(type));
        for (auto n : shape) bytes *= n;
        return weights::TensorData{type, std::move(shape), ByteVector(std::size_t(bytes), value)};
    };
    const std::map<std::string, std::string> good{{"format", "perceiverscope-pack"},
                                                  {"labels", R"(["a","b"])"}};
    const auto refused = [&](const samples::Tensors& tensors,
                             const std::map<std::string, std::string>& metadata, const std::string& word) {
        weights::write_safetensors(path, tensors, metadata);
        const std::string sentence = refusal(path);
        EXPECT_NE(sentence.find(word), std::string::npos) << sentence;
    };
    const auto with = [&](const char* key, const char* value) {
        auto metadata = good;
        metadata[key] = value;
        return metadata;
    };
    const samples::Tensors fine{{"t.pixels", tensor({2, 4, 4, 3})}, {"t.labels", tensor({2}, 1)}};
    weights::write_safetensors(path, fine, good);
    EXPECT_EQ(Pack(path).split("t").size(), 2);

    refused(fine, {}, "not a pack");
    refused(fine, with("format", "perceiverscope-bundle"), "not a pack");
    refused(fine, with("labels", "[1]"), "not texts");
    refused(fine, with("labels", "oops"), "labels are missing");
    refused(fine, with("labels", "[]"), "no labels");
    refused(fine, with("labels", R"(["a","a"])"), "same name");
    refused(fine, with("labels", R"(["a b","a_b"])"), "same name");
    refused(fine, with("labels", R"(["a"])"), "label without a name");
    refused({{"t.pixels", tensor({2, 4, 4, 3})}, {"t.labels", tensor({3})}}, good,
            "another number of labels");
    const std::string other = "not of pictures, clouds, sounds or films";
    refused({{"t.pixels", tensor({2, 4, 4, 4})}, {"t.labels", tensor({2})}}, good, other);
    refused({{"t.pixels", tensor({2, 4, 12})}, {"t.labels", tensor({2})}}, good, other);
    refused({{"t.pixels", tensor({2, 4, 4, 3}, 0, DType::f32)}, {"t.labels", tensor({2})}}, good, other);
    refused({{"t.pixels", tensor({2, 4, 4, 3})}, {"t.labels", tensor({2}, 0, DType::i32)}}, good, other);
    refused({{"t.points", tensor({2, 4, 3})}, {"t.labels", tensor({2})}}, good, other);
    refused({{"t.points", tensor({2, 12}, 0, DType::f32)}, {"t.labels", tensor({2})}}, good, other);
    refused({{"t.samples", tensor({2, 4, 3})}, {"t.labels", tensor({2})}}, with("rate", "8000"), other);
    const samples::Tensors sounds{{"t.samples", tensor({2, 4, 2})}, {"t.labels", tensor({2})}};
    for (const char* rate : {"", "0", "-8000", "8000 Hz", "1e4", "99999999"})
        refused(sounds, with("rate", rate), "samples a second");
    auto film_metadata = with("rate", "8000");
    film_metadata["frame_rate"] = "25.0";
    const samples::Tensors films{
        {"t.frames", tensor({2, 5, 4, 4, 1})}, {"t.samples", tensor({2, 4, 2})}, {"t.labels", tensor({2})}};
    weights::write_safetensors(path, films, film_metadata);
    EXPECT_EQ(Pack(path).split("t").frames, 5);
    const auto films_with = [&](const char* name, const weights::TensorData& data) {
        auto changed = films;
        changed[name] = data;
        return changed;
    };
    auto silent = films;
    silent.erase("t.samples");
    refused(silent, film_metadata, "without their sound");
    refused(films_with("t.samples", tensor({3, 4, 2})), film_metadata, "without their sound");
    refused(films_with("t.samples", tensor({2, 4})), film_metadata, "without their sound");
    refused(films_with("t.samples", tensor({2, 0, 2})), film_metadata, "without their sound");
    refused(films_with("t.frames", tensor({2, 5, 4, 4, 2})), film_metadata, other);
    refused(films_with("t.frames", tensor({2, 5, 16, 1})), film_metadata, other);
    refused(films_with("t.frames", tensor({2, 0, 4, 4, 1})), film_metadata, "empty");
    refused(films_with("t.pixels", tensor({2, 4, 4, 3})), film_metadata, "something else");
    for (const char* rate : {"", "0", "-25", "25 fps", "nan", "inf", "1e9"}) {
        film_metadata["frame_rate"] = rate;
        refused(films, film_metadata, "frames a second");
    }
    refused({{"t.pixels", tensor({2, 4, 4, 3})}}, good, "something else");
    refused({{"t.points", tensor({2, 0, 3}, 0, DType::f32)}, {"t.labels", tensor({2})}}, good, "empty");
    refused({{"t.pixels", tensor({0, 4, 4, 3})}, {"t.labels", tensor({0})}}, good, "empty");
    refused({{"t.labels", tensor({2})}}, good, "nothing but labels");
    refused({{"t.pixels", tensor({2, 4, 4, 3})}, {"t.labels", tensor({2})}, {"more", tensor({2})}}, good,
            "something else");
}

TEST_F(TrainPack, AHeaderThatLiesAboutSizesIsRefusedBeforeMemoryIsTaken) {
    for (const char* shape :
         {"[1152921504606846976,32,32,3]", "[4294967296,4294967296,4294967296,3]", "[-1,4,4,3]"}) {
        const std::string header =
            R"({"__metadata__":{"format":"perceiverscope-pack","labels":"[\"a\"]"},"t.pixels":{"dtype":"U8","shape":)" +
            std::string(shape) + R"(,"data_offsets":[0,96]}})";
        samples::write_file(path, samples::safetensors_with_header(header, 96));
        refusal(path);
    }
}

TEST_F(TrainPack, TheWriterRefusesWhatAPackCannotHold) {
    const auto refused = [](auto act, const std::string& word) {
        const auto failure = samples::failure_of(act);
        EXPECT_EQ(failure.code, ErrorCode::unreadable_input);
        EXPECT_NE(failure.sentence.find(word), std::string::npos) << failure.sentence;
    };
    PackWriter writer(names);
    writer.add("train", "cat", picture(0), rows, cols);
    refused([&] { writer.add("train", "cow", picture(0), rows, cols); }, "The label cow");
    refused([&] { writer.add("train", "cat", picture(0), cols, rows); }, "one size");
    refused([&] { writer.add("train", "cat", {}, 0, 0); }, "no pixels");
    refused([&] { PackWriter({"a", "a"}); }, "same name");
    refused([&] { PackWriter(std::vector<std::string>{}); }, "no labels");
    refused([&] { writer.add_cloud("train", "cat", std::vector<float>(12), 3); }, "another kind");
    refused([&] { writer.add_cloud("train", "cat", std::vector<float>(10), 3); }, "no points");
    refused([&] { writer.add_sound("train", "cat", {}, 8000); }, "no sound");
    const ByteVector pixels(12);
    const PackWriter::Frames frames{pixels, 2, 3, 1, 25};
    refused([&] { writer.add_film("train", "cat", frames, std::vector<float>(3), 8000); }, "another kind");
    refused([&] { writer.add_film("train", "cat", frames, {}, 8000); }, "no sound");
    refused(
        [&] {
            writer.add_film("train", "cat", {ByteVector(11), 2, 3, 1, 25}, std::vector<float>(3), 8000);
        },
        "no frames");
    PackWriter films(names);
    films.add_film("train", "cat", frames, std::vector<float>(3), 8000);
    refused([&] { films.add_film("train", "cat", {ByteVector(18), 2, 3, 1, 25}, std::vector<float>(3), 8000); },
            "3 frames of 3 x 2 pixels in 1 channels and 3 samples at 8000 Hz, those before have 2 frames");
    refused([&] { films.add_film("train", "cat", frames, std::vector<float>(4), 8000); }, "one size");
    PackWriter sounds(names);
    sounds.add_sound("train", "cat", std::vector<float>(10), 8000);
    refused([&] { sounds.add_sound("train", "cat", std::vector<float>(11), 8000); }, "one size");
    refused([&] { sounds.add_sound("train", "cat", std::vector<float>(10), 16000); }, "one size");
    refused([&] { PackWriter({"a"}).write(path); }, "no examples");
    EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace perceiver::train
