// Protects films through the engine: which frames and which sound a model gets, where its elements lie in the film,
// what is refused and what is said.
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "engine/api/over_time.h"
#include "engine/encode.h"
#include "support/av_samples.h"
#include "support/engine_fixture.h"
#include "support/film_models.h"

namespace perceiver::engine {
namespace {

struct EngineFilmTest : EngineTest {
    ModelPtr model(const std::string& name, const Config& config) {
        weights::Card card;
        card.title = name;
        const auto path = place.path(name + ".safetensors");
        weights::write_bundle(path, config, card, weights::to_data(test::random_weights(config)));
        return library.load(path, {});
    }
    std::string film(const samples::FilmOptions& options) {
        const auto bytes = samples::film(options);
        if (!bytes) return {};
        return place.file("clip." + options.container, std::string(bytes->begin(), bytes->end()));
    }
    static samples::FilmOptions with_sound(double level = 0.5) {
        samples::FilmOptions o;
        o.frames = 100;
        o.sound_codec = "aac";
        o.sound = samples::sine(16'000, 1, 4, 440, level);
        return o;
    }
    MediaFilePtr opened(const std::string& path) { return open_media(path, {}, false, Limits()); }
    static std::string said(const std::function<void()>& what) {
        try {
            what();
        } catch (const Error& e) {
            EXPECT_EQ(e.code, ErrorCode::no_fit);
            return e.sentence();
        }
        return "nothing was refused";
    }
    static bool noted(const Prepared& p, const std::string& words) {
        for (const auto& note : p.file.notes)
            if (note.find(words) != std::string::npos) return true;
        return false;
    }
    ModelLibrary library{place.root, {}};
};

#define FILM_OR_SKIP(path, options) \
    const std::string path = film(options); \
    if (path.empty()) GTEST_SKIP() << "no encoder for it here"

TEST_F(EngineFilmTest, AVideoModelGetsTheFramesOfItsWindow) {
    samples::FilmOptions options;
    options.width = 96;
    options.height = 64;
    options.frames = 100;   // 4 s of 25 a second, every frame of a colour of its own (36 in turn)
    FILM_OR_SKIP(path, options);
    const auto watching = model("film", samples::film_config());
    const auto file = opened(path);
    for (const double start : {0.0, 0.4, 1.2}) {
        const Prepared p = encode(*file, *watching, {start});
        EXPECT_EQ(p.file.kind, api::Kind::video);
        ASSERT_EQ(p.file.parts.size(), 1u);
        const api::InputPart& part = p.file.parts[0];
        EXPECT_EQ(part.kind, api::Kind::video);
        EXPECT_EQ(part.grid, (api::Grid{4, 6, 6}));
        EXPECT_EQ(part.first, 0);
        EXPECT_DOUBLE_EQ(part.start, start);
        EXPECT_NEAR(part.step, 4 / 12.5, 1e-9);
        const api::FilmInfo& info = *p.file.film;
        EXPECT_NEAR(info.duration, 4, 0.1);
        EXPECT_NEAR(info.rate, 25, 0.5);
        EXPECT_FALSE(info.has_sound);
        EXPECT_DOUBLE_EQ(info.start, start);
        EXPECT_NEAR(info.seconds, 1.28, 1e-9);
        ASSERT_EQ(info.frames.size(), 16u);
        ASSERT_EQ(info.times.size(), 16u);
        ASSERT_EQ(info.view.size(), 16u);
        for (std::size_t i = 0; i < 16; ++i) {
            EXPECT_NEAR(info.times[i], start + double(i) / 12.5, 0.001);   // every second one of the film's
            EXPECT_EQ(samples::film_index(info.frames[i]->rgb.data()),
                      static_cast<int>(std::lround(info.times[i] * 25)) % 36);
            EXPECT_EQ(info.view[i]->width, 48);
            EXPECT_EQ(api::frame_at(info, info.times[i]), static_cast<int>(i));
            EXPECT_EQ(api::block_at(part, info.times[i]), static_cast<int>(i / 4));
        }
        // The largest square, in the middle.
        EXPECT_DOUBLE_EQ(p.file.crop_x, 16);
        EXPECT_DOUBLE_EQ(p.file.crop_y, 0);
        EXPECT_DOUBLE_EQ(p.file.crop_width, 64);
        EXPECT_DOUBLE_EQ(p.file.crop_height, 64);
        EXPECT_EQ(p.file.picture->width, 96);
        EXPECT_EQ(p.input->layout().elements(), 144);
        EXPECT_TRUE(p.file.notes.empty());
    }
}

TEST_F(EngineFilmTest, WhereTheFilmEndsTheLastFrameIsRepeatedAndItSaysSo) {
    samples::FilmOptions options;
    options.frames = 25;
    FILM_OR_SKIP(path, options);
    const auto watching = model("film", samples::film_config());
    const auto file = opened(path);
    const Prepared p = encode(*file, *watching, {0.2});
    EXPECT_TRUE(noted(p, "the last one is repeated"));
    const api::FilmInfo& info = *p.file.film;
    ASSERT_EQ(info.frames.size(), 16u);
    ASSERT_EQ(info.view.size(), 16u);
    EXPECT_EQ(info.frames[15], info.frames[14]);
    EXPECT_EQ(info.times[15], info.times[14]);
    EXPECT_EQ(info.view[15]->rgb, info.view[14]->rgb);
    EXPECT_EQ(p.input->layout().elements(), 144);
    // What shows once the film has ended is the last frame there is, and it belongs to the block of its time.
    EXPECT_LT(api::frame_at(info, 1.4), 15);
    EXPECT_EQ(api::block_at(p.file.parts[0], 1.4), 3);
    EXPECT_NE(said([&] { encode(*file, *watching, {50}); }).find("no frame at 50.0 s"), std::string::npos);
}

TEST_F(EngineFilmTest, JustPastTheEndTheLastFrameStays) {
    auto options = with_sound();
    options.frames = 50;   // 2 s, and 4 s of sound
    FILM_OR_SKIP(path, options);
    const auto file = opened(path);
    const auto seeing = library.load("tiny", {}), both = model("both", samples::film_and_sound_config());
    const double end = file->film->info().duration.value_or(0);
    ASSERT_GE(end, 1.9);
    for (const double start : {end - 0.01, end, end + 0.3}) {
        const Prepared p = encode(*file, *seeing, {start});
        EXPECT_EQ(samples::film_index(p.file.picture->rgb.data()), 49 % 36) << start;
        EXPECT_NEAR(p.file.film->times[0], 1.96, 0.01);
        EXPECT_TRUE(noted(encode(*file, *both, {start}), "the last one is repeated"));
    }
    EXPECT_NE(said([&] { encode(*file, *seeing, {end + 3}); }).find("no frame at"), std::string::npos);
}

TEST_F(EngineFilmTest, AnImageModelLooksAtTheFrameOfThatTime) {
    samples::FilmOptions options;
    options.frames = 50;
    FILM_OR_SKIP(path, options);
    const auto seeing = library.load("tiny", {});
    const auto file = opened(path);
    for (const int frame : {0, 7, 33, 49}) {
        const Prepared p = encode(*file, *seeing, {frame / 25.0 + 0.01});
        EXPECT_EQ(samples::film_index(p.file.picture->rgb.data()), frame % 36);
        ASSERT_EQ(p.file.film->frames.size(), 1u);
        EXPECT_EQ(p.file.film->frames[0], p.file.picture);
        EXPECT_NEAR(p.file.film->start, frame / 25.0, 0.001);
        EXPECT_NEAR(p.file.film->seconds, 1 / 25.0, 0.001);
        ASSERT_EQ(p.file.parts.size(), 1u);
        EXPECT_EQ(p.file.parts[0].kind, api::Kind::image);
        EXPECT_EQ(p.file.parts[0].grid, (api::Grid{1, 12, 12}));
        EXPECT_NEAR(p.file.parts[0].start, frame / 25.0, 0.001);
        EXPECT_EQ(p.file.parts[0].step, 0);
        EXPECT_DOUBLE_EQ(p.file.crop_x, 8);
        EXPECT_DOUBLE_EQ(p.file.crop_width, 48);
        EXPECT_EQ(p.file.view->width, 12);
    }
}

TEST_F(EngineFilmTest, AModelThatListensHearsAFilmsSoundOrSaysThereIsNone) {
    Config listening = samples::film_and_sound_config();
    listening.input = InputConfig(listening.input.modalities[0].input);
    const auto model_that_listens = model("sound", listening);
    FILM_OR_SKIP(path, with_sound());
    const Prepared p = encode(*opened(path), *model_that_listens, {1});
    ASSERT_EQ(p.file.parts.size(), 1u);
    EXPECT_EQ(p.file.parts[0].kind, api::Kind::audio);
    EXPECT_DOUBLE_EQ(p.file.parts[0].start, 1);
    EXPECT_NEAR(p.file.parts[0].step, 64 / 8000.0, 1e-9);
    EXPECT_EQ(p.file.kind, api::Kind::video);
    EXPECT_FALSE(p.file.film);
    ASSERT_TRUE(p.file.sound);
    EXPECT_EQ(p.file.sound->samples.size(), 10'240u);

    samples::FilmOptions mute;
    FILM_OR_SKIP(silent, mute);
    EXPECT_NE(said([&] { encode(*opened(silent), *model_that_listens); }).find("this film has no sound"),
              std::string::npos);
    EXPECT_NE(said([&] {
                  encode(*opened(silent), *model("both", samples::film_and_sound_config()));
              }).find("this film has no sound"),
              std::string::npos);
}

/// What reads the same film and sound and was trained to do without either.
Config either_sense_config() {
    Config c = samples::film_and_sound_config();
    c.input.modalities.pop_back();
    for (auto& m : c.input.modalities) m.has_mask_token = false;
    return c;
}

TEST_F(EngineFilmTest, WhatHasOneOfTheSensesIsAnsweredFromThatOneAlone) {
    const auto either = model("either", either_sense_config());
    EXPECT_EQ(either->info.runs_over, (std::vector<api::Kind>{api::Kind::audio, api::Kind::video}));
    EXPECT_EQ(model("both", samples::film_and_sound_config())->info.runs_over,
              std::vector<api::Kind>{api::Kind::video});
    FILM_OR_SKIP(path, with_sound());
    const Prepared whole = encode(*opened(path), *either, {0.4});
    EXPECT_TRUE(whole.file.notes.empty());
    // The same film with the other sense masked.
    const auto alone = [&](const std::string& name) {
        at::Tensor mask = at::zeros({whole.input->elements()}, at::kBool);
        for (const auto& s : whole.input->layout().segments)
            if (s.modality == name) mask.narrow(0, s.first, s.count()).fill_(1);
        const auto masked = std::make_shared<input::InputArray>(whole.input->layout(), whole.input->parts(),
                                                                whole.input->layer_norm_eps(), mask);
        return either->perceiver.forward(masked).logits;
    };
    const auto logits = [&](const Prepared& p) { return either->perceiver.forward(p.input).logits; };
    ASSERT_GT(test::largest_difference(alone("image"), alone("audio")), 1e-3);

    const samples::Signal signal{16'000, 1, opened(path)->sound->read(0, 10, 16'000, 1).samples};
    auto mute = with_sound();
    mute.sound_codec.clear();
    FILM_OR_SKIP(silent, mute);
    const Prepared seen = encode(*opened(silent), *either, {0.4});
    ASSERT_EQ(seen.file.parts.size(), 1u);
    EXPECT_EQ(seen.file.parts[0].name, "image");
    EXPECT_EQ(seen.file.parts[0].first, 0);
    EXPECT_FALSE(seen.file.sound);
    EXPECT_EQ(seen.file.notes,
              std::vector<std::string>{"The film has no sound: the model answers from its image alone."});
    EXPECT_LT(test::largest_difference(logits(seen), alone("image")), 1e-4);

    // The film's own sound, as a file.
    const auto bytes = samples::wav(signal, 32, true);
    const auto file = opened(place.file("clip.wav", std::string(bytes.begin(), bytes.end())));
    const Prepared heard = encode(*file, *either, {0.4});
    ASSERT_EQ(heard.file.parts.size(), 1u);
    EXPECT_EQ(heard.file.parts[0].name, "audio");
    EXPECT_FALSE(heard.file.film);
    EXPECT_EQ(heard.file.notes,
              std::vector<std::string>{"This is a sound only: the model answers from its audio alone."});
    EXPECT_LT(test::largest_difference(logits(heard), alone("audio")), 1e-3);

    // Whoever was to fill in what is masked has to be given the rest.
    EXPECT_EQ(said([&] { encode(*file, *model("both", samples::film_and_sound_config())); }),
              "This is a sound, and the model reads several kinds of data at once: choose another model.");
    const std::string cloud = place.file("points.xyz", "0 0 0\n1 0 0\n0 1 0\n");
    EXPECT_EQ(said([&] { encode(*opened(cloud), *either); }),
              "This is a cloud of points, and the model reads several kinds of data at once: choose another model.");
}

TEST_F(EngineFilmTest, WhereAFilmsSoundHasEndedTheModelGoesOnFromThePicture) {
    auto options = with_sound();
    options.sound = samples::sine(16'000, 1, 1, 440, 0.5);
    FILM_OR_SKIP(path, options);
    const auto either = model("either", either_sense_config());
    const auto file = opened(path);
    EXPECT_EQ(encode(*file, *either, {0.5}).file.parts.size(), 2u);
    const Prepared later = encode(*file, *either, {2});
    ASSERT_EQ(later.file.parts.size(), 1u);
    EXPECT_EQ(later.file.notes,
              std::vector<std::string>{"The film's sound has ended here: the model answers from its image alone."});
}

TEST_F(EngineFilmTest, OfSeveralModalitiesEachGetsItsPartOfTheSameWindow) {
    FILM_OR_SKIP(path, with_sound());
    const auto both = model("both", samples::film_and_sound_config());
    const Prepared p = encode(*opened(path), *both, {0.8});
    ASSERT_EQ(p.file.parts.size(), 3u);
    int first = 0;
    for (const auto& part : p.file.parts) {
        EXPECT_EQ(part.first, first) << part.name;
        first += part.grid.count();
    }
    EXPECT_EQ(first, p.input->layout().elements());
    const api::InputPart &audio = p.file.parts[0], &image = p.file.parts[1], &label = p.file.parts[2];
    EXPECT_EQ(audio.kind, api::Kind::audio);
    EXPECT_EQ(image.kind, api::Kind::video);
    EXPECT_TRUE(label.label);
    EXPECT_EQ(api::heard_part(p.file), &audio);
    EXPECT_EQ(api::seen_part(p.file), &image);
    EXPECT_DOUBLE_EQ(audio.start, 0.8);
    EXPECT_DOUBLE_EQ(image.start, 0.8);
    // Both stand for the same time: 160 patches of sound, 4 blocks of film.
    EXPECT_NEAR(audio.step * audio.grid.cols, image.step * image.grid.frames, 1e-9);
    EXPECT_TRUE(p.file.film && p.file.sound);
    EXPECT_TRUE(p.file.film->has_sound);
    EXPECT_NEAR(p.file.sound->start, p.file.film->start, 1e-9);
}

TEST_F(EngineFilmTest, ASoundThatStartsAfterTheFirstFrameStaysInTime) {
    auto options = with_sound();
    options.sound_after_ms = 500;
    FILM_OR_SKIP(path, options);
    const auto both = model("both", samples::film_and_sound_config());
    const auto file = opened(path);
    EXPECT_NEAR(file->sound_offset(), 0.5, 0.07);
    // Before it begins there is silence, and no more than that; a window that begins later hears it at once.
    for (const double start : {0.0, 0.3, 0.7}) {
        const Prepared p = encode(*file, *both, {start});
        const auto& heard = p.file.sound->samples;
        const auto loud = std::find_if(heard.begin(), heard.end(), [](float x) { return std::abs(x) > 0.1F; });
        ASSERT_NE(loud, heard.end());
        EXPECT_NEAR(double(loud - heard.begin()) / p.file.sound->rate, std::max(0.0, 0.5 - start), 0.07) << start;
    }
}

TEST_F(EngineFilmTest, AttentionIsDividedAmongFramesTimesAndModalities) {
    FILM_OR_SKIP(path, with_sound());
    model("both", samples::film_and_sound_config());
    api::OpenRequest request;
    request.path = path;
    request.model = place.path("both.safetensors");
    request.start = 0.4;
    const auto job = session.open(request);
    const auto opened = events.wait<api::Opened>(of_job<api::Opened>(job));
    events.wait<api::Finished>(of_job<api::Finished>(job));
    for (const auto& e : events.copy()) {
        const auto* done = std::get_if<api::CrossAttendDone>(&e);
        if (!done || done->job != job) continue;
        double all = 0;
        for (const auto& part : opened.file.parts) {
            const double share = api::share(done->mean, part);
            const auto frames = api::over_frames(done->mean, part), columns = api::over_columns(done->mean, part);
            EXPECT_NEAR(std::accumulate(frames.begin(), frames.end(), 0.0), share, 1e-6);
            EXPECT_NEAR(std::accumulate(columns.begin(), columns.end(), 0.0), share, 1e-6);
            EXPECT_EQ(frames.size(), static_cast<std::size_t>(part.grid.frames));
            all += share;
        }
        EXPECT_NEAR(all, 1, 1e-4);
    }
}

TEST_F(EngineFilmTest, FramesForPlayingComeAsTheyShowAndSayTheEnd) {
    samples::FilmOptions options;
    options.width = 128;
    options.height = 96;
    options.frames = 50;
    FILM_OR_SKIP(path, options);
    api::OpenRequest request;
    request.path = path;
    request.model = "tiny";
    const auto job = session.open(request);
    events.wait<api::Finished>(of_job<api::Finished>(job));
    const auto ask = [&](api::RequestId id, double start, int count) {
        api::FramesRequest r;
        r.request = id;
        r.job = job;
        r.start = start;
        r.count = count;
        r.side = 64;
        session.ask(r);
        return events.wait<api::FramesReady>([id](const api::FramesReady& f) { return f.asked.request == id; });
    };
    const auto some = ask(1, 0.5, 10);
    ASSERT_EQ(some.frames.size(), 10u);
    EXPECT_FALSE(some.end);
    for (std::size_t i = 0; i < 10; ++i) {
        EXPECT_EQ(some.frames[i]->width, 64);
        EXPECT_EQ(samples::film_index(some.frames[i]->rgb.data()),
                  static_cast<int>(std::lround(some.times[i] * 25)) % 36);
        if (i > 0) { EXPECT_NEAR(some.times[i] - some.times[i - 1], 0.04, 1e-3); }
    }
    const auto last = ask(2, 1.8, 40);
    EXPECT_TRUE(last.end);
    EXPECT_LE(last.frames.size(), 6u);
}

}  // namespace
}  // namespace perceiver::engine
