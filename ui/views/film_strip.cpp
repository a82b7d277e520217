#include "ui/views/film_strip.h"

#include <QLocale>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "engine/api/over_time.h"
#include "ui/state/player.h"
#include "ui/style/colormap.h"
#include "ui/style/format.h"
#include "ui/style/theme.h"
#include "ui/views/view_paint.h"

namespace perceiver::ui {

namespace {

constexpr double kSide = 24, kGap = 4, kTimes = 16, kLeastThumb = 28, kName = 14;
constexpr int kThumbHeight = 96;

}  // namespace

// ---- the frames read, and attention over them ----

FilmStrip::FilmStrip(State& state, const FilmFrames& frames, LoopDrag& loopDrag, QWidget* parent)
    : QWidget(parent), state_(state), frames_(frames), loopDrag_(loopDrag) {
    setObjectName("filmStrip");
    setAccessibleName(tr("Frames the model read, and its attention over time"));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setCursor(Qt::PointingHandCursor);
    connect(&state_, &State::opened, this, &FilmStrip::takeResult);
    connect(&state_, &State::resultChanged, this, &FilmStrip::takeMap);
    connect(&state_, &State::mapChanged, this, &FilmStrip::takeMap);
    connect(&state_, &State::viewChanged, this, [this] {
        row_ = {};  // perhaps in another theme
        takeMap();
    });
    connect(&state_.player(), &Player::positionChanged, this, &FilmStrip::move);
    connect(&state_.player(), &Player::loopChanged, this, qOverload<>(&QWidget::update));
    connect(&loopDrag_, &LoopDrag::changed, this, qOverload<>(&QWidget::update));
    connect(&frames_, &FilmFrames::overviewChanged, this, &FilmStrip::takeThumbs);
}

void FilmStrip::setLow(bool low) {
    if (std::exchange(low_, low) == low) return;
    updateGeometry();
    takeThumbs();
}

QSize FilmStrip::sizeHint() const {
    double height = frameHeight() + kTimes;
    for (const double one : {barHeight(), curveHeight()}) height += one > 0 ? one + kGap : 0;
    return {400, int(height)};
}

bool FilmStrip::wholeFilm() const {
    const ResultPtr r = state_.result();
    return r && r->file->film && r->file->film->frames.size() == 1;
}

std::pair<double, double> FilmStrip::span() const {
    const ResultPtr r = state_.result();
    if (!r || !r->file->film) return {0, 1};
    const api::FilmInfo& film = *r->file->film;
    if (wholeFilm()) return {0, std::max(state_.player().duration(), 1e-3)};
    return {film.start, film.start + std::max(film.seconds, 1e-3)};
}

QRectF FilmStrip::row(double top, double height) const { return {kSide, top, width() - 2 * kSide, height}; }

QPointF FilmStrip::placeOf(double seconds) const {
    const auto [start, end] = span();
    const QRectF at = row(0, frameHeight());
    return {at.left() + at.width() * (seconds - start) / (end - start), at.center().y()};
}

void FilmStrip::takeResult() {
    takeThumbs();
    takeMap();
}

/// As many frames as stand side by side; where the model read more, some of them.
void FilmStrip::takeThumbs() {
    const ResultPtr r = state_.result();
    thumbs_.clear();
    thumbTimes_.clear();
    row_ = {};
    if (!r || !r->file->film) return;
    const api::FilmInfo& film = *r->file->film;
    std::vector<FilmFrames::Frame> all;
    if (wholeFilm()) all = frames_.overview();
    else
        for (std::size_t i = 0; i < film.frames.size(); ++i) all.push_back({film.times[i], film.frames[i]});
    const auto room = std::max<std::size_t>(1, std::size_t(row(0, 1).width() / kLeastThumb));
    const std::size_t shown = std::min(all.size(), room);
    for (std::size_t i = 0; i < shown; ++i) {
        const auto& frame = all[(2 * i + 1) * all.size() / (2 * shown)];
        thumbs_.push_back(toImage(frame.picture).scaledToHeight(kThumbHeight, Qt::SmoothTransformation));
        thumbTimes_.push_back(frame.time);
    }
    current_ = -1;
    move();
    update();
}

void FilmStrip::takeMap() {
    const ResultPtr r = state_.result();
    const int bars = int(bars_.size());
    const bool heard = heard_;
    bars_.clear();
    curves_.clear();
    heard_ = false;
    const api::InputPart* seen = r && r->file->film ? api::seen_part(*r->file) : nullptr;
    if (seen) {
        const api::InputPart* sound = api::heard_part(*r->file);
        heard_ = sound != nullptr;
        for (const Line& line : shownLines(state_)) {
            if (seen->grid.frames > 1)
                bars_.push_back({api::over_frames(*line.map, *seen), line.color, line.words, line.slot});
            if (sound) curves_.push_back({api::over_columns(*line.map, *sound), line.color, line.words, line.slot});
        }
    }
    if ((bars > 0) != !bars_.empty() || heard != heard_) updateGeometry();
    update();
}

void FilmStrip::move() {
    current_ = thumbs_.size() < 2 ? -1 : api::last_before(thumbTimes_, state_.player().position());
    update();
}

double FilmStrip::secondsAt(double x) const {
    const auto [start, end] = span();
    const QRectF at = row(0, 1);
    return start + std::clamp((x - at.left()) / at.width(), 0.0, 1.0) * (end - start);
}

void FilmStrip::scrub(double x) {
    // The window's end belongs to the next window.
    state_.player().seek(std::min(secondsAt(x), span().second - (wholeFilm() ? 0 : 1e-3)));
}

void FilmStrip::mousePressEvent(QMouseEvent* event) {
    if (loopDrag_.begin(*this, *event, [this](double x) { return secondsAt(x); })) return;
    if (event->button() == Qt::LeftButton) scrub(event->position().x());
}

void FilmStrip::mouseMoveEvent(QMouseEvent* event) {
    if (loopDrag_.active()) return loopDrag_.move(*event, [this](double x) { return secondsAt(x); });
    if (event->buttons() & Qt::LeftButton) scrub(event->position().x());
}

void FilmStrip::mouseReleaseEvent(QMouseEvent* event) { loopDrag_.end(*event); }

void FilmStrip::resizeEvent(QResizeEvent*) { takeThumbs(); }

Tip FilmStrip::tipAt(const QPoint& point) const {
    const auto [start, end] = span();
    const QRectF at = row(0, 1);
    const double part = (point.x() - at.left()) / at.width();
    if (!state_.result() || part < 0 || part >= 1) return {};
    QString words = tr("%1 s").arg(QLocale().toString(start + part * (end - start), 'f', 2));
    const int elements = state_.result()->elements();
    for (const Series& s : bars_) {
        const double value = s.values[std::size_t(part * double(s.values.size()))];
        const double even =
            double(api::seen_part(*state_.result()->file)->grid.count()) / double(s.values.size()) / elements;
        words += '\n' + tr("%1: %2 of attention, %3 uniform").arg(s.words, percent(value), timesUniform(value / even));
    }
    return {words, words};
}

/// Scaled once: while it plays this is drawn at every tick.
void FilmStrip::paintRow(QPainter& p) {
    const QRectF at = row(0, frameHeight());
    if (row_.isNull()) {
        const double ratio = devicePixelRatioF();
        row_ = QPixmap((at.size() * ratio).toSize());
        row_.setDevicePixelRatio(ratio);
        row_.fill(colors().background);
        QPainter once(&row_);
        paintFrames(once, QRectF({}, at.size()), thumbs_, colors());
    }
    p.drawPixmap(at.topLeft(), row_);
}

void FilmStrip::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    p.fillRect(rect(), c.background);
    const ResultPtr r = state_.result();
    if (!r || !r->file->film) return;
    double top = 0;
    paintRow(p);
    paintCurrent(p, row(top, frameHeight()), int(thumbs_.size()), current_, c);
    top += frameHeight() + kGap;
    if (!bars_.empty()) {
        const api::InputPart& seen = *api::seen_part(*r->file);
        paintBars(p, row(top, barHeight()), bars_, double(seen.grid.count()) / seen.grid.frames / r->elements(), c);
        top += barHeight() + kGap;
    }
    if (heard_) {
        const api::InputPart& heard = *api::heard_part(*r->file);
        const auto [start, end] = span();
        const QRectF all = row(top, curveHeight());
        p.fillRect(all, c.panel);
        const double scale = all.width() / (end - start);
        const double name = low_ ? 0 : kName;  // its name lies above it, where there is room
        const QRectF at(all.left() + (heard.start - start) * scale, all.top() + name,
                        heard.step * heard.grid.cols * scale, all.height() - name);
        p.save();
        p.setClipRect(all);
        paintCurves(p, at, curves_);
        p.restore();
        p.setFont(textFont(Text::caption));
        const QString words = tr("sound");
        if (low_)
            p.fillRect(QRectF(all.left(), all.top(), p.fontMetrics().horizontalAdvance(words) + 10, kName), c.panel);
        p.setPen(c.input);
        p.drawText(all.adjusted(6, 0, 0, 0), Qt::AlignLeft | Qt::AlignTop, words);
        top += curveHeight() + kGap;
    }
    const auto [start, end] = span();
    if (const auto loop = loopDrag_.loop())
        paintLoop(p, row(0, top - kGap), placeOf(loop->first).x(), placeOf(loop->second).x());
    paintTimes(p, row(top - kGap, kTimes), start, end, c);
    const double at = state_.player().position();
    if (at < start - 1e-6 || at > end + 1e-6) return;
    p.fillRect(QRectF(std::round(placeOf(at).x()) - 1, 0, 2, top - kGap), c.text);
}

// ---- the whole film ----

FilmBar::FilmBar(State& state, LoopDrag& loopDrag, QWidget* parent)
    : QWidget(parent), state_(state), loopDrag_(loopDrag) {
    setObjectName("filmBar");
    setAccessibleName(tr("Place in the film"));
    setToolTip(
        tr("The whole film; the model's window is the thick part. Drag to go to another moment, with Shift to choose a "
           "loop."));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setCursor(Qt::PointingHandCursor);
    connect(&state_, &State::opened, this, qOverload<>(&QWidget::update));
    for (const auto signal : {&Player::positionChanged, &Player::loopChanged})
        connect(&state_.player(), signal, this, qOverload<>(&QWidget::update));
    connect(&loopDrag_, &LoopDrag::changed, this, qOverload<>(&QWidget::update));
}

void FilmBar::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    p.setRenderHint(QPainter::Antialiasing);
    const double whole = state_.player().duration();
    if (whole <= 0) return;
    const QRectF line(6, height() / 2.0 - 2, width() - 12, 4);
    p.setPen(Qt::NoPen);
    p.setBrush(c.track);
    p.drawRoundedRect(line, 2, 2);
    const auto [start, end] = state_.player().window();
    QColor window = c.input;
    window.setAlphaF(0.7F);
    p.setBrush(window);
    const double left = line.left() + line.width() * start / whole,
                 right = line.left() + line.width() * std::min(1.0, end / whole);
    p.drawRoundedRect(QRectF(left, line.top() - 1, std::max(3.0, right - left), 6), 3, 3);
    if (const auto loop = loopDrag_.loop()) {
        const auto x = [&](double seconds) {
            return line.left() + line.width() * std::clamp(seconds / whole, 0.0, 1.0);
        };
        paintLoop(p, QRectF(line.left(), 4, line.width(), height() - 8), x(loop->first), x(loop->second));
        p.setPen(Qt::NoPen);
    }
    p.setBrush(c.text);
    p.drawEllipse(QPointF(line.left() + line.width() * state_.player().position() / whole, line.center().y()), 6, 6);
}

double FilmBar::secondsAt(double x) const {
    return std::clamp((x - 6) / std::max(1, width() - 12), 0.0, 1.0) * state_.player().duration();
}

void FilmBar::seek(double x) {
    Player& player = state_.player();
    const double to = secondsAt(x);
    if (player.loop() && (to < player.loop()->first || to >= player.loop()->second)) player.setLoop(std::nullopt);
    player.seek(to);
}

void FilmBar::mousePressEvent(QMouseEvent* event) {
    if (loopDrag_.begin(*this, *event, [this](double x) { return secondsAt(x); })) return;
    if (event->button() == Qt::LeftButton) seek(event->position().x());
}

void FilmBar::mouseMoveEvent(QMouseEvent* event) {
    if (loopDrag_.active()) return loopDrag_.move(*event, [this](double x) { return secondsAt(x); });
    if (event->buttons() & Qt::LeftButton) seek(event->position().x());
}

void FilmBar::mouseReleaseEvent(QMouseEvent* event) { loopDrag_.end(*event); }

}  // namespace perceiver::ui
