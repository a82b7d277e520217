#include "ui/points/cloud_ink.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace perceiver::ui {

namespace {

QRgb mixed(const QColor& a, const QColor& b, double ofB) {
    const auto between = [&](int x, int y) { return int(std::lround(x + (y - x) * ofB)); };
    return qRgb(between(a.red(), b.red()), between(a.green(), b.green()), between(a.blue(), b.blue()));
}

CloudInk blank(const Colors& c) {
    CloudInk ink;
    ink.ground = c.background.rgb();
    ink.others = mixed(c.background, c.muted, 0.25);
    return ink;
}

}  // namespace

const api::InputPart* cloudPart(const api::FileInfo& file) {
    if (file.cloud)
        for (const api::InputPart& part : file.parts)
            if (part.kind == api::Kind::points && !part.label) return &part;
    return nullptr;
}

std::span<const float> cloudValues(const api::FileInfo& file, const api::Map& map) {
    const api::InputPart* part = cloudPart(file);
    const std::size_t n = part ? file.cloud->xyz.size() / 3 : 0;
    if (!part || map.values.size() < std::size_t(part->first) + n) return {};
    return {map.values.data() + part->first, n};
}

CloudInk ownInk(const api::Cloud& cloud, const Colors& c) {
    CloudInk ink = blank(c);
    const std::size_t n = cloud.xyz.size() / 3;
    if (cloud.rgb.size() < 3 * n) {
        ink.points.assign(n, mixed(c.muted, c.text, 0.5));
        return ink;
    }
    for (std::size_t i = 0; i < n; ++i)
        ink.points.push_back(qRgb(cloud.rgb[3 * i], cloud.rgb[3 * i + 1], cloud.rgb[3 * i + 2]));
    return ink;
}

CloudInk mapInk(std::span<const float> values, ColorRange range, const api::ColorTable& table, const Colors& c) {
    CloudInk ink = blank(c);
    ink.points.reserve(values.size());
    for (const float v : values) ink.points.push_back(table[range.index(v)]);
    return ink;
}

CloudInk mixedInk(std::span<const float> values, ColorRange range, const api::ColorTable& table,
                  const api::Cloud& cloud, const Colors& c, double opacity) {
    CloudInk ink = ownInk(cloud, c);
    const double least = opacity * opacity * opacity, most = std::sqrt(opacity);
    for (std::size_t i = 0; i < std::min(ink.points.size(), values.size()); ++i) {
        const std::size_t index = range.index(values[i]);
        ink.points[i] =
            mixed(QColor(ink.points[i]), QColor(table[index]), least + (most - least) * double(index) / 255);
    }
    return ink;
}

std::vector<Standing> standingOf(std::span<const float> values) {
    std::vector<Standing> out(values.size(), Standing::back);
    std::vector<std::uint32_t> order(values.size());
    std::iota(order.begin(), order.end(), 0U);
    const auto top = std::ptrdiff_t(std::min(values.size(), std::max<std::size_t>(1, values.size() / 20)));
    std::nth_element(order.begin(), order.begin() + std::max<std::ptrdiff_t>(0, top - 1), order.end(),
                     [&](auto a, auto b) { return values[a] > values[b]; });
    std::for_each(order.begin(), order.begin() + top, [&](auto i) { out[i] = Standing::out; });
    return out;
}

}  // namespace perceiver::ui
