#include "support/audio_samples.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "support/byte_writer.h"

namespace perceiver::samples {
namespace {

constexpr double turn = 2 * std::numbers::pi;

ByteVector pcm(const Signal& signal, int bits, bool floating, bool big_endian) {
    ByteWriter out(big_endian);
    for (const float value : signal.samples) {
        if (floating && bits == 64) {
            out.u64(std::bit_cast<std::uint64_t>(static_cast<double>(value)));
        } else if (floating) {
            out.u32(std::bit_cast<std::uint32_t>(value));
        } else {
            const double scale = std::ldexp(1, bits - 1);
            const auto whole =
                static_cast<std::int64_t>(std::clamp(std::round(value * scale), -scale, scale - 1));
            if (bits == 8) out.u8(static_cast<unsigned>(whole + (big_endian ? 0 : 128)) & 255);
            if (bits == 16) out.u16(static_cast<unsigned>(whole) & 0xffff);
            if (bits == 24) out.u24(static_cast<unsigned>(whole) & 0xff'ffff);
            if (bits == 32) out.u32(static_cast<std::uint32_t>(whole));
        }
    }
    return out.bytes;
}

ByteVector wav_file(const Signal& signal, int bits, bool floating, const ByteVector& data, std::uint32_t claimed) {
    const int frame_bytes = signal.channels * bits / 8;
    return ByteWriter()
        .text("RIFF")
        .u32(36 + claimed)
        .text("WAVEfmt ")
        .u32(16)
        .u16(floating ? 3 : 1)
        .u16(static_cast<unsigned>(signal.channels))
        .u32(static_cast<std::uint32_t>(signal.rate))
        .u32(static_cast<std::uint32_t>(signal.rate * frame_bytes))
        .u16(static_cast<unsigned>(frame_bytes))
        .u16(static_cast<unsigned>(bits))
        .text("data")
        .u32(claimed)
        .append(data)
        .bytes;
}

}  // namespace

Signal sine(int rate, int channels, double seconds, double hz, double level) {
    Signal signal{rate, channels, {}};
    for (int i = 0; i < static_cast<int>(std::lround(seconds * rate)); ++i)
        for (int c = 0; c < channels; ++c)
            signal.samples.push_back(static_cast<float>(level * std::sin(turn * hz * (c + 1) * i / rate)));
    return signal;
}

Signal sweep(int rate, int channels, double seconds) {
    Signal signal{rate, channels, {}};
    const int count = static_cast<int>(std::lround(seconds * rate));
    for (int i = 0; i < count; ++i)
        for (int c = 0; c < channels; ++c) {
            const double t = static_cast<double>(i) / rate;
            const double tone = 0.4 * std::sin(turn * (100 + 40 * t + 50 * c) * t);
            signal.samples.push_back(static_cast<float>(tone + (i % (rate / 10) < 8 ? 0.4 : 0)));
        }
    return signal;
}

ByteVector wav(const Signal& signal, int bits, bool floating) {
    const auto data = pcm(signal, bits, floating, false);
    return wav_file(signal, bits, floating, data, static_cast<std::uint32_t>(data.size()));
}

ByteVector wav_claiming(const Signal& signal, std::uint32_t data_bytes) {
    return wav_file(signal, 16, false, pcm(signal, 16, false, false), data_bytes);
}

ByteVector aiff(const Signal& signal, int bits) {
    const auto data = pcm(signal, bits, false, true);
    ByteWriter out(true);
    out.text("FORM").u32(static_cast<std::uint32_t>(4 + 26 + 16 + data.size())).text("AIFF");
    out.text("COMM").u32(18).u16(static_cast<unsigned>(signal.channels));
    out.u32(static_cast<std::uint32_t>(signal.frames())).u16(static_cast<unsigned>(bits));
    // The rate is an 80-bit float: a biased exponent and 64 bits with the leading one in front.
    const int exponent = std::ilogb(signal.rate);
    out.u16(static_cast<unsigned>(16'383 + exponent)).u64(static_cast<std::uint64_t>(signal.rate) << (63 - exponent));
    out.text("SSND").u32(static_cast<std::uint32_t>(8 + data.size())).u32(0).u32(0).append(data);
    return out.bytes;
}

double amplitude_at(const Signal& signal, int channel, double hz) {
    double real = 0, imaginary = 0;
    for (std::int64_t i = 0; i < signal.frames(); ++i) {
        const double value = signal.samples[static_cast<std::size_t>(i * signal.channels + channel)];
        const double angle = turn * hz * static_cast<double>(i) / signal.rate;
        real += value * std::cos(angle);
        imaginary += value * std::sin(angle);
    }
    return 2 * std::hypot(real, imaginary) / static_cast<double>(std::max<std::int64_t>(1, signal.frames()));
}

}  // namespace perceiver::samples
