// Films: every frame in its order and at its time, upright, with square pixels; windows agree with the whole.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "media/audio.h"
#include "media/image.h"
#include "media/kind.h"
#include "media/video.h"
#include "support/av_samples.h"
#include "support/expect_error.h"
#include "support/media_samples.h"

namespace perceiver::media {
namespace {

using namespace samples;

VideoFile opened(const ByteVector& bytes, const Limits& limits = {}) { return VideoFile(Source(bytes), limits); }
const std::uint8_t* pixel(const VideoFrames& film, const VideoFrame& frame, std::int64_t x, std::int64_t y) {
    return frame.rgb.data() + 3 * (y * film.width + x);
}
std::vector<int> indices(const VideoFrames& film) {
    std::vector<int> all;
    for (const auto& frame : film.frames)
        all.push_back(film_index(pixel(film, frame, film.width / 2, film.height * 3 / 4)));
    return all;
}
std::vector<int> counting(int from, int count) {
    std::vector<int> all;
    for (int i = 0; i < count; ++i) all.push_back(from + i);
    return all;
}
std::string test_name(std::string name) {
    std::ranges::replace_if(
        name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
    return name;
}

class CodedFilms : public testing::TestWithParam<CodedFilm> {
  protected:
    FilmOptions options() const { return {.codec = GetParam().codec, .container = GetParam().container}; }
};
INSTANTIATE_TEST_SUITE_P(, CodedFilms, testing::ValuesIn(film_kinds()),
                         [](const auto& test) { return test_name(test.param.name); });

TEST_P(CodedFilms, give_every_frame_in_order_at_its_time) {
    const auto bytes = film(options());
    if (!bytes) GTEST_SKIP() << "this FFmpeg can't write " << GetParam().name;
    EXPECT_EQ(kind_of(Source(*bytes)), MediaKind::video);
    VideoFile file = opened(*bytes);
    EXPECT_EQ(file.info().width, 64);
    EXPECT_EQ(file.info().height, 48);
    EXPECT_FALSE(file.info().has_audio);
    EXPECT_NEAR(file.info().rate, 25, 0.5);
    const VideoFrames all = file.frames({.count = 100});
    ASSERT_EQ(all.frames.size(), 30u);
    EXPECT_EQ(indices(all), counting(0, 30));
    for (std::size_t i = 0; i < 30; ++i) EXPECT_NEAR(all.frames[i].time, 0.04 * static_cast<double>(i), 0.0006) << i;
    EXPECT_TRUE(all.notes.empty()) << all.notes[0];
    EXPECT_EQ(file.frames({.start = 50, .count = 3}).frames.size(), 0u);
}

TEST_P(CodedFilms, give_windows_that_are_slices_of_the_whole) {
    const auto bytes = film(options());
    if (!bytes) GTEST_SKIP() << "this FFmpeg can't write " << GetParam().name;
    VideoFile file = opened(*bytes);
    const VideoFrames all = opened(*bytes).frames({.count = 100});
    for (const int first : {20, 3, 29, 12, 0, 13, 25, 24}) {
        // A moment within the frame shows that frame.
        const VideoFrames part = file.frames({.start = 0.04 * first + 0.017, .count = 4});
        const auto there = std::min(4, 30 - first);
        EXPECT_EQ(indices(part), counting(first, there));
        for (int i = 0; i < static_cast<int>(part.frames.size()); ++i) {
            const auto& wanted = all.frames[static_cast<std::size_t>(first + i)];
            EXPECT_NEAR(part.frames[static_cast<std::size_t>(i)].time, wanted.time, 0.0011);
            EXPECT_EQ(part.frames[static_cast<std::size_t>(i)].rgb, wanted.rgb);
        }
    }
}

TEST_P(CodedFilms, may_begin_late_and_show_frames_unevenly) {
    FilmOptions o = options();
    o.start_ms = 2'000;
    o.key_every = 5;
    for (int i = 0, ms = 0; i < 30; ++i) o.times_ms.push_back(ms += 20 + 37 * (i % 4));
    if (!GetParam().any_time) GTEST_SKIP() << GetParam().name << " has a fixed rate";
    const auto bytes = film(o);
    if (!bytes) GTEST_SKIP() << "this FFmpeg can't write " << GetParam().name;
    VideoFile file = opened(*bytes);
    const VideoFrames all = file.frames({.count = 100});
    ASSERT_EQ(indices(all), counting(0, 30));
    for (std::size_t i = 0; i < 30; ++i)
        EXPECT_NEAR(all.frames[i].time, (o.times_ms[i] - o.times_ms[0]) / 1000.0, 0.0011) << i;
    // At a steady rate each moment shows the frame that last began.
    const VideoFrames steady = file.frames({.start = 0.1, .count = 12, .rate = 10});
    for (std::size_t k = 0; k < steady.frames.size(); ++k) {
        const double moment = 0.1 + static_cast<double>(k) / 10;
        const auto after = std::ranges::find_if(all.frames, [&](const auto& f) { return f.time > moment + 0.001; });
        EXPECT_EQ(indices(steady)[k], after - all.frames.begin() - 1) << moment;
    }
}

TEST_P(CodedFilms, cut_anywhere_give_their_beginning_or_one_sentence) {
    const auto bytes = film(options());
    if (!bytes) GTEST_SKIP() << "this FFmpeg can't write " << GetParam().name;
    for (std::size_t n = 1; n < bytes->size(); n += n < 64 ? 5 : bytes->size() / 30) {
        try {
            const ByteVector cut(bytes->begin(), bytes->begin() + static_cast<std::ptrdiff_t>(n));
            const VideoFrames part = opened(cut).frames({.count = 100});
            EXPECT_LE(part.frames.size(), 31u);
            for (std::size_t i = 1; i < part.frames.size(); ++i)
                EXPECT_GT(part.frames[i].time, part.frames[i - 1].time);
        } catch (const Error& e) {
            EXPECT_TRUE(e.code == ErrorCode::unreadable_input) << e.what() << " " << e.detail;
        }
    }
}

TEST(VideoFile, turns_a_rotated_film_upright) {
    for (const int degrees : {0, 90, 180, 270}) {
        const auto bytes = film({.frames = 3, .degrees = degrees, .halves = true});
        if (!bytes) GTEST_SKIP() << "this FFmpeg can't write H.264";
        VideoFile file = opened(*bytes);
        const VideoFrames shown = file.frames({});
        const bool turned = degrees % 180 != 0;
        EXPECT_EQ(shown.width, turned ? 48 : 64);
        EXPECT_EQ(shown.height, turned ? 64 : 48);
        // The stored upper half is white; turned clockwise it is to the right, below, to the left.
        const auto white = [&](int x, int y) {  // in quarters of the frame
            return pixel(shown, shown.frames[0], shown.width * x / 4, shown.height * y / 4)[0] > 200;
        };
        EXPECT_EQ(white(1, 1), degrees == 0 || degrees == 270) << degrees;
        EXPECT_EQ(white(3, 1), degrees == 0 || degrees == 90) << degrees;
        EXPECT_EQ(white(3, 3), degrees == 180 || degrees == 90) << degrees;
        EXPECT_EQ(white(1, 3), degrees == 180 || degrees == 270) << degrees;
    }
}

TEST(VideoFile, shows_square_pixels) {
    for (const auto& [shape, width, height] :
         {std::tuple{std::array{2, 1}, 128, 48}, {std::array{1, 2}, 64, 96}, {std::array{16, 15}, 68, 48}}) {
        const auto bytes = film({.frames = 2, .pixel_shape = shape});
        if (!bytes) GTEST_SKIP() << "this FFmpeg can't write H.264";
        const VideoFrames shown = opened(*bytes).frames({.count = 2});
        EXPECT_EQ(shown.width, width);
        EXPECT_EQ(shown.height, height);
        EXPECT_EQ(indices(shown), counting(0, 2));
    }
}

TEST(VideoFile, shows_one_field_of_interlaced_frames) {
    const auto bytes = film({.codec = "mpeg2video", .container = "mpegts", .frames = 8, .interlaced = true});
    if (!bytes) GTEST_SKIP() << "this FFmpeg can't write MPEG-2";
    const VideoFrames shown = opened(*bytes).frames({.count = 8});
    EXPECT_EQ(indices(shown), counting(0, 8));
    // No line is of the other field's colour.
    for (const auto& frame : shown.frames)
        for (std::int64_t y = 0; y < shown.height; ++y)
            EXPECT_EQ(film_index(pixel(shown, frame, 30, y)), film_index(pixel(shown, frame, 30, 24)));
    EXPECT_EQ(shown.notes, std::vector<std::string>{"interlaced: one field of each frame is shown"});
}

TEST(VideoFile, may_have_sound_shorter_than_the_film_and_both_start_late) {
    const auto bytes = film(
        {.container = "matroska", .start_ms = 1'600, .sound_codec = "flac", .sound = sine(48'000, 2, 0.5, 440, 0.5)});
    if (!bytes) GTEST_SKIP() << "this FFmpeg can't write H.264 and FLAC";
    VideoFile file = opened(*bytes);
    EXPECT_TRUE(file.info().has_audio);
    EXPECT_NEAR(file.info().start, 1.6, 0.002);
    EXPECT_EQ(indices(file.frames({.count = 100})), counting(0, 30));
    AudioFile sound{Source(*bytes)};
    EXPECT_NEAR(sound.info().start, 1.6, 0.002);
    const Sound heard = sound.read(0, 9, 48'000, 1);
    EXPECT_NEAR(static_cast<double>(heard.frames()) / 48'000, 0.5, 0.03);
    EXPECT_TRUE(heard.notes.empty());
}

TEST(VideoFile, is_scaled_as_asked_and_held_to_the_limits) {
    const auto bytes = film({});
    if (!bytes) GTEST_SKIP() << "this FFmpeg can't write H.264";
    const VideoFrames small = opened(*bytes).frames({.count = 5, .side = 16});
    EXPECT_EQ(small.width, 16);
    EXPECT_EQ(small.height, 12);
    EXPECT_EQ(indices(small), counting(0, 5));
    Limits limits;
    limits.decoded_bytes = 64 * 48 * 3 * 10;
    EXPECT_EQ(opened(*bytes, limits).frames({.count = 10}).frames.size(), 10u);
    EXPECT_EQ(failure_of([&] { opened(*bytes, limits).frames({.count = 11}); }).code, ErrorCode::out_of_resources);
    limits.pixels = 64 * 48 - 1;
    EXPECT_EQ(failure_of([&] { opened(*bytes, limits); }).code, ErrorCode::out_of_resources);
    const CancelToken cancel;
    cancel.cancel();
    EXPECT_EQ(failure_of([&] { VideoFile(Source(*bytes), {}, cancel); }).code, ErrorCode::cancelled);
    VideoFile file = opened(*bytes);
    EXPECT_EQ(failure_of([&] { file.frames({.start = 1, .count = 2}, cancel); }).code, ErrorCode::cancelled);
    EXPECT_EQ(indices(file.frames({.start = 0.4, .count = 2})), counting(10, 2)) << "it goes on after a cancel";
    EXPECT_EQ(failure_of([&] { file.frames({.count = 0}); }).code, ErrorCode::usage);
}

TEST(VideoFile, gives_thumbnails_spread_over_the_film) {
    for (const auto& [codec, container] : {std::pair{"libx264", "mp4"}, {"gif", "gif"}, {"mpeg2video", "mpeg"}}) {
        const auto bytes = film({.codec = codec, .container = container, .frames = 36, .key_every = 4});
        if (!bytes) continue;
        const VideoFrames few = opened(*bytes).thumbnails(6, 32);
        ASSERT_GE(few.frames.size(), 5u) << container;
        EXPECT_EQ(few.width, 32);
        const auto shown = indices(few);
        for (std::size_t i = 0; i < shown.size(); ++i)
            EXPECT_NEAR(shown[i], 6 * static_cast<double>(i) + 3, 4) << container;
    }
}

TEST(VideoFile, plays_animated_webp) {
    const auto bytes = animated_webp(gradient(20, 16), 40, 30, 4, 6, 5);
    EXPECT_EQ(kind_of(Source(bytes)), MediaKind::video);
    VideoFile file = opened(bytes);
    EXPECT_EQ(file.info().width, 40);
    EXPECT_EQ(file.info().codec, "WebP");
    const VideoFrames all = file.frames({.count = 100});
    ASSERT_EQ(all.frames.size(), 5u);
    EXPECT_EQ(all.frames[0].rgb, decode_image(bytes).rgb);
    for (std::size_t i = 1; i < 5; ++i) EXPECT_GT(all.frames[i].time, all.frames[i - 1].time);
    EXPECT_EQ(file.frames({.start = all.frames[3].time, .count = 9}).frames.size(), 2u);
}

TEST(VideoFile, says_what_is_wrong_in_one_sentence) {
    const auto sentence = [](const ByteVector& bytes) { return failure_of([&] { opened(bytes); }).sentence; };
    EXPECT_EQ(sentence(wav(sine(8'000, 1, 1, 440, 0.5), 16)), "There is sound in this file, but no film.");
    EXPECT_EQ(sentence(ByteVector(5'000, 'a')), "This is not a sound or film of a known kind.");
    if (const auto bytes = film({.encrypted = true})) {
        EXPECT_EQ(sentence(*bytes), "The film is encrypted.");
    }
    if (auto bytes = film({})) {
        EXPECT_EQ(failure_of([&] { AudioFile{Source(*bytes)}; }).sentence, "The film has no sound.");
        const std::string name = "avc1";
        const auto at = std::search(bytes->begin() + 100, bytes->end(), name.begin(), name.end());
        ASSERT_NE(at, bytes->end());
        std::ranges::copy(std::string("SVQ3"), at);
        EXPECT_EQ(sentence(*bytes), "The film is coded as SVQ3, which is not supported here.");
    }
}

TEST(VideoFile, a_heif_picture_is_not_called_a_damaged_film) {
    const std::string text("\0\0\0\x18" "ftypheic" "\0\0\0\0" "mif1heic" "\0\0\0\x0c" "meta" "\0\0\0\0", 36);
    EXPECT_EQ(failure_of([&] { VideoFile{Source(ByteVector(text.begin(), text.end()))}; }).sentence,
              "This is a HEIF picture, which is not supported here.");
}

TEST(VideoFile, cut_short_says_so) {
    const auto bytes = film({.container = "matroska"});
    if (!bytes) GTEST_SKIP() << "this FFmpeg can't write H.264";
    const VideoFrames part = opened({bytes->begin(), bytes->begin() + static_cast<std::ptrdiff_t>(bytes->size() / 2)})
                                 .frames({.count = 100});
    EXPECT_GT(part.frames.size(), 2u);
    EXPECT_LT(part.frames.size(), 30u);
    ASSERT_GE(part.notes.size(), 1u);
    EXPECT_EQ(part.notes[0], "The file is cut short: the film ends before it should.");
}

TEST(KindOf, is_told_by_content) {
    const auto kind = [](const ByteVector& bytes) { return kind_of(Source(bytes)); };
    for (const auto& picture : pictures_of_every_kind()) {
        const auto notes = decode_image(picture.bytes).notes;
        const bool animated =
            std::ranges::any_of(notes, [](const auto& n) { return n.starts_with("first frame of"); });
        EXPECT_EQ(kind(picture.bytes), animated ? MediaKind::video : MediaKind::image) << picture.name;
    }
    EXPECT_EQ(kind(gif(20, 20)), MediaKind::image);
    EXPECT_EQ(kind(gif(20, 20, {.frames = 2})), MediaKind::video);
    EXPECT_EQ(kind(wav(sine(8'000, 1, 1, 440, 0.5), 16)), MediaKind::audio);
    EXPECT_EQ(kind(aiff(sine(8'000, 1, 1, 440, 0.5), 16)), MediaKind::audio);
    for (const auto& coded : sound_kinds())
        if (const auto bytes = coded_sound(sine(48'000, 1, 1, 440, 0.5), coded.codec, coded.container)) {
            EXPECT_EQ(kind(*bytes), MediaKind::audio) << coded.name;
        }
    EXPECT_EQ(kind(ByteVector(3'000, 'a')), MediaKind::unknown);
    EXPECT_EQ(kind(ByteVector(3'000)), MediaKind::unknown);
    EXPECT_EQ(failure_of([&] { kind({}); }).sentence, "The file is empty.");
    // Playlists and lists of files lead elsewhere; they are no films.
    for (const std::string text :
         {"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://example.org/a.ts\n",
          "ffconcat version 1.0\nfile /etc/passwd\n", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\n"})
        EXPECT_EQ(kind(ByteVector(text.begin(), text.end())), MediaKind::unknown) << text;
}

}  // namespace
}  // namespace perceiver::media
