#include "ui/style/colormap.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace perceiver::ui {

QString colorMapName(ColorMap map) {
    switch (map) {
        case ColorMap::cividis:
            return QStringLiteral("cividis");
        case ColorMap::magma:
            return QStringLiteral("magma");
        case ColorMap::viridis:
            break;
    }
    return QStringLiteral("viridis");
}

api::ColorTable colorsOnGround(ColorMap map, Theme theme) {
    constexpr double kept = 0.85;
    const api::ColorTable& all = api::color_table(map);
    api::ColorTable part{};
    for (std::size_t i = 0; i < part.size(); ++i)
        part[i] = all[std::size_t(std::lround(double(i) * kept + (theme == Theme::dark ? 255 * (1 - kept) : 0)))];
    return part;
}

namespace {

using Lab = std::array<double, 3>;

double linear(int channel) {
    const double c = channel / 255.0;
    return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
}

int encoded(double c) {
    const double s = c <= 0.0031308 ? 12.92 * c : 1.055 * std::pow(c, 1 / 2.4) - 0.055;
    return int(std::lround(255 * std::clamp(s, 0.0, 1.0)));
}

Lab oklab(QRgb rgb) {
    const double r = linear(qRed(rgb)), g = linear(qGreen(rgb)), b = linear(qBlue(rgb));
    const double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return {0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
            1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

QRgb fromOklab(const Lab& lab) {
    const double l = std::pow(lab[0] + 0.3963377774 * lab[1] + 0.2158037573 * lab[2], 3);
    const double m = std::pow(lab[0] - 0.1055613458 * lab[1] - 0.0638541728 * lab[2], 3);
    const double s = std::pow(lab[0] - 0.0894841775 * lab[1] - 1.2914855480 * lab[2], 3);
    return qRgb(encoded(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
                encoded(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
                encoded(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s));
}

api::ColorTable diverging(QRgb below, QRgb middle, QRgb above) {
    const Lab ends[] = {oklab(below), oklab(middle), oklab(above)};
    api::ColorTable table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
        const double t = double(i) / 127.5 - 1;
        const Lab &from = ends[1], &to = ends[t < 0 ? 0 : 2];
        Lab at{};
        for (std::size_t c = 0; c < 3; ++c) at[c] = from[c] + (to[c] - from[c]) * std::abs(t);
        table[i] = fromOklab(at);
    }
    return table;
}

}  // namespace

const api::ColorTable& divergingColors(Theme theme) {
    static const api::ColorTable dark = diverging(0xff5fa8ff, 0xff1b1e24, 0xffff9d4d),
                                 light = diverging(0xff1f5fae, 0xfff7f8fa, 0xffb0560a);
    return theme == Theme::dark ? dark : light;
}

const api::ColorTable& colorsFor(const ColorRange& range, ColorMap map, Theme theme) {
    return range.diverging ? divergingColors(theme) : api::color_table(map);
}

QImage paintMap(const float* values, int rows, int cols, ColorRange range, const api::ColorTable& table) {
    QImage image(cols, rows, QImage::Format_ARGB32_Premultiplied);
    for (int r = 0; r < rows; ++r) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(r));
        for (int c = 0; c < cols; ++c) {
            const float value = values[r * cols + c];
            line[c] = std::isnan(value) ? 0 : table[range.index(value)];  // transparent where nothing lies
        }
    }
    return image;
}

QImage paintMap(const float* values, int rows, int cols, ColorRange range, ColorMap map) {
    return paintMap(values, rows, cols, range, api::color_table(map));
}

QImage paintMap(const api::Map& map, ColorMap colors) {
    return paintMap(map.values.data(), map.rows, map.cols, api::range_of(map.scale, map.low, map.high),
                    colors);
}

QImage paintMapOver(const float* values, int rows, int cols, ColorRange range, ColorMap map, double opacity) {
    return paintMapOver(values, rows, cols, range, api::color_table(map), opacity);
}

QImage paintMapOver(const float* values, int rows, int cols, ColorRange range, const api::ColorTable& colors,
                    double opacity) {
    const double least = opacity * opacity * opacity, most = std::sqrt(opacity);
    api::ColorTable over{};
    for (std::size_t i = 0; i < over.size(); ++i) {
        const double at = double(i) / 255.0, t = range.diverging ? std::abs(2 * at - 1) : at;
        const auto alpha = unsigned(std::lround(255 * (least + (most - least) * t)));
        over[i] = qPremultiply((colors[i] & 0x00ffffffU) | (alpha << 24));
    }
    return paintMap(values, rows, cols, range, over);
}

QImage paintColorBar(const api::ColorTable& table) {
    QImage image(1, 256, QImage::Format_RGB32);
    for (int i = 0; i < 256; ++i) image.setPixel(0, 255 - i, table[std::size_t(i)]);
    return image;
}

QImage paintColorBar(ColorMap map) { return paintColorBar(api::color_table(map)); }

QImage toImage(const api::PicturePtr& picture) {
    if (!picture || picture->width < 1 || picture->height < 1) return {};
    if (picture->rgb.size() < std::size_t(3) * std::size_t(picture->width) * std::size_t(picture->height))
        return {};
    QImage image(picture->width, picture->height, QImage::Format_RGB32);
    const std::uint8_t* from = picture->rgb.data();
    for (int y = 0; y < picture->height; ++y) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
        for (int x = 0; x < picture->width; ++x, from += 3) line[x] = qRgb(from[0], from[1], from[2]);
    }
    return image;
}

}  // namespace perceiver::ui
