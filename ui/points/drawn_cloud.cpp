#include "ui/points/drawn_cloud.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace perceiver::ui {

namespace {

constexpr std::size_t kDepths = 4096;   // steps of depth that the order of painting tells apart

}  // namespace

DrawnCloud::DrawnCloud(const api::Cloud& cloud) {
    if (cloud.xyz.size() < 3) return;
    std::array<double, 3> low{}, high{}, middle{};
    for (std::size_t a = 0; a < 3; ++a) {
        low[a] = high[a] = double(cloud.xyz[a]);
        for (std::size_t i = a; i < cloud.xyz.size(); i += 3) {
            low[a] = std::min(low[a], double(cloud.xyz[i]));
            high[a] = std::max(high[a], double(cloud.xyz[i]));
        }
        middle[a] = low[a] + (high[a] - low[a]) / 2;
    }
    double farthest = 0, round = 0;
    for (std::size_t i = 0; i + 2 < cloud.xyz.size(); i += 3) {
        const double x = double(cloud.xyz[i]) - middle[0], y = double(cloud.xyz[i + 1]) - middle[1];
        round = std::max(round, std::hypot(x, y));
        farthest = std::max(farthest, std::hypot(x, y, double(cloud.xyz[i + 2]) - middle[2]));
    }
    const double unit = farthest > 0 ? farthest : 1;
    const auto put = [&](const std::vector<float>& from, DrawnPoints& to) {
        for (auto* axis : {&to.x, &to.y, &to.z}) axis->reserve(from.size() / 3);
        for (std::size_t i = 0; i + 2 < from.size(); i += 3) {
            to.x.push_back(float((double(from[i]) - middle[0]) / unit));
            to.y.push_back(float((double(from[i + 1]) - middle[1]) / unit));
            to.z.push_back(float((double(from[i + 2]) - middle[2]) / unit));
        }
    };
    put(cloud.xyz, points);
    put(cloud.others, others);
    if (farthest <= 0) return;
    // A line or a plane keeps a little width, so that the camera has something to fit.
    aside = std::max(0.05, round / unit);
    upwards = std::max(0.05, (high[2] - low[2]) / 2 / unit);
}

void ProjectedPoints::project(const DrawnPoints& points, const Projection& by, const QSizeF& pane, float margin) {
    const std::size_t n = points.size();
    for (auto* field : {&x, &y, &size, &depth}) field->resize(n);
    for (std::size_t i = 0; i < n; ++i) {
        const Projection::Seen s = by.of(points.x[i], points.y[i], points.z[i]);
        x[i] = s.x, y[i] = s.y, size[i] = s.size, depth[i] = s.depth;
    }
    const float right = float(pane.width()) + margin, below = float(pane.height()) + margin;
    // A counting sort over steps of depth: as many passes whatever the order was.
    const float behind = -2, steps = float(kDepths) / 4;
    const auto step = [&](std::size_t i) {
        return std::size_t(std::clamp((depth[i] - behind) * steps, 0.0F, float(kDepths - 1)));
    };
    const auto shown = [&](std::size_t i) {
        return size[i] > 0 && x[i] >= -margin && x[i] <= right && y[i] >= -margin && y[i] <= below;
    };
    std::array<std::uint32_t, kDepths + 1> start{};
    for (std::size_t i = 0; i < n; ++i)
        if (shown(i)) ++start[step(i) + 1];
    for (std::size_t d = 0; d < kDepths; ++d) start[d + 1] += start[d];
    farthest_first.resize(start[kDepths]);
    for (std::size_t i = 0; i < n; ++i)
        if (shown(i)) farthest_first[start[step(i)]++] = std::uint32_t(i);
}

void PointFinder::index(const ProjectedPoints& points, const QSizeF& pane) {
    points_ = &points;
    columns_ = std::max(1, int(pane.width() / kCell) + 1);
    rows_ = std::max(1, int(pane.height() / kCell) + 1);
    const auto cell = [&](std::uint32_t i) {
        return std::size_t(rowOf(double(points.y[i]))) * std::size_t(columns_) +
               std::size_t(columnOf(double(points.x[i])));
    };
    start_.assign(std::size_t(columns_) * std::size_t(rows_) + 2, 0);
    for (const std::uint32_t i : points.farthest_first) ++start_[cell(i) + 2];
    for (std::size_t c = 2; c < start_.size(); ++c) start_[c] += start_[c - 1];
    members_.resize(points.farthest_first.size());
    for (const std::uint32_t i : points.farthest_first) members_[start_[cell(i) + 1]++] = i;
    start_.pop_back();
}

}  // namespace perceiver::ui
