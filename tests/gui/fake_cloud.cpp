#include "fake_cloud.h"

namespace perceiver::ui::test {

std::vector<float> box(int side) {
    std::vector<float> xyz;
    const auto at = [&](int i, float reach) { return reach * (2 * float(i) / float(side - 1) - 1); };
    for (int i = 0; i < side * side * side; ++i)
        for (const float v : {at(i % side, 0.8F), at(i / side % side, 0.6F), at(i / side / side, 0.4F)})
            xyz.push_back(v);
    return xyz;
}

api::FileInfo cloudFile(const std::vector<float>& xyz, api::Cloud rest) {
    auto held = std::make_shared<api::Cloud>(std::move(rest));
    held->xyz = xyz;
    if (held->file_points == 0) held->file_points = std::int64_t(xyz.size() / 3);
    api::InputPart part;
    part.kind = api::Kind::points;
    part.grid = {1, 1, int(xyz.size() / 3)};
    api::FileInfo file;
    file.kind = api::Kind::points;
    file.format = "PLY";
    file.parts = {part};
    file.cloud = held;
    file.arms = {api::Arm::travel};
    return file;
}

}  // namespace perceiver::ui::test
