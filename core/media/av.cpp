#include "media/av.h"

extern "C" {
#include <libavutil/avstring.h>
#include <libavutil/error.h>
}

#include <algorithm>
#include <array>
#include <cstdio>
#include <new>
#include <thread>

#include "media/image_header.h"

namespace perceiver::media {
namespace {

constexpr std::int64_t probe_bytes = 4 << 20;
constexpr int io_bytes = 1 << 16;
// Containers that hold their own bytes: no playlists, no lists of other files, no network.
constexpr const char* containers =
    "wav,w64,aiff,au,caf,flac,mp3,aac,ogg,mov,matroska,avi,mpeg,mpegts,mpegvideo,gif,flv,asf";

thread_local std::string message;

void keep_message(void*, int level, const char* format, va_list arguments) {
    if (level > AV_LOG_WARNING) return;
    std::array<char, 256> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    std::string line = text.data();
    while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.pop_back();
    if (!line.empty()) message = line;
}

std::string with_message(int error) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(error, text.data(), text.size());
    const std::string said = take_av_message();
    return said.empty() ? text.data() : said + " (" + text.data() + ")";
}

bool supported(AVCodecID id) {
    if (id >= AV_CODEC_ID_FIRST_AUDIO && id < AV_CODEC_ID_ADPCM_IMA_QT) return true;  // PCM of every kind
    static constexpr std::array ids{
        AV_CODEC_ID_ADPCM_IMA_QT, AV_CODEC_ID_ADPCM_IMA_WAV, AV_CODEC_ID_ADPCM_MS,  AV_CODEC_ID_MP1,
        AV_CODEC_ID_MP2,          AV_CODEC_ID_MP3,           AV_CODEC_ID_AAC,       AV_CODEC_ID_AC3,
        AV_CODEC_ID_EAC3,         AV_CODEC_ID_VORBIS,        AV_CODEC_ID_OPUS,      AV_CODEC_ID_FLAC,
        AV_CODEC_ID_ALAC,         AV_CODEC_ID_WMAV1,         AV_CODEC_ID_WMAV2,     AV_CODEC_ID_MPEG1VIDEO,
        AV_CODEC_ID_MPEG2VIDEO,   AV_CODEC_ID_MPEG4,         AV_CODEC_ID_MSMPEG4V2, AV_CODEC_ID_MSMPEG4V3,
        AV_CODEC_ID_H263,         AV_CODEC_ID_FLV1,          AV_CODEC_ID_H264,      AV_CODEC_ID_HEVC,
        AV_CODEC_ID_VP8,          AV_CODEC_ID_VP9,           AV_CODEC_ID_AV1,       AV_CODEC_ID_THEORA,
        AV_CODEC_ID_MJPEG,        AV_CODEC_ID_GIF,           AV_CODEC_ID_RAWVIDEO,  AV_CODEC_ID_WMV1,
        AV_CODEC_ID_WMV2,         AV_CODEC_ID_WMV3,          AV_CODEC_ID_VC1,       AV_CODEC_ID_DVVIDEO,
        AV_CODEC_ID_PRORES,       AV_CODEC_ID_FFV1};
    return std::ranges::find(ids, id) != ids.end();
}

// The decoders FFmpeg may open by itself while it probes.
const std::string& decoder_names() {
    static const std::string names = [] {
        std::string list;
        void* at = nullptr;
        while (const AVCodec* codec = av_codec_iterate(&at))
            if (av_codec_is_decoder(codec) && supported(codec->id)) (list += codec->name) += ',';
        if (!list.empty()) list.pop_back();
        return list;
    }();
    return names;
}

void silence() {
    static const bool once = [] {
        av_log_set_callback(keep_message);
        return true;
    }();
    static_cast<void>(once);
}

// A phone's picture, in the boxes of an MP4 but without a film.
bool is_heif(const std::vector<std::uint8_t>& head) {
    const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
    if (text.size() < 12 || text.substr(4, 4) != "ftyp") return false;
    static constexpr std::array<std::string_view, 8> brands{
        "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"};
    return std::ranges::find(brands, text.substr(8, 4)) != brands.end();
}

int open_nothing(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EPERM); }

bool encrypted(const AVStream& stream) {
    const auto tag = stream.codecpar->codec_tag;
    return tag == MKTAG('e', 'n', 'c', 'a') || tag == MKTAG('e', 'n', 'c', 'v') || tag == MKTAG('d', 'r', 'm', 's') ||
           tag == MKTAG('d', 'r', 'm', 'i') ||
           av_stream_get_side_data(&stream, AV_PKT_DATA_ENCRYPTION_INIT_INFO, nullptr) != nullptr;
}

}  // namespace

AvPacket new_packet() {
    AvPacket packet(av_packet_alloc());
    if (!packet) throw std::bad_alloc();
    return packet;
}

AvFrame new_frame() {
    AvFrame frame(av_frame_alloc());
    if (!frame) throw std::bad_alloc();
    return frame;
}

std::string take_av_message() { return std::exchange(message, {}); }

// FFmpeg's view of the source. How much it may read in one call is bounded, so that a container whose tables
// lead in circles ends.
struct Demuxer::Io {
    explicit Io(Source from) : source(std::move(from)) {
        auto* buffer = static_cast<std::uint8_t*>(av_malloc(io_bytes));
        if (buffer) context = avio_alloc_context(buffer, io_bytes, 0, this, read, nullptr, seek);
        if (!context) {
            av_free(buffer);
            throw std::bad_alloc();
        }
    }
    Io(const Io&) = delete;
    Io& operator=(const Io&) = delete;
    ~Io() {
        av_freep(&context->buffer);
        avio_context_free(&context);
    }

    static int read(void* self, std::uint8_t* into, int count) {
        auto& io = *static_cast<Io*>(self);
        if (io.cancel.cancelled()) return AVERROR_EXIT;
        if (io.bytes_left < 0) return AVERROR(EIO);
        try {
            const auto got = io.source.read_at(io.at, {into, static_cast<std::size_t>(std::max(count, 0))});
            io.at += static_cast<std::int64_t>(got);
            io.bytes_left -= std::max<std::int64_t>(static_cast<std::int64_t>(got), 64);
            return got == 0 ? AVERROR_EOF : static_cast<int>(got);
        } catch (...) {
            return AVERROR(EIO);
        }
    }
    static std::int64_t seek(void* self, std::int64_t to, int whence) {
        auto& io = *static_cast<Io*>(self);
        whence &= ~AVSEEK_FORCE;
        if (whence == AVSEEK_SIZE) return io.source.size();
        if (whence == SEEK_CUR) to += io.at;
        if (whence == SEEK_END) to += io.source.size();
        if (to < 0) return AVERROR(EINVAL);
        return io.at = to;
    }
    void begin(const CancelToken& token) {
        cancel = token;
        bytes_left = 4 * source.size() + (std::int64_t{64} << 20);
    }

    Source source;
    AVIOContext* context = nullptr;
    CancelToken cancel;
    std::int64_t at = 0, bytes_left = 0;
};

std::string Demuxer::recognised(const Source& source) {
    silence();
    Io io(source);
    io.begin({});
    const AVInputFormat* format = nullptr;
    const int score = av_probe_input_buffer2(io.context, &format, "", nullptr, 0, 1 << 20);
    take_av_message();
    // Below that FFmpeg itself would look for more evidence before it believes.
    const bool taken = score >= AVPROBE_SCORE_RETRY && format && av_match_list(format->name, containers, ',') > 0;
    return taken ? format->name : "";
}

Demuxer::Demuxer(Source source, const Limits& limits, const CancelToken& cancel) {
    if (recognised(source).empty())
        throw Error(ErrorCode::unreadable_input, "This is not a sound or film of a known kind.");
    io_ = std::make_unique<Io>(std::move(source));
    begin(cancel);
    context_ = avformat_alloc_context();
    if (!context_) throw std::bad_alloc();
    context_->pb = io_->context;
    context_->flags |= AVFMT_FLAG_CUSTOM_IO;
    context_->io_open = open_nothing;
    context_->interrupt_callback = {[](void* io) { return static_cast<Io*>(io)->cancel.cancelled() ? 1 : 0; },
                                    io_.get()};
    context_->probesize = probe_bytes;
    context_->max_analyze_duration = 5 * AV_TIME_BASE;
    context_->max_streams = 64;
    AVDictionary* options = nullptr;
    av_dict_set(&options, "format_whitelist", containers, 0);
    av_dict_set(&options, "protocol_whitelist", "none", 0);
    av_dict_set(&options, "codec_whitelist", decoder_names().c_str(), 0);
    int error = avformat_open_input(&context_, "", nullptr, &options);  // frees the context when it fails
    av_dict_free(&options);
    if (error >= 0) {
        std::vector<AVDictionary*> each(context_->nb_streams, nullptr);
        for (auto& one : each) {
            av_dict_set_int(&one, "max_pixels", limits.pixels, 0);
            av_dict_set(&one, "threads", "1", 0);
        }
        error = avformat_find_stream_info(context_, each.empty() ? nullptr : each.data());
        for (auto& one : each) av_dict_free(&one);
    }
    if (error < 0) {
        avformat_close_input(&context_);
        cancel.check();
        if (is_heif(io_->source.head(12)))
            throw Error(ErrorCode::unreadable_input, "This is a HEIF picture, which is not supported here.");
        throw Error(ErrorCode::unreadable_input, "The file is damaged or cut short.", with_message(error));
    }
}

Demuxer::~Demuxer() { avformat_close_input(&context_); }

bool Demuxer::is(const char* name) const { return av_match_name(name, context_->iformat->name) > 0; }

int Demuxer::best_stream(AVMediaType type) const {
    int best = av_find_best_stream(context_, type, -1, -1, nullptr, 0);
    take_av_message();
    const auto is_cover = [&](int i) {
        return (context_->streams[i]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    };
    if (best >= 0 && !is_cover(best)) return best;
    for (int i = 0; i < static_cast<int>(context_->nb_streams); ++i)
        if (context_->streams[i]->codecpar->codec_type == type && !is_cover(i)) return i;
    return -1;
}

void Demuxer::use_only(int stream) {
    for (int i = 0; i < static_cast<int>(context_->nb_streams); ++i)
        context_->streams[i]->discard = i == stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
}

void Demuxer::begin(const CancelToken& cancel) {
    cancel_ = cancel;
    io_->begin(cancel);
    packets_left_ = 50'000'000;
}

bool Demuxer::next(AVPacket& packet, int stream) {
    for (;;) {
        cancel_.check();
        av_packet_unref(&packet);
        if (--packets_left_ < 0 || io_->bytes_left < 0)
            throw Error(ErrorCode::unreadable_input, "The file is damaged: it never comes to an end.");
        const int error = av_read_frame(context_, &packet);
        if (error == AVERROR(EAGAIN)) continue;
        if (error < 0) {
            cancel_.check();
            failed_ = error != AVERROR_EOF;
            return false;
        }
        if (packet.stream_index == stream) return true;
    }
}

bool Demuxer::seek(int stream, std::int64_t timestamp, std::int64_t at) {
    failed_ = false;
    const bool by_byte = timestamp == AV_NOPTS_VALUE;
    return av_seek_frame(context_, stream, by_byte ? at : timestamp,
                         by_byte ? AVSEEK_FLAG_BYTE : AVSEEK_FLAG_BACKWARD) >= 0;
}

namespace {

/// The codec's name, or what the container calls one that nobody knows: "zqx7", "format 0x1234".
std::string coded_as(const AVCodecParameters& parameters) {
    if (parameters.codec_id != AV_CODEC_ID_NONE || parameters.codec_tag == 0) return codec_name(parameters.codec_id);
    std::string tag;
    for (int shift = 0; shift < 32; shift += 8) {
        const auto c = static_cast<char>(parameters.codec_tag >> shift & 0xff);
        if (c < ' ' || c > '~') {
            char number[32];
            std::snprintf(number, sizeof number, "format 0x%04x", static_cast<unsigned>(parameters.codec_tag));
            return number;
        }
        tag += c;
    }
    return '"' + tag + '"';
}

}  // namespace

AvCodec open_codec(const AVStream& stream, const Limits& limits, int threads) {
    const AVCodecParameters& parameters = *stream.codecpar;
    const char* what = parameters.codec_type == AVMEDIA_TYPE_AUDIO ? "sound" : "film";
    if (encrypted(stream)) throw Error(ErrorCode::unreadable_input, std::string("The ") + what + " is encrypted.");
    const AVCodec* decoder = supported(parameters.codec_id) ? avcodec_find_decoder(parameters.codec_id) : nullptr;
    if (!decoder)
        throw Error(ErrorCode::unreadable_input, std::string("The ") + what + " is coded as " + coded_as(parameters) +
                                                     ", which is not supported here.");
    if (parameters.codec_type == AVMEDIA_TYPE_VIDEO && parameters.width > 0 && parameters.height > 0)
        check_size(parameters.width, parameters.height, limits);
    AvCodec codec(avcodec_alloc_context3(decoder));
    if (!codec || avcodec_parameters_to_context(codec.get(), &parameters) < 0) throw std::bad_alloc();
    codec->max_pixels = limits.pixels;
    codec->thread_count = threads ? threads : std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 4);
    codec->pkt_timebase = stream.time_base;
    if (const int error = avcodec_open2(codec.get(), decoder, nullptr); error < 0)
        throw Error(ErrorCode::unreadable_input, std::string("The ") + what + " is damaged.", with_message(error));
    return codec;
}

std::string codec_name(AVCodecID id) {
    switch (id) {
        case AV_CODEC_ID_H264: return "H.264";
        case AV_CODEC_ID_HEVC: return "H.265";
        case AV_CODEC_ID_MPEG1VIDEO: return "MPEG-1";
        case AV_CODEC_ID_MPEG2VIDEO: return "MPEG-2";
        case AV_CODEC_ID_MPEG4: return "MPEG-4";
        case AV_CODEC_ID_VORBIS: return "Vorbis";
        case AV_CODEC_ID_OPUS: return "Opus";
        case AV_CODEC_ID_NONE: return "something unknown";
        default: break;
    }
    std::string name = avcodec_get_name(id);
    if (name.rfind("pcm_", 0) == 0) return "PCM " + name.substr(4);
    std::ranges::transform(name, name.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return name;
}

std::string container_name(const Demuxer& demuxer) {
    constexpr std::array<std::array<const char*, 2>, 13> names{{{"wav", "WAV"},
                                                                {"aiff", "AIFF"},
                                                                {"flac", "FLAC"},
                                                                {"mp3", "MP3"},
                                                                {"aac", "AAC"},
                                                                {"ogg", "Ogg"},
                                                                {"mov", "MP4"},
                                                                {"matroska", "Matroska"},
                                                                {"avi", "AVI"},
                                                                {"mpeg", "MPEG"},
                                                                {"mpegts", "MPEG-TS"},
                                                                {"mpegvideo", "MPEG"},
                                                                {"gif", "GIF"}}};
    for (const auto& [format, name] : names)
        if (demuxer.is(format)) return name;
    return demuxer.container();
}

}  // namespace perceiver::media
