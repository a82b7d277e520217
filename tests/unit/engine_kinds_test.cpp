// Protects the one path for every kind of file: which model a file gets, what of a sound, film or cloud the model
// reads, where its elements lie, and what is read on for playing.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numeric>

#include "engine/api/thumbnail.h"
#include "support/av_samples.h"
#include "support/engine_fixture.h"
#include "support/expect_error.h"
#include "support/point_samples.h"

namespace perceiver::engine {
namespace {

void expect_no_fit(const std::string& sentence, const std::function<void()>& act) {
    const samples::Failure failure = samples::failure_of(act);
    EXPECT_EQ(failure.code, ErrorCode::no_fit);
    EXPECT_EQ(failure.sentence, sentence);
}

using Type = InputConfig::Type;

Config reading(InputConfig input) {
    Config c = test::tiny_config();
    input.position = {};
    input.position.num_bands = 3;
    input.position.max_resolution.assign(static_cast<std::size_t>(std::max<std::int64_t>(1, input.axes())), 8.0);
    c.input = std::move(input);
    return c;
}
/// Half a second at 8 kHz as 4 x 5 patches of 4 mels by 10 frames.
InputConfig spectrogram() {
    InputConfig i;
    i.type = Type::spectrogram;
    i.spectrogram = {8000, 512, 400, 80, 16, 50, 60, 4000, 1e-4, -4, 4, {4, 10}};
    return i;
}
/// A tenth of a second of raw samples, in patches of 80.
InputConfig raw_sound() {
    InputConfig i;
    i.type = Type::audio;
    i.audio = {80, 8000, 800, 0, 0};
    return i;
}
/// Eight frames of 16 x 16 at 10 a second, in blocks of 4 x 8 x 8.
InputConfig film() {
    InputConfig i;
    i.type = Type::video;
    i.video.channels = 1;
    i.video.patch = {4, 8, 8};
    i.video.frames = 8;
    i.video.height = i.video.width = 16;
    i.video.frame_rate = 10;
    return i;
}
InputConfig points() {
    InputConfig i;
    i.type = Type::points;
    i.points.points = 50;
    i.points.fit = input::PointsConfig::Fit::unit_ball;
    return i;
}

struct KindsTest : EngineTest {
    void add(const std::string& name, const InputConfig& input, double accuracy = 0.5) {
        add_config(name, reading(input), accuracy);
    }
    void add_config(const std::string& name, const Config& config, double accuracy = 0.5) {
        weights::Card card;
        card.title = name;
        card.accuracy = accuracy;
        weights::write_bundle(place.root / "models" / (name + ".safetensors"), config, card,
                              weights::to_data(test::random_weights(config)));
    }
    std::string put(const std::string& name, const samples::ByteVector& bytes) {
        return place.file(name, std::string(bytes.begin(), bytes.end()));
    }
    std::string sound(double seconds = 2, const std::string& name = "a.wav") {
        return put(name, samples::wav(samples::sweep(8000, 2, seconds), 16));
    }
    /// Three seconds of film, its sound beginning with the picture.
    std::string film_file(bool with_sound = true, const std::string& name = "a.mp4") {
        samples::FilmOptions options;
        options.frames = 75;
        if (with_sound) {
            options.sound_codec = "aac";
            options.sound = samples::sine(16'000, 1, 3, 440, 0.5);
        }
        const auto bytes = samples::film(options);
        return bytes ? put(name, *bytes) : std::string();
    }
    Prepared prepared(const std::string& file, const std::string& model, double start = 0) {
        return encode(*open_media(file, {}, false, {}), *library.load(model), {start});
    }
    ModelLibrary library{place.root};
};

TEST_F(KindsTest, EveryKindGetsItsOwnMostAccurateModel) {
    add("hears", spectrogram(), 0.4);
    add("hears-better", raw_sound(), 0.6);
    add("sees-film", film());
    add("touches", points());
    EXPECT_EQ(library.default_for(api::Kind::image), "tiny");
    EXPECT_EQ(library.default_for(api::Kind::audio), "hears-better");
    Config few = reading(spectrogram());
    few.num_classes = 2;
    few.labels = {"yes", "no"};
    add_config("hears-little", few, 0.99);
    EXPECT_EQ(library.default_for(api::Kind::audio), "hears-better") << "what knows two words is not what most want";
    EXPECT_EQ(library.default_for(api::Kind::video), "sees-film");
    EXPECT_EQ(library.default_for(api::Kind::points), "touches");
    EXPECT_EQ(library.model_for(api::Kind::points, "hears", true), "touches")
        << "it gives way where it is only preferred";
    EXPECT_EQ(library.model_for(api::Kind::points, "hears", false), "hears")
        << "and is told not to fit where it is asked for";
    EXPECT_EQ(library.model_for(api::Kind::video, "hears", true), "hears") << "a film can be listened to";
    EXPECT_EQ(library.model_for(api::Kind::video, "tiny", true), "tiny") << "and looked at frame by frame";
    const auto after = [&](api::Kind kind, const char* model, api::Kind before) {
        return library.model_for(kind, model, true, {}, before);
    };
    EXPECT_EQ(after(api::Kind::video, "tiny", api::Kind::image), "sees-film") << "named for pictures, not for films";
    EXPECT_EQ(after(api::Kind::video, "hears", api::Kind::video), "hears") << "the next film is listened to, too";
    EXPECT_EQ(after(api::Kind::audio, "hears", api::Kind::video), "hears") << "it is made for sounds";
    EXPECT_EQ(library.model_for(api::Kind::video, "tiny", false, {}, api::Kind::image), "tiny")
        << "named for this film";
    fs::remove(place.root / "models" / "sees-film.safetensors");
    EXPECT_EQ(after(api::Kind::video, "tiny", api::Kind::image), "tiny") << "better than none";
    fs::remove(place.root / "models" / "touches.safetensors");
    EXPECT_EQ(samples::failure_of([&] { library.default_for(api::Kind::points); }).code, ErrorCode::unreadable_model);
}

TEST_F(KindsTest, AFileOfAnotherKindGetsItsOwnModelThoughTheOneInUseRunsOverIt) {
    add("hears", spectrogram());
    add("sees-film", film());
    const std::string moving = film_file();
    if (moving.empty()) GTEST_SKIP() << "this FFmpeg can't write the test's film";
    const auto answers = [&](const std::string& path, bool or_default) {
        api::OpenRequest request;
        request.path = path;
        request.model = "hears";
        request.or_default = or_default;
        const auto job = session.open(request);
        events.wait<api::Finished>(of_job<api::Finished>(job));
        return events.wait<api::Opened>(of_job<api::Opened>(job)).model.id;
    };
    EXPECT_EQ(answers(moving, true), "hears") << "named for it: a film can be listened to";
    EXPECT_EQ(answers(place.picture("a.png"), true), "tiny");
    EXPECT_EQ(answers(moving, true), "sees-film") << "after a picture, it is a film's own";
    EXPECT_EQ(answers(sound(), true), "hears") << "made for sounds";
    EXPECT_EQ(answers(moving, false), "hears") << "unless named for this film";
}

TEST_F(KindsTest, AModelThatSeeksBeginsWhereASoundIsLoudestUnlessToldWhere) {
    InputConfig seeking = spectrogram();
    seeking.spectrogram.seek = true;
    add("seeks", seeking);
    add("hears", spectrogram());
    auto signal = samples::sine(8000, 1, 4, 300, 0.01);
    for (std::size_t i = 20'000; i < 22'000; ++i) signal.samples[i] *= 50;   // 2.5 to 2.75 s
    const std::string path = put("word.wav", samples::wav(signal, 16));
    const auto file = open_media(path, {}, false, {});
    const Prepared found = encode(*file, *library.load("seeks"));
    EXPECT_NEAR(found.file.sound->start, 2.375, 0.02);   // half a second about the middle of it
    ASSERT_FALSE(found.file.notes.empty());
    EXPECT_NE(found.file.notes[0].find("loudest"), std::string::npos);
    EXPECT_EQ(prepared(path, "seeks", 0).file.sound->start, 0);
    EXPECT_EQ(prepared(path, "seeks", 1.25).file.sound->start, 1.25);
    EXPECT_EQ(encode(*file, *library.load("hears")).file.sound->start, 0);
    const std::string brief = put("brief.wav", samples::wav(samples::sine(8000, 1, 0.3, 300, 0.5), 16));
    EXPECT_EQ(encode(*open_media(brief, {}, false, {}), *library.load("seeks")).file.sound->start, 0);
}

TEST_F(KindsTest, WhatDoesNotFitIsSaidAndTheFormerResultStays) {
    add("touches", points());
    const auto job = finished(place.picture("a.png"));
    api::OpenRequest request;
    request.path = place.path("a.png");
    request.model = "touches";
    const auto failed = events.wait<api::Failed>(of_job<api::Failed>(session.open(request)));
    EXPECT_EQ(failed.code, ErrorCode::no_fit);
    EXPECT_EQ(failed.sentence, "This is a picture, and the model reads clouds of points: choose another model.");
    session.ask(api::MapRequest{5, job, 0, -1, -1, api::Scale::probability});
    EXPECT_EQ(events.wait<api::MapReady>().map.values.size(), 144u);
}

TEST_F(KindsTest, ASpectrogramsElementsKnowTheirTimeAndPitch) {
    add("hears", spectrogram());
    const Prepared p = prepared(sound(), "hears", 0.75);
    ASSERT_EQ(p.file.parts.size(), 1u);
    const api::InputPart& part = p.file.parts[0];
    EXPECT_EQ(part.kind, api::Kind::audio);
    EXPECT_EQ(part.grid, (api::Grid{1, 4, 5}));
    EXPECT_DOUBLE_EQ(part.start, 0.75);
    EXPECT_DOUBLE_EQ(part.step, 0.1) << "ten frames of 80 samples at 8 kHz";
    ASSERT_EQ(part.hertz.size(), 5u);
    EXPECT_TRUE(std::is_sorted(part.hertz.begin(), part.hertz.end()));
    EXPECT_GT(part.hertz.front(), 60);
    EXPECT_LT(part.hertz.back(), 4000);
    ASSERT_TRUE(p.file.sound);
    EXPECT_EQ(p.file.sound->samples.size(), 4000u);
    EXPECT_DOUBLE_EQ(p.file.sound->seconds, 0.5);
    EXPECT_NEAR(p.file.sound->duration, 2, 1e-3);
    EXPECT_EQ(p.file.sound->spectrogram.decibels.size(),
              std::size_t(p.file.sound->spectrogram.rows * p.file.sound->spectrogram.cols));
    EXPECT_FALSE(p.file.picture);
}

TEST_F(KindsTest, AFullScaleSineIsAboutZeroDecibelsInItsBand) {
    const auto tone = samples::sine(16'000, 1, 1, 1000, 1);
    const api::Spectrogram s = spectrogram_of(tone.samples, 16'000, 2);
    EXPECT_NEAR(s.high, 0, 12) << "a triangle averages over several bins of which one sounds";
    const auto loudest = std::max_element(s.decibels.begin(), s.decibels.end()) - s.decibels.begin();
    const auto row = static_cast<std::size_t>(loudest / s.cols);
    EXPECT_LE(s.hertz[row], 1050);
    EXPECT_GE(s.hertz[row + 1], 950);
    EXPECT_EQ(s.start, 2);
    EXPECT_NEAR(s.step * s.cols, 1, 0.02);
}

TEST_F(KindsTest, ASoundThatEndsEarlyIsFilledUpAndSaidSo) {
    add("hears", spectrogram());
    const Prepared p = prepared(sound(0.2), "hears");
    EXPECT_EQ(p.file.sound->samples.size(), 4000u);
    ASSERT_EQ(p.file.notes.size(), 1u);
    EXPECT_EQ(p.file.notes[0], "Only 0.2 s of sound where the model hears 0.5 s; the rest is silence.");
    expect_no_fit("The sound ends before 7.0 s.", [&] { prepared(sound(0.2), "hears", 7); });
}

TEST_F(KindsTest, AFilmIsReadAsManyFramesAsTheModelReadsAtItsRate) {
    add("sees-film", film());
    const std::string file = film_file(false);
    if (file.empty()) GTEST_SKIP() << "this machine's FFmpeg writes no such film";
    const Prepared p = prepared(file, "sees-film", 1);
    ASSERT_TRUE(p.file.film);
    EXPECT_EQ(p.file.film->frames.size(), 8u);
    EXPECT_EQ(p.file.film->view.size(), 8u);
    EXPECT_EQ(p.file.film->view[0]->width, 16);
    EXPECT_DOUBLE_EQ(p.file.film->start, 1);
    EXPECT_DOUBLE_EQ(p.file.film->seconds, 0.8);
    for (std::size_t t = 0; t < 8; ++t)   // frame i of the file is all of one colour, 25 a second
        EXPECT_EQ(samples::film_index(p.file.film->frames[t]->rgb.data()),
                  int(25 + std::lround(2.5 * double(t) - 0.49)) % 36)
            << t;
    ASSERT_EQ(p.file.parts.size(), 1u);
    EXPECT_EQ(p.file.parts[0].grid, (api::Grid{2, 2, 2}));
    EXPECT_DOUBLE_EQ(p.file.parts[0].step, 0.4);
    EXPECT_EQ(p.file.crop_width, 48) << "the middle square of 64 x 48";
    EXPECT_EQ(p.file.crop_x, 8);
    EXPECT_TRUE(p.file.notes.empty());
    const Prepared end = prepared(file, "sees-film", 2.8);
    EXPECT_EQ(end.file.film->frames.size(), 8u) << "the last frame is repeated";
    ASSERT_EQ(end.file.notes.size(), 1u);
    EXPECT_EQ(end.file.notes[0].find("The film ends here after 2 of the model's 8 frames"), 0u) << end.file.notes[0];
    expect_no_fit("The film has no frame at 9.0 s.", [&] { prepared(file, "sees-film", 9); });
}

TEST_F(KindsTest, APictureModelLooksAtOneFrameAndASoundModelListensToTheFilm) {
    add("hears", spectrogram());
    const std::string file = film_file(), silent = film_file(false, "silent.mp4");
    if (file.empty()) GTEST_SKIP() << "this machine's FFmpeg writes no such film";
    const Prepared seen = prepared(file, "tiny", 1.5);
    EXPECT_EQ(seen.file.kind, api::Kind::video);
    ASSERT_EQ(seen.file.parts.size(), 1u);
    EXPECT_EQ(seen.file.parts[0].kind, api::Kind::image);
    EXPECT_NEAR(seen.file.parts[0].start, 1.48, 1e-3) << "the frame that shows then began a little before";
    EXPECT_EQ(seen.file.film->frames.size(), 1u);
    EXPECT_EQ(seen.file.view->width, 12);
    const Prepared heard = prepared(file, "hears", 1);
    EXPECT_EQ(heard.file.parts[0].kind, api::Kind::audio);
    EXPECT_FALSE(heard.file.film);
    EXPECT_GT(*std::max_element(heard.file.sound->samples.begin(), heard.file.sound->samples.end()), 0.3F);
    expect_no_fit("The model listens, and this film has no sound: choose another model.",
                       [&] { prepared(silent, "hears"); });
}

TEST_F(KindsTest, AModelOfSeveralSensesGetsTheSameMomentOfEach) {
    Config c = test::tiny_config();
    c.input = {};
    c.input.type = Type::multimodal;
    c.input.min_padding = 2;
    InputConfig label;
    label.type = Type::label;
    label.label.classes = 3;
    label.position.type = PositionConfig::Type::none;
    InputConfig hearing = reading(raw_sound()).input, sight = reading(film()).input;
    c.input.modalities = {{"audio", hearing, true, false}, {"image", sight, true, false}, {"label", label, true, true}};
    add_config("both", c);
    const std::string file = film_file();
    if (file.empty()) GTEST_SKIP() << "this machine's FFmpeg writes no such film";
    const Prepared p = prepared(file, "both", 0.5);
    ASSERT_EQ(p.file.parts.size(), 3u);
    EXPECT_EQ(p.file.parts[0].name, "audio");
    EXPECT_EQ(p.file.parts[1].first, 10);
    EXPECT_EQ(p.file.parts[1].kind, api::Kind::video);
    EXPECT_TRUE(p.file.parts[2].label);
    EXPECT_EQ(p.input->elements(), 10 + 8 + 1);
    EXPECT_DOUBLE_EQ(p.file.film->start, p.file.sound->start);

    const auto model = library.load("both");
    EXPECT_EQ(model->info.runs_over, std::vector{api::Kind::video});
    EXPECT_EQ(model->info.input_elements, 19);
    const Trace trace = model->perceiver.forward(p.input, Attend::dense);
    const at::Tensor mean = inspect::map(trace, 0, -1, -1, inspect::Scale::probability);
    const api::Map map = map_of(mean, trace.input->layout(), api::Scale::probability);
    EXPECT_EQ(map.values.size(), 19u);
    EXPECT_EQ(map.values[11], mean[11].item<float>());
    // Shuffled, every modality keeps its places, so both arms exist and positions that travel change nothing.
    EXPECT_LT(permute(*model, p, trace, {3}, api::Arm::travel, 0, {}).largest_logit_difference, 1e-4);
    EXPECT_GT(permute(*model, p, trace, {3}, api::Arm::stay, 0, {}).largest_logit_difference, 1e-4);
}

TEST_F(KindsTest, AShuffledFilmShowsWhereItsBlocksWent) {
    add("sees-film", film());
    const std::string file = film_file(false);
    if (file.empty()) GTEST_SKIP() << "this machine's FFmpeg writes no such film";
    const Prepared p = prepared(file, "sees-film");
    const auto model = library.load("sees-film");
    const Trace baseline = model->perceiver.forward(p.input, Attend::dense);
    const auto run = permute(*model, p, baseline, {5}, api::Arm::travel, 0, {});
    ASSERT_EQ(run.frames.size(), 8u);
    // Blocks change their places, so every pixel is still there once.
    const auto all = [](const std::vector<api::PicturePtr>& frames) {
        std::vector<std::uint8_t> bytes;
        for (const auto& f : frames) bytes.insert(bytes.end(), f->rgb.begin(), f->rgb.end());
        std::sort(bytes.begin(), bytes.end());
        return bytes;
    };
    EXPECT_EQ(all(run.frames), all(p.file.film->view));
    bool moved = false;
    for (std::size_t t = 0; t < 8; ++t) moved = moved || run.frames[t]->rgb != p.file.film->view[t]->rgb;
    EXPECT_TRUE(moved);
}

TEST_F(KindsTest, ACloudHasNoPositionsThatCouldStay) {
    add("touches", points());
    const auto helix = samples::helix(200);
    const Prepared p = prepared(put("a.ply", samples::ply(helix, samples::PlyForm::little)), "touches");
    EXPECT_EQ(arms_of(*p.input, {api::Arm::travel, api::Arm::stay}), std::vector{api::Arm::travel});
    ASSERT_TRUE(p.file.cloud);
    EXPECT_EQ(p.file.cloud->xyz.size(), 150u);
    EXPECT_EQ(p.file.cloud->file_points, 200);
    double farthest = 0;
    for (std::size_t i = 0; i < 150; i += 3)
        farthest = std::max(farthest, std::hypot(double(p.file.cloud->xyz[i]), double(p.file.cloud->xyz[i + 1]),
                                                 double(p.file.cloud->xyz[i + 2])));
    EXPECT_NEAR(farthest, 1, 1e-5) << "the window gets the model's own coordinates";
}

TEST_F(KindsTest, PlayingGoesOnPastTheModelsWindow) {
    add("hears", spectrogram());
    const auto job = finished(sound());
    api::SoundRequest ask{7, job, 1.5, 1, 8000, 1};
    session.ask(ask);
    const auto piece = events.wait<api::SoundReady>();
    EXPECT_EQ(piece.samples.size(), 4000u) << "the file has half a second left";
    EXPECT_TRUE(piece.end);
    session.ask(api::OutlineRequest{8, job, 100});
    const auto outline = events.wait<api::OutlineReady>([](const auto& o) { return o.complete; });
    EXPECT_NEAR(outline.seconds, 2, 1e-3);
    EXPECT_EQ(outline.low.size(), outline.high.size());
    session.ask(api::SoloRequest{9, job, 1, 2, -1});
    const auto solo = events.wait<api::SoloReady>();
    EXPECT_EQ(solo.samples.size(), 4000u);
    session.ask(api::FramesRequest{10, job, 0, 1, 0, 64});
    EXPECT_EQ(events.wait<api::Failed>().sentence, "The file holds no frames.");
}

TEST_F(KindsTest, FramesForPlayingAreTheFilms) {
    add("sees-film", film());
    const std::string file = film_file(false);
    if (file.empty()) GTEST_SKIP() << "this machine's FFmpeg writes no such film";
    const auto job = finished(file);
    session.ask(api::FramesRequest{1, job, 2.8, 10, 0, 32});
    const auto frames = events.wait<api::FramesReady>();
    EXPECT_EQ(frames.frames.size(), 5u);
    EXPECT_TRUE(frames.end);
    EXPECT_EQ(frames.frames[0]->width, 32);
    EXPECT_EQ(samples::film_index(frames.frames[0]->rgb.data()), 70 % 36);
}

TEST_F(KindsTest, ThumbnailsLieAsThePartDoes) {
    api::FileInfo file;
    api::InputPart part;
    part.kind = api::Kind::audio;
    part.grid = {1, 2, 3};
    part.hertz = {100, 200, 400};
    file.parts = {part};
    api::Map map;
    map.values = {1, 2, 3, 4, 5, 6};
    const api::Map upright = api::thumbnail(map, api::thumbnail_cells(file, 32));
    EXPECT_EQ(upright.values, (std::vector<float>{4, 5, 6, 1, 2, 3})) << "the highest pitch on top";
    file.parts[0].hertz.clear();
    file.parts[0].kind = api::Kind::video;
    file.parts[0].grid = {2, 1, 3};
    const api::Map mean = api::thumbnail(map, api::thumbnail_cells(file, 32));
    EXPECT_EQ(mean.values, (std::vector<float>{2.5, 3.5, 4.5})) << "over the frames";
    api::InputPart sound;
    sound.kind = api::Kind::audio;
    sound.first = 6;
    sound.grid = {1, 1, 3};
    file.parts.push_back(sound);
    map.values.insert(map.values.end(), {7, 8, 9});
    const api::Map both = api::thumbnail(map, api::thumbnail_cells(file, 32));
    ASSERT_EQ(both.rows, 3);
    EXPECT_TRUE(std::isnan(both.values[3])) << "a line between the senses";
    EXPECT_EQ(std::vector<float>(both.values.begin() + 6, both.values.end()), (std::vector<float>{7, 8, 9}));
}

}  // namespace
}  // namespace perceiver::engine
