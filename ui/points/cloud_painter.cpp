#include "ui/points/cloud_painter.h"

#include <algorithm>
#include <cmath>

namespace perceiver::ui {

namespace {

constexpr double kFill = 0.4;          // a disc's radius, over the distance the points would have in a filled rectangle
constexpr double kSmallest = 1.2, kWidest = 9, kSmallestOther = 0.8, kWidestOther = 2.5;   // radii, pixels at zoom 1
constexpr float kFog = 0.4F;            // of the farthest points, how much is the ground's colour
constexpr float kBackFog = 0.5F, kOutFog = 0.1F;      // of those standing back; and out, at most
constexpr float kOutSize = 1.6F, kBackSize = 0.85F;

float sizeOf(Standing s) { return s == Standing::out ? kOutSize : s == Standing::back ? kBackSize : 1.0F; }

QRgb faded(QRgb color, QRgb ground, float part) {
    const auto g = std::uint32_t(std::clamp(part, 0.0F, 1.0F) * 256), c = 256 - g;
    const std::uint32_t rb = ((color & 0xff00ffU) * c + (ground & 0xff00ffU) * g) >> 8 & 0xff00ffU;
    const std::uint32_t green = ((color & 0xff00U) * c + (ground & 0xff00U) * g) >> 8 & 0xff00U;
    return 0xff000000U | rb | green;
}

}  // namespace

void CloudPainter::paint(QImage& onto, const QRectF& pane, const DrawnCloud& cloud, const CloudInk& ink,
                         const OrbitCamera& camera) {
    indexed_ = false;
    size_ = onto.size();
    standing_ = ink.standing;
    const double ratio = onto.devicePixelRatio();
    const Projection by = camera.projection(pane);
    // Zoomed in the discs grow, but less than the distances between them.
    const double whole = double(by.scale) / camera.zoom(), grown = std::sqrt(std::max(1.0, camera.zoom()));
    const auto radiusFor = [&](std::size_t n, double least, double most) {
        const double apart = whole * 2 * std::sqrt(cloud.aside * cloud.upwards / double(std::max<std::size_t>(1, n)));
        return std::clamp(kFill * apart, least * ratio, most * ratio) * grown;
    };
    const double radius = radiusFor(cloud.points.size(), kSmallest, kWidest);
    const bool emphasis = standing_.size() == cloud.points.size() && !standing_.empty();
    perSize_ = float(radius) / by.scale;
    largest_ = std::min(float(DiscStamps::kLargest), float(radius) * (emphasis ? kOutSize : 1) * 2);

    auto* pixels = reinterpret_cast<std::uint32_t*>(onto.bits());
    const int stride = int(onto.bytesPerLine() / 4), width = onto.width(), height = onto.height();
    if (cloud.others.size() > 0) {
        others_.project(cloud.others, by, size_, float(kWidestOther * ratio * grown));
        const float dot = float(radiusFor(cloud.others.size(), kSmallestOther, kWidestOther)) / by.scale;
        for (const std::uint32_t i : others_.farthest_first)
            stamps_.put(onto.format(), pixels, stride, width, height, others_.x[i], others_.y[i], dot * others_.size[i],
                        faded(ink.others, ink.ground, kFog * (1 - others_.depth[i]) / 2));
    }
    places_.project(cloud.points, by, size_, largest_);
    const auto draw = [&](std::uint32_t i, Standing standing) {
        float fog = kFog * (1 - places_.depth[i]) / 2;
        if (standing == Standing::back) fog = kBackFog + (1 - kBackFog) * fog;
        if (standing == Standing::out) fog = std::min(fog, kOutFog);
        stamps_.put(onto.format(), pixels, stride, width, height, places_.x[i], places_.y[i],
                    perSize_ * places_.size[i] * sizeOf(standing), faded(ink.points[i], ink.ground, fog));
    };
    const std::size_t inked = std::min(ink.points.size(), cloud.points.size());
    for (const std::uint32_t i : places_.farthest_first)
        if (i < inked && !(emphasis && standing_[i] == Standing::out))
            draw(i, emphasis ? standing_[i] : Standing::plain);
    for (const std::uint32_t i : places_.farthest_first)  // what stands out is covered by nothing that does not
        if (i < inked && emphasis && standing_[i] == Standing::out) draw(i, Standing::out);
}

double CloudPainter::radius(int point) const {
    const auto i = std::size_t(point);
    if (point < 0 || i >= places_.size.size()) return 0;
    const Standing standing = i < standing_.size() ? standing_[i] : Standing::plain;
    return std::min(double(perSize_ * places_.size[i] * sizeOf(standing)), DiscStamps::kLargest);
}

int CloudPainter::find(const QPointF& at, double reach) {
    if (size_.isEmpty()) return -1;
    if (!std::exchange(indexed_, true)) finder_.index(places_, size_);
    return finder_.find(at, reach, double(largest_), [this](int i) { return radius(i); });
}

QImage cloudPicture(const DrawnCloud& cloud, const CloudInk& ink, const QSize& pixels, CloudPainter* painted) {
    QImage image(pixels, QImage::Format_ARGB32_Premultiplied);
    image.fill(QColor::fromRgba(ink.ground));
    OrbitCamera camera;
    camera.setReach(cloud.aside, cloud.upwards);
    // It does not turn: as large as the points themselves allow.
    constexpr double fills = 0.92;
    ProjectedPoints places;
    const QRectF whole(image.rect());
    places.project(cloud.points, camera.projection(whole), whole.size(), float(whole.width() + whole.height()));
    QRectF drawn(whole.center(), QSizeF(1, 1));
    if (!places.farthest_first.empty()) {
        const auto [left, right] = std::minmax_element(places.x.begin(), places.x.end());
        const auto [top, bottom] = std::minmax_element(places.y.begin(), places.y.end());
        drawn = QRectF(QPointF(double(*left), double(*top)), QPointF(double(*right), double(*bottom)));
    }
    const double larger =
        fills * std::min(whole.width() / std::max(1.0, drawn.width()), whole.height() / std::max(1.0, drawn.height()));
    QRectF pane(QPointF(0, 0), whole.size() * larger);
    pane.moveCenter(whole.center() - (drawn.center() - whole.center()) * larger);
    CloudPainter own;
    (painted ? painted : &own)->paint(image, pane, cloud, ink, camera);
    return image;
}

QImage mapPicture(const api::FileInfo& file, const api::Map& map, const api::ColorTable& table, const Colors& c,
                  const QSize& pixels) {
    DrawnCloud drawn(*file.cloud);
    drawn.others = {};
    CloudInk ink = mapInk(cloudValues(file, map), api::range_of(map.scale, map.low, map.high), table, c);
    ink.ground = c.panel.rgb();
    return cloudPicture(drawn, ink, pixels);
}

QImage cloudPicture(const api::Cloud& cloud, const Colors& c, const QSize& pixels) {
    DrawnCloud drawn(cloud);
    drawn.others = {};
    CloudInk ink = ownInk(cloud, c);
    ink.ground = c.panel.rgb();
    return cloudPicture(drawn, ink, pixels);
}

}  // namespace perceiver::ui
