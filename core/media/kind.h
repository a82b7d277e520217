// What a file is, from its content; its name is never asked.
#pragma once

#include "base/cancel.h"
#include "base/limits.h"
#include "media/source.h"

namespace perceiver::media {

enum class MediaKind { image, audio, video, points, unknown };

/// GIF and WebP are films when they have more than one frame, AVIF when it says so; a container with a moving picture
/// is one, with sound alone (and be there a cover) a sound. A damaged file is of the kind whose reader says best what
/// is wrong. Throws Error: unreadable_input (the file can't be read), cancelled.
MediaKind kind_of(const Source& source, const Limits& limits = {}, const CancelToken& cancel = {});

}  // namespace perceiver::media
