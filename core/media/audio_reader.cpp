#include "media/audio_reader.h"

#include <algorithm>

namespace perceiver::media {
namespace {

constexpr int most_rate = 768'000, most_channels = 64;
// Above, a first pass over the packets would take too long; times are then believed, to a millisecond.
constexpr std::int64_t indexed_bytes = std::int64_t{1} << 30;

[[noreturn]] void unreadable(const std::string& sentence, const std::string& detail = {}) {
    throw Error(ErrorCode::unreadable_input, sentence, detail);
}

}  // namespace

AudioReader::AudioReader(Source source, const Limits& limits, const CancelToken& cancel)
    : source_(std::move(source)), limits_(limits) {
    open(cancel);
    learn_from_first_frame(cancel);
    rewind(cancel);
    if (!decode_block()) unreadable("The sound is damaged or cut short: nothing of it can be decoded.");
    if (start_.first_time != AV_NOPTS_VALUE)
        info_.start = static_cast<double>(start_.first_time) * av_q2d(stream().time_base) +
                      static_cast<double>(*origin_) / info_.rate;
}

void AudioReader::open(const CancelToken& cancel) {
    codec_.reset();
    clock_.reset();
    demuxer_ = std::make_unique<Demuxer>(source_, limits_, cancel);
    stream_ = demuxer_->best_stream(AVMEDIA_TYPE_AUDIO);
    if (stream_ < 0)
        unreadable(demuxer_->best_stream(AVMEDIA_TYPE_VIDEO) >= 0 ? "The film has no sound."
                                                                  : "Neither sound nor film can be told in this file.");
    demuxer_->use_only(stream_);
    codec_ = open_codec(stream(), limits_, 1);
    // Where the sound begins and ends is reckoned here, or a seek would move it.
    codec_->flags2 |= AV_CODEC_FLAG2_SKIP_MANUAL;
    demuxer_->begin(cancel);
}

void AudioReader::forget_decoded() {
    block_.clear();
    position_.reset();
    draining_ = ended_ = false;
}

void AudioReader::rewind(const CancelToken& cancel) {
    open(cancel);
    codec_->pkt_timebase = {1, info_.rate};
    clock_.emplace(stream(), start_);
    forget_decoded();
    entered_ = false;
    block_start_ = 0;
}

void AudioReader::learn_from_first_frame(const CancelToken& cancel) {
    // Packets without a frame of their own, or damaged ones, may come before the first that sounds.
    for (int tries = 0; tries < 200 && demuxer_->next(*packet_, stream_); ++tries) {
        cancel.check();
        if (av_packet_get_side_data(packet_.get(), AV_PKT_DATA_ENCRYPTION_INFO, nullptr))
            unreadable("The sound is encrypted.");
        if (start_.first_time == AV_NOPTS_VALUE) start_.first_time = packet_->pts;
        if (avcodec_send_packet(codec_.get(), packet_.get()) < 0) continue;
        if (avcodec_receive_frame(codec_.get(), frame_.get()) >= 0 && !(frame_->flags & AV_FRAME_FLAG_DISCARD)) break;
        av_frame_unref(frame_.get());
    }
    if (frame_->nb_samples <= 0 && avcodec_send_packet(codec_.get(), nullptr) >= 0)
        static_cast<void>(avcodec_receive_frame(codec_.get(), frame_.get()));  // one that was held back
    if (frame_->nb_samples <= 0)
        unreadable("The sound is damaged or cut short: nothing of it can be decoded.", take_av_message());
    info_.rate = frame_->sample_rate;
    info_.channels = frame_->ch_layout.nb_channels;
    if (info_.rate <= 0 || info_.rate > most_rate || info_.channels <= 0 || info_.channels > most_channels)
        unreadable("The sound is damaged: it claims " + std::to_string(info_.channels) + " channels at " +
                   std::to_string(info_.rate) + " samples a second.");
    info_.codec = codec_name(stream().codecpar->codec_id);
    info_.container = container_name(*demuxer_);
    start_.rate = info_.rate;
    start_.frame_samples = frame_->nb_samples;
    estimate_duration();
    av_frame_unref(frame_.get());
}

void AudioReader::estimate_duration() {
    const auto& context = demuxer_->context();
    if (stream().duration > 0)
        info_.duration = static_cast<double>(stream().duration) * av_q2d(stream().time_base);
    else if (context.duration > 0)
        info_.duration = static_cast<double>(context.duration) / AV_TIME_BASE;
    // Of plain PCM the bytes there are bound the time there can be, whatever a header says.
    const int bits = av_get_exact_bits_per_sample(stream().codecpar->codec_id);
    if (bits >= 8 && info_.duration && context.nb_streams == 1) {
        const double most = 8.0 * static_cast<double>(source_.size()) / bits / info_.channels / info_.rate;
        cut_short_ = *info_.duration > most + 0.01;
        info_.duration = std::min(*info_.duration, most);
    }
    // A WAV says in its first words how long it is; programs that can't know write the largest number or none.
    if (const auto head = source_.head(8); demuxer_->is("wav") && head.size() == 8 && head[0] == 'R') {
        const std::int64_t claimed = head[4] | head[5] << 8 | head[6] << 16 | std::int64_t{head[7]} << 24;
        cut_short_ |= claimed < 0xffff'0000 && claimed + 8 > source_.size() + 1;
    }
}

bool AudioReader::times_are_exact() const {
    if (stream().time_base.num != 1 || stream().time_base.den != info_.rate) return false;
    return std::ranges::any_of(std::array{"mov", "wav", "w64", "aiff", "caf", "au", "flac"},
                               [&](const char* name) { return demuxer_->is(name); });
}

void AudioReader::seek(std::int64_t sample, const CancelToken& cancel) {
    if (sample <= std::int64_t{4} * info_.rate) return rewind(cancel);
    if (times_are_exact() || source_.size() > indexed_bytes) {
        if (!seek_by_time(sample)) rewind(cancel);
        return;
    }
    if (!index_) {
        index_.emplace(source_, limits_, stream_, start_, cancel);
        end_ = std::max<std::int64_t>(0, index_->end() - *origin_);
    }
    for (std::int64_t margin = std::int64_t{3} * info_.rate; margin < sample; margin *= 4) {
        rewind(cancel);
        if (seek_by_index(sample, margin)) return;
    }
    rewind(cancel);
}

bool AudioReader::seek_by_time(std::int64_t sample) {
    avcodec_flush_buffers(codec_.get());
    forget_decoded();
    entered_ = true;
    clock_->enter_by_time();
    // A second earlier, for decoders that remember.
    const std::int64_t to = av_rescale_q(sample + *origin_ - info_.rate, {1, info_.rate}, stream().time_base);
    return demuxer_->seek(stream_, to + (start_.first_time == AV_NOPTS_VALUE ? 0 : start_.first_time));
}

// Enters the file `margin` samples early and reads on to a packet the index knows, a second before `sample`.
bool AudioReader::seek_by_index(std::int64_t sample, std::int64_t margin) {
    const auto* from = index_->before(sample + *origin_ - margin);
    if (!from) return false;
    const bool bare = demuxer_->is("mp3") || demuxer_->is("aac");  // frames one after another, without times
    const bool by_byte = bare || demuxer_->is("mpegts") || demuxer_->is("mpeg");
    if (!by_byte && from->time == AV_NOPTS_VALUE) return false;
    if (!demuxer_->seek(stream_, by_byte ? AV_NOPTS_VALUE : from->time, from->at)) return false;
    for (std::int64_t last_at = bare ? -1 : -2; demuxer_->next(*packet_, stream_);) {
        // The first packet seen need not be the first at its position; those that follow are.
        const bool first_there = last_at != -2 && packet_->pos != last_at;
        last_at = packet_->pos;
        const auto* known = first_there ? index_->at(packet_->pos) : nullptr;
        if (!known) continue;
        if (known->sample > sample + *origin_ - info_.rate) return false;
        forget_decoded();
        entered_ = true;
        clock_->enter(known->sample, !bare);
        send_packet();
        return true;
    }
    return false;
}

void AudioReader::send_packet() {
    if (av_packet_get_side_data(packet_.get(), AV_PKT_DATA_ENCRYPTION_INFO, nullptr))
        unreadable("The sound is encrypted.");
    packet_->pts = clock_->place(*packet_);
    packet_->dts = AV_NOPTS_VALUE;
    if (avcodec_send_packet(codec_.get(), packet_.get()) < 0) damaged_ = true;
}

// What was decoded becomes the block; false when none of it sounds.
bool AudioReader::take_frame() {
    if (frame_->sample_rate != info_.rate) {
        changes_ = ended_ = true;
        return false;
    }
    if (frame_->flags & AV_FRAME_FLAG_DISCARD) return false;
    if (!origin_) {
        origin_ = (frame_->pts == AV_NOPTS_VALUE ? 0 : frame_->pts) + skips_of(*frame_).start;
    }
    std::int64_t start = frame_->pts == AV_NOPTS_VALUE ? position_.value_or(0) : frame_->pts - *origin_;
    if (position_ && std::abs(start - *position_) <= info_.rate / 50) start = *position_;
    block_.clear();
    append_mixed(*frame_, channels_, block_);
    std::int64_t count = frame_->nb_samples;
    // After a seek only exact times say where the end is; else the index knows.
    if (!entered_ || times_are_exact()) count = std::max<std::int64_t>(0, count - skips_of(*frame_).end);
    if (end_) count = std::clamp<std::int64_t>(*end_ - start, 0, count);
    block_.resize(static_cast<std::size_t>(count * channels_));
    block_start_ = start;
    position_ = start + count;
    return count > 0;
}

bool AudioReader::decode_block() {
    while (!ended_) {
        demuxer_->check();
        const int error = avcodec_receive_frame(codec_.get(), frame_.get());
        if (error >= 0) {
            const bool sounds = take_frame();
            av_frame_unref(frame_.get());
            if (sounds) return true;
        } else if (draining_) {
            ended_ = true;
            note_end();
        } else {
            if (error != AVERROR(EAGAIN)) damaged_ = true;
            if (demuxer_->next(*packet_, stream_)) {
                send_packet();
            } else {
                draining_ = true;
                avcodec_send_packet(codec_.get(), nullptr);
            }
        }
    }
    return false;
}

void AudioReader::note_end() {
    if (!position_) return;
    const auto& context = demuxer_->context();
    const bool claimed = context.duration_estimation_method != AVFMT_DURATION_FROM_BITRATE &&
                         (stream().duration > 0 || context.nb_streams == 1);
    const double seconds = static_cast<double>(*position_) / info_.rate;
    if (demuxer_->failed() || (claimed && info_.duration && seconds < *info_.duration - 0.25)) cut_short_ = true;
    info_.duration = seconds;
    end_ = *position_;
}

std::vector<float> AudioReader::read(std::int64_t first, std::int64_t count, int channels,
                                     const CancelToken& cancel) {
    demuxer_->begin(cancel);
    const bool mixed_otherwise = channels != channels_;
    channels_ = channels;
    const bool near = (position_ || !entered_) && first >= block_start_ &&
                      first <= position_.value_or(0) + std::int64_t{10} * info_.rate;
    if (!near || mixed_otherwise) {
        seek(first, cancel);
        if (entered_ && (!decode_block() || block_start_ > first)) rewind(cancel);  // it landed too late
    }
    std::vector<float> out;
    for (std::int64_t next = first, last = first + count; next < last;) {
        const std::int64_t block_end = block_.empty() ? block_start_ : position_.value_or(block_start_);
        if (next >= block_end) {
            if (!decode_block()) break;
            continue;
        }
        if (next < block_start_) {  // nothing sounds in between
            out.resize(out.size() + static_cast<std::size_t>((std::min(block_start_, last) - next) * channels));
            next = std::min(block_start_, last);
            continue;
        }
        const std::int64_t take = std::min(last, block_end) - next;
        const auto from = block_.begin() + (next - block_start_) * channels;
        out.insert(out.end(), from, from + take * channels);
        next += take;
    }
    return out;
}

std::vector<std::string> AudioReader::notes() const {
    std::vector<std::string> all;
    if (cut_short_) all.emplace_back("The file is cut short: the sound ends before it should.");
    if (damaged_) all.emplace_back("The file is damaged: parts of the sound may be missing or wrong.");
    if (changes_) all.emplace_back("The sound changes its sample rate midway; it is read up to there.");
    return all;
}

}  // namespace perceiver::media
