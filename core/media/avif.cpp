// A still AVIF is a film of one frame to FFmpeg. What it leaves out is left out: transparency, turns, tiles.
#include <algorithm>

#include "media/byte_reader.h"
#include "media/decoders.h"
#include "media/frame_source.h"

namespace perceiver::media {
namespace {

/// The sizes it claims, of itself or of its parts ("ispe" boxes), before anything is decoded.
void check_claims(Bytes bytes, const Limits& limits) {
    const ByteReader in(bytes.first(std::min<std::size_t>(bytes.size(), 65'536)), ByteReader::Order::big);
    for (std::uint64_t at = 0; in.has(at, 16) && !in.says(at, "mdat"); ++at)
        if (in.says(at, "ispe")) check_size(in.u32(at + 8), in.u32(at + 12), limits);
}

}  // namespace

Image decode_avif(Bytes bytes, const Limits& limits, const CancelToken& cancel) try {
    check_claims(bytes, limits);
    const auto film = open_film(Source({bytes.begin(), bytes.end()}), limits, cancel);
    const auto first = film->next(cancel);
    Image image;
    image.format = "AVIF";
    image.width = film->info().width;
    image.height = film->info().height;
    image.rgb = FramePainter(image.width, image.height, film->orientation()).paint(*first->frame);
    return image;
} catch (const Error& e) {
    if (e.code != ErrorCode::unreadable_input) throw;
    throw Error(e.code, "The AVIF is damaged, cut short or of a kind that is not supported.", e.sentence());
}

}  // namespace perceiver::media
