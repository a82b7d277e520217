#include "media/video.h"

#include <algorithm>
#include <cmath>
#include <new>

#include "media/frame_source.h"
#include "media/image.h"

namespace perceiver::media {
namespace {

constexpr std::int64_t most_frames = 1'000'000;
constexpr std::int64_t forward = 2'000'000;  // microseconds: nearer is decoded through, not sought

std::int64_t microseconds_of(double seconds) { return std::llround(seconds * 1e6); }

template <class Act>
auto within_memory(Act act) try {
    return act();
} catch (const std::bad_alloc&) {
    throw Error(ErrorCode::out_of_resources, "There is not enough memory for this film.");
}

std::unique_ptr<FrameSource> open(const Source& source, const Limits& limits, const CancelToken& cancel) {
    if (image_format(source.head(64)) == "WebP") return open_animated_webp(source, limits, cancel);
    return open_film(source, limits, cancel);
}

}  // namespace

struct VideoFile::State {
    std::unique_ptr<FrameSource> source;
    Limits limits;
    // Of the frames read: the one that shows, and the one after it.
    std::optional<TimedFrame> shown, following;
    bool fields = false;

    // Makes `shown` the frame that shows at `time`; nothing when the film is over by then.
    void go_to(std::int64_t time, const CancelToken& cancel) {
        const bool near = shown && shown->time <= time && time - shown->time <= forward;
        if (!near) {
            shown.reset();
            following.reset();
            source->seek(time, cancel);
            shown = source->next(cancel);
            if (shown) following = source->next(cancel);
        }
        while (following && following->time <= time) step(cancel);
        if (!following && shown && time >= shown->time + shown->duration) shown.reset();
    }
    void step(const CancelToken& cancel) {
        shown = std::move(following);
        following.reset();
        if (shown) following = source->next(cancel);
    }

    VideoFrames empty(std::int64_t side, std::int64_t count) const {
        VideoFrames result;
        result.width = source->info().width;
        result.height = source->info().height;
        const std::int64_t longer = std::max(result.width, result.height);
        if (side > 0 && side < longer) {
            const double scale = static_cast<double>(side) / static_cast<double>(longer);
            result.width = std::max<std::int64_t>(1, std::llround(static_cast<double>(result.width) * scale));
            result.height = std::max<std::int64_t>(1, std::llround(static_cast<double>(result.height) * scale));
        }
        if (count > limits.decoded_bytes / (3 * result.width * result.height))
            throw Error(ErrorCode::out_of_resources,
                        std::to_string(count) + " frames of " + std::to_string(result.width) + " x " +
                            std::to_string(result.height) + " pixels take more than the limit of " +
                            std::to_string(limits.decoded_bytes) + " bytes.");
        return result;
    }

    void finish(VideoFrames& result, const FramePainter& painter) {
        fields |= painter.saw_fields();
        result.notes = source->notes();
        if (fields) result.notes.emplace_back("interlaced: one field of each frame is shown");
    }
};

VideoFile::VideoFile(Source source, const Limits& limits, const CancelToken& cancel)
    : state_(within_memory([&] {
          auto state = std::make_unique<State>();
          state->source = open(source, limits, cancel);
          state->limits = limits;
          return state;
      })) {}
VideoFile::VideoFile(VideoFile&&) noexcept = default;
VideoFile& VideoFile::operator=(VideoFile&&) noexcept = default;
VideoFile::~VideoFile() = default;

const VideoInfo& VideoFile::info() const { return state_->source->info(); }

VideoFrames VideoFile::frames(const FrameWindow& window, const CancelToken& cancel) {
    if (!(window.start >= 0) || window.start > 1e9 || window.count < 1 || window.count > most_frames ||
        !(window.rate >= 0) || window.rate > 1e5 || window.side < 0)
        throw Error(ErrorCode::usage, "A window of a film begins at 0 seconds or later and has at least one frame.");
    return within_memory([&] {
        VideoFrames result = state_->empty(window.side, window.count);
        FramePainter painter(result.width, result.height, state_->source->orientation());
        auto& shown = state_->shown;
        state_->go_to(microseconds_of(window.start), cancel);
        std::int64_t painted = -1;  // the time of the frame painted last
        for (std::int64_t k = 0; k < window.count && shown; ++k) {
            cancel.check();
            VideoFrame frame{static_cast<double>(shown->time) / 1e6, {}};
            frame.rgb = shown->time == painted ? result.frames.back().rgb : painter.paint(*shown->frame);
            painted = shown->time;
            result.frames.push_back(std::move(frame));
            if (k + 1 == window.count) break;
            if (window.rate > 0)
                state_->go_to(microseconds_of(window.start + static_cast<double>(k + 1) / window.rate), cancel);
            else
                state_->step(cancel);
        }
        state_->finish(result, painter);
        return result;
    });
}

VideoFrames VideoFile::thumbnails(std::int64_t count, std::int64_t side, const CancelToken& cancel) {
    if (count < 1 || count > most_frames || side < 1)
        throw Error(ErrorCode::usage, "There is at least one thumbnail, of at least one pixel.");
    return within_memory([&] {
        VideoFrames result = state_->empty(side, count);
        FramePainter painter(result.width, result.height, state_->source->orientation());
        state_->shown.reset();
        state_->following.reset();
        const double seconds = info().duration.value_or(0), step = seconds / static_cast<double>(count);
        for (std::int64_t i = 0; i < (step > 0 ? count : 1); ++i) {
            const std::int64_t time = microseconds_of((static_cast<double>(i) + 0.5) * step);
            state_->source->seek(time, cancel);
            auto frame = state_->source->next(cancel);
            // A key frame too far back stands for another part of the film.
            while (frame && frame->time + frame->duration < time - microseconds_of(step) / 2) {
                auto later = state_->source->next(cancel);
                if (!later) break;
                frame = std::move(later);
            }
            if (!frame) break;
            const double shown = static_cast<double>(frame->time) / 1e6;
            if (!result.frames.empty() && result.frames.back().time >= shown) continue;
            result.frames.push_back({shown, painter.paint(*frame->frame)});
        }
        state_->finish(result, painter);
        return result;
    });
}

}  // namespace perceiver::media
