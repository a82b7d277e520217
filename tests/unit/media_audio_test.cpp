// Sound: frequency and level survive decoding and resampling, any piece is a slice of the whole, and damaged files
// give what they have or one sentence.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "media/audio.h"
#include "support/audio_samples.h"
#include "support/av_samples.h"
#include "support/expect_error.h"

namespace perceiver::media {
namespace {

using namespace samples;

AudioFile opened(const ByteVector& bytes, const Limits& limits = {}) { return AudioFile(Source(bytes), limits); }
Signal signal_of(const Sound& sound) { return {sound.rate, sound.channels, sound.samples}; }
Signal middle_of(const Sound& sound) {
    Signal all = signal_of(sound);
    const auto quarter = static_cast<std::ptrdiff_t>(all.frames() / 4 * all.channels);
    return {all.rate, all.channels, {all.samples.begin() + quarter, all.samples.end() - quarter}};
}
float farthest(std::span<const float> a, std::span<const float> b) {
    EXPECT_EQ(a.size(), b.size());
    float most = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) most = std::max(most, std::abs(a[i] - b[i]));
    return most;
}

TEST(AudioFile, pcm_comes_back_sample_by_sample) {
    const Signal signal = sweep(22'050, 2, 0.5);
    const auto expect = [&](const ByteVector& bytes, float tolerance, const char* container) {
        AudioFile file = opened(bytes);
        EXPECT_EQ(file.info().rate, 22'050);
        EXPECT_EQ(file.info().channels, 2);
        EXPECT_EQ(file.info().container, container);
        EXPECT_NEAR(file.info().duration.value_or(0), 0.5, 0.001);
        const Sound sound = file.read(0, 10, 22'050, 2);
        EXPECT_LE(farthest(sound.samples, signal.samples), tolerance);
        EXPECT_TRUE(sound.notes.empty());
    };
    for (const int bits : {8, 16, 24, 32}) {
        SCOPED_TRACE(bits);
        const float tolerance = std::ldexp(1.01f, -bits + 1) + 1e-7f;
        expect(wav(signal, bits), tolerance, "WAV");
        expect(aiff(signal, bits), tolerance, "AIFF");
    }
    expect(wav(signal, 32, true), 0, "WAV");
    expect(wav(signal, 64, true), 0, "WAV");
}

TEST(AudioFile, what_is_beyond_full_scale_is_cut_off_and_no_number_is_silence) {
    Signal signal{8'000, 1, {0.5f, 2.0f, -3.0f, NAN, INFINITY}};
    signal.samples.resize(800);
    const Sound sound = opened(wav(signal, 32, true)).read(0, 1, 8'000, 1);
    EXPECT_EQ((std::vector<float>(sound.samples.begin(), sound.samples.begin() + 5)),
              (std::vector<float>{0.5f, 1, -1, 0, 0}));
}

TEST(AudioFile, channels_are_mixed_evenly) {
    Signal stereo{8'000, 2, {}}, mono{8'000, 1, {}};
    for (int i = 0; i < 1000; ++i) {
        stereo.samples.insert(stereo.samples.end(), {0.5f, -0.25f});
        mono.samples.push_back(0.5f);
    }
    for (const float v : opened(wav(stereo, 16)).read(0, 1, 8'000, 1).samples) EXPECT_EQ(v, 0.125f);
    for (const float v : opened(wav(mono, 16)).read(0, 1, 8'000, 2).samples) EXPECT_EQ(v, 0.5f);
    // Six channels at full scale together stay within it.
    Signal six{8'000, 6, std::vector<float>(6'000, 0.999f)};
    for (const float v : opened(wav(six, 16)).read(0, 1, 8'000, 2).samples) {
        EXPECT_GT(v, 0.9f);
        EXPECT_LE(v, 1.0f);
    }
}

TEST(AudioFile, as_many_samples_come_out_as_the_sound_is_long_down_to_one) {
    for (const int from : {4'000, 8'000, 11'025, 16'000, 22'050, 44'100, 48'000, 96'000, 192'000})
        for (const int to : {2'000, 8'000, 16'000, 22'050, 44'100, 48'000})
            for (const std::int64_t count : {1, 2, 3, 4, 5, 7, 16, 31, 44, 100, 333, 1'000, 4'801}) {
                SCOPED_TRACE(std::to_string(count) + " samples of " + std::to_string(from) + " to " +
                             std::to_string(to));
                const Signal level{from, 1, std::vector<float>(static_cast<std::size_t>(count), 0.5f)};
                const Sound sound = opened(wav(level, 32, true)).read(0, 10, to, 1);
                ASSERT_EQ(sound.frames(), (count * to + from - 1) / from);
                if (std::min(count, sound.frames()) < 40) continue;   // the filter rings on both sides of an edge
                // It is heard up to its last sample, which is at an edge: there the level is half.
                EXPECT_GT(sound.samples.front(), 0.2f);
                EXPECT_GT(sound.samples[static_cast<std::size_t>((count - 1) * to / from)], 0.2f);
                EXPECT_NEAR(sound.samples[sound.samples.size() / 2], 0.5f, 0.01f);
            }
}

class CodedSounds : public testing::TestWithParam<CodedSound> {};
INSTANTIATE_TEST_SUITE_P(, CodedSounds, testing::ValuesIn(sound_kinds()), [](const auto& test) {
    std::string name = test.param.name;
    std::ranges::replace_if(
        name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
    return name;
});

TEST_P(CodedSounds, keep_a_sines_frequency_and_level_at_any_rate) {
    const CodedSound& kind = GetParam();
    for (const int source_rate : {48'000, 44'100}) {
        if (kind.codec == "libopus" && source_rate != 48'000) continue;
        const Signal signal = sine(source_rate, 2, 3, 1'000, 0.5);
        const auto bytes = coded_sound(signal, kind.codec, kind.container, 128'000);
        if (!bytes) GTEST_SKIP() << "this FFmpeg can't write " << kind.name;
        AudioFile file = opened(*bytes);
        for (const int rate : {source_rate, 16'000, 22'050, 48'000}) {
            const Sound sound = file.read(0, 100, rate, 2);
            EXPECT_NEAR(static_cast<double>(sound.frames()) / rate, 3, 0.06) << rate;
            const Signal heard = middle_of(sound);
            EXPECT_NEAR(amplitude_at(heard, 0, 1'000), 0.5, kind.tolerance) << rate;
            EXPECT_NEAR(amplitude_at(heard, 1, 2'000), 0.5, kind.tolerance) << rate;
            EXPECT_LT(amplitude_at(heard, 0, 2'000), 0.01) << rate;
        }
    }
}

TEST_P(CodedSounds, give_the_same_samples_in_pieces_as_in_one) {
    const CodedSound& kind = GetParam();
    const int source_rate = kind.codec == "libopus" ? 48'000 : 44'100;
    const auto bytes = coded_sound(sweep(source_rate, 1, 24), kind.codec, kind.container, 96'000);
    if (!bytes) GTEST_SKIP() << "this FFmpeg can't write " << kind.name;
    for (const int rate : {source_rate, 16'000}) {
        const Sound whole = opened(*bytes).read(0, 100, rate, 1);
        AudioFile file = opened(*bytes);
        // Forwards and back, near and far, so that every way of getting there is taken.
        for (const double start : {18.0, 0.0, 0.013, 20.7, 20.9, 12.3456, 23.9, 5.0, 22.0}) {
            SCOPED_TRACE(std::to_string(start) + " s at " + std::to_string(rate));
            const Sound piece = file.read(start, 0.5, rate, 1);
            const auto first = static_cast<std::size_t>(std::llround(start * rate));
            ASSERT_LE(first, whole.samples.size());
            const auto there = std::min(whole.samples.size() - first, static_cast<std::size_t>(rate / 2));
            const auto slice = std::span(whole.samples).subspan(first, there);
            EXPECT_LE(farthest(piece.samples, slice), kind.exact ? 1e-6f : 2e-3f);
        }
        EXPECT_EQ(file.read(100, 1, rate, 1).samples.size(), 0u);
    }
}

TEST_P(CodedSounds, cut_anywhere_give_their_beginning_or_one_sentence) {
    const CodedSound& kind = GetParam();
    const auto bytes = coded_sound(sweep(48'000, 1, 2), kind.codec, kind.container, 64'000);
    if (!bytes) GTEST_SKIP() << "this FFmpeg can't write " << kind.name;
    int decoded = 0;
    for (std::size_t n = 1; n < bytes->size(); n += n < 64 ? 3 : bytes->size() / 40) {
        try {
            AudioFile file = opened({bytes->begin(), bytes->begin() + static_cast<std::ptrdiff_t>(n)});
            EXPECT_LE(file.read(0, 100, 16'000, 1).frames(), 16'000 * 2.2) << n;
            ++decoded;
        } catch (const Error& e) {
            EXPECT_EQ(e.code, ErrorCode::unreadable_input) << e.what() << " " << e.detail;
        }
    }
    const bool needs_its_end = kind.container == "ipod";  // the table of contents comes last
    EXPECT_EQ(decoded > 0, !needs_its_end) << decoded;
}

TEST(AudioFile, outlines_the_whole_as_it_goes) {
    Signal signal{8'000, 2, std::vector<float>(2 * 8'000 * 65, 0.0f)};
    signal.samples[2 * 8'000 * 20] = 0.75f;      // left, at 20 s
    signal.samples[2 * 8'000 * 45 + 1] = -0.5f;  // right, at 45 s
    const auto bytes = wav(signal, 16);
    AudioFile file = opened(bytes);
    double told = 0;
    const Overview all = file.overview(100, [&](const Overview& so_far) {
        EXPECT_GE(so_far.seconds, told);
        EXPECT_FALSE(so_far.complete);
        told = so_far.seconds;
    });
    EXPECT_TRUE(all.complete);
    EXPECT_NEAR(all.seconds, 65, 1e-9);
    EXPECT_GE(all.bins.size(), 50u);
    EXPECT_LE(all.bins.size(), 100u);
    for (std::size_t i = 0; i < all.bins.size(); ++i) {
        const double begin = static_cast<double>(i) * all.seconds_per_bin, end = begin + all.seconds_per_bin;
        EXPECT_NEAR(all.bins[i][1], begin <= 20 && 20 < end ? 0.75f : 0, 1e-4f) << i;
        EXPECT_NEAR(all.bins[i][0], begin <= 45 && 45 < end ? -0.5f : 0, 1e-4f) << i;
    }
    Limits limits;
    limits.seconds = 30;
    const Overview part = opened(bytes, limits).overview(100);
    EXPECT_FALSE(part.complete);
    EXPECT_NEAR(part.seconds, 30, 1e-9);
    EXPECT_EQ(part.notes.size(), 1u);
}

TEST(AudioFile, is_stopped_by_a_cancel_and_goes_on_after_it) {
    const auto bytes = wav(sweep(8'000, 1, 30), 16);
    AudioFile file = opened(bytes);
    const CancelToken cancel;
    cancel.cancel();
    EXPECT_EQ(failure_of([&] { AudioFile(Source(bytes), {}, cancel); }).code, ErrorCode::cancelled);
    EXPECT_EQ(failure_of([&] { file.read(20, 1, 8'000, 1, cancel); }).code, ErrorCode::cancelled);
    EXPECT_EQ(failure_of([&] { file.overview(10, {}, cancel); }).code, ErrorCode::cancelled);
    EXPECT_EQ(file.read(20, 1, 8'000, 1).samples, opened(bytes).read(20, 1, 8'000, 1).samples);
}

TEST(AudioFile, is_held_to_the_limits_before_it_allocates) {
    Limits limits;
    limits.decoded_bytes = 4 * 8'000;
    AudioFile file = opened(wav(sweep(8'000, 1, 3), 16), limits);
    EXPECT_EQ(file.read(0, 1, 8'000, 1).frames(), 8'000);
    EXPECT_EQ(failure_of([&] { file.read(0, 1.1, 8'000, 1); }).code, ErrorCode::out_of_resources);
    EXPECT_EQ(failure_of([&] { file.read(0, 1, 8'000, 2); }).code, ErrorCode::out_of_resources);
    EXPECT_EQ(failure_of([&] { file.read(0, 1e300, 8'000, 1); }).code, ErrorCode::out_of_resources);
    for (const auto& [start, seconds, rate, channels] : {std::tuple{-1.0, 1.0, 8'000, 1},
                                                         {0.0, -1.0, 8'000, 1},
                                                         {0.0, 1.0, 0, 1},
                                                         {0.0, 1.0, 8'000, 3},
                                                         {static_cast<double>(NAN), 1.0, 8'000, 1},
                                                         {0.0, static_cast<double>(NAN), 8'000, 1},
                                                         {0.0, 0.1, 999'999'999, 1}})
        EXPECT_EQ(failure_of([&, a = start, b = seconds, c = rate, d = channels] { file.read(a, b, c, d); }).code,
                  ErrorCode::usage);
}

TEST(AudioFile, headers_that_lie_are_found_out) {
    const Signal signal = sweep(8'000, 1, 1);
    for (const std::uint32_t claimed : {0xfff0'0000u, 0x7fff'ffffu, 100'000u}) {
        AudioFile file = opened(wav_claiming(signal, claimed));
        EXPECT_NEAR(file.info().duration.value_or(0), 1, 0.01) << claimed;
        const Sound sound = file.read(0, 10, 8'000, 1);
        EXPECT_EQ(sound.frames(), 8'000) << claimed;
        EXPECT_EQ(sound.notes, std::vector<std::string>{"The file is cut short: the sound ends before it should."});
    }
    // A program that writes into a pipe can't know the length; nothing is missing then.
    EXPECT_TRUE(opened(wav_claiming(signal, 0xffff'ffffu)).read(0, 10, 8'000, 1).notes.empty());
    auto bytes = wav(signal, 16);
    for (const int at : {22, 24, 25, 26, 27, 32, 34})
        for (const int value : {0, 1, 0x7f, 0xff}) {
            auto lying = bytes;
            lying[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(value);
            try {
                opened(lying).read(0, 1, 16'000, 1);
            } catch (const Error& e) {
                EXPECT_EQ(e.code, ErrorCode::unreadable_input) << at << " " << value << " " << e.what();
            }
        }
}

TEST(AudioFile, is_read_from_a_file_of_any_name_and_from_no_other) {
    const TemporaryFolder folder;
    write_file(folder.path / "sound.jpg", wav(sweep(8'000, 1, 1), 16));
    EXPECT_EQ(AudioFile(Source(folder.path / "sound.jpg")).read(0, 9, 8'000, 1).frames(), 8'000);
    EXPECT_EQ(failure_of([&] { Source(folder.path / "none"); }).sentence, "There is no such file.");
    EXPECT_EQ(failure_of([&] { Source{folder.path}; }).sentence, "This is a folder, not a file.");
    const std::string list = "ffconcat version 1.0\nfile sound.jpg\n";
    write_file(folder.path / "list.wav", ByteVector(list.begin(), list.end()));
    EXPECT_EQ(failure_of([&] { AudioFile(Source(folder.path / "list.wav")); }).sentence,
              "This is not a sound or film of a known kind.");
}

TEST(AudioFile, damage_in_the_middle_is_survived_without_a_word_on_stderr) {
    testing::internal::CaptureStderr();
    for (const auto& kind : sound_kinds()) {
        auto bytes = coded_sound(sweep(48'000, 1, 2), kind.codec, kind.container, 64'000);
        if (!bytes) continue;
        std::fill_n(bytes->begin() + static_cast<std::ptrdiff_t>(bytes->size() / 2), 300, 0xa5);
        try {
            const Sound sound = opened(*bytes).read(0, 100, 16'000, 1);
            EXPECT_LE(sound.frames(), 16'000 * 10) << kind.name;
        } catch (const Error& e) {
            EXPECT_EQ(e.code, ErrorCode::unreadable_input) << kind.name << e.what();
        }
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace perceiver::media
