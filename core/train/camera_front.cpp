#include "train/camera_front.h"

#include <algorithm>

namespace perceiver::train {
namespace {

constexpr double whole_turn = 2 * std::numbers::pi;

double shorter(const ClipShape& s) { return double(std::min(s.height, s.width)); }

void somewhere_on(const Plane& photograph, Piece& piece, Draws& draws) {
    for (int axis = 0; axis < 2; ++axis)
        piece.over[axis] = double(axis ? photograph.rows : photograph.cols) * (1 + draws.unit());
}

/// Where it begins and its width and length are parts of the figure's height.
Limb limb(double x, double y, double width, double length, double rest, double swing, double begin) {
    Limb l{{}, rest, swing, begin};
    l.piece.oval = true;
    l.piece.middle[0] = x;
    l.piece.middle[1] = y;
    l.piece.size[0] = width;
    l.piece.size[1] = length;
    return l;
}

/// Makes a figure of it, as high as it was: it stands, walks, waves or dances.
void stand_up(Thing& thing, const Plane& photograph, Draws& draws) {
    const double height = std::max(thing.body.size[0], thing.body.size[1]), wide = 0.8 + 0.5 * draws.unit(),
                 arms = 1.2 * draws.unit(), legs = 0.7 * draws.unit(),
                 raised = 2.5 * draws.unit() * draws.unit(), spread = 0.25 * draws.unit(),
                 begin = draws.unit();
    thing.limbs = {limb(-0.07, 0.1, 0.13, 0.42, spread, legs, 0),
                   limb(0.07, 0.1, 0.13, 0.42, -spread, legs, 0.5),
                   limb(-0.12, -0.2, 0.09, 0.38, raised, arms, begin),
                   limb(0.12, -0.2, 0.09, 0.38, -raised, arms, begin + 0.5 * double(draws.below(2))),
                   limb(0, -0.22, 0.17, -0.24, 0, 0.1, begin)};
    for (Limb& l : thing.limbs) {
        somewhere_on(photograph, l.piece, draws);
        l.piece.middle[0] *= height * wide;
        l.piece.middle[1] *= height;
        l.piece.size[0] *= height * wide;
        l.piece.size[1] *= height;
    }
    thing.body.oval = true;
    thing.body.size[0] = 0.3 * height * wide;
    thing.body.size[1] = 0.5 * height;
}

/// Where a thing is at one moment: its middle in the frame, its size in times its own, its turn.
struct Place {
    double middle[2], scale, turn;
};

Place place_of(const Thing& thing, double way, const Aim& gone, const ClipShape& s) {
    const double swung = std::sin(whole_turn * (thing.turns * way + thing.begin));
    Place p{{thing.from[0] + way * thing.path[0] + swung * thing.swing[0],
             thing.from[1] + way * thing.path[1] + swung * thing.swing[1]},
            thing.grow == 0 ? 1 : std::exp(thing.grow * way),
            0};
    if (thing.near > 0) {
        const double middle[2] = {0.5 * double(s.width - 1), 0.5 * double(s.height - 1)},
                     scale = std::exp(-thing.near * gone.zoom), c = std::cos(gone.roll),
                     sn = std::sin(gone.roll),
                     x = p.middle[0] - middle[0] - thing.near * shorter(s) * gone.across,
                     y = p.middle[1] - middle[1] - thing.near * shorter(s) * gone.down;
        p = {{middle[0] + scale * (c * x + sn * y), middle[1] + scale * (c * y - sn * x)},
             p.scale * scale,
             -gone.roll};
    }
    return p;
}

void paste(const Plane& photograph, std::int64_t channel, const Piece& piece, const Place& place,
           const ClipShape& s, float* frame) {
    const double turn = place.turn + piece.turn, c = std::cos(turn), sn = std::sin(turn);
    const double width = place.scale * piece.size[0], height = place.scale * piece.size[1];
    const double reach[2] = {0.5 * (std::abs(c) * width + std::abs(sn) * height),
                             0.5 * (std::abs(sn) * width + std::abs(c) * height)};
    const auto first = [&](int axis) {
        return std::llround(
            std::clamp(place.middle[axis] - reach[axis], 0.0, double(axis ? s.height : s.width)));
    };
    const auto end = [&](int axis) {
        return std::llround(
            std::clamp(place.middle[axis] + reach[axis], 0.0, double(axis ? s.height : s.width)));
    };
    const std::int64_t left = first(0), count = end(0) - left;
    if (count < 1) return;
    const bool whole = !piece.oval && turn == 0;
    std::vector<float> line(static_cast<std::size_t>(count));
    for (std::int64_t r = first(1), bottom = end(1); r < bottom; ++r) {
        const double down = double(r) - place.middle[1], across = double(left) - place.middle[0];
        sample(photograph, channel,
               {float(piece.over[0] + (c * across + sn * down) / place.scale),
                float(piece.over[1] + (c * down - sn * across) / place.scale), float(c / place.scale),
                float(-sn / place.scale)},
               count, line.data());
        float* to = frame + r * s.width + left;
        for (std::int64_t i = 0; i < count; ++i) {
            const double dx = double(left + i) - place.middle[0], x = 2 * (c * dx + sn * down) / width,
                         y = 2 * (c * down - sn * dx) / height;
            if (whole || (piece.oval ? x * x + y * y < 1 : std::abs(x) <= 1 && std::abs(y) <= 1))
                to[i] = line[static_cast<std::size_t>(i)];
        }
    }
}

}  // namespace

Thing thing_in_front(const Plane& photograph, const Camera& c, const ClipShape& s, Draws& draws) {
    Thing thing;
    thing.body.oval = draws.below(2) == 1;
    const double turn = whole_turn * draws.unit(), far = c.object_path * draws.unit() * shorter(s);
    for (int axis = 0; axis < 2; ++axis) {
        const auto length = double(axis ? s.height : s.width);
        thing.body.size[axis] = shorter(s) * between(c.object_size, draws);
        thing.from[axis] = length * draws.unit();
        thing.path[axis] = far * (axis ? std::sin(turn) : std::cos(turn));
        thing.body.over[axis] = double(axis ? photograph.rows : photograph.cols) * (1 + draws.unit());
    }
    return thing;
}

void complete(std::vector<Thing>& things, const Plane& photograph, const Camera& c, const ClipShape& s,
              Draws& draws) {
    if (c.objects > 1)
        for (auto more = draws.below(static_cast<std::uint64_t>(c.objects)); more > 0; --more)
            things.push_back(thing_in_front(photograph, c, s, draws));
    for (Thing& thing : things) {
        if (c.object_swing > 0) {
            const double far = c.object_swing * draws.unit() * shorter(s), turn = whole_turn * draws.unit();
            thing.swing[0] = far * std::cos(turn);
            thing.swing[1] = far * std::sin(turn);
        }
        if (c.object_swing > 0 || c.figure > 0) {
            thing.turns = 0.5 + 2.5 * draws.unit();
            thing.begin = draws.unit();
        }
        if (c.object_grow > 0) thing.grow = around_zero(c.object_grow, draws);
        if (c.figure > 0 && draws.unit() < c.figure) stand_up(thing, photograph, draws);
        if (c.near > 0 && draws.unit() < c.near) {
            thing.near = between({1, c.nearer}, draws);
            thing.path[0] = thing.path[1] = thing.grow = 0;
        }
    }
}

void paste(const Plane& photograph, std::int64_t channel, const Thing& thing, double way, const Aim& gone,
           const ClipShape& s, float* frame) {
    const Place place = place_of(thing, way, gone, s);
    paste(photograph, channel, thing.body, place, s, frame);
    for (const Limb& limb : thing.limbs) {
        const double angle =
            limb.rest + limb.swing * std::sin(whole_turn * (thing.turns * way + thing.begin + limb.begin));
        Piece piece = limb.piece;
        piece.turn = angle;
        const double half = 0.5 * limb.piece.size[1], x = limb.piece.middle[0] - half * std::sin(angle),
                     y = limb.piece.middle[1] + half * std::cos(angle), c = std::cos(place.turn),
                     sn = std::sin(place.turn);
        piece.size[1] = std::abs(piece.size[1]);
        Place there = place;
        there.middle[0] += place.scale * (c * x - sn * y);
        there.middle[1] += place.scale * (sn * x + c * y);
        paste(photograph, channel, piece, there, s, frame);
    }
}

}  // namespace perceiver::train
