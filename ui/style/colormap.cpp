#include "ui/style/colormap.h"

#include <algorithm>
#include <cmath>

namespace perceiver::ui {

namespace {

// Every fifth entry (0, 5, ..., 255) of the published tables, rrggbb. Viridis and magma: van der Walt and Smith, 2015
// (CC0); cividis: Nunez, Anderton and Renslow, 2018. Catmull-Rom splines through them give the 256 entries back
// within 1 of 255 (cividis: 3, at the kink near its dark end).
constexpr int kStep = 5;
constexpr char kViridis[] =
    "44015446085c471063481769481d6f482475472a7a46307e453781433d844142873f48893d4e8a"
    "3a538b38598c355e8d33638d31688e2e6d8e2c718e2a768e297b8e27808e25848e23898e218e8d"
    "20928c1f978b1e9c891fa18821a58524aa8328ae802eb37c35b7793dbc7446c06f50c46a5ac864"
    "65cb5e70cf577cd25089d54895d840a2da37b0dd2fbddf26cae11fd8e219e5e419f1e51dfde725";
constexpr char kCividis[] =
    "00224e002656002a5f002d68003070083370163770203a6f273e6e2e416d34456c3a486c3f4c6c"
    "444f6c49536c4e566c535a6d575d6d5c616e60646f656870696b716d6f727272747676767a7a78"
    "7e7d788381798885788d8878928c789690779b9476a09875a59c74aaa073afa471b5a86fbaac6d"
    "bfb06bc4b468c9b965cfbd62d4c15fdac65bdfca57e5cf52ead34cf0d846f6dd3ffce236fee838";
constexpr char kMagma[] =
    "00000402020b0504160907200e0b2b140e361a104221114e29115a311165390f6e420f754a1079"
    "52137c5a167e6219806a1c81721f81792282812581892881912b81992d80a1307eaa337db2357b"
    "ba3878c23b75ca3e72d2426fd9466be04c67e75263ec5860f1605df4695cf7725cf97b5dfb8560"
    "fc8e64fd9869fea16efeaa74feb47bfebd82fec68afecf92fed89afde2a3fdebacfcf4b6fcfdbf";

int hexDigit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

ColorTable expand(const char* hex) {
    const auto control = [hex](int index, int channel) {
        const char* at = hex + 6 * (index / kStep) + 2 * channel;
        return double(16 * hexDigit(at[0]) + hexDigit(at[1]));
    };
    ColorTable table{};
    for (int i = 0; i < 256; ++i) {
        const int a = std::min(i / kStep * kStep, 255 - kStep), b = a + kStep;
        const double t = double(i - a) / kStep;
        int rgb[3];
        for (int c = 0; c < 3; ++c) {
            const double p1 = control(a, c), p2 = control(b, c);
            const double p0 = a > 0 ? control(a - kStep, c) : 2 * p1 - p2;
            const double p3 = b < 255 ? control(b + kStep, c) : 2 * p2 - p1;
            const double v = p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)));
            rgb[c] = int(std::lround(std::clamp(v, 0.0, 255.0)));
        }
        table[std::size_t(i)] = qRgb(rgb[0], rgb[1], rgb[2]);
    }
    return table;
}

}  // namespace

const ColorTable& colorTable(ColorMap map) {
    static const ColorTable viridis = expand(kViridis), cividis = expand(kCividis), magma = expand(kMagma);
    switch (map) {
        case ColorMap::cividis: return cividis;
        case ColorMap::magma: return magma;
        case ColorMap::viridis: break;
    }
    return viridis;
}

QString colorMapName(ColorMap map) {
    switch (map) {
        case ColorMap::cividis: return QStringLiteral("cividis");
        case ColorMap::magma: return QStringLiteral("magma");
        case ColorMap::viridis: break;
    }
    return QStringLiteral("viridis");
}

ColorRange rangeOf(api::Scale scale, float low, float high) {
    if (scale == api::Scale::probability) low = 0;
    return {low, high > low ? high : low + 1.0F};
}

QImage paintMap(const float* values, int rows, int cols, ColorRange range, ColorMap map) {
    const ColorTable& table = colorTable(map);
    QImage image(cols, rows, QImage::Format_RGB32);
    for (int r = 0; r < rows; ++r) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(r));
        for (int c = 0; c < cols; ++c) line[c] = table[std::size_t(range.index(values[r * cols + c]))];
    }
    return image;
}

QImage paintMap(const api::Map& map, ColorMap colors) {
    return paintMap(map.values.data(), map.rows, map.cols, rangeOf(map.scale, map.low, map.high), colors);
}

QImage paintColorBar(ColorMap map) {
    QImage image(1, 256, QImage::Format_RGB32);
    for (int i = 0; i < 256; ++i) image.setPixel(0, 255 - i, colorTable(map)[std::size_t(i)]);
    return image;
}

QImage toImage(const api::PicturePtr& picture) {
    if (!picture || picture->width < 1 || picture->height < 1) return {};
    QImage image(picture->width, picture->height, QImage::Format_RGB32);
    const std::uint8_t* from = picture->rgb.data();
    for (int y = 0; y < picture->height; ++y) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
        for (int x = 0; x < picture->width; ++x, from += 3) line[x] = qRgb(from[0], from[1], from[2]);
    }
    return image;
}

}  // namespace perceiver::ui
