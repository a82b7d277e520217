#include "engine/pose.h"

#include <array>

namespace perceiver::engine {

api::Pose usual_pose(api::Pose pose, const std::string& format) {
    using Up = api::Pose::Up;
    const bool y_up = format == "glTF" || format == "OBJ";
    if (pose.up == Up::automatic) pose.up = y_up ? Up::y : Up::z;
    if (pose.quarters == api::Pose::as_usual) pose.quarters = y_up || format == "STL" ? api::Pose::surest : 0;
    return pose;
}

void turn(media::PointCloud& cloud, const api::Pose& pose) {
    using Up = api::Pose::Up;
    for (auto* vectors : {&cloud.xyz, &cloud.normals})
        for (std::size_t i = 0; i + 2 < vectors->size(); i += 3) {
            float* v = vectors->data() + i;
            std::array<float, 3> p{v[0], v[1], v[2]};
            if (pose.up == Up::y) p = {p[0], -p[2], p[1]};
            if (pose.up == Up::x) p = {p[1], p[2], p[0]};
            for (int q = 0; q < pose.quarters; ++q) p = {-p[1], p[0], p[2]};
            v[0] = p[0], v[1] = p[1], v[2] = p[2];
        }
}

}  // namespace perceiver::engine
