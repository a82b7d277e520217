// Films by FFmpeg: frames at their true times, entered at key frames.
extern "C" {
#include <libavutil/display.h>
}

#include <algorithm>
#include <cmath>

#include "media/frame_source.h"
#include "media/image_header.h"

namespace perceiver::media {
namespace {

constexpr AVRational microseconds{1, 1'000'000};

[[noreturn]] void unreadable(const std::string& sentence, const std::string& detail = {}) {
    throw Error(ErrorCode::unreadable_input, sentence, detail);
}

std::int64_t duration_of(const AVFrame& frame) {
#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(57, 30, 100)
    return frame.duration;
#else
    return frame.pkt_duration;
#endif
}

// A display matrix sends (x, y) to (a x + c y, b x + d y); quarter turns and mirrors are EXIF's eight.
int orientation_of(const AVStream& stream) {
    const auto* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr);
    if (!data) return 1;
    const auto* matrix = reinterpret_cast<const std::int32_t*>(data);
    const double a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
    if (std::abs(a) + std::abs(d) >= std::abs(b) + std::abs(c)) return a >= 0 ? (d >= 0 ? 1 : 4) : (d >= 0 ? 2 : 3);
    return b >= 0 ? (c >= 0 ? 5 : 6) : (c >= 0 ? 8 : 7);
}

class FilmFrames : public FrameSource {
  public:
    FilmFrames(const Source& source, const Limits& limits, const CancelToken& cancel)
        : source_(source), limits_(limits) {
        open(cancel);
        first_ = next(cancel);
        if (!first_) {
            if (encrypted_) unreadable("The film is encrypted.");
            unreadable("The film is damaged or cut short: no frame of it can be decoded.", take_av_message());
        }
        describe(*first_->frame);
    }

    std::optional<TimedFrame> next(const CancelToken& cancel) override {
        if (first_) return std::exchange(first_, std::nullopt);
        demuxer_->begin(cancel);
        AvFrame frame = new_frame();
        while (!ended_) {
            demuxer_->check();
            const int error = avcodec_receive_frame(codec_.get(), frame.get());
            if (error >= 0) {
                if (auto timed = take(frame)) return timed;
            } else if (draining_) {
                ended_ = true;
                note_end();
            } else {
                if (error != AVERROR(EAGAIN)) damaged_ = true;
                feed();
            }
        }
        return std::nullopt;
    }

    void seek(std::int64_t time, const CancelToken& cancel) override {
        first_.reset();
        // GIFs build upon all frames before; a bare MPEG stream has no times to seek by.
        if (time <= 0 || codec_->codec_id == AV_CODEC_ID_GIF || demuxer_->is("mpegvideo")) return rewind(cancel);
        // MPEG gives the time of a frame now and then; in between they are reckoned, at first wrongly.
        for (std::int64_t early = demuxer_->is("mpeg") ? 1'000'000 : 0; early < time; early = 4 * early + 500'000) {
            demuxer_->begin(cancel);
            if (!demuxer_->seek(stream_, origin_ + av_rescale_q(time - early, microseconds, stream().time_base)))
                break;
            avcodec_flush_buffers(codec_.get());
            draining_ = ended_ = false;
            last_.reset();
            first_ = next(cancel);
            if (first_ && first_->time <= time) return;
            first_.reset();
        }
        rewind(cancel);
    }

    std::vector<std::string> notes() const override {
        std::vector<std::string> all;
        if (cut_short_) all.emplace_back("The file is cut short: the film ends before it should.");
        if (damaged_) all.emplace_back("The file is damaged: parts of the film may be missing or wrong.");
        return all;
    }

  private:
    const AVStream& stream() const { return *demuxer_->context().streams[stream_]; }

    void open(const CancelToken& cancel) {
        codec_.reset();
        demuxer_ = std::make_unique<Demuxer>(source_, limits_, cancel);
        stream_ = demuxer_->best_stream(AVMEDIA_TYPE_VIDEO);
        if (stream_ < 0)
            unreadable(demuxer_->best_stream(AVMEDIA_TYPE_AUDIO) >= 0 ? "There is sound in this file, but no film."
                                                                      : "There is no film in this file.");
        info_.has_audio = demuxer_->best_stream(AVMEDIA_TYPE_AUDIO) >= 0;
        demuxer_->use_only(stream_);
        const auto& size = *stream().codecpar;
        codec_ = open_codec(stream(), limits_, std::int64_t{size.width} * size.height < 640 * 360 ? 1 : 0);
        demuxer_->begin(cancel);
    }

    void rewind(const CancelToken& cancel) {
        open(cancel);
        first_.reset();
        last_.reset();
        draining_ = ended_ = false;
    }

    void feed() {
        if (!demuxer_->next(*packet_, stream_)) {
            draining_ = true;
            avcodec_send_packet(codec_.get(), nullptr);
            return;
        }
        encrypted_ |= av_packet_get_side_data(packet_.get(), AV_PKT_DATA_ENCRYPTION_INFO, nullptr) != nullptr;
        if (encrypted_) unreadable("The film is encrypted.");
        if (avcodec_send_packet(codec_.get(), packet_.get()) < 0) damaged_ = true;
    }

    // A frame with its time; nothing when it is not to be shown.
    std::optional<TimedFrame> take(AvFrame& frame) {
        if (frame->flags & AV_FRAME_FLAG_DISCARD) {
            av_frame_unref(frame.get());
            return std::nullopt;
        }
        damaged_ |= (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame->decode_error_flags != 0;
        const std::int64_t stamp = frame->best_effort_timestamp;
        if (!has_origin_) origin_ = stamp == AV_NOPTS_VALUE ? 0 : stamp;
        has_origin_ = true;
        TimedFrame timed;
        timed.duration = info_.rate > 0 ? std::llround(1e6 / info_.rate) : 40'000;
        const std::int64_t length = av_rescale_q(duration_of(*frame), stream().time_base, microseconds);
        if (length > 0 && length < 60'000'000) timed.duration = length;
        if (stamp != AV_NOPTS_VALUE) timed.time = av_rescale_q(stamp - origin_, stream().time_base, microseconds);
        // Times grow, whatever the file says.
        if (last_ && (stamp == AV_NOPTS_VALUE || timed.time <= last_->time))
            timed.time = last_->time + last_->duration;
        last_ = Last{timed.time, timed.duration};
        timed.frame = std::move(frame);
        return timed;
    }

    void describe(AVFrame& frame) {
        AVStream& stream = *demuxer_->context().streams[stream_];
        orientation_ = orientation_of(stream);
        info_.width = frame.width;
        info_.height = frame.height;
        const AVRational shape = av_guess_sample_aspect_ratio(&demuxer_->context(), &stream, &frame);
        const double ratio = shape.num > 0 && shape.den > 0 ? av_q2d(shape) : 1;
        if (ratio > 1 && ratio < 10) info_.width = std::llround(frame.width * ratio);
        if (ratio < 1 && ratio > 0.1) info_.height = std::llround(frame.height / ratio);
        if (orientation_ >= 5) std::swap(info_.width, info_.height);
        check_size(info_.width, info_.height, limits_);
        const AVRational rate = av_guess_frame_rate(&demuxer_->context(), &stream, &frame);
        if (rate.num > 0 && rate.den > 0) info_.rate = av_q2d(rate);
        if (stream.duration > 0)
            info_.duration = static_cast<double>(stream.duration) * av_q2d(stream.time_base);
        else if (demuxer_->context().duration > 0)
            info_.duration = static_cast<double>(demuxer_->context().duration) / AV_TIME_BASE;
        info_.codec = codec_name(stream.codecpar->codec_id);
        info_.container = container_name(*demuxer_);
        info_.start = static_cast<double>(origin_) * av_q2d(stream.time_base);
    }

    void note_end() {
        if (!last_) return;
        const double seconds = static_cast<double>(last_->time + last_->duration) / 1e6;
        const auto& context = demuxer_->context();
        const bool claimed = context.duration_estimation_method != AVFMT_DURATION_FROM_BITRATE &&
                             (stream().duration > 0 || context.nb_streams == 1);
        if (demuxer_->failed() || (claimed && info_.duration && seconds < *info_.duration - 0.5)) cut_short_ = true;
        info_.duration = seconds;
    }

    struct Last {
        std::int64_t time, duration;
    };

    Source source_;
    Limits limits_;
    std::unique_ptr<Demuxer> demuxer_;
    int stream_ = -1;
    AvCodec codec_;
    AvPacket packet_ = new_packet();
    std::optional<TimedFrame> first_;  // decoded already, not yet given out
    std::optional<Last> last_;
    std::int64_t origin_ = 0;
    bool has_origin_ = false, draining_ = false, ended_ = false, encrypted_ = false, damaged_ = false,
         cut_short_ = false;
};

}  // namespace

std::unique_ptr<FrameSource> open_film(const Source& source, const Limits& limits, const CancelToken& cancel) {
    return std::make_unique<FilmFrames>(source, limits, cancel);
}

}  // namespace perceiver::media
