// How a sound is drawn, for the window and the report alike: waveform, spectrogram, attention on it and over time, on
// one axis of time and one of pitch (even in mel). Qt Gui only.
#pragma once

#include <QPainter>
#include <QRectF>
#include <QStringList>
#include <vector>

#include "ui/style/colormap.h"

namespace perceiver::ui {

/// The part of the input array that is sound; null when the model hears nothing.
const api::InputPart* heardPart(const api::FileInfo&);

/// Seconds from left to right, pitch from bottom to top.
struct SoundAxes {
    QRectF area;
    double from = 0, to = 1;          ///< seconds of the file
    double low = 40, high = 11'025;   ///< Hz

    double x(double seconds) const { return area.left() + (seconds - from) / (to - from) * area.width(); }
    double seconds(double x) const { return from + (x - area.left()) / area.width() * (to - from); }
    double y(double hertz) const;
    double hertz(double y) const;
};
/// Of the model's whole window, every pitch drawn or heard.
SoundAxes soundAxes(const api::FileInfo&, const QRectF& area);

struct AxisTick {
    double value = 0;
    QString label;
};
std::vector<AxisTick> timeTicks(double from, double to, double width);  ///< the first and the last say "s"
std::vector<AxisTick> hertzTicks(const SoundAxes&);                     ///< highest first

/// Loudness on a dark ground that lets the map's colours stand out, the lowest pitch at the bottom.
QImage spectrogramImage(const api::Spectrogram&);
/// The attention to one part, the lowest pitch at the bottom; `opacity` 1: it lies on nothing.
QImage soundMapImage(const api::Map&, const api::InputPart&, ColorRange, const api::ColorTable&, double opacity = 1);

/// One line per pixel column from its lowest to its highest sample.
void paintWaveform(QPainter&, const SoundAxes&, const api::SoundInfo&, const QColor&);
void paintSpectrogram(QPainter&, const SoundAxes&, const QImage&, const api::Spectrogram&);
/// A map without pitches fills the height.
void paintSoundMap(QPainter&, const SoundAxes&, const QImage&, const api::InputPart&);

/// Attention of every column of the part, all its pitches together, as times uniform.
std::vector<double> attentionOverTime(const api::Map&, const api::InputPart&);

/// The whole window: the spectrogram with the map over it, or, when the model reads raw samples, the map as a strip
/// under it. For the report and small pictures.
void paintSound(QPainter&, const QRectF&, const api::FileInfo&, const api::Map&, ColorMap, double opacity);
/// "5.0 s · 44.1 kHz stereo", and "→ 8 × 31" patches.
QStringList soundWords(const api::FileInfo&);
/// The spectrogram alone, squeezed into that size; null for anything but a sound.
QImage soundThumbnail(const api::FileInfo&, const QSize&);

}  // namespace perceiver::ui
