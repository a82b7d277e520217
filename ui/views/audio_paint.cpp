// What the view of a sound looks like; what it does is in audio_view.cpp.
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>

#include "ui/state/player.h"
#include "ui/style/colorbar.h"
#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/theme.h"
#include "ui/views/audio_view.h"
#include "ui/views/view_paint.h"

namespace perceiver::ui {

namespace {

void paintGround(QPainter& p, const QRectF& r) {
    p.save();
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(Qt::NoPen);
    p.setBrush(colors().panel);
    p.drawRoundedRect(r, kPictureRadius, kPictureRadius);
    p.restore();
}

/// The corners of what was painted square.
void roundCorners(QPainter& p, const QRectF& r) {
    QPainterPath outside, inside;
    outside.addRect(r);
    inside.addRoundedRect(r, kPictureRadius, kPictureRadius);
    p.save();
    p.setRenderHint(QPainter::Antialiasing);
    p.fillPath(outside.subtracted(inside), colors().background);
    p.restore();
}

QColor veiled(QColor color, double opacity) {
    color.setAlphaF(float(opacity));
    return color;
}

}  // namespace

void AudioView::paintEvent(QPaintEvent*) {
    QPainter p(this);
    p.fillRect(rect(), colors().background);
    if (!state_.result() || !part()) return paintWaiting(p, rect(), state_);
    const double ratio = devicePixelRatioF();
    if (still_.isNull()) {
        still_ = QPixmap((QSizeF(size()) * ratio).toSize());
        still_.setDevicePixelRatio(ratio);
        still_.fill(colors().background);
        QPainter still(&still_);
        paintStill(still);
    }
    p.drawPixmap(0, 0, still_);
    paintMoving(p);
    if (state_.dimmed()) {
        p.fillRect(rect(), veiled(colors().background, 0.6));
        paintWaiting(p, rect(), state_);
    }
}

/// Waveform, spectrogram, map, curves, axes.
void AudioView::paintStill(QPainter& p) {
    const ResultPtr r = state_.result();
    const api::SoundInfo& sound = *r->file->sound;
    const Bands b = bands();
    written_ = {{besideBar(colorBarRect()), {{}, colorBarLabels().join(' ')}}};
    if (!b.overview.isEmpty()) paintOverview(p, b.overview);
    paintGround(p, b.wave);
    paintWaveform(p, axes(b.wave), sound, colors().input);
    if (!b.spectrum.isEmpty()) {
        const SoundAxes a = axes(b.spectrum);
        paintSpectrogram(p, a, spectrogram_, sound.spectrogram);
        if (b.map == b.spectrum && !map_.isNull())
            p.fillRect(b.map, QColor(0, 0, 0, int(0.2 * 255 * state_.view().opacity / 100)));
        paintPitches(p, a);
    }
    if (b.map != b.spectrum) {
        paintGround(p, b.map);
        if (!strip()) paintPitches(p, axes(b.map));
    }
    if (!b.other.isEmpty()) {
        paintGround(p, b.other);
        if (!b.spectrum.isEmpty() && !strip()) paintSpectrogram(p, axes(b.other), spectrogram_, sound.spectrogram);
        if (!strip()) paintPitches(p, axes(b.other));
        paintMap(p, b.other, otherMap_);
        roundCorners(p, b.other);
        writeSide(p, b.other.adjusted(6, 4, -6, 0), true);
    }
    paintMap(p, b.map, map_);
    if (!b.spectrum.isEmpty()) roundCorners(p, b.spectrum);
    roundCorners(p, b.map);
    if (!b.other.isEmpty()) writeSide(p, b.map.adjusted(6, 4, -6, 0), false);
    paintCurve(p, b.curve);
    paintTimes(p, b.axis);
}

/// A map with what the slider leaves out and what the pins hold.
void AudioView::paintMap(QPainter& p, const QRectF& band, const QImage& map) {
    const api::InputPart& heard = *part();
    paintSoundMap(p, axes(band), map, heard);
    if (!holes_.isNull()) paintSoundMap(p, axes(band), holes_, heard);
    p.save();
    p.setClipRect(band);
    paintPins(p, pins_.of(state_), heard.first, heard.grid.rows, heard.grid.cols,
              [&](int row, int col) { return cellIn(band, row, col); });
    p.restore();
}

void AudioView::paintOverview(QPainter& p, const QRectF& room) {
    const api::OutlineReady* known = state_.player().outline();
    const api::OutlineReady o = known ? *known : api::OutlineReady{};
    const Colors& c = colors();
    paintGround(p, room);
    const double whole = std::max(state_.player().duration(), o.seconds), ratio = devicePixelRatioF();
    if (whole <= 0) return;
    float peak = 0.05F;
    for (std::size_t i = 0; i < o.low.size(); ++i) peak = std::max({peak, -o.low[i], o.high[i]});
    const double middle = room.center().y(), reach = room.height() / 2 - 2;
    const auto bins = std::min(o.low.size(), o.high.size());
    for (int column = 0; bins > 0 && o.seconds_per_bin > 0 && column < int(room.width() * ratio); ++column) {
        const double x = room.left() + column / ratio, per = whole / o.seconds_per_bin;
        const auto first = std::size_t(column / (room.width() * ratio) * per);
        const auto last = std::max(first + 1, std::size_t((column + 1) / (room.width() * ratio) * per));
        if (first >= bins) break;
        const float high = *std::max_element(o.high.begin() + std::ptrdiff_t(first),
                                             o.high.begin() + std::ptrdiff_t(std::min(last, bins)));
        const float low = *std::min_element(o.low.begin() + std::ptrdiff_t(first),
                                            o.low.begin() + std::ptrdiff_t(std::min(last, bins)));
        const double top = middle - double(high / peak) * reach, bottom = middle - double(low / peak) * reach;
        p.fillRect(QRectF(x, top, 1 / ratio, std::max(1 / ratio, bottom - top)), veiled(c.input, 0.7));
    }
    const auto [start, end] = state_.player().window();
    const QRectF window(QPointF(room.left() + start / whole * room.width(), room.top()),
                        QPointF(room.left() + std::min(1.0, end / whole) * room.width(), room.bottom()));
    p.fillRect(window, veiled(c.text, 0.12));
    p.setPen(QPen(c.muted, 1));
    p.setBrush(Qt::NoBrush);
    p.drawRect(window.adjusted(0.5, 0.5, -0.5, -0.5));
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    paintTabular(p, QRectF(room.right() + 8, room.top(), kColorBarSpace - 8, room.height()), Qt::AlignVCenter,
                 clockTime(whole));
}

void AudioView::paintPitches(QPainter& p, const SoundAxes& a) {
    p.setFont(textFont(Text::caption));
    p.setPen(colors().muted);
    for (const AxisTick& tick : hertzTicks(a)) {
        const double y = std::round(a.y(tick.value));
        p.fillRect(QRectF(a.area.left() - 4, y, 3, 1), colors().line);
        paintTabular(p, QRectF(0, y - 9, a.area.left() - 8, 18), Qt::AlignRight | Qt::AlignVCenter, tick.label);
    }
}

void AudioView::paintCurve(QPainter& p, const QRectF& room) {
    paintGround(p, room);
    struct Curve {
        std::vector<double> values;
        QColor color;
    };
    std::vector<Curve> lines;
    for (const Line& line : shownLines(state_)) lines.push_back({attentionOverTime(*line.map, *part()), line.color});
    double top = 1;
    for (const Curve& line : lines)
        for (const double v : line.values) top = std::max(top, v);
    const SoundAxes a = axes(room);
    const auto y = [&](double v) { return room.bottom() - 3 - v / top * (room.height() - 8); };
    p.save();
    p.setClipRect(room);
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(QPen(colors().line, 1, Qt::DashLine));
    p.drawLine(QPointF(room.left(), y(1)), QPointF(room.right(), y(1)));
    for (const Curve& line : lines) {
        QPolygonF points;
        for (std::size_t c = 0; c < line.values.size(); ++c)
            points << QPointF(a.x(part()->start + (double(c) + 0.5) * part()->step), y(line.values[c]));
        paintLine(p, points, line.color, 2);
    }
    p.restore();
    if (lines.empty()) return;
    p.setFont(textFont(Text::caption));
    p.setPen(colors().muted);
    const double labels = room.right() + 8;
    const QString uniform = tr("%1 uniform").arg(QString::fromUtf8("1×"));
    written_.push_back({QRectF(labels, room.top() - 8, kColorBarSpace, room.height() + 16), {{}, uniform}});
    paintTabular(p, QRectF(labels, room.top() - 4, kColorBarSpace, 18), Qt::AlignVCenter, timesUniform(top));
    if (y(1) - y(top) > 16)
        paintTabular(p, QRectF(labels, y(1) - 9, kColorBarSpace, 18), Qt::AlignVCenter, uniform);
}

void AudioView::paintTimes(QPainter& p, const QRectF& room) {
    const SoundAxes a = axes(room);
    p.setFont(textFont(Text::caption));
    p.setPen(colors().muted);
    for (const AxisTick& tick : timeTicks(from_, to_, room.width())) {
        const double x = std::round(a.x(tick.value)), wide = tabularWidth(QFontMetricsF(p.font()), tick.label);
        p.fillRect(QRectF(std::min(x, room.right() - 1), room.top() + 1, 1, 3), colors().line);
        const double left = std::clamp(x - wide / 2, room.left(), room.right() - wide);
        paintTabular(p, QRectF(left, room.top() + 4, wide, room.height() - 4), Qt::AlignVCenter, tick.label);
    }
}

/// The loop, the cell pointed at, the colour bar with its mark, the playhead.
void AudioView::paintMoving(QPainter& p) {
    const Bands b = bands();
    const SoundAxes a = axes(b.wave);
    const Player& player = state_.player();
    p.save();
    p.setClipRect(QRectF(b.wave.left(), b.wave.top(), b.wave.width(), b.curve.bottom() - b.wave.top()));
    const auto loop = loopDrag_.loop();
    if (loop)
        paintLoop(p, {b.wave.topLeft(), b.curve.bottomRight()}, a.x(loop->first), a.x(loop->second));
    const auto mark = [&](int element, const QColor& line, int thick) {
        p.setBrush(Qt::NoBrush);
        for (const auto& [color, width] : {std::pair{QColor(0, 0, 0, 180), thick + 2}, std::pair{line, thick}}) {
            p.setPen(QPen(color, width));
            p.drawRect(cellRect(element));
        }
    };
    if (state_.view().held >= 0) mark(state_.view().held, colors().input, 2);
    const int pointed = hovered_ >= 0 ? hovered_ : state_.marked();
    if (pointed >= 0 && drag_ != Drag::pan) mark(pointed, Qt::white, 1);
    const double x = a.x(player.position()), height = b.curve.bottom() - b.wave.top();
    p.fillRect(QRectF(x - 2, b.wave.top(), 4, height), veiled(colors().background, 0.6));  // seen on any ground
    p.fillRect(QRectF(x - 1, b.wave.top(), 2, height), colors().text);
    p.restore();
    if (!b.overview.isEmpty() && player.duration() > 0) {
        const auto of = [&](double seconds) {
            return b.overview.left() + std::min(1.0, seconds / player.duration()) * b.overview.width();
        };
        if (loop) paintLoop(p, b.overview, of(loop->first), of(loop->second));
        const double at = of(player.position());
        p.fillRect(QRectF(at - 1, b.overview.top(), 2, b.overview.height()), veiled(colors().text, 0.9));
    }
    const MapPtr map = state_.shownMap();
    if (!map) return;
    std::optional<float> marked;
    if (hovered_ >= 0 && std::size_t(hovered_) < map->values.size()) marked = map->values[std::size_t(hovered_)];
    paintColorBar(p, colorBarRect(), barOf(state_), state_.result()->elements(), tableOf(state_), colors(), marked);
}

QRectF AudioView::colorBarRect() const {
    const Bands b = bands();
    const QRectF beside = !b.other.isEmpty() && b.map.height() < 90      ? b.map.united(b.other)
                          : b.map.height() >= 60 || b.spectrum.isEmpty() ? b.map
                                                                         : b.spectrum.united(b.map);
    return {beside.right() + 20, beside.top(), 12, beside.height()};
}

}  // namespace perceiver::ui
