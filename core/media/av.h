// FFmpeg, kept on a short lead: it reads our bytes and nothing else, of containers and codecs we name, within
// limits, and prints nothing. For the sound and film readers of this room.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <memory>
#include <string>

#include "base/cancel.h"
#include "base/limits.h"
#include "media/source.h"

namespace perceiver::media {

struct FreeAv {
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
    void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
};
using AvPacket = std::unique_ptr<AVPacket, FreeAv>;
using AvFrame = std::unique_ptr<AVFrame, FreeAv>;
using AvCodec = std::unique_ptr<AVCodecContext, FreeAv>;

AvPacket new_packet();
AvFrame new_frame();

/// What FFmpeg last complained of on this thread; cleared. For Error::detail.
std::string take_av_message();

/// The container of a source, opened and probed; hands out packets.
class Demuxer {
  public:
    /// Throws Error: unreadable_input (not a known container, damaged), cancelled.
    Demuxer(Source source, const Limits& limits, const CancelToken& cancel);
    Demuxer(const Demuxer&) = delete;
    Demuxer& operator=(const Demuxer&) = delete;
    ~Demuxer();

    /// FFmpeg's name of the container the bytes look like, before anything in it is believed; empty when it is
    /// none of those we take.
    static std::string recognised(const Source& source);

    AVFormatContext& context() const { return *context_; }
    std::string container() const { return context_->iformat->name; }
    /// Container names are lists of what a demuxer takes; true when `name` is among them.
    bool is(const char* name) const;
    /// The best stream of a kind, not a cover picture; -1 when there is none.
    int best_stream(AVMediaType type) const;
    /// All other streams' packets are left unread where the container allows it.
    void use_only(int stream);

    /// What a call may cost starts anew, and is stopped by `cancel`.
    void begin(const CancelToken& cancel);
    /// The next packet of `stream`; false at the end, whatever it is that ended it. Throws Error: cancelled,
    /// unreadable_input (the container leads in circles).
    bool next(AVPacket& packet, int stream);
    /// To a key point at or before `timestamp` (of `stream`; AV_NOPTS_VALUE: by byte position `at`).
    bool seek(int stream, std::int64_t timestamp, std::int64_t at = 0);
    /// The container stopped with an error rather than at its end.
    bool failed() const { return failed_; }
    /// Throws Error{cancelled} if it was.
    void check() const { cancel_.check(); }

  private:
    struct Io;
    std::unique_ptr<Io> io_;
    AVFormatContext* context_ = nullptr;
    CancelToken cancel_;
    std::int64_t packets_left_ = 0;
    bool failed_ = false;
};

/// A decoder for one stream, opened. `threads` 0: as many as suit. Throws Error{unreadable_input}: encrypted,
/// codec unknown or not supported; out_of_resources: a film's frames larger than limits allow.
AvCodec open_codec(const AVStream& stream, const Limits& limits, int threads);

/// "H.264", "Opus" ...: what a person calls the codec.
std::string codec_name(AVCodecID id);
/// "MP4", "WAV" ...
std::string container_name(const Demuxer& demuxer);

}  // namespace perceiver::media
