#include "train/camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

namespace perceiver::train {
namespace {

constexpr std::int64_t test_seed = 2021;
enum : std::int64_t { pan_left = 1, pan_right, tilt_up, tilt_down, zoom_in, zoom_out, roll_left, roll_right };

double around_zero(double size, Draws& draws) { return size * (2 * draws.unit() - 1); }
double radians(double degrees) { return degrees * std::numbers::pi / 180; }
/// Slow and fast are as frequent: uniform in the logarithm.
double between(const std::array<double, 2>& ends, Draws& draws) {
    return ends[0] * std::pow(ends[1] / ends[0], draws.unit());
}

/// A photograph three times as high and wide, its mirror images around it, so that nobody asks where it ends.
struct Plane {
    std::int64_t rows, cols, stride, channels;
    std::vector<float> pixels;  // [channels, 3 rows, 3 cols], 0 to 255

    Plane(const Split& pictures, std::int64_t photograph, std::int64_t channels_, bool mirror, float blur)
        : rows(pictures.rows),
          cols(pictures.cols),
          stride(3 * cols),
          channels(channels_),
          pixels(static_cast<std::size_t>(channels * 3 * rows * stride)) {
        const auto rgb = pictures.picture(photograph);
        std::vector<float> one(static_cast<std::size_t>(rows * cols)), line(one.size());
        for (std::int64_t k = 0; k < channels; ++k) {
            for (std::size_t i = 0; i < one.size(); ++i) {
                const std::uint8_t* p = rgb.data() + 3 * i;
                one[i] = channels == 3 ? float(p[k]) : 0.299f * p[0] + 0.587f * p[1] + 0.114f * p[2];
            }
            soften(one, line, blur);
            unfold(one, mirror, pixels.data() + k * 3 * rows * stride);
        }
    }
    const float* plane(std::int64_t channel) const { return pixels.data() + channel * 3 * rows * stride; }

  private:
    void soften(std::vector<float>& one, std::vector<float>& line, float part) const {
        const auto mixed = [&](float before, float here, float after) {
            return here + part * (before + after - 2 * here);
        };
        for (std::int64_t r = 0; r < rows; ++r) {
            const float* from = one.data() + r * cols;
            float* to = line.data() + r * cols;
            for (std::int64_t c = 1; c + 1 < cols; ++c) to[c] = mixed(from[c - 1], from[c], from[c + 1]);
            to[0] = mixed(from[0], from[0], from[std::min<std::int64_t>(1, cols - 1)]);
            to[cols - 1] = mixed(from[std::max<std::int64_t>(0, cols - 2)], from[cols - 1], from[cols - 1]);
        }
        for (std::int64_t r = 0; r < rows; ++r) {
            const float *here = line.data() + r * cols, *above = r > 0 ? here - cols : here,
                        *below = r + 1 < rows ? here + cols : here;
            for (std::int64_t c = 0; c < cols; ++c)
                one[static_cast<std::size_t>(r * cols + c)] = mixed(above[c], here[c], below[c]);
        }
    }
    void unfold(const std::vector<float>& one, bool mirror, float* to) const {
        for (std::int64_t r = 0; r < 3 * rows; ++r, to += stride) {
            const std::int64_t from = r < rows ? rows - 1 - r : r < 2 * rows ? r - rows : 3 * rows - 1 - r;
            const float* row = one.data() + from * cols;
            for (std::int64_t part = 0; part < 3; ++part) {
                if ((part != 1) != mirror)
                    std::reverse_copy(row, row + cols, to + part * cols);
                else
                    std::copy_n(row, cols, to + part * cols);
            }
        }
    }
};

/// Where a line of a frame's pixels lies over a plane, in the plane's pixels: the first one, and the step to
/// the next.
struct Line {
    float x, y, step_x, step_y;
};

void sample(const Plane& plane, std::int64_t channel, const Line& line, std::int64_t count, float* to) {
    const float* from = plane.plane(channel);
    const float right = float(plane.stride) - 1.01f, bottom = float(3 * plane.rows) - 1.01f;
    for (std::int64_t i = 0; i < count; ++i) {
        const float x = std::min(std::max(line.x + float(i) * line.step_x, 0.0f), right),
                    y = std::min(std::max(line.y + float(i) * line.step_y, 0.0f), bottom);
        const auto col = static_cast<std::int32_t>(x), row = static_cast<std::int32_t>(y);
        const float across = x - float(col), down = y - float(row);
        const float *a = from + row * plane.stride + col, *b = a + plane.stride;
        const float above = a[0] + across * (a[1] - a[0]), below = b[0] + across * (b[1] - b[0]);
        to[i] = above + down * (below - above);
    }
}

/// How much of its way the camera has gone at every frame, from -1/2 to 1/2.
std::vector<double> way(std::int64_t frames, double uneven, Draws& draws) {
    const bool even = draws.unit() >= uneven;
    const double faster = std::exp(around_zero(0.5, draws)), soft = draws.unit();
    std::vector<double> out;
    for (std::int64_t t = 0; t < frames; ++t) {
        const double at = frames > 1 ? double(t) / double(frames - 1) : 0.5;
        const double bent = std::pow(at, faster);
        const double eased = bent + soft * (bent * bent * (3 - 2 * bent) - bent);
        out.push_back((even ? at : eased) - 0.5);
    }
    return out;
}

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

/// Something in front: a piece of another photograph in a box or an oval that moves over the frame.
struct Object {
    bool oval = false;
    double size[2], from[2], path[2],
        over[2];  // (x, y) in pixels of the frame; `over`: of its photograph, at its middle
    double swing[2] = {0, 0}, turns = 0, begin = 0;  // to and fro by up to this, so often in a clip
};

Object object_of(const Plane& photograph, const Camera& c, const ClipShape& s, Draws& draws) {
    Object o;
    const auto side = double(std::min(s.height, s.width));
    o.oval = draws.below(2) == 1;
    const double turn = 2 * std::numbers::pi * draws.unit(), far = c.object_path * draws.unit() * side;
    for (int axis = 0; axis < 2; ++axis) {
        const auto length = double(axis ? s.height : s.width);
        o.size[axis] = side * between(c.object_size, draws);
        o.from[axis] = length * draws.unit();
        o.path[axis] = far * (axis ? std::sin(turn) : std::cos(turn));
        o.over[axis] = double(axis ? photograph.rows : photograph.cols) * (1 + draws.unit());
    }
    return o;
}

void swing(Object& o, const Camera& c, const ClipShape& s, Draws& draws) {
    const double far = c.object_swing * draws.unit() * double(std::min(s.height, s.width)),
                 turn = 2 * std::numbers::pi * draws.unit();
    o.swing[0] = far * std::cos(turn);
    o.swing[1] = far * std::sin(turn);
    o.turns = 0.5 + 2.5 * draws.unit();
    o.begin = draws.unit();
}

/// Lays the object over one channel of a frame, [height, width].
void paste(const Plane& photograph, std::int64_t channel, const Object& o, double way, const ClipShape& s,
           float* frame) {
    const double swung = std::sin(2 * std::numbers::pi * (o.turns * way + o.begin));
    const double middle[2] = {o.from[0] + way * o.path[0] + swung * o.swing[0],
                              o.from[1] + way * o.path[1] + swung * o.swing[1]};
    const auto first = [&](int axis) {
        return std::max<std::int64_t>(0, std::llround(middle[axis] - o.size[axis] / 2));
    };
    const auto end = [&](int axis, std::int64_t length) {
        return std::min(length, static_cast<std::int64_t>(std::llround(middle[axis] + o.size[axis] / 2)));
    };
    const std::int64_t left = first(0), count = end(0, s.width) - left;
    if (count < 1) return;
    std::vector<float> line(static_cast<std::size_t>(count));
    for (std::int64_t r = first(1); r < end(1, s.height); ++r) {
        const double down = double(r) - middle[1];
        sample(photograph, channel,
               {float(o.over[0] + double(left) - middle[0]), float(o.over[1] + down), 1, 0}, count,
               line.data());
        for (std::int64_t i = 0; i < count; ++i) {
            const double x = 2 * (double(left + i) - middle[0]) / o.size[0], y = 2 * down / o.size[1];
            if (!o.oval || x * x + y * y < 1)
                frame[r * s.width + left + i] = line[static_cast<std::size_t>(i)];
        }
    }
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

/// One channel of one frame of the photograph, [height, width].
void photograph_frame(const Plane& plane, std::int64_t channel, const Path& p, double way,
                      const std::array<double, 2>& shaken, const ClipShape& s, float* frame) {
    const double side = double(std::min(plane.rows, plane.cols)) * p.scale,
                 pixel = side / double(std::min(s.height, s.width));
    const double zoom = pixel * std::exp(p.zoom * way), turn = p.lean + p.roll * way;
    const double c = std::cos(turn), sn = std::sin(turn), lean_c = std::cos(p.lean),
                 lean_s = std::sin(p.lean);
    // Of the frame's middle; the way goes along the frame's own axes.
    const double across = p.right + p.across * way + shaken[0], down = p.below + p.down * way + shaken[1];
    const double x = 1.5 * double(plane.cols) - 0.5 + p.stretch * side * (lean_c * across - lean_s * down),
                 y = 1.5 * double(plane.rows) - 0.5 + side * (lean_s * across + lean_c * down) / p.stretch;
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
                               const Camera& camera, const ClipShape& s, Draws& draws) {
    const bool mirror = draws.below(2) == 1;
    const Plane behind(pictures, photograph, s.channels, mirror, float(camera.blur * draws.unit()));
    const Path path = path_of(motion, camera, draws);
    const std::vector<double> ways = way(s.frames, camera.uneven, draws);
    const bool in_front = draws.unit() < camera.object;
    std::vector<Object> objects{object_of(behind, camera, s, draws)};
    const auto other = static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(pictures.size())));
    std::optional<Plane> before;
    if (in_front) before.emplace(pictures, other, s.channels, mirror, 0.0f);
    const Light light{1 + around_zero(camera.contrast, draws), around_zero(camera.brightness, draws),
                      around_zero(camera.light, draws), camera.noise * draws.unit()};
    if (camera.objects > 1)
        for (auto more = draws.below(static_cast<std::uint64_t>(camera.objects)); more > 0; --more)
            objects.push_back(object_of(behind, camera, s, draws));
    if (camera.object_swing > 0)
        for (Object& object : objects) swing(object, camera, s, draws);
    std::vector<float> frame(static_cast<std::size_t>(s.height * s.width));
    std::vector<std::uint8_t> out(static_cast<std::size_t>(s.frames * s.height * s.width * s.channels));
    for (std::int64_t t = 0; t < s.frames; ++t) {
        const double at = ways[static_cast<std::size_t>(t)],
                     even = s.frames > 1 ? double(t) / double(s.frames - 1) - 0.5 : 0;
        const std::array<double, 2> shaken{camera.shake * draws.normal(), camera.shake * draws.normal()};
        for (std::int64_t k = 0; k < s.channels; ++k) {
            photograph_frame(behind, k, path, at, shaken, s, frame.data());
            if (before)
                for (const Object& object : objects) paste(*before, k, object, even, s, frame.data());
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
