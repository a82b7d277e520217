// How clouds and meshes are turned upright, the way models know them: z up, in quarter turns.
#pragma once

#include <string>

#include "engine/api/types.h"
#include "media/points.h"

namespace perceiver::engine {

/// What automatic and as_usual mean for a file of this format (media::PointCloud::format): up is an axis then, quarters
/// 0 to 3 or surest. glTF says that its y is up and OBJ files mostly follow the same custom; both, and STL, know no
/// facing.
api::Pose usual_pose(api::Pose pose, const std::string& format);

/// Turns points and normals; `pose` holds an axis and quarters of 0 to 3.
void turn(media::PointCloud& cloud, const api::Pose& pose);

}  // namespace perceiver::engine
