#include "ui/style/sound_paint.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <cmath>

#include "engine/api/over_time.h"

namespace perceiver::ui {

namespace {

double toMel(double hertz) { return 2595 * std::log10(1 + hertz / 700); }
double toHertz(double mel) { return 700 * (std::pow(10, mel / 2595) - 1); }

constexpr double kStrip = 0.16, kStripGap = 0.04;  // of the height, of a map without pitches under the spectrogram

struct Words {
    Q_DECLARE_TR_FUNCTIONS(Sound)
};

QString pitch(double hertz) {
    return hertz < 1000 ? QLocale().toString(hertz, 'f', 0)
                        : Words::tr("%1k").arg(QLocale().toString(hertz / 1000, 'f', 0));
}

}  // namespace

const api::InputPart* heardPart(const api::FileInfo& file) {
    for (const api::InputPart& part : file.parts)
        if (part.kind == api::Kind::audio && !part.label && file.sound) return &part;
    return nullptr;
}

double SoundAxes::y(double hertz) const {
    const double bottom = toMel(low);
    return area.bottom() - (toMel(hertz) - bottom) / (toMel(high) - bottom) * area.height();
}

double SoundAxes::hertz(double y) const {
    const double bottom = toMel(low);
    return toHertz(bottom + (area.bottom() - y) / area.height() * (toMel(high) - bottom));
}

SoundAxes soundAxes(const api::FileInfo& file, const QRectF& area) {
    SoundAxes axes;
    axes.area = area;
    if (!file.sound) return axes;
    axes.from = file.sound->start;
    axes.to = file.sound->start + std::max(1e-3, file.sound->seconds);
    const auto& edges = file.sound->spectrogram.hertz;
    if (edges.size() > 1) axes.low = edges.front(), axes.high = edges.back();
    if (const api::InputPart* part = heardPart(file); part && part->hertz.size() > 1) {
        axes.low = std::min(axes.low, part->hertz.front());
        axes.high = std::max(axes.high, part->hertz.back());
    }
    return axes;
}

std::vector<AxisTick> timeTicks(double from, double to, double width) {
    constexpr double kApart = 84;  // pixels
    const double least = (to - from) * kApart / std::max(kApart, width),
                 power = std::pow(10, std::floor(std::log10(least)));
    double step = 10 * power;
    for (const double lead : {5.0, 2.0, 1.0})
        if (lead * power >= least * (1 - 1e-9)) step = lead * power;
    const int decimals = std::max(step < 1 || to - from < 10 ? 1 : 0, int(std::ceil(-std::log10(step) - 1e-9)));
    std::vector<AxisTick> ticks;
    for (double k = std::ceil(from / step - 1e-9); k * step <= to + step * 1e-6; ++k)
        ticks.push_back({k * step, QLocale().toString(k * step, 'f', decimals)});
    if (ticks.empty()) return ticks;
    ticks.front().label = Words::tr("%1 s").arg(ticks.front().label);
    if (ticks.size() > 1) ticks.back().label = Words::tr("%1 s").arg(ticks.back().label);
    return ticks;
}

std::vector<AxisTick> hertzTicks(const SoundAxes& axes) {
    constexpr double kApart = 17;  // pixels
    std::vector<AxisTick> ticks;
    for (const double f : {1000.0, 4000.0, 100.0, 10'000.0, 2000.0, 500.0, 8000.0, 250.0, 16'000.0}) {
        const double y = axes.y(f);
        if (y < axes.area.top() + 4 || y > axes.area.bottom() - 4) continue;
        if (std::ranges::all_of(ticks, [&](const AxisTick& t) { return std::abs(axes.y(t.value) - y) >= kApart; }))
            ticks.push_back({f, pitch(f)});
    }
    std::ranges::sort(ticks, [](const AxisTick& a, const AxisTick& b) { return a.value > b.value; });
    if (ticks.empty()) return ticks;
    const double top = ticks.front().value;  // the one that says the unit
    ticks.front().label = top < 1000 ? Words::tr("%1 Hz").arg(pitch(top))
                                     : Words::tr("%1 kHz").arg(QLocale().toString(top / 1000, 'f', 0));
    return ticks;
}

QImage spectrogramImage(const api::Spectrogram& s) {
    if (s.rows < 1 || s.cols < 1) return {};
    const QColor quiet(27, 23, 34), loud(222, 216, 228);
    QRgb ramp[256];
    for (int i = 0; i < 256; ++i) {
        const double t = std::pow(i / 255.0, 1.4);
        const auto mix = [t](int a, int b) { return int(std::lround(a + (b - a) * t)); };
        ramp[i] = qRgb(mix(quiet.red(), loud.red()), mix(quiet.green(), loud.green()), mix(quiet.blue(), loud.blue()));
    }
    QImage image(s.cols, s.rows, QImage::Format_RGB32);
    for (int r = 0; r < s.rows; ++r) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(s.rows - 1 - r));
        for (int c = 0; c < s.cols; ++c) {
            const float t = (s.decibels[std::size_t(r * s.cols + c)] - s.low) / std::max(1e-3F, s.high - s.low);
            line[c] = ramp[int(std::lround(255 * std::clamp(t, 0.0F, 1.0F)))];
        }
    }
    return image;
}

QImage soundMapImage(const api::Map& map, const api::InputPart& part, ColorRange range, const api::ColorTable& colors,
                     double opacity) {
    if (map.values.size() < std::size_t(part.first + part.grid.count())) return {};
    const float* values = map.values.data() + part.first;
    const QImage image = opacity >= 1 ? paintMap(values, part.grid.rows, part.grid.cols, range, colors)
                                      : paintMapOver(values, part.grid.rows, part.grid.cols, range, colors, opacity);
    return image.mirrored();
}

void paintWaveform(QPainter& p, const SoundAxes& axes, const api::SoundInfo& sound, const QColor& color) {
    if (sound.samples.empty() || sound.rate < 1) return;
    const double ratio = p.device()->devicePixelRatioF(), middle = axes.area.center().y();
    const double reach = axes.area.height() / 2 - 1;
    const auto have = std::int64_t(sound.samples.size());
    float peak = 0.05F;  // a quiet sound fills the height, silence does not
    for (const float v : sound.samples) peak = std::max(peak, std::abs(v));
    p.save();
    p.setRenderHint(QPainter::Antialiasing, false);
    const auto index = [&](double seconds) {
        return std::clamp<std::int64_t>(std::int64_t(std::floor((seconds - sound.start) * sound.rate)), 0, have);
    };
    const int columns = int(axes.area.width() * ratio);
    for (int c = 0; c < columns; ++c) {
        const double x = axes.area.left() + c / ratio;
        const std::int64_t first = index(axes.seconds(x)),
                           last = std::max(first + 1, index(axes.seconds(x + 1 / ratio)) + 1);  // columns touch
        if (first >= have) break;
        const auto [low, high] =
            std::minmax_element(sound.samples.begin() + first, sound.samples.begin() + std::min(last, have));
        const double top = middle - double(*high / peak) * reach, bottom = middle - double(*low / peak) * reach;
        p.fillRect(QRectF(x, top, 1 / ratio, std::max(1 / ratio, bottom - top)), color);
    }
    p.restore();
}

void paintSpectrogram(QPainter& p, const SoundAxes& axes, const QImage& image, const api::Spectrogram& s) {
    if (image.isNull() || s.hertz.size() < 2) return;
    p.save();
    p.setClipRect(axes.area, Qt::IntersectClip);
    p.fillRect(axes.area, QColor(27, 23, 34));
    p.setRenderHint(QPainter::SmoothPixmapTransform);
    p.drawImage(QRectF(QPointF(axes.x(s.start), axes.y(s.hertz.back())),
                       QPointF(axes.x(s.start + s.cols * s.step), axes.y(s.hertz.front()))),
                image);
    p.restore();
}

void paintSoundMap(QPainter& p, const SoundAxes& axes, const QImage& image, const api::InputPart& part) {
    if (image.isNull()) return;
    const double end = part.start + part.grid.cols * part.step;
    const bool pitches = part.hertz.size() > 1;
    p.save();
    p.setClipRect(axes.area, Qt::IntersectClip);
    p.setRenderHint(QPainter::SmoothPixmapTransform, false);
    p.drawImage(QRectF(QPointF(axes.x(part.start), pitches ? axes.y(part.hertz.back()) : axes.area.top()),
                       QPointF(axes.x(end), pitches ? axes.y(part.hertz.front()) : axes.area.bottom())),
                image);
    p.restore();
}

std::vector<double> attentionOverTime(const api::Map& map, const api::InputPart& part) {
    std::vector<double> out(std::size_t(part.grid.cols), 0.0);
    if (map.values.size() < std::size_t(part.first + part.grid.count())) return out;
    for (int i = 0; i < part.grid.count(); ++i)
        out[std::size_t(i % part.grid.cols)] += double(map.values[std::size_t(part.first + i)]);
    for (double& v : out) v *= double(map.values.size()) / (part.grid.rows * part.grid.frames);
    return out;
}

void paintSound(QPainter& p, const QRectF& room, const api::FileInfo& file, const api::Map& map, ColorMap colors,
                double opacity) {
    const api::InputPart* part = heardPart(file);
    if (!part) return;
    const bool pitches = part->hertz.size() > 1;
    SoundAxes axes = soundAxes(file, room);
    if (!pitches) axes.area.setBottom(room.bottom() - (kStrip + kStripGap) * room.height());
    paintSpectrogram(p, axes, spectrogramImage(file.sound->spectrogram), file.sound->spectrogram);
    if (!pitches) axes.area = QRectF(QPointF(room.left(), room.bottom() - kStrip * room.height()), room.bottomRight());
    paintSoundMap(p, axes,
                  soundMapImage(map, *part, api::range_of(map.scale, map.low, map.high), api::color_table(colors),
                                pitches ? opacity : 1),
                  *part);
}

QStringList soundWords(const api::FileInfo& file) {
    const api::InputPart* part = heardPart(file);
    if (!part) return {QString(), QString()};
    const api::SoundInfo& s = *file.sound;
    const double length = s.duration > 0 ? s.duration : s.seconds, kilo = s.file_rate / 1000.0;
    const QString channels = s.file_channels == 1   ? Words::tr("mono")
                             : s.file_channels == 2 ? Words::tr("stereo")
                                                    : Words::tr("%1 channels").arg(s.file_channels);
    const QString rate = QLocale().toString(kilo, 'f', kilo == std::floor(kilo) ? 0 : 1);
    return {Words::tr("%1 s · %2 kHz %3").arg(QLocale().toString(length, 'f', 1), rate, channels),
            QString::fromUtf8("→ %1 × %2").arg(part->grid.rows).arg(part->grid.cols)};
}

QImage soundThumbnail(const api::FileInfo& file, const QSize& size) {
    if (!api::only_heard(file)) return {};
    return spectrogramImage(file.sound->spectrogram).scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
}

}  // namespace perceiver::ui
