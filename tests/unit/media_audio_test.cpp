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

class CodedSounds : public testing::TestWithParam<CodedSound> {};
INSTANTIATE_TEST_SUITE_P(, CodedSounds, testing::ValuesIn(sound_kinds()), [](const auto& test) {
    std::string name = test.param.name;
    std::ranges::replace_if(name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
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

}  // namespace
}  // namespace perceiver::media
