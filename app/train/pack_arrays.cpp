// pack, of clouds of points as NumPy arrays: SPLIT_points.npy [n, points, numbers] and SPLIT_labels.npy [n].
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "base/input_file.h"
#include "base/limits.h"
#include "commands.h"
#include "labels.h"
#include "sample.h"
#include "train/data.h"
#include "train/npy.h"

namespace perceiver {
namespace {

namespace fs = std::filesystem;
const std::string points_end = "_points.npy", labels_end = "_labels.npy";

std::vector<std::string> splits_of(const fs::path& folder) {
    std::vector<std::string> splits;
    std::error_code failed;
    for (const auto& entry : fs::directory_iterator(folder, failed)) {
        const std::string name = entry.path().filename().string();
        if (name.size() > points_end.size() && name.ends_with(points_end))
            splits.push_back(name.substr(0, name.size() - points_end.size()));
    }
    std::ranges::sort(splits);
    return splits;
}

train::Npy array(const fs::path& path) {
    return about(path.string(), [&] {
        InputFile file(path, ErrorCode::unreadable_input);
        if (file.size() > Limits{}.file_bytes)
            throw Error(ErrorCode::out_of_resources, "This is larger than the limit.");
        std::vector<std::uint8_t> bytes;
        file.append(bytes, file.size());
        return train::read_npy(bytes);
    });
}

/// What a coordinate of 1 is stored as: the largest number of signed integers, 1 of floats.
float full_scale(const std::string& type) {
    if (type == "|i1") return 127;
    if (type == "<i2") return 32767;
    if (type == "<f4" || type == "<f8") return 1;
    throw Error(ErrorCode::unreadable_input,
                "Points are of 8 or 16 bits with a sign, or of floating-point numbers.");
}

}  // namespace

bool holds_arrays(const Options& o) { return fs::is_directory(o.input) && !splits_of(o.input).empty(); }

void pack_arrays(const Options& o) {
    train::PackWriter writer(labels_for(o, {}));
    const auto names = labels_for(o, {});
    for (const auto& split : splits_of(o.input)) {
        if (!o.only.empty() && split != o.only) continue;
        const fs::path points_path = fs::path(o.input) / (split + points_end);
        const train::Npy points = array(points_path),
                         labels = array(fs::path(o.input) / (split + labels_end));
        about(points_path.string(), [&] {
            if (points.shape.size() != 3 || labels.shape.size() != 1 || points.shape[0] != labels.shape[0])
                throw Error(ErrorCode::unreadable_input,
                            "This is not an array [clouds, points, numbers] with a label for each.");
            const float scale = full_scale(points.type);
            const auto size = static_cast<std::size_t>(points.shape[1] * points.shape[2]);
            Sample sample(static_cast<std::int64_t>(labels.numbers.size()), o.sample);
            for (std::size_t i = 0; i < labels.numbers.size(); ++i) {
                if (!sample.takes_next()) continue;
                const float label = labels.numbers[i];
                if (!(label >= 0 && label < static_cast<float>(names.size()) && label == std::floor(label)))
                    throw Error(ErrorCode::unreadable_input,
                                "Its labels have no names; name them with --labels or classes.txt.");
                std::vector<float> cloud(
                    points.numbers.begin() + static_cast<std::ptrdiff_t>(i * size),
                    points.numbers.begin() + static_cast<std::ptrdiff_t>((i + 1) * size));
                for (float& x : cloud) x /= scale;
                writer.add_cloud(split, names[static_cast<std::size_t>(label)], cloud, points.shape[2]);
            }
        });
        if (!o.quiet) std::printf("%s: %lld clouds\n", split.c_str(), static_cast<long long>(writer.size(split)));
    }
    about(o.output, [&] { std::move(writer).write(o.output); });
    if (!o.quiet) std::printf("wrote %s\n", o.output.c_str());
}

}  // namespace perceiver
