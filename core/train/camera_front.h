// What passes in front of the photograph in clips of camera motion: pieces of another photograph that move by
// themselves, or stand nearer and pass faster.
#pragma once

#include <cstdint>
#include <vector>

#include "train/camera.h"
#include "train/camera_plane.h"

namespace perceiver::train {

/// Where the camera looks at one frame, away from the photograph's middle: parts of the frame's shorter side
/// along the frame's own axes, logarithm of the frame's size, and angle in radians.
struct Aim {
    double across = 0, down = 0, zoom = 0, roll = 0;
};

/// One piece of a photograph, in a box or an oval. Pixels of the frame, (x, y).
struct Piece {
    bool oval = false;
    double middle[2] = {0, 0};  ///< from that of the thing that it is a part of
    double size[2] = {0, 0};
    double over[2] = {0, 0};  ///< of its photograph, at its middle
    double turn = 0;          ///< radians, clockwise
};

/// A limb is a piece that swings to and fro about the place where it begins.
struct Limb {
    Piece piece;
    double rest, swing, begin;  ///< angles from hanging down; part of the swing's period
};

/// Something in front.
struct Thing {
    Piece body;
    std::vector<Limb> limbs;
    double from[2], path[2];
    double swing[2] = {0, 0}, turns = 0, begin = 0;  ///< to and fro by up to this, so often in a clip
    double grow = 0;                                 ///< logarithm of its size, over the clip
    double near =
        0;  ///< as part of the scene it passes so many times as fast as the photograph; 0: moves by itself
};

/// One thing of `object_size` that goes its path.
Thing thing_in_front(const Plane& photograph, const Camera&, const ClipShape&, Draws&);
/// The others that come with the first, and what else the camera wants of each.
void complete(std::vector<Thing>& things, const Plane& photograph, const Camera&, const ClipShape&, Draws&);

/// Lays the thing over one channel of a frame, [height, width]. `way`: the part of the clip's time, -1/2 to
/// 1/2; `gone`: how far the camera has moved since it looked at the photograph's middle.
void paste(const Plane& photograph, std::int64_t channel, const Thing&, double way, const Aim& gone,
           const ClipShape&, float* frame);

}  // namespace perceiver::train
