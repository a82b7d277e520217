#include "support/av_samples.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <stdexcept>

#ifdef __SANITIZE_ADDRESS__
// The H.265 encoder, which only these samples use, leaves memory behind.
extern "C" const char* __lsan_default_suppressions() { return "leak:libx265\n"; }
#endif

namespace perceiver::samples {
namespace {

void must(bool ok, const char* what) {
    if (!ok) throw std::runtime_error(std::string("the test's own film can't be made: ") + what);
}

struct Free {
    void operator()(AVCodecContext* c) const { avcodec_free_context(&c); }
    void operator()(AVFrame* f) const { av_frame_free(&f); }
    void operator()(AVPacket* p) const { av_packet_free(&p); }
};
using Codec = std::unique_ptr<AVCodecContext, Free>;
using Frame = std::unique_ptr<AVFrame, Free>;

/// A file being written into memory.
class Muxer {
  public:
    explicit Muxer(const std::string& container) {
        av_log_set_level(AV_LOG_FATAL);
        if (avformat_alloc_output_context2(&context_, nullptr, container.c_str(), nullptr) < 0) context_ = nullptr;
        if (!context_) return;
        auto* buffer = static_cast<std::uint8_t*>(av_malloc(4096));
        context_->pb = avio_alloc_context(buffer, 4096, 1, this, nullptr, write, seek);
        must(context_->pb != nullptr, "memory");
    }
    Muxer(const Muxer&) = delete;
    Muxer& operator=(const Muxer&) = delete;
    ~Muxer() {
        if (!context_) return;
        av_freep(&context_->pb->buffer);
        avio_context_free(&context_->pb);
        avformat_free_context(context_);
    }
    bool usable() const { return context_ != nullptr; }
    bool wants_global_header() const { return (context_->oformat->flags & AVFMT_GLOBALHEADER) != 0; }

    AVStream* add(const AVCodecContext& codec) {
        AVStream* stream = avformat_new_stream(context_, nullptr);
        must(stream && avcodec_parameters_from_context(stream->codecpar, &codec) >= 0, "stream");
        stream->time_base = codec.time_base;
        return stream;
    }
    void begin(bool encrypted) {
        AVDictionary* options = nullptr;
        if (encrypted) {
            av_dict_set(&options, "encryption_scheme", "cenc-aes-ctr", 0);
            av_dict_set(&options, "encryption_key", "00112233445566778899aabbccddeeff", 0);
            av_dict_set(&options, "encryption_kid", "ffeeddccbbaa99887766554433221100", 0);
        }
        context_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
        const int error = avformat_write_header(context_, &options);
        av_dict_free(&options);
        must(error >= 0, "header");
    }
    // Codes a frame, or what is left when it is null.
    void put(AVCodecContext& codec, const AVStream& stream, const AVFrame* frame) {
        must(avcodec_send_frame(&codec, frame) >= 0, "frame");
        const std::unique_ptr<AVPacket, Free> packet(av_packet_alloc());
        while (avcodec_receive_packet(&codec, packet.get()) >= 0) {
            packet->stream_index = stream.index;
            av_packet_rescale_ts(packet.get(), codec.time_base, stream.time_base);
            must(av_interleaved_write_frame(context_, packet.get()) >= 0, "packet");
        }
    }
    ByteVector end() {
        must(av_write_trailer(context_) >= 0, "trailer");
        avio_flush(context_->pb);
        return std::move(bytes_);
    }

  private:
    static int write(void* self, std::uint8_t* from, int count) {
        auto& muxer = *static_cast<Muxer*>(self);
        const std::size_t end = muxer.at_ + static_cast<std::size_t>(count);
        if (muxer.bytes_.size() < end) muxer.bytes_.resize(end);
        std::copy_n(from, count, muxer.bytes_.begin() + static_cast<std::ptrdiff_t>(muxer.at_));
        muxer.at_ = end;
        return count;
    }
    static std::int64_t seek(void* self, std::int64_t to, int whence) {
        auto& muxer = *static_cast<Muxer*>(self);
        if (whence & AVSEEK_SIZE) return static_cast<std::int64_t>(muxer.bytes_.size());
        if (whence != SEEK_SET) return -1;
        muxer.at_ = static_cast<std::size_t>(to);
        return to;
    }

    AVFormatContext* context_ = nullptr;
    ByteVector bytes_;
    std::size_t at_ = 0;
};

Codec sound_codec(const Signal& signal, const std::string& name, int bits_per_second, const Muxer& muxer) {
    const AVCodec* encoder = avcodec_find_encoder_by_name(name.c_str());
    if (!encoder) return nullptr;
    Codec codec(avcodec_alloc_context3(encoder));
    codec->sample_rate = signal.rate;
    codec->time_base = {1, signal.rate};
    av_channel_layout_default(&codec->ch_layout, signal.channels);
    codec->sample_fmt = encoder->sample_fmts ? encoder->sample_fmts[0] : AV_SAMPLE_FMT_S16;
    codec->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
    if (bits_per_second) codec->bit_rate = bits_per_second;
    if (muxer.wants_global_header()) codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    AVDictionary* options = nullptr;
    if (name == "aac") av_dict_set(&options, "aac_pns", "0", 0);  // noise of the decoder's own
    const int error = avcodec_open2(codec.get(), encoder, &options);
    av_dict_free(&options);
    return error < 0 ? nullptr : std::move(codec);
}

void put_samples(AVFrame& frame, const Signal& signal, std::int64_t from) {
    for (int i = 0; i < frame.nb_samples; ++i)
        for (int c = 0; c < signal.channels; ++c) {
            const float value = signal.samples[static_cast<std::size_t>((from + i) * signal.channels + c)];
            const bool planar = av_sample_fmt_is_planar(static_cast<AVSampleFormat>(frame.format)) != 0;
            const int at = planar ? i : i * signal.channels + c;
            std::uint8_t* plane = frame.extended_data[planar ? c : 0];
            switch (av_get_packed_sample_fmt(static_cast<AVSampleFormat>(frame.format))) {
                case AV_SAMPLE_FMT_FLT: reinterpret_cast<float*>(plane)[at] = value; break;
                case AV_SAMPLE_FMT_S16:
                    reinterpret_cast<std::int16_t*>(plane)[at] =
                        static_cast<std::int16_t>(std::lround(std::clamp(value * 32768.0f, -32768.0f, 32767.0f)));
                    break;
                case AV_SAMPLE_FMT_S32:
                    reinterpret_cast<std::int32_t*>(plane)[at] = static_cast<std::int32_t>(std::llround(
                        std::clamp(static_cast<double>(value) * 2147483648.0, -2147483648.0, 2147483647.0)));
                    break;
                default: must(false, "sample format");
            }
        }
}

void put_sound(Muxer& muxer, AVCodecContext& codec, const AVStream& stream, const Signal& signal, int start_ms) {
    const std::int64_t step = codec.frame_size > 0 ? codec.frame_size : 1024;
    for (std::int64_t at = 0; at < signal.frames(); at += step) {
        const Frame frame(av_frame_alloc());
        frame->nb_samples = static_cast<int>(std::min(step, signal.frames() - at));
        frame->format = codec.sample_fmt;
        frame->sample_rate = signal.rate;
        frame->pts = at + std::int64_t{start_ms} * signal.rate / 1000;
        must(av_channel_layout_copy(&frame->ch_layout, &codec.ch_layout) >= 0 &&
                 av_frame_get_buffer(frame.get(), 0) >= 0,
             "memory");
        put_samples(*frame, signal, at);
        muxer.put(codec, stream, frame.get());
    }
    muxer.put(codec, stream, nullptr);
}

Codec film_codec(const FilmOptions& o, const Muxer& muxer) {
    const AVCodec* encoder = avcodec_find_encoder_by_name(o.codec.c_str());
    if (!encoder) return nullptr;
    Codec codec(avcodec_alloc_context3(encoder));
    codec->width = o.width;
    codec->height = o.height;
    codec->pix_fmt = o.codec == "gif"     ? AV_PIX_FMT_RGB8
                     : o.codec == "mjpeg" ? AV_PIX_FMT_YUVJ420P
                                          : AV_PIX_FMT_YUV420P;
    codec->time_base = o.codec == "gif"     ? AVRational{1, 100}
                       : o.times_ms.empty() ? AVRational{1, 25}
                                            : AVRational{1, 1000};
    codec->framerate = {25, 1};
    codec->gop_size = o.key_every;
    codec->sample_aspect_ratio = {o.pixel_shape[0], o.pixel_shape[1]};
    codec->bit_rate = 800'000;
    codec->thread_count = 1;
    if (o.interlaced) codec->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
    if (muxer.wants_global_header()) codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    AVDictionary* options = nullptr;
    av_dict_set(&options, "preset", "ultrafast", 0);
    av_dict_set(&options, "deadline", "realtime", 0);
    av_dict_set(&options, "usage", "realtime", 0);
    av_dict_set(&options, "cpu-used", "8", 0);
    av_dict_set(&options, "x265-params", "log-level=none:pools=1", 0);
    if (o.codec == "libx264") av_dict_set(&options, "bf", "2", 0);
    const int error = avcodec_open2(codec.get(), encoder, &options);
    av_dict_free(&options);
    return error < 0 ? nullptr : std::move(codec);
}

std::array<std::uint8_t, 3> yuv(const std::array<std::uint8_t, 3>& rgb, bool full) {
    const double r = rgb[0], g = rgb[1], b = rgb[2], y = 0.299 * r + 0.587 * g + 0.114 * b;
    const double luma = full ? 1 : 219.0 / 255, chroma = full ? 1 : 224.0 / 255;
    const auto whole = [](double v) { return static_cast<std::uint8_t>(std::lround(std::clamp(v, 0.0, 255.0))); };
    return {whole(y * luma + (full ? 0 : 16)), whole((b - y) / 1.772 * chroma + 128),
            whole((r - y) / 1.402 * chroma + 128)};
}

void fill_lines(AVFrame& frame, const std::array<std::uint8_t, 3>& rgb, int first, int last, int step) {
    if (frame.format == AV_PIX_FMT_RGB8) {
        for (int y = first; y < last; y += step)
            std::fill_n(frame.data[0] + y * frame.linesize[0], frame.width,
                        static_cast<std::uint8_t>(rgb[0] >> 5 << 5 | rgb[1] >> 5 << 2 | rgb[2] >> 6));
        return;
    }
    const auto colour = yuv(rgb, frame.format == AV_PIX_FMT_YUVJ420P);
    for (int plane = 0; plane < 3; ++plane) {
        const int shift = plane ? 1 : 0, width = (frame.width + shift) >> shift;
        const int end = std::min((last + shift) >> shift, (frame.height + shift) >> shift);
        for (int y = step == 1 ? first >> shift : first; y < end; y += step)
            std::fill_n(frame.data[plane] + y * frame.linesize[plane], width,
                        colour[static_cast<std::size_t>(plane)]);
    }
}

void put_film(Muxer& muxer, AVCodecContext& codec, const AVStream& stream, const FilmOptions& o) {
    for (int i = 0; i < o.frames; ++i) {
        const Frame frame(av_frame_alloc());
        frame->width = o.width;
        frame->height = o.height;
        frame->format = codec.pix_fmt;
        must(av_frame_get_buffer(frame.get(), 0) >= 0, "memory");
        const double ms = o.times_ms.empty() ? i * 40 : o.times_ms[static_cast<std::size_t>(i)];
        frame->pts = std::llround((ms + o.start_ms) / 1000 / av_q2d(codec.time_base));
        fill_lines(*frame, film_colour(i), 0, o.height, 1);
        if (o.halves) fill_lines(*frame, {255, 255, 255}, 0, o.height / 2, 1);
        if (o.interlaced) {
            frame->interlaced_frame = frame->top_field_first = 1;
            fill_lines(*frame, film_colour(i + 1), 1, o.height, 2);
        }
        muxer.put(codec, stream, frame.get());
    }
    muxer.put(codec, stream, nullptr);
}

void turn(AVStream& stream, int degrees) {
    auto* matrix = reinterpret_cast<std::int32_t*>(
        av_stream_new_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof(std::int32_t)));
    must(matrix != nullptr, "memory");
    av_display_rotation_set(matrix, degrees);
}

}  // namespace

std::array<std::uint8_t, 3> film_colour(int index) {
    const auto level = [](int step) { return static_cast<std::uint8_t>(25 + 41 * (step % 6)); };
    return {level(index), level(index / 6), 128};
}

int film_index(const std::uint8_t* rgb) {
    int best = -1, least = 1 << 30;
    for (int i = 0; i < 36; ++i) {
        const auto colour = film_colour(i);
        const int away = std::abs(colour[0] - rgb[0]) + std::abs(colour[1] - rgb[1]);
        if (away < least) best = i, least = away;
    }
    return best;
}

std::optional<ByteVector> film(const FilmOptions& options) {
    Muxer muxer(options.container);
    if (!muxer.usable()) return std::nullopt;
    const Codec codec = film_codec(options, muxer);
    if (!codec) return std::nullopt;
    AVStream* stream = muxer.add(*codec);
    stream->sample_aspect_ratio = codec->sample_aspect_ratio;
    stream->avg_frame_rate = {25, 1};
    if (options.degrees) turn(*stream, options.degrees);
    Codec sound;
    AVStream* sound_stream = nullptr;
    if (!options.sound_codec.empty()) {
        sound = sound_codec(options.sound, options.sound_codec, 0, muxer);
        if (!sound) return std::nullopt;
        sound_stream = muxer.add(*sound);
    }
    muxer.begin(options.encrypted);
    put_film(muxer, *codec, *stream, options);
    if (sound) put_sound(muxer, *sound, *sound_stream, options.sound, options.start_ms + options.sound_after_ms);
    return muxer.end();
}

std::optional<ByteVector> coded_sound(const Signal& signal, const std::string& codec_name,
                                      const std::string& container, int bits_per_second) {
    Muxer muxer(container);
    if (!muxer.usable()) return std::nullopt;
    const Codec codec = sound_codec(signal, codec_name, bits_per_second, muxer);
    if (!codec) return std::nullopt;
    const AVStream* stream = muxer.add(*codec);
    muxer.begin(false);
    put_sound(muxer, *codec, *stream, signal, 0);
    return muxer.end();
}

std::vector<CodedFilm> film_kinds() {
    std::vector<CodedFilm> kinds{
        {"", "libx264", "mp4", true},        {"", "libx264", "mov", true},      {"", "libx264", "matroska", true},
        {"", "libx264", "mpegts", true},     {"", "libx265", "mp4", true},      {"", "libvpx", "webm", true},
        {"", "libvpx-vp9", "webm", true},    {"", "libaom-av1", "mp4", true},   {"", "mpeg4", "avi", false},
        {"", "mpeg4", "mp4", true},          {"", "mpeg2video", "mpeg", false}, {"", "mpeg1video", "mpeg", false},
        {"", "mpeg2video", "mpegts", false}, {"", "mjpeg", "avi", false},       {"", "gif", "gif", false}};
    for (auto& kind : kinds) kind.name = kind.codec + " in " + kind.container;
    return kinds;
}

std::vector<CodedSound> sound_kinds() {
    // LAME makes everything 5 % softer than it was.
    std::vector<CodedSound> kinds{{"", "flac", "flac", 1e-3, true},         {"", "libmp3lame", "mp3", 0.03, true},
                                  {"", "libvorbis", "ogg", 0.02, true},     {"", "libvorbis", "matroska", 0.02, true},
                                  {"", "libopus", "ogg", 0.02, false},      {"", "libopus", "webm", 0.02, false},
                                  {"", "aac", "ipod", 0.02, true},          {"", "aac", "adts", 0.02, true},
                                  {"", "aac", "matroska", 0.02, true},      {"", "aac", "mpegts", 0.02, true},
                                  {"", "alac", "ipod", 1e-3, true},         {"", "mp2", "mpeg", 0.02, false},
                                  {"", "pcm_s16le", "matroska", 1e-3, true}};
    for (auto& kind : kinds) kind.name = kind.codec + " in " + kind.container;
    return kinds;
}

bool can_decode(const std::string& codec) {
    const AVCodecDescriptor* known = avcodec_descriptor_get_by_name(codec.c_str());
    return known && avcodec_find_decoder(known->id);
}

}  // namespace perceiver::samples
