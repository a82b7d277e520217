#include "support/every_kind.h"

#include "support/av_samples.h"
#include "support/media_samples.h"
#include "support/point_samples.h"

namespace perceiver::samples {
namespace {

void add_pictures(std::vector<MediaSample>& out) {
    const Picture picture = gradient(48, 36);
    out.push_back({"picture.jpg", "image", jpeg(picture)});
    out.push_back({"picture.png", "image", png(picture)});
    out.push_back({"picture.webp", "image", webp(picture)});
    out.push_back({"picture.bmp", "image", bmp(picture)});
    out.push_back({"picture.gif", "image", gif(48, 36)});
    out.push_back({"picture.tiff", "image", compressed_tiff(picture)});
}

void add_sounds(std::vector<MediaSample>& out) {
    const Signal signal = sweep(16'000, 1, 0.5);
    out.push_back({"sound.wav", "audio", wav(signal, 16)});
    out.push_back({"sound.aiff", "audio", aiff(signal, 16)});
    const auto add = [&](const char* name, const char* codec, const char* container) {
        if (auto bytes = coded_sound(signal, codec, container)) out.push_back({name, "audio", std::move(*bytes)});
    };
    add("sound.flac", "flac", "flac");
    add("sound.mp3", "libmp3lame", "mp3");
    add("sound.ogg", "libvorbis", "ogg");
    if (auto bytes = coded_sound(sweep(48'000, 1, 0.5), "libopus", "ogg"))
        out.push_back({"sound.opus", "audio", std::move(*bytes)});
    add("sound.m4a", "aac", "ipod");
}

void add_films(std::vector<MediaSample>& out) {
    const auto add = [&](const char* name, const char* codec, const char* container, const char* sound = "") {
        FilmOptions o;
        o.codec = codec;
        o.container = container;
        o.sound_codec = sound;
        if (*sound) o.sound = sweep(16'000, 1, 1.2);
        if (auto bytes = film(o)) out.push_back({name, "video", std::move(*bytes)});
    };
    add("film.mp4", "libx264", "mp4", "aac");
    add("film.mov", "libx264", "mov");
    add("film.mkv", "libx264", "matroska", "aac");
    add("film.webm", "libvpx", "webm");
    add("film.avi", "mpeg4", "avi");
    add("film.mpg", "mpeg2video", "mpeg");
    add("film.gif", "gif", "gif");
    out.push_back({"film.webp", "video", animated_webp(gradient(32, 24), 48, 36, 8, 6, 5)});
}

void add_points(std::vector<MediaSample>& out) {
    const Shape mesh = box(1, 2, 3), cloud = helix(60);
    out.push_back({"cloud.ply", "points", ply(helix(60, true), PlyForm::little)});
    out.push_back({"cloud.pcd", "points", pcd(cloud, PcdForm::packed)});
    out.push_back({"mesh.off", "points", off(mesh)});
    out.push_back({"mesh.obj", "points", obj(mesh)});
    out.push_back({"mesh.stl", "points", stl(mesh, false)});
    out.push_back({"mesh.glb", "points", glb(mesh)});
    out.push_back({"mesh.gltf", "points", gltf(mesh, "mesh.bin")});
    out.push_back({"cloud.xyz", "points", table(cloud, " ", "")});
    out.push_back({"cloud.csv", "points", table(cloud, ",", "x,y,z\n")});
    out.push_back({"cloud.txt", "points", table(cloud, "\t", "")});
    out.push_back({"cloud.npy", "points", npy(cloud)});
}

}  // namespace

std::vector<MediaSample> media_of_every_kind() {
    std::vector<MediaSample> out;
    add_pictures(out);
    add_sounds(out);
    add_films(out);
    add_points(out);
    return out;
}

}  // namespace perceiver::samples
