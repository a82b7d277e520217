#include "media/packet_clock.h"

#include <algorithm>
#include <new>

namespace perceiver::media {
namespace {

Skips skips_from(const std::uint8_t* data, std::size_t size) {
    if (!data || size < 8) return {};
    const auto number = [&](int at) {
        return std::int64_t{data[at]} | std::int64_t{data[at + 1]} << 8 | std::int64_t{data[at + 2]} << 16 |
               std::int64_t{data[at + 3]} << 24;
    };
    return {number(0), number(4)};
}

}  // namespace

Skips skips_of(const AVFrame& frame) {
    const AVFrameSideData* data = av_frame_get_side_data(&frame, AV_FRAME_DATA_SKIP_SAMPLES);
    return data ? skips_from(data->data, data->size) : Skips{};
}

Skips skips_of(const AVPacket& packet) {
    std::size_t size = 0;
    const auto* data = av_packet_get_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, &size);
    return skips_from(data, size);
}

PacketClock::PacketClock(const AVStream& stream, const StreamStart& start) : stream_(stream), start_(start) {
    const AVCodecID id = stream.codecpar->codec_id;
    if (id != AV_CODEC_ID_VORBIS && id != AV_CODEC_ID_OPUS) return;
    // Their packets say themselves how many samples they hold.
    codec_.reset(avcodec_alloc_context3(nullptr));
    if (!codec_ || avcodec_parameters_to_context(codec_.get(), stream.codecpar) < 0) throw std::bad_alloc();
    parser_.reset(av_parser_init(id));
    if (parser_) parser_->flags |= PARSER_FLAG_COMPLETE_FRAMES;
}

std::int64_t PacketClock::samples_of(const AVPacket& packet) {
    if (parser_ && packet.size > 0) {
        std::uint8_t* out = nullptr;
        int size = 0;
        parser_->duration = 0;
        av_parser_parse2(parser_.get(), codec_.get(), &out, &size, packet.data, packet.size, packet.pts,
                         packet.dts, packet.pos);
        if (parser_->duration > 0) return parser_->duration;
    }
    if (const int bits = av_get_exact_bits_per_sample(stream_.codecpar->codec_id); bits > 0)
        return packet.size * std::int64_t{8} / bits / std::max(1, stream_.codecpar->ch_layout.nb_channels);
    const int frame_size = stream_.codecpar->frame_size;
    if (frame_size > 0 && frame_size == start_.frame_samples) return frame_size;
    return std::max<std::int64_t>(0, av_rescale_q(packet.duration, stream_.time_base, {1, start_.rate}));
}

std::optional<std::int64_t> PacketClock::told(const AVPacket& packet) const {
    if (packet.pts == AV_NOPTS_VALUE || start_.first_time == AV_NOPTS_VALUE) return std::nullopt;
    return av_rescale_q(packet.pts - start_.first_time, stream_.time_base, {1, start_.rate});
}

void PacketClock::enter(std::int64_t sample, bool trust) {
    next_ = sample;
    trust_times_ = trust;
}

std::int64_t PacketClock::place(const AVPacket& packet) {
    std::int64_t here = next_;
    if (const auto time = told(packet)) {
        // Times tell of gaps. Anything less than one is their rounding, anything beyond a minute their damage.
        const std::int64_t gap = *time - next_;
        const bool is_gap = gap > start_.rate / 20 && gap < std::int64_t{60} * start_.rate;
        if (by_time_ || (trust_times_ && is_gap)) here = *time;
    }
    by_time_ = false;
    next_ = here + samples_of(packet);
    return here;
}

PacketIndex::PacketIndex(const Source& source, const Limits& limits, int stream, const StreamStart& start,
                         const CancelToken& cancel) {
    Demuxer demuxer(source, limits, cancel);
    demuxer.begin(cancel);
    demuxer.use_only(stream);
    if (stream >= static_cast<int>(demuxer.context().nb_streams)) return;
    PacketClock clock(*demuxer.context().streams[stream], start);
    const AvPacket packet = new_packet();
    std::int64_t last_at = -1;
    while (demuxer.next(*packet, stream)) {
        const std::int64_t sample = clock.place(*packet);
        end_ = std::max<std::int64_t>(0, clock.next() - skips_of(*packet).end);
        const bool far = entries_.empty() || (sample >= entries_.back().sample + start.rate / 8 &&
                                              packet->pos > entries_.back().at);
        if (packet->pos >= 0 && packet->pos != last_at && far) entries_.push_back({packet->pos, sample, packet->pts});
        last_at = packet->pos;
    }
}

const PacketIndex::Entry* PacketIndex::before(std::int64_t sample) const {
    const auto after = std::ranges::upper_bound(entries_, sample, {}, &Entry::sample);
    return after == entries_.begin() ? nullptr : &*std::prev(after);
}

const PacketIndex::Entry* PacketIndex::at(std::int64_t position) const {
    const auto found = std::ranges::lower_bound(entries_, position, {}, &Entry::at);
    return found == entries_.end() || found->at != position ? nullptr : &*found;
}

}  // namespace perceiver::media
