// Clips of a camera that moves in one of nine ways, filmed over photographs: endless examples of what a model
// of film is to tell. Everything that is not the motion to be told varies, so that it can't be told by
// anything else.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "train/augment.h"
#include "train/data.h"

namespace perceiver::train {

/// The camera's motions, in the order of the logits. Panning right and tilting down the frame moves right and
/// down over the photograph, zooming in it shrinks, rolling right it turns clockwise.
const std::vector<std::string>& motion_names();

/// How a clip is filmed. Lengths are parts of the frame's shorter side, angles degrees; of a pair, the least
/// and the most.
struct Camera {
    /// How far the camera goes in one clip: lengths, logarithm of a factor, angles.
    std::array<double, 2> pan{0.14, 0.6}, zoom{0.22, 0.7}, roll{14, 45};
    double uneven = 0.4;  ///< part of the clips in which it goes faster and slower

    // What every clip has, those of a camera at rest too.
    double window = 0.6;        ///< the frame's shorter side, as a part of the photograph's
    double window_zoom = 0.22;  ///< times e^-this to e^this
    double stretch = 0.25;      ///< the photograph gets e^-this to e^this times as wide, as much less high
    double lean = 6;            ///< angle between photograph and frame
    double centre = 0.12;       ///< distance of their middles along each axis
    double shake = 0.003;       ///< standard deviation of every frame's place along each axis
    // From its first frame to its last:
    double drift = 0.02;       ///< how far it goes along each axis
    double zoom_drift = 0.02;  ///< logarithm of a factor
    double roll_drift = 1;     ///< angle
    double light = 0.06;       ///< parts of full scale by which it gets brighter or darker

    /// Something that moves by itself in front: in what part of the clips, its sides, how far it goes, and
    /// how far it swings to and fro meanwhile, as what walks or dances does. Up to so many of them in such a
    /// clip.
    double object = 0.25;
    std::array<double, 2> object_size{0.12, 0.35};
    double object_path = 0.6, object_swing = 0;
    std::int64_t objects = 1;
    double object_grow = 0;  ///< it gets e^-this to e^this times as large meanwhile
    double figure = 0;       ///< part of them that have a head, arms and legs that swing
    double near = 0;         ///< part of them that stand in the scene, nearer than the photograph:
    double nearer = 2.5;     ///< they pass up to so many times as fast

    double contrast = 0.25, brightness = 0.08;  ///< as Augment
    double blur = 0.25;   ///< up to this part of either neighbour is added to every pixel of the photograph
    double noise = 0.03;  ///< largest standard deviation, in parts of full scale

    // What films have that the test's clips are spared, but for this part of the clips:
    double steady = 0;
    /// The hand that holds the camera: largest standard deviation of a slow way off and back again that
    /// begins and ends where the camera would be without it; lengths, logarithm of a factor, angles.
    double wander = 0, zoom_wander = 0, roll_wander = 0;
    double wait =
        0;  ///< up to this part of the clip passes before the camera starts, as much after it has stopped
    double late = 0;  ///< a frame shows what was there up to this part of the time between two frames before
    double flicker = 0;  ///< largest standard deviation of a frame's brightness, in parts of full scale
    double bars = 0;  ///< part of the clips that are black above and below, up to a sixth of the frame each
};

struct ClipShape {
    std::int64_t frames = 0, height = 0, width = 0;
    std::int64_t channels = 3;  ///< 1: luma (ITU-R BT.601)
};

/// One clip over photograph `photograph` of `pictures`, 8-bit [frames, height, width, channels]. The
/// photograph goes on beyond its edges as its mirror image.
std::vector<std::uint8_t> film(const Split& pictures, std::int64_t photograph, std::int64_t motion,
                               const Camera&, const ClipShape&, Draws& draws);

/// The clips a model of camera motion is measured on: so many, as many of every motion, each over another
/// photograph of the split as far as they reach. The same for everybody: filmed by Camera{}.
inline constexpr std::int64_t test_clips = 1800;
inline std::int64_t test_clip_motion(std::int64_t i) { return i % 9; }
std::vector<std::uint8_t> test_clip(const Split& pictures, std::int64_t i, const ClipShape&);

}  // namespace perceiver::train
