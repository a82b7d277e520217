// A cloud as it is drawn: about its own middle, its farthest point at distance 1; and where its points fall on a pane.
#pragma once

#include <QPointF>
#include <QSizeF>
#include <cstdint>
#include <span>
#include <vector>

#include "ui/points/orbit_camera.h"

namespace perceiver::ui {

struct DrawnPoints {
    std::vector<float> x, y, z;
    std::size_t size() const { return x.size(); }
};

struct DrawnCloud {
    DrawnPoints points, others;          ///< Cloud::xyz and Cloud::others
    double aside = 1, upwards = 1;       ///< OrbitCamera::setReach; 1 where all points share a place

    DrawnCloud() = default;
    explicit DrawnCloud(const api::Cloud&);
};

/// Where points fall on a pane, which of them at all, and in which order they are painted.
struct ProjectedPoints {
    std::vector<float> x, y, size, depth;       ///< Projection::Seen, of every point
    std::vector<std::uint32_t> farthest_first;  ///< those in sight

    /// `margin`: pixels outside the pane that still count as in sight.
    void project(const DrawnPoints&, const Projection&, const QSizeF& pane, float margin);
};

/// Which of the projected points is under the pointer, from a grid over the pane: only the cells about it are looked
/// at.
class PointFinder {
  public:
    /// Keeps the address: `points` stay as they are while one asks.
    void index(const ProjectedPoints& points, const QSizeF& pane);
    /// Of those whose disc covers `at` the one in front; else the nearest no farther than `reach` pixels; else -1.
    /// `radius(i)` is that of point i's disc, at most `largest`.
    template <class Radius>
    int find(const QPointF& at, double reach, double largest, const Radius& radius) const;

  private:
    static constexpr double kCell = 16;
    int columnOf(double x) const { return std::clamp(int(x / kCell), 0, columns_ - 1); }
    int rowOf(double y) const { return std::clamp(int(y / kCell), 0, rows_ - 1); }

    const ProjectedPoints* points_ = nullptr;
    int columns_ = 0, rows_ = 0;
    std::vector<std::uint32_t> start_, members_;   ///< start_[cell] ... start_[cell + 1] of members_
};

template <class Radius>
int PointFinder::find(const QPointF& at, double reach, double largest, const Radius& radius) const {
    if (!points_) return -1;
    const double far = std::max(reach, largest);
    int under = -1, beside = -1;
    double nearest = reach * reach;
    for (int row = rowOf(at.y() - far); row <= rowOf(at.y() + far); ++row)
        for (int column = columnOf(at.x() - far); column <= columnOf(at.x() + far); ++column) {
            const auto cell = std::size_t(row) * std::size_t(columns_) + std::size_t(column);
            for (std::uint32_t m = start_[cell]; m < start_[cell + 1]; ++m) {
                const std::uint32_t i = members_[m];
                const double dx = double(points_->x[i]) - at.x(), dy = double(points_->y[i]) - at.y(),
                             d = dx * dx + dy * dy;
                const double r = radius(int(i));
                if (d <= r * r && (under < 0 || points_->depth[i] > points_->depth[std::size_t(under)])) under = int(i);
                if (d <= nearest) nearest = d, beside = int(i);
            }
        }
    return under >= 0 ? under : beside;
}

}  // namespace perceiver::ui
