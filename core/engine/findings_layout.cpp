// What findings say of a file and of where the elements of the input array lie in it.
#include <algorithm>

#include "engine/findings.h"
#include "engine/media_file.h"

namespace perceiver::engine {
namespace {

ordered_json crop_json(const api::FileInfo& f) {
    return {{"x", f.crop_x}, {"y", f.crop_y}, {"width", f.crop_width}, {"height", f.crop_height}};
}

bool pictured(const api::InputPart& part) {
    return !part.label && (part.kind == api::Kind::image || part.kind == api::Kind::video);
}

ordered_json part_json(const api::FileInfo& f, const api::InputPart& part) {
    ordered_json out{{"modality", utf8(part.name)}, {"kind", part.label ? "label" : kind_word(part.kind)},
                     {"first", part.first}, {"count", part.grid.count()},
                     {"grid", {{"frames", part.grid.frames}, {"rows", part.grid.rows}, {"cols", part.grid.cols}}}};
    if (part.label) return out;
    if (part.kind == api::Kind::audio || part.kind == api::Kind::video || (part.kind == api::Kind::image && f.film))
        out["seconds"] = {{"start", part.start}, {"step", part.step}};
    if (!part.hertz.empty()) out["hertz"] = part.hertz;
    if (pictured(part)) out["crop"] = crop_json(f);
    return out;
}

}  // namespace

ordered_json file_json(const api::FileInfo& f) {
    ordered_json out{{"path", utf8(f.path)},
                     {"kind", kind_word(f.kind)},
                     {"format", f.format},
                     {"sha256", f.sha256},
                     {"bytes", f.bytes}};
    if (f.kind == api::Kind::image || f.kind == api::Kind::video) {
        out["width"] = f.width;
        out["height"] = f.height;
    }
    // A duration is what the file claims, so a file that claims none has none.
    const auto with_duration = [](ordered_json object, double duration) {
        if (duration > 0) object["duration"] = duration;
        return object;
    };
    if (f.film)
        out["film"] = with_duration({{"rate", f.film->rate}, {"has_sound", f.film->has_sound}, {"start", f.film->start},
                                     {"seconds", f.film->seconds}, {"frames", f.film->times.size()}}, f.film->duration);
    if (f.sound)
        out["sound"] = with_duration({{"rate", f.sound->file_rate},
                                      {"channels", f.sound->file_channels},
                                      {"start", f.sound->start},
                                      {"seconds", f.sound->seconds},
                                      {"read_at", f.sound->rate}},
                                     f.sound->duration);
    if (f.cloud)
        out["cloud"] = {{"points", f.cloud->file_points},
                        {"triangles", f.cloud->file_faces},
                        {"read", f.cloud->xyz.size() / 3},
                        {"up", f.cloud->pose.up == api::Pose::Up::x   ? "x"
                               : f.cloud->pose.up == api::Pose::Up::y ? "y"
                                                                      : "z"},
                        {"turned", 90 * f.cloud->pose.quarters},
                        {"surest", f.cloud->surest}};
    return out;
}

ordered_json layout_json(const api::FileInfo& file) {
    ordered_json out;
    if (file.parts.size() > 1) {
        out["kind"] = "parts";
    } else if (const auto& part = file.parts.front(); part.kind == api::Kind::points) {
        out["kind"] = "points";
    } else {
        out["kind"] = "grid";
        out["rows"] = part.grid.frames * part.grid.rows;
        out["cols"] = part.grid.cols;
    }
    if (std::ranges::any_of(file.parts, pictured)) out["crop"] = crop_json(file);
    out["parts"] = ordered_json::array();
    for (const auto& part : file.parts) out["parts"].push_back(part_json(file, part));
    return out;
}

ordered_json place_json(const api::FileInfo& file, int element) {
    ordered_json out;
    for (const auto& part : file.parts) {
        const int at = element - part.first;
        if (at < 0 || at >= part.grid.count()) continue;
        if (file.parts.size() > 1) out["modality"] = utf8(part.name);
        if (part.label) return out;
        const int frame = at / (part.grid.rows * part.grid.cols), row = at / part.grid.cols % part.grid.rows,
                  col = at % part.grid.cols;
        if (part.kind == api::Kind::points) {
            const auto* xyz = file.cloud->xyz.data() + 3 * std::size_t(at);
            out["point"] = at;
            out["xyz"] = {xyz[0], xyz[1], xyz[2]};
            return out;
        }
        if (part.kind == api::Kind::video) out["frame"] = frame;
        out["row"] = row;
        out["col"] = col;
        if (part.kind != api::Kind::image) {
            const double from = part.start + part.step * (part.kind == api::Kind::video ? frame : col);
            out["seconds"] = {from, from + part.step};
        }
        if (!part.hertz.empty()) out["hertz"] = {part.hertz[std::size_t(row)], part.hertz[std::size_t(row) + 1]};
    }
    return out;
}

}  // namespace perceiver::engine
