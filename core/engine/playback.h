// What playing needs of a sound or film while other windows of it are computed: its own readers of the same file.
#pragma once

#include <functional>
#include <optional>

#include "engine/api/engine.h"
#include "engine/media_file.h"

namespace perceiver::engine {

/// One kind of request from one thread each: sound(), frames() and outline() keep readers of their own.
class Playback {
  public:
    explicit Playback(const Limits& limits) : limits_(limits) {}

    /// Throws as media::AudioFile and VideoFile; Error{no_fit} when the file has no sound, or no frames.
    api::SoundReady sound(const MediaFilePtr& file, const api::SoundRequest& request, const CancelToken& cancel);
    api::FramesReady frames(const MediaFilePtr& file, const api::FramesRequest& request, const CancelToken& cancel);
    /// Told as it goes on; the last one is complete.
    void outline(const MediaFilePtr& file, const api::OutlineRequest& request,
                 const std::function<void(api::OutlineReady)>& tell, const CancelToken& cancel);

  private:
    struct Reader {
        MediaFilePtr of;                       ///< the file it was opened for
        std::optional<MediaFile> file;
    };
    /// The reader of this file's sound or frames, opened when it is a new one.
    MediaFile& reader(Reader& reader, const MediaFilePtr& file, bool frames, const CancelToken& cancel) const;

    Limits limits_;
    Reader sound_, frames_, outline_;
};

}  // namespace perceiver::engine
