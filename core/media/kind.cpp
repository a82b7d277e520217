#include "media/kind.h"

#include <algorithm>
#include <array>

#include "media/av.h"
#include "media/image.h"
#include "media/image_header.h"
#include "media/points.h"

namespace perceiver::media {
namespace {

bool moves(const Source& source, const Limits& limits, const CancelToken& cancel) {
    if (source.size() > limits.file_bytes) return true;  // no still picture is that large
    try {
        return read_image_header(source.head(source.size(), cancel)).frames > 1;
    } catch (const Error& e) {
        if (e.code == ErrorCode::cancelled) throw;
        return false;
    }
}

MediaKind kind_of_container(const std::string& name, const Source& source, const Limits& limits,
                            const CancelToken& cancel) {
    static constexpr std::array sounds{"wav", "w64", "aiff", "au", "caf", "flac", "mp3", "aac"};
    if (std::ranges::find(sounds, name) != sounds.end()) return MediaKind::audio;
    try {
        const Demuxer demuxer(source, limits, cancel);
        if (demuxer.best_stream(AVMEDIA_TYPE_VIDEO) >= 0) return MediaKind::video;
        return MediaKind::audio;
    } catch (const Error& e) {
        if (e.code == ErrorCode::cancelled) throw;
        return MediaKind::video;
    }
}

}  // namespace

MediaKind kind_of(const Source& source, const Limits& limits, const CancelToken& cancel) {
    const auto head = source.head(65'536);
    const std::string picture = image_format(head);
    if (picture == "GIF" || picture == "WebP")
        return moves(source, limits, cancel) ? MediaKind::video : MediaKind::image;
    if (!picture.empty()) return MediaKind::image;
    if (!points_format(head, source.size()).empty()) return MediaKind::points;
    const std::string container = Demuxer::recognised(source);
    return container.empty() ? MediaKind::unknown : kind_of_container(container, source, limits, cancel);
}

}  // namespace perceiver::media
