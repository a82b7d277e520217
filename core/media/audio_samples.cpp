// What is done to decoded samples: to floats, to one or two channels, to another rate.
extern "C" {
#include <libavutil/channel_layout.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <new>

#include "media/audio_reader.h"

namespace perceiver::media {
namespace {

using Weights = std::array<float, 2>;  // of one channel in left and right

float unit(std::uint8_t v) { return (static_cast<float>(v) - 128) / 128; }
float unit(std::int16_t v) { return static_cast<float>(v) / 32'768; }
float unit(std::int32_t v) { return static_cast<float>(static_cast<double>(v) / 2'147'483'648.0); }
float unit(std::int64_t v) { return static_cast<float>(static_cast<double>(v) / 9'223'372'036'854'775'808.0); }
float unit(double v) { return std::isfinite(v) ? static_cast<float>(std::clamp(v, -1.0, 1.0)) : 0.0f; }

// A centre speaker is heard on both sides at equal power, those behind at -3 dB, as ITU-R BS.775 folds them down.
Weights weights_of(AVChannel channel) {
    constexpr float half_power = 0.70710678f;
    switch (channel) {
        case AV_CHAN_FRONT_LEFT:
        case AV_CHAN_FRONT_LEFT_OF_CENTER:
        case AV_CHAN_STEREO_LEFT: return {1, 0};
        case AV_CHAN_FRONT_RIGHT:
        case AV_CHAN_FRONT_RIGHT_OF_CENTER:
        case AV_CHAN_STEREO_RIGHT: return {0, 1};
        case AV_CHAN_FRONT_CENTER: return {half_power, half_power};
        case AV_CHAN_BACK_LEFT:
        case AV_CHAN_SIDE_LEFT: return {half_power, 0};
        case AV_CHAN_BACK_RIGHT:
        case AV_CHAN_SIDE_RIGHT: return {0, half_power};
        case AV_CHAN_LOW_FREQUENCY: return {0, 0};
        default: return {0.5f, 0.5f};
    }
}

// Weights of every channel that never pass full scale together.
std::vector<Weights> mixing(const AVChannelLayout& layout) {
    const auto count = static_cast<std::size_t>(layout.nb_channels);
    if (count == 1) return {{1, 1}};
    if (count == 2) return {{1, 0}, {0, 1}};
    std::vector<Weights> all(count);
    Weights sum{0, 0};
    for (std::size_t i = 0; i < count; ++i) {
        all[i] = weights_of(av_channel_layout_channel_from_index(&layout, static_cast<unsigned>(i)));
        sum[0] += all[i][0], sum[1] += all[i][1];
    }
    const float most = std::max({sum[0], sum[1], 1e-6f});
    for (auto& weights : all) weights[0] /= most, weights[1] /= most;
    return all;
}

template <class T>
void append(const AVFrame& frame, int channels, std::vector<float>& into) {
    const bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
    const auto weights = mixing(frame.ch_layout);
    const std::size_t count = weights.size();
    for (std::size_t i = 0; i < static_cast<std::size_t>(frame.nb_samples); ++i) {
        Weights sum{0, 0};
        for (std::size_t c = 0; c < count; ++c) {
            const float value = planar ? unit(reinterpret_cast<const T*>(frame.extended_data[c])[i])
                                       : unit(reinterpret_cast<const T*>(frame.extended_data[0])[i * count + c]);
            sum[0] += weights[c][0] * value, sum[1] += weights[c][1] * value;
        }
        if (channels == 1) {
            into.push_back((sum[0] + sum[1]) / 2);
        } else {
            into.push_back(sum[0]);
            into.push_back(sum[1]);
        }
    }
}

struct FreeSwr {
    void operator()(SwrContext* swr) const { swr_free(&swr); }
};

}  // namespace

void append_mixed(const AVFrame& frame, int channels, std::vector<float>& into) {
    switch (av_get_packed_sample_fmt(static_cast<AVSampleFormat>(frame.format))) {
        case AV_SAMPLE_FMT_U8: return append<std::uint8_t>(frame, channels, into);
        case AV_SAMPLE_FMT_S16: return append<std::int16_t>(frame, channels, into);
        case AV_SAMPLE_FMT_S32: return append<std::int32_t>(frame, channels, into);
        case AV_SAMPLE_FMT_S64: return append<std::int64_t>(frame, channels, into);
        case AV_SAMPLE_FMT_FLT: return append<float>(frame, channels, into);
        case AV_SAMPLE_FMT_DBL: return append<double>(frame, channels, into);
        default: throw Error(ErrorCode::unreadable_input, "The sound has samples of an unknown kind.");
    }
}

std::vector<float> resample(const std::vector<float>& samples, int channels, int from, int to) {
    const auto frames = static_cast<std::int64_t>(samples.size()) / channels;
    if (from == to || frames == 0) return samples;
    AVChannelLayout layout{};
    av_channel_layout_default(&layout, channels);
    SwrContext* made = nullptr;
    const int error = swr_alloc_set_opts2(&made, &layout, AV_SAMPLE_FMT_FLT, to, &layout, AV_SAMPLE_FMT_FLT, from, 0,
                                          nullptr);
    const std::unique_ptr<SwrContext, FreeSwr> swr(made);
    if (error < 0 || swr_init(swr.get()) < 0) throw std::bad_alloc();
    const std::int64_t wanted = av_rescale_rnd(frames, to, from, AV_ROUND_UP);
    std::vector<float> out(static_cast<std::size_t>(wanted * channels));
    const auto* in = reinterpret_cast<const std::uint8_t*>(samples.data());
    // Past the end is silence: asked for what it still holds, the filter gives nothing of a sound shorter than itself.
    const std::vector<float> silence(static_cast<std::size_t>(64 * (from / to + 2) * channels));
    const auto* after = reinterpret_cast<const std::uint8_t*>(silence.data());
    std::int64_t done = 0;
    const auto convert = [&](const std::uint8_t* from_here, std::int64_t count) {
        auto* place = reinterpret_cast<std::uint8_t*>(out.data() + done * channels);
        done += std::max(0, swr_convert(swr.get(), &place, static_cast<int>(wanted - done), &from_here,
                                        static_cast<int>(count)));
    };
    convert(in, frames);
    if (done < wanted) convert(after, static_cast<std::int64_t>(silence.size()) / channels);
    out.resize(static_cast<std::size_t>(done * channels));
    for (float& sample : out) sample = std::clamp(sample, -1.0f, 1.0f);
    return out;
}

}  // namespace perceiver::media
