#include "ui/points/orbit_camera.h"

#include <algorithm>
#include <cmath>

namespace perceiver::ui {

namespace {

constexpr double kEyeAt = 4;               // reaches of the cloud: a perspective that shows depth and bends nothing
constexpr double kDegreesPerPixel = 0.4;
constexpr double kFittedElevation = 40;    // turning it up to here cuts nothing off
constexpr double kMargin = 0.96;

}  // namespace

void OrbitCamera::setReach(double aside, double upwards) {
    aside_ = aside;
    upwards_ = upwards;
    fit();
}

void OrbitCamera::fit() {
    azimuth_ = api::cloud_azimuth;
    elevation_ = api::cloud_elevation;
    zoom_ = 1;
    target_ = {};
}

void OrbitCamera::turn(double azimuth, double elevation) {
    azimuth_ = std::remainder(azimuth_ + azimuth, 360);
    elevation_ = std::clamp(elevation_ + elevation, -kSteepest, kSteepest);
}

void OrbitCamera::drag(const QPointF& by) { turn(-by.x() * kDegreesPerPixel, by.y() * kDegreesPerPixel); }

/// The target goes aside in the plane of the pane, but never out of the cloud, about which one turns.
void OrbitCamera::move(double right, double up) {
    const Projection p = projection({1, 1});
    double length = 0;
    for (std::size_t a = 0; a < 3; ++a) {
        target_[a] += right * double(p.right[a]) + up * double(p.up[a]);
        length += target_[a] * target_[a];
    }
    const double most = std::hypot(aside_, upwards_);
    if (length > most * most)
        for (double& t : target_) t *= most / std::sqrt(length);
}

void OrbitCamera::pan(const QSizeF& pane, const QPointF& by) {
    const double scale = double(projection(pane).scale);
    move(-by.x() / scale, by.y() / scale);
}

void OrbitCamera::zoomAbout(const QSizeF& pane, const QPointF& at, double factor, double depth) {
    const Projection p = projection(pane);
    const double next = std::clamp(zoom_ * factor, kLeastZoom, kMaxZoom), grown = next / zoom_;
    const double size = double(p.scale * p.eye) / std::max(double(p.eye) - depth, double(p.eye * Projection::kNearest));
    const double held = (1 - 1 / grown) / size;
    zoom_ = next;
    move((at.x() - double(p.x)) * held, (double(p.y) - at.y()) * held);
}

Projection OrbitCamera::projection(const QSizeF& pane) const {
    Projection p;
    for (std::size_t a = 0; a < 3; ++a) {
        float axis[3] = {};
        axis[a] = 1;
        const auto seen = api::seen(axis, azimuth_, elevation_);
        p.right[a] = float(seen[0]), p.up[a] = float(seen[1]), p.towards[a] = float(seen[2]);
        p.target[a] = float(target_[a]);
    }
    const double eye = kEyeAt * std::hypot(aside_, upwards_), e = kFittedElevation * std::acos(-1.0) / 180;
    const double nearest = eye / (eye - aside_);
    const double high = std::max(upwards_, upwards_ * std::cos(e) + aside_ * std::sin(e));
    p.eye = float(eye);
    p.scale = float(zoom_ * kMargin / nearest *
                    std::min(pane.width() / (2 * aside_), pane.height() / (2 * high)));
    p.x = float(pane.width() / 2);
    p.y = float(pane.height() / 2);
    return p;
}

}  // namespace perceiver::ui
