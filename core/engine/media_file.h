// A file of any kind, opened: what it is, and where its pixels, samples, frames and points come from.
#pragma once

#include <memory>
#include <optional>

#include "base/cancel.h"
#include "base/limits.h"
#include "engine/api/types.h"
#include "media/audio.h"
#include "media/image.h"
#include "media/points.h"
#include "media/source.h"
#include "media/video.h"

namespace perceiver::engine {

/// Pictures and clouds are decoded, sounds and films ready to be read from. Not for two threads at once.
struct MediaFile {
    media::Source source;
    api::FileInfo info{};                      ///< path to bytes, size, kind, duration: what holds whatever the model
    std::optional<media::Image> image{};
    std::optional<media::PointCloud> points{};
    std::optional<media::VideoFile> film{};
    std::optional<media::AudioFile> sound{};   ///< of a sound, or of a film that has one
    double decode_ms = 0;

    /// Time of the sound's first sample on the clock of info: 0, or when it starts after a film's first frame.
    double sound_offset() const;
};
using MediaFilePtr = std::shared_ptr<MediaFile>;

/// `bytes` stand for the file's content when given. Throws Error: unreadable_input, out_of_resources, cancelled.
MediaFilePtr open_media(const std::string& path, const std::optional<std::vector<std::uint8_t>>& bytes,
                        bool with_sha256, const Limits& limits, const CancelToken& cancel = {});

/// Sound from `start` seconds on info's clock; what lies before the sound begins is silence. Less at the end. Throws as
/// media::AudioFile::read.
media::Sound read_sound(MediaFile& file, double start, double seconds, int rate, int channels,
                        const CancelToken& cancel);

/// A frame as it crosses to the window.
api::PicturePtr picture_of(std::vector<std::uint8_t> rgb, std::int64_t width, std::int64_t height);

/// "a picture", "a sound", "a film", "a cloud of points".
const char* kind_name(api::Kind kind);
/// "image", "audio", "video", "points": as in findings and ModelInfo::reads.
const char* kind_word(api::Kind kind);

}  // namespace perceiver::engine
