#include "ui/style/colormap.h"

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

QImage paintMapOver(const float* values, int rows, int cols, ColorRange range, ColorMap colors, double opacity) {
    const double least = opacity * opacity * opacity, most = std::sqrt(opacity);
    QImage map = paintMap(values, rows, cols, range, colors).convertToFormat(QImage::Format_ARGB32);
    for (int row = 0; row < rows; ++row) {
        auto* line = reinterpret_cast<QRgb*>(map.scanLine(row));
        for (int col = 0; col < cols; ++col) {
            const float value = values[row * cols + col];
            if (std::isnan(value)) continue;
            const double t = double(range.index(value)) / 255.0;
            line[col] = (line[col] & 0x00ffffffU) | (unsigned(std::lround(255 * (least + (most - least) * t))) << 24);
        }
    }
    return map.convertToFormat(QImage::Format_ARGB32_Premultiplied);
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
