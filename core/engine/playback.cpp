#include "engine/playback.h"

#include <algorithm>
#include <cmath>

namespace perceiver::engine {

MediaFile& Playback::reader(Reader& reader, const MediaFilePtr& file, bool frames, const CancelToken& cancel) const {
    if (frames ? !file->film : !file->sound)
        throw Error(ErrorCode::no_fit, frames ? "The file holds no frames." : "The file holds no sound.");
    if (reader.of == file && reader.file) return *reader.file;
    reader.file.reset();
    MediaFile fresh{file->source};
    if (file->film) fresh.film.emplace(file->source, limits_, cancel);
    if (!frames) fresh.sound.emplace(file->source, limits_, cancel);
    reader.file = std::move(fresh);
    reader.of = file;
    return *reader.file;
}

api::SoundReady Playback::sound(const MediaFilePtr& file, const api::SoundRequest& request, const CancelToken& cancel) {
    media::Sound piece = read_sound(reader(sound_, file, false, cancel), request.start, request.seconds, request.rate,
                                    request.channels, cancel);
    const bool end = piece.frames() < std::llround(request.seconds * request.rate);
    return {request, std::move(piece.samples), end};
}

api::FramesReady Playback::frames(const MediaFilePtr& file, const api::FramesRequest& request,
                                  const CancelToken& cancel) {
    media::VideoFrames read = reader(frames_, file, true, cancel)
                                  .film->frames({request.start, request.count, request.rate, request.side}, cancel);
    api::FramesReady out{request, {}, {}, static_cast<int>(read.frames.size()) < request.count};
    for (auto& frame : read.frames) {
        out.times.push_back(frame.time);
        out.frames.push_back(picture_of(std::move(frame.rgb), read.width, read.height));
    }
    return out;
}

void Playback::outline(const MediaFilePtr& file, const api::OutlineRequest& request,
                       const std::function<void(api::OutlineReady)>& tell, const CancelToken& cancel) {
    const auto to_api = [&](const media::Overview& o) {
        api::OutlineReady out{request, {}, {}, o.seconds_per_bin, o.seconds, o.complete};
        for (const auto& [low, high] : o.bins) {
            out.low.push_back(low);
            out.high.push_back(high);
        }
        return out;
    };
    const media::Overview all = reader(outline_, file, false, cancel)
                                    .sound->overview(
                                        request.bins, [&](const media::Overview& o) { tell(to_api(o)); }, cancel);
    tell(to_api(all));
}

}  // namespace perceiver::engine
