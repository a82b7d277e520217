// Where a cloud is seen from: a turntable with z up, closer or farther, moved aside. Plain arithmetic, no widgets.
#pragma once

#include <QPointF>
#include <QRectF>
#include <array>

#include "engine/api/thumbnail.h"

namespace perceiver::ui {

/// How a point of a DrawnCloud falls on a pane: dot products with float rows, since a frame has up to 100,000 of them.
struct Projection {
    std::array<float, 3> right{}, up{}, towards{}, target{};
    float eye = 1;               ///< from the target, in the cloud's lengths
    float scale = 1;             ///< pixels per length at the target's depth
    float x = 0, y = 0;          ///< of the target on the pane

    /// Nothing is drawn of what lies nearer to the eye than this part of its distance.
    static constexpr float kNearest = 0.08F;

    struct Seen {
        /// size: pixels per length there, 0 behind the eye; depth: towards the eye
        float x = 0, y = 0, size = 0, depth = 0;
    };
    Seen of(float px, float py, float pz) const {
        px -= target[0], py -= target[1], pz -= target[2];
        Seen s;
        s.depth = px * towards[0] + py * towards[1] + pz * towards[2];
        const float away = eye - s.depth;
        s.size = away > kNearest * eye ? scale * eye / away : 0;
        s.x = x + s.size * (px * right[0] + py * right[1] + pz * right[2]);
        s.y = y - s.size * (px * up[0] + py * up[1] + pz * up[2]);
        return s;
    }
};

class OrbitCamera {
  public:
    static constexpr double kLeastZoom = 0.5, kMaxZoom = 40, kSteepest = 89;

    OrbitCamera() { setReach(1, 1); }

    /// Of the cloud, about its middle: farthest from the vertical axis, and above or below the middle. Fits it.
    void setReach(double aside, double upwards);
    void fit();

    double azimuth() const { return azimuth_; }
    double elevation() const { return elevation_; }
    double zoom() const { return zoom_; }

    void turn(double azimuth, double elevation);                 ///< by degrees
    void drag(const QPointF& by);                                ///< pixels: what is in front follows the pointer
    void pan(const QRectF& pane, const QPointF& by);             ///< pixels
    /// What lies under `at` at that depth (Projection::Seen) stays where it is.
    void zoomAbout(const QRectF& pane, const QPointF& at, double factor, double depth = 0);

    /// The cloud fits the pane, which may be a part of what is painted.
    Projection projection(const QRectF& pane) const;

  private:
    void measure();
    void move(double right, double up);
    double eyeAt() const;

    double aside_ = 1, upwards_ = 1;
    double wide_ = 1, high_ = 1, middle_ = 0;   ///< half of what fits a pane, and the height in its middle
    double azimuth_ = api::cloud_azimuth, elevation_ = api::cloud_elevation, zoom_ = 1;
    std::array<double, 3> target_{};
};

}  // namespace perceiver::ui
