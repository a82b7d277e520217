#include "ui/points/orbit_camera.h"

#include <algorithm>
#include <cmath>

namespace perceiver::ui {

namespace {

constexpr double kEyeAt = 4;               // reaches of the cloud: a perspective that shows depth and bends nothing
constexpr double kDegreesPerPixel = 0.4;
constexpr int kCorners = 48;               // of the circles that stand for everywhere a cloud goes as it turns

}  // namespace

void OrbitCamera::setReach(double aside, double upwards) {
    aside_ = aside;
    upwards_ = upwards;
    measure();
    fit();
}

/// What a cloud sweeps as it turns is a cylinder: how wide and how high that is, seen from the first elevation, and
/// which height is the middle of it.
void OrbitCamera::measure() {
    const double e = api::cloud_elevation * std::acos(-1.0) / 180, eye = eyeAt();
    middle_ = 0;
    for (int pass = 0; pass < 3; ++pass) {
        double low = 0, high = 0;
        wide_ = 0;
        for (int i = 0; i < 2 * kCorners; ++i) {
            const double angle = 2 * std::acos(-1.0) * (i / 2) / kCorners;
            const double right = aside_ * std::cos(angle), away = aside_ * std::sin(angle);
            const double z = (i % 2 ? upwards_ : -upwards_) - middle_;
            const double size = eye / (eye - (z * std::sin(e) - away * std::cos(e)));
            const double up = size * (z * std::cos(e) + away * std::sin(e));
            wide_ = std::max(wide_, size * right);
            low = std::min(low, up);
            high = std::max(high, up);
        }
        high_ = (high - low) / 2;
        middle_ += (high + low) / 2 / std::cos(e);
    }
}

double OrbitCamera::eyeAt() const { return kEyeAt * std::hypot(aside_, upwards_); }

void OrbitCamera::fit() {
    azimuth_ = api::cloud_azimuth;
    elevation_ = api::cloud_elevation;
    zoom_ = 1;
    target_ = {0, 0, middle_};
}

void OrbitCamera::turn(double azimuth, double elevation) {
    azimuth_ = std::remainder(azimuth_ + azimuth, 360);
    elevation_ = std::clamp(elevation_ + elevation, -kSteepest, kSteepest);
}

void OrbitCamera::drag(const QPointF& by) { turn(-by.x() * kDegreesPerPixel, by.y() * kDegreesPerPixel); }

/// The target goes aside in the plane of the pane, but never out of the cloud, about which one turns.
void OrbitCamera::move(double right, double up) {
    const Projection p = projection({0, 0, 1, 1});
    double length = 0;
    for (std::size_t a = 0; a < 3; ++a) {
        target_[a] += right * double(p.right[a]) + up * double(p.up[a]);
        length += target_[a] * target_[a];
    }
    const double most = std::hypot(aside_, upwards_);
    if (length > most * most)
        for (double& t : target_) t *= most / std::sqrt(length);
}

void OrbitCamera::pan(const QRectF& pane, const QPointF& by) {
    const double scale = double(projection(pane).scale);
    move(-by.x() / scale, by.y() / scale);
}

void OrbitCamera::zoomAbout(const QRectF& pane, const QPointF& at, double factor, double depth) {
    const Projection p = projection(pane);
    const double next = std::clamp(zoom_ * factor, kLeastZoom, kMaxZoom), grown = next / zoom_;
    const double size = double(p.scale * p.eye) / std::max(double(p.eye) - depth, double(p.eye * Projection::kNearest));
    const double held = (1 - 1 / grown) / size;
    zoom_ = next;
    move((at.x() - double(p.x)) * held, (double(p.y) - at.y()) * held);
}

Projection OrbitCamera::projection(const QRectF& pane) const {
    Projection p;
    for (std::size_t a = 0; a < 3; ++a) {
        float axis[3] = {};
        axis[a] = 1;
        const auto seen = api::seen(axis, azimuth_, elevation_);
        p.right[a] = float(seen[0]), p.up[a] = float(seen[1]), p.towards[a] = float(seen[2]);
        p.target[a] = float(target_[a]);
    }
    p.eye = float(eyeAt());
    p.scale = float(zoom_ * std::min(pane.width() / (2 * wide_), pane.height() / (2 * high_)));
    p.x = float(pane.center().x());
    p.y = float(pane.center().y());
    return p;
}

}  // namespace perceiver::ui
