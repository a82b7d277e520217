#include "train/camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "train/camera_front.h"
#include "train/camera_plane.h"

namespace perceiver::train {
namespace {

constexpr std::int64_t test_seed = 2021;
enum : std::int64_t { pan_left = 1, pan_right, tilt_up, tilt_down, zoom_in, zoom_out, roll_left, roll_right };

/// When each frame is seen, in parts of the clip.
std::vector<double> moments(std::int64_t frames, double late, Draws& draws) {
    std::vector<double> out;
    const double most = late > 0 ? late * draws.unit() : 0;
    for (std::int64_t t = 0; t < frames; ++t) {
        const double lost = late > 0 ? most * draws.unit() : 0;
        out.push_back(frames > 1 ? std::max(0.0, double(t) - lost) / double(frames - 1) : 0.5);
    }
    return out;
}

/// How much of its way the camera has gone at each moment, from -1/2 to 1/2.
std::vector<double> way(const std::vector<double>& moments, const Camera& c, Draws& draws) {
    const bool even = draws.unit() >= c.uneven;
    const double faster = std::exp(around_zero(0.5, draws)), soft = draws.unit();
    double starts = 0, lasts = 1;
    if (c.wait > 0) {
        starts = c.wait * draws.unit();
        lasts = 1 - starts - c.wait * draws.unit();
    }
    std::vector<double> out;
    for (const double moment : moments) {
        const double at = std::clamp((moment - starts) / lasts, 0.0, 1.0);
        const double bent = std::pow(at, faster);
        const double eased = bent + soft * (bent * bent * (3 - 2 * bent) - bent);
        out.push_back((even ? at : eased) - 0.5);
    }
    return out;
}

/// A slow way off and back again: nothing at the clip's begin and end.
class Wander {
  public:
    Wander(double most, Draws& draws) {
        if (most <= 0) return;
        const double size = most * draws.unit();
        for (std::size_t k = 0; k < waves_.size(); ++k)
            waves_[k] = size * draws.normal() / double(std::max<std::size_t>(k, 1) + 1);
    }
    double at(double moment) const {
        double sum = 0;
        for (std::size_t k = 0; k < waves_.size(); ++k)
            if (waves_[k] != 0) sum += waves_[k] * std::sin(std::numbers::pi * double(k + 1) * moment);
        return sum;
    }

  private:
    std::array<double, 6> waves_{};  // of half a period in the clip, a whole one, ...
};

/// Where the frame lies over the photograph at any part of the way.
struct Path {
    double across = 0, down = 0, zoom = 0, roll = 0;  // over the whole clip
    double right, below, scale, lean, stretch;        // in the middle of it
};

Path path_of(std::int64_t motion, const Camera& c, Draws& draws) {
    Path p;
    const double pan = between(c.pan, draws), zoom = between(c.zoom, draws), roll = between(c.roll, draws);
    p.across = around_zero(c.drift, draws) + (motion == pan_right ? pan : motion == pan_left ? -pan : 0);
    p.down = around_zero(c.drift, draws) + (motion == tilt_down ? pan : motion == tilt_up ? -pan : 0);
    p.zoom = around_zero(c.zoom_drift, draws) + (motion == zoom_out ? zoom : motion == zoom_in ? -zoom : 0);
    p.roll = radians(around_zero(c.roll_drift, draws) + (motion == roll_right  ? roll
                                                         : motion == roll_left ? -roll
                                                                               : 0));
    p.right = around_zero(c.centre, draws);
    p.below = around_zero(c.centre, draws);
    p.scale = c.window * std::exp(around_zero(c.window_zoom, draws));
    p.lean = radians(around_zero(c.lean, draws));
    p.stretch = std::exp(around_zero(c.stretch, draws));
    return p;
}

/// Normal numbers to take noise from.
const std::vector<float>& noise() {
    static const std::vector<float> numbers = [] {
        Draws draws(0, 0, 0);
        std::vector<float> out(1 << 16);
        for (float& x : out) x = static_cast<float>(draws.normal());
        return out;
    }();
    return numbers;
}

/// What the camera makes of the light, the same in a whole clip but for `brighter`.
struct Light {
    double contrast, brightness, brighter, noise;
};

void expose(const Light& light, double way, Draws& draws, std::int64_t count, std::int64_t step,
            const float* values, std::uint8_t* out) {
    const auto contrast = float(light.contrast), grain = float(255 * light.noise),
               added = float(127.5 * (1 - light.contrast) + 255 * (light.brightness + light.brighter * way)) +
                       0.5f;
    constexpr std::int64_t piece = 1024;  // of the noise at a time, from another place each
    for (std::int64_t first = 0; first < count; first += piece) {
        const float* grains = noise().data() + draws.below(noise().size() - piece);
        const std::int64_t end = std::min(piece, count - first);
        for (std::int64_t i = 0; i < end; ++i) {
            const float value = contrast * values[first + i] + added + grain * grains[i];
            out[(first + i) * step] =
                static_cast<std::uint8_t>(static_cast<std::int32_t>(std::min(std::max(value, 0.0f), 255.0f)));
        }
    }
}

Camera steadied(Camera c) {
    c.wander = c.zoom_wander = c.roll_wander = c.wait = c.late = c.flicker = c.bars = 0;
    return c;
}

/// One channel of one frame of the photograph, [height, width].
void photograph_frame(const Plane& plane, std::int64_t channel, const Path& p, const Aim& aim,
                      const ClipShape& s, float* frame) {
    const double side = double(std::min(plane.rows, plane.cols)) * p.scale,
                 pixel = side / double(std::min(s.height, s.width));
    const double zoom = pixel * std::exp(aim.zoom), turn = p.lean + aim.roll;
    const double c = std::cos(turn), sn = std::sin(turn), lean_c = std::cos(p.lean),
                 lean_s = std::sin(p.lean);
    // Of the frame's middle.
    const double x = 1.5 * double(plane.cols) - 0.5 +
                     p.stretch * side * (lean_c * aim.across - lean_s * aim.down),
                 y = 1.5 * double(plane.rows) - 0.5 +
                     side * (lean_s * aim.across + lean_c * aim.down) / p.stretch;
    const double u = -0.5 * double(s.width - 1);
    for (std::int64_t r = 0; r < s.height; ++r) {
        const double v = double(r) - 0.5 * double(s.height - 1);
        const Line line{float(x + p.stretch * zoom * (c * u - sn * v)),
                        float(y + zoom * (sn * u + c * v) / p.stretch), float(p.stretch * zoom * c),
                        float(zoom * sn / p.stretch)};
        sample(plane, channel, line, s.width, frame + r * s.width);
    }
}

}  // namespace

const std::vector<std::string>& motion_names() {
    static const std::vector<std::string> names{"static",  "pan left", "pan right", "tilt up",   "tilt down",
                                                "zoom in", "zoom out", "roll left", "roll right"};
    return names;
}

std::vector<std::uint8_t> film(const Split& pictures, std::int64_t photograph, std::int64_t motion,
                               const Camera& any, const ClipShape& s, Draws& draws) {
    const Camera camera = any.steady > 0 && draws.unit() < any.steady ? steadied(any) : any;
    const bool mirror = draws.below(2) == 1;
    const Plane behind(pictures, photograph, s.channels, mirror, float(camera.blur * draws.unit()));
    const Path path = path_of(motion, camera, draws);
    const std::vector<double> seen = moments(s.frames, camera.late, draws), ways = way(seen, camera, draws);
    const bool in_front = draws.unit() < camera.object;
    std::vector<Thing> things{thing_in_front(behind, camera, s, draws)};
    const auto other = static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(pictures.size())));
    std::optional<Plane> before;
    if (in_front) before.emplace(pictures, other, s.channels, mirror, 0.0f);
    Light light{1 + around_zero(camera.contrast, draws), around_zero(camera.brightness, draws),
                around_zero(camera.light, draws), camera.noise * draws.unit()};
    complete(things, behind, camera, s, draws);
    const Wander across(camera.wander, draws), down(camera.wander, draws), zoom(camera.zoom_wander, draws),
        roll(radians(camera.roll_wander), draws);
    const double flicker = camera.flicker > 0 ? camera.flicker * draws.unit() : 0,
                 brightness = light.brightness;
    const auto bars =
        camera.bars > 0 && draws.unit() < camera.bars ? std::llround(double(s.height) / 6 * draws.unit()) : 0;
    std::vector<float> frame(static_cast<std::size_t>(s.height * s.width));
    std::vector<std::uint8_t> out(static_cast<std::size_t>(s.frames * s.height * s.width * s.channels));
    for (std::int64_t t = 0; t < s.frames; ++t) {
        const double at = ways[static_cast<std::size_t>(t)], moment = seen[static_cast<std::size_t>(t)];
        const double even = s.frames > 1 ? moment - 0.5 : 0;
        const std::array<double, 2> shaken{camera.shake * draws.normal(), camera.shake * draws.normal()};
        const Aim aim{path.right + path.across * at + shaken[0] + across.at(moment),
                      path.below + path.down * at + shaken[1] + down.at(moment),
                      path.zoom * at + zoom.at(moment), path.roll * at + roll.at(moment)};
        const Aim gone{aim.across - path.right, aim.down - path.below, aim.zoom, aim.roll};
        if (flicker > 0) light.brightness = brightness + flicker * draws.normal();
        for (std::int64_t k = 0; k < s.channels; ++k) {
            photograph_frame(behind, k, path, aim, s, frame.data());
            if (before)
                for (const Thing& thing : things) paste(*before, k, thing, even, gone, s, frame.data());
            std::fill_n(frame.begin(), bars * s.width, 0.0f);
            std::fill_n(frame.end() - bars * s.width, bars * s.width, 0.0f);
            expose(light, even, draws, s.height * s.width, s.channels, frame.data(),
                   out.data() + t * s.height * s.width * s.channels + k);
        }
    }
    return out;
}

std::vector<std::uint8_t> test_clip(const Split& pictures, std::int64_t i, const ClipShape& shape) {
    Draws draws(test_seed, 0, static_cast<std::uint64_t>(i));
    return film(pictures, i * pictures.size() / test_clips, test_clip_motion(i), Camera{}, shape, draws);
}

}  // namespace perceiver::train
