#include "ui/views/audio_view.h"

#include <QApplication>
#include <QMouseEvent>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/state/player.h"
#include "ui/style/colorbar.h"
#include "ui/style/theme.h"
#include "ui/views/view_paint.h"

namespace perceiver::ui {

namespace {

constexpr double kLeft = 64, kTop = 16, kGap = 8, kAxis = 22, kOverview = 26, kMaxZoom = 200;

}  // namespace

AudioView::AudioView(State& state, QWidget* parent)
    : ElementView(state, parent), controls_(new SoundControls(state, this)), loopDrag_(state.player()) {
    setObjectName("audioView");
    setAccessibleName(tr("Sound and attention map"));
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addStretch(1);
    all->addWidget(controls_);
    connect(&state_, &State::opened, this, &AudioView::takeResult);
    connect(&state_, &State::viewChanged, this, &AudioView::redraw);
    connect(&state_, &State::mapChanged, this, [this] {
        redraw();
        refreshCard();
    });
    connect(&state_, &State::resultChanged, this, &AudioView::redraw);
    connect(&state_, &State::elementChanged, this, &AudioView::refreshCard);
    connect(&state_, &State::markChanged, this, qOverload<>(&QWidget::update));
    connect(&state_.explanation(), &Explanation::maskChanged, this, &AudioView::redraw);
    connect(&state_, &State::busyChanged, this, qOverload<>(&QWidget::update));
    const Player& player = state_.player();
    connect(&player, &Player::positionChanged, this, &AudioView::movePlayhead);
    connect(&player, &Player::loopChanged, this, qOverload<>(&QWidget::update));
    connect(&player, &Player::outlineChanged, this, &AudioView::redraw);
    connect(&loopDrag_, &LoopDrag::changed, this, [this] {
        refreshCard();
        update();
    });
}

void AudioView::takeResult() {
    const ResultPtr r = state_.result();
    card_->hide();
    hovered_ = -1;
    drag_ = Drag::none;
    loopDrag_.abandon();
    spectrogram_ = {};
    if (r && r->file->sound) {
        spectrogram_ = spectrogramImage(r->file->sound->spectrogram);
        const SoundAxes whole = soundAxes(*r->file, {});
        const double length = to_ - from_;
        // The next window of the same file keeps the zoom.
        const bool on = r->file->path == path_ && length < whole.to - whole.from;
        path_ = r->file->path;
        from_ = whole.from;
        to_ = on ? whole.from + length : whole.to;
        if (on) movePlayhead();
    }
    redraw();
    emit zoomChanged();
}

// ---- geometry ----

const api::InputPart* AudioView::part() const {
    const ResultPtr r = state_.result();
    return r ? heardPart(*r->file) : nullptr;
}

bool AudioView::strip() const {
    const api::InputPart* heard = part();
    return heard && heard->hertz.size() < 2;
}

bool AudioView::overlays() const { return !strip(); }

AudioView::Bands AudioView::bands() const {
    const QRectF all = QRectF(rect()).adjusted(kLeft, kTop, -kColorBarSpace, -SoundControls::kHeight - 4);
    Bands b;
    double y = all.top();
    const auto take = [&](double height) {
        const QRectF band(all.left(), y, all.width(), height);
        y += height + kGap;
        return band;
    };
    if (state_.player().goesOn()) b.overview = take(kOverview);
    b.wave = take(std::clamp(0.16 * all.height(), 32.0, 88.0));
    const double curve = std::clamp(0.17 * all.height(), 34.0, 96.0);
    const double rest = all.bottom() - kAxis - curve - kGap - y;
    const Layout layout = state_.view().layout;
    const double narrow = std::clamp(0.16 * rest, 18.0, 40.0);
    if (state_.view().compare == Compare::split && !strip()) {
        b.map = take((rest - kGap) / 2);
        b.other = take((rest - kGap) / 2);
        if (layout != Layout::alone) b.spectrum = b.map;
    } else if (state_.view().compare == Compare::split) {
        const double lower = layout == Layout::alone ? (rest - kGap) / 2 : narrow;
        if (layout != Layout::alone) b.spectrum = take(rest - 2 * (narrow + kGap));
        b.map = take(lower);
        b.other = take(lower);
    } else if (layout == Layout::alone) {
        b.map = take(rest);
    } else if (strip()) {
        b.spectrum = take(rest - narrow - kGap);
        b.map = take(narrow);
    } else if (layout == Layout::beside) {
        b.spectrum = take((rest - kGap) / 2);
        b.map = take((rest - kGap) / 2);
    } else {
        b.spectrum = b.map = take(rest);
    }
    b.curve = take(curve);
    b.axis = QRectF(all.left(), y - kGap, all.width(), kAxis);
    return b;
}

QRectF AudioView::bandRect(Band band) const {
    const Bands b = bands();
    switch (band) {
        case Band::overview: return b.overview;
        case Band::wave: return b.wave;
        case Band::spectrum: return b.spectrum;
        case Band::map: return b.map;
        case Band::curve: break;
    }
    return b.curve;
}

SoundAxes AudioView::axes(const QRectF& area) const {
    const ResultPtr r = state_.result();
    SoundAxes a = r ? soundAxes(*r->file, area) : SoundAxes{};
    a.area = area;
    a.from = from_;
    a.to = to_;
    return a;
}

QRectF AudioView::cellIn(const QRectF& band, int row, int col) const {
    const api::InputPart* heard = part();
    const SoundAxes a = axes(band);
    const double start = heard->start + col * heard->step;
    const bool pitches = !strip();
    return {QPointF(a.x(start), pitches ? a.y(heard->hertz[std::size_t(row) + 1]) : a.area.top()),
            QPointF(a.x(start + heard->step), pitches ? a.y(heard->hertz[std::size_t(row)]) : a.area.bottom())};
}

QRectF AudioView::cellRect(int element) const {
    const api::InputPart* heard = part();
    const int i = heard ? element - heard->first : -1;
    if (i < 0 || i >= heard->grid.count()) return {};
    return cellIn(bands().map, i / heard->grid.cols, i % heard->grid.cols);
}

QPointF AudioView::elementCentre(int element) const { return cellRect(element).center(); }

int AudioView::elementAt(const QPointF& at) {
    const api::InputPart* heard = part();
    const Bands b = bands();
    if (!heard) return -1;
    const QRectF area = b.map.contains(at)                    ? b.map
                        : b.other.contains(at)                ? b.other
                        : b.spectrum.contains(at) && !strip() ? b.spectrum
                                                              : QRectF();
    if (area.isNull()) return -1;
    const SoundAxes a = axes(area);
    const int col = int(std::floor((a.seconds(at.x()) - heard->start) / heard->step));
    int row = 0;
    if (!strip()) {
        const double hertz = a.hertz(at.y());
        row = int(std::ranges::upper_bound(heard->hertz, hertz) - heard->hertz.begin()) - 1;
    }
    if (col < 0 || row < 0 || col >= heard->grid.cols || row >= heard->grid.rows) return -1;
    return heard->first + row * heard->grid.cols + col;
}

QStringList AudioView::colorBarLabels() const {
    QStringList labels;
    if (state_.shownMap())
        for (const Tick& t : colorBarTicks(barOf(state_), state_.result()->elements())) labels << t.label;
    return labels;
}

QPixmap AudioView::snapshot() {
    return grab(rect().adjusted(0, 0, 0, -SoundControls::kHeight));
}

// ---- the stretch in sight ----

double AudioView::zoom() const {
    const auto [start, end] = state_.player().window();
    return to_ > from_ && end > start ? (end - start) / (to_ - from_) : 1;
}

QRectF AudioView::visiblePart() const {
    const auto [start, end] = state_.player().window();
    if (end <= start) return {0, 0, 1, 1};
    return {(from_ - start) / (end - start), 0, (to_ - from_) / (end - start), 1};
}

void AudioView::setRange(double from, double to) {
    const auto [start, end] = state_.player().window();
    if (end <= start) return;
    const double length = std::clamp(to - from, (end - start) / kMaxZoom, end - start);
    from_ = std::clamp(from, start, end - length);
    to_ = from_ + length;
    redraw();
    emit zoomChanged();
}

void AudioView::fit() {
    const auto [start, end] = state_.player().window();
    unpoint();
    setRange(start, end);
}

void AudioView::zoomBy(double factor) {
    const double middle = (from_ + to_) / 2, half = (to_ - from_) / 2 / factor;
    unpoint();
    setRange(middle - half, middle + half);
}

/// While it plays the playhead stays in sight.
void AudioView::movePlayhead() {
    const Player& player = state_.player();
    const auto [start, end] = player.window();
    const double at = player.position(), length = to_ - from_;
    if (player.playing() && drag_ == Drag::none && at >= start && at < end && (at < from_ || at > to_))
        setRange(at - 0.05 * length, at + 0.95 * length);
    update();
}

QImage AudioView::imageOf(const MapPtr& map) const {
    const api::InputPart* heard = part();
    if (!map || !heard) return {};
    const ViewState& v = state_.view();
    const api::Map bar = barOf(state_);
    const bool over =
        !strip() && (v.layout == Layout::over || (v.layout == Layout::beside && v.compare == Compare::split));
    const ColorRange range = api::range_of(bar.scale, bar.low, bar.high);
    return soundMapImage(*map, *heard, range, colorsFor(range, v.colorMap, theme()), over ? v.opacity / 100.0 : 1.0);
}

void AudioView::redraw() {
    map_ = imageOf(state_.shownMap());
    otherMap_ = state_.view().compare == Compare::split ? imageOf(state_.otherMap()) : QImage();
    const api::InputPart* heard = part();
    holes_ = heard ? holesImage(state_, heard->first, heard->grid.rows, heard->grid.cols).mirrored() : QImage();
    still_ = {};
    update();
}

// ---- pointer ----

void AudioView::refreshCard() {
    const api::InputPart* heard = part();
    const MapPtr map = state_.shownMap();
    if (hovered_ < 0 || !heard || drag_ == Drag::pan || loopDrag_.active() || !isVisible()) return card_->hide();
    const int i = hovered_ - heard->first;
    const double start = heard->start + i % heard->grid.cols * heard->step;
    const int decimals = heard->step < 0.02 ? 3 : 2;
    const auto number = [](double v, int places) { return QLocale().toString(v, 'f', places); };
    const QString name = tr("%1 to %2 s").arg(number(start, decimals), number(start + heard->step, decimals));
    QString element = name;
    if (!strip()) {
        const std::size_t row = std::size_t(i / heard->grid.cols);
        element += tr(" · %1 to %2 Hz").arg(number(heard->hertz[row], 0), number(heard->hertz[row + 1], 0));
    }
    std::optional<float> value;
    if (map && std::size_t(hovered_) < map->values.size()) value = map->values[std::size_t(hovered_)];
    const HoverWords words = hoverWords(state_, value);
    card_->setLines(element, int(name.size()), words.attention, words.readers);
    card_->placeAt(pointer_.toPoint(), int(colorBarRect().left()) - 10);
    card_->show();
    card_->raise();
}

void AudioView::seekTo(const QPointF& at) {
    const Bands b = bands();
    Player& player = state_.player();
    if (b.overview.contains(at)) {
        player.seek((at.x() - b.overview.left()) / b.overview.width() * player.duration());
    } else if (at.x() >= b.wave.left() && at.x() <= b.wave.right() && at.y() >= b.wave.top() &&
               at.y() <= b.axis.bottom()) {
        player.seek(axes(b.wave).seconds(at.x()));
    }
}

double AudioView::secondsInSight(double x) const { return std::clamp(axes(bands().wave).seconds(x), from_, to_); }

void AudioView::wheelEvent(QWheelEvent* event) {
    const Bands b = bands();
    if (!state_.result() || !part() || event->position().y() < b.wave.top()) return event->ignore();
    const QPoint turned = event->angleDelta();
    const double length = to_ - from_;
    if (turned.y() != 0) {
        const double part = std::clamp((event->position().x() - b.wave.left()) / b.wave.width(), 0.0, 1.0);
        const double held = from_ + part * length;
        const double shortest = (state_.player().window().second - state_.player().window().first) / kMaxZoom;
        const double next = std::max(shortest, length * std::pow(1.0015, -turned.y()));
        setRange(held - part * next, held + (1 - part) * next);
    }
    if (turned.x() != 0) setRange(from_ - turned.x() * length / 1200, to_ - turned.x() * length / 1200);
    point(event->position());
    event->accept();
}

void AudioView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || !part()) return;
    pressed_ = dragged_ = event->position();
    const Bands b = bands();
    const auto secondsAt = [this](double x) { return secondsInSight(x); };
    if (pressed_.y() >= b.wave.top() && loopDrag_.begin(*this, *event, secondsAt)) return;
    drag_ = Drag::click;
}

void AudioView::mouseMoveEvent(QMouseEvent* event) {
    const QPointF at = event->position();
    if (loopDrag_.active()) return loopDrag_.move(*event, [this](double x) { return secondsInSight(x); });
    if (drag_ == Drag::none || !part()) return point(at);
    const SoundAxes a = axes(bands().wave);
    if (drag_ == Drag::click && std::abs(at.x() - pressed_.x()) >= kClick && zoom() > 1 &&
        pressed_.y() >= a.area.top()) {
        drag_ = Drag::pan;
        setCursor(Qt::ClosedHandCursor);
        refreshCard();
    }
    if (drag_ == Drag::pan) {
        const double by = (dragged_.x() - at.x()) / a.area.width() * (to_ - from_);
        setRange(from_ + by, to_ + by);
    }
    dragged_ = at;
}

void AudioView::mouseReleaseEvent(QMouseEvent* event) {
    const Drag was = std::exchange(drag_, Drag::none);
    unsetCursor();
    const double moved = std::abs(event->position().x() - pressed_.x());
    const bool holds = event->modifiers() & Qt::ControlModifier;  // a plain click moves the playhead
    if (was == Drag::click && moved < kClick && holds) {
        if (const int element = elementAt(event->position()); element >= 0) state_.hold(element);
    } else if (was == Drag::click && moved < kClick) {
        seekTo(event->position());
    }
    loopDrag_.end(*event);
    point(event->position());
}

void AudioView::mouseDoubleClickEvent(QMouseEvent*) { fit(); }

void AudioView::resizeEvent(QResizeEvent*) {
    still_ = {};
    emit zoomChanged();
}

void AudioView::changeEvent(QEvent* event) {
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::StyleChange) still_ = {};
    MediaView::changeEvent(event);
}

}  // namespace perceiver::ui
