#include "engine/media_file.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "engine/stopwatch.h"
#include "input/image_input.h"
#include "media/kind.h"
#include "weights/sha256.h"

namespace perceiver::engine {
namespace {

constexpr std::int64_t shown_side = 2048;   ///< the window gets no more pixels than it can show

std::vector<std::uint8_t> whole(const media::Source& source, const Limits& limits, const CancelToken& cancel) {
    if (source.size() > limits.file_bytes)
        throw Error(ErrorCode::out_of_resources, "The file is " + std::to_string(source.size()) +
                                                     " bytes; the limit is " + std::to_string(limits.file_bytes) + ".");
    return source.head(source.size(), cancel);
}

void take_picture(MediaFile& file, const Limits& limits, const CancelToken& cancel) {
    file.image = media::decode_image(whole(file.source, limits, cancel), limits, cancel);
    const media::Image& image = *file.image;
    auto& f = file.info;
    f.format = image.format;
    f.width = static_cast<int>(image.width);
    f.height = static_cast<int>(image.height);
    f.notes = image.notes;
    const std::int64_t factor = (std::max(image.width, image.height) + shown_side - 1) / shown_side;
    std::int64_t width = image.width, height = image.height;
    f.picture = factor > 1
                    ? picture_of(input::box_reduce({image.rgb.data(), width, height}, factor, width, height, cancel),
                                 width, height)
                    : picture_of(image.rgb, width, height);
}

void take_points(MediaFile& file, const Limits& limits, const CancelToken& cancel) {
    const std::filesystem::path path(file.info.path);
    file.points = media::read_points(whole(file.source, limits, cancel), limits, cancel, path.parent_path());
    file.info.format = file.points->format;
    file.info.notes = file.points->notes;
}

void take_sound(MediaFile& file, const Limits& limits, const CancelToken& cancel) {
    file.sound.emplace(file.source, limits, cancel);
    const auto& info = file.sound->info();
    file.info.format = info.container + ", " + info.codec;
}

void take_film(MediaFile& file, const Limits& limits, const CancelToken& cancel) {
    file.film.emplace(file.source, limits, cancel);
    const auto& info = file.film->info();
    file.info.format = info.container + ", " + info.codec;
    file.info.width = static_cast<int>(info.width);
    file.info.height = static_cast<int>(info.height);
    if (!info.has_audio) return;
    try {
        file.sound.emplace(file.source, limits, cancel);
    } catch (const Error& e) {
        if (e.code == ErrorCode::cancelled) throw;
        file.info.notes.push_back(std::string("Its sound can't be heard: ") + e.sentence());
    }
}

api::Kind kind_in(const media::Source& source, const Limits& limits, const CancelToken& cancel) {
    switch (media::kind_of(source, limits, cancel)) {
        case media::MediaKind::image: return api::Kind::image;
        case media::MediaKind::audio: return api::Kind::audio;
        case media::MediaKind::video: return api::Kind::video;
        case media::MediaKind::points: return api::Kind::points;
        case media::MediaKind::unknown: break;
    }
    throw Error(ErrorCode::unreadable_input,
                "This is no picture, sound, film or cloud of points that the program can read.");
}

}  // namespace

double MediaFile::sound_offset() const { return film && sound ? sound->info().start - film->info().start : 0; }

MediaFilePtr open_media(const std::string& path, const std::optional<std::vector<std::uint8_t>>& bytes,
                        bool with_sha256, const Limits& limits, const CancelToken& cancel) {
    const Stopwatch watch;
    auto file = std::make_shared<MediaFile>(
        MediaFile{bytes ? media::Source(*bytes) : media::Source(std::filesystem::path(path))});
    auto& f = file->info;
    f.path = path;
    f.name = std::filesystem::path(path).filename().string();
    f.bytes = file->source.size();
    f.kind = kind_in(file->source, limits, cancel);
    switch (f.kind) {
        case api::Kind::image: take_picture(*file, limits, cancel); break;
        case api::Kind::audio: take_sound(*file, limits, cancel); break;
        case api::Kind::video: take_film(*file, limits, cancel); break;
        case api::Kind::points: take_points(*file, limits, cancel); break;
    }
    if (with_sha256) f.sha256 = bytes ? weights::sha256_hex(*bytes) : weights::sha256_of_file(path, cancel);
    file->decode_ms = watch.milliseconds();
    return file;
}

media::Sound read_sound(MediaFile& file, double start, double seconds, int rate, int channels,
                        const CancelToken& cancel) {
    return media::read_beside(*file.sound, file.sound_offset(), start, seconds, rate, channels, cancel);
}

api::PicturePtr picture_of(std::vector<std::uint8_t> rgb, std::int64_t width, std::int64_t height) {
    auto picture = std::make_shared<api::Picture>();
    picture->width = static_cast<int>(width);
    picture->height = static_cast<int>(height);
    picture->rgb = std::move(rgb);
    return picture;
}

const char* kind_name(api::Kind kind) {
    switch (kind) {
        case api::Kind::image: return "a picture";
        case api::Kind::audio: return "a sound";
        case api::Kind::video: return "a film";
        case api::Kind::points: break;
    }
    return "a cloud of points";
}

const char* kind_word(api::Kind kind) {
    switch (kind) {
        case api::Kind::image: return "image";
        case api::Kind::audio: return "audio";
        case api::Kind::video: return "video";
        case api::Kind::points: break;
    }
    return "points";
}

}  // namespace perceiver::engine
