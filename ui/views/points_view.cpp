#include "ui/views/points_view.h"

#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "engine/api/thumbnail.h"
#include "ui/style/colorbar.h"
#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/pins.h"
#include "ui/style/theme.h"
#include "ui/views/view_paint.h"

namespace perceiver::ui {

namespace {

constexpr double kMargin = 20, kBarWidth = 12, kBarHeight = 280, kAxis = 22;
constexpr int kFoot = 24, kThumbSide = 32;
constexpr double kReach = 8;   // pixels beside a point that still mean it

QString coordinate(float v) { return QString::number(double(v), 'f', 2).replace('-', QChar(0x2212)); }

}  // namespace

PointsView::PointsView(State& state, QWidget* parent) : ElementView(state, parent) {
    setObjectName("pointsView");
    setAccessibleName(tr("Cloud of points, coloured by attention"));
    connect(&state_, &State::opened, this, &PointsView::open);
    connect(&state_, &State::viewChanged, this, [this] {
        layOut();
        reink();
    });
    connect(&state_, &State::mapChanged, this, [this] {
        reink();
        refreshCard();
    });
    connect(&state_, &State::markChanged, this, qOverload<>(&QWidget::update));
    connect(&state_, &State::elementChanged, this, [this] {
        refreshCard();
        update();
    });
    connect(&state_.explanation(), &Explanation::maskChanged, this, &PointsView::reink);
    connect(&state_, &State::busyChanged, this, qOverload<>(&QWidget::update));
}

// ---- what there is to draw ----

const api::Cloud* PointsView::cloud() const {
    const ResultPtr r = state_.result();
    return r && cloudPart(*r->file) ? r->file->cloud.get() : nullptr;
}

std::span<const float> PointsView::values() const {
    const MapPtr map = state_.shownMap();
    return map && cloud() ? cloudValues(*state_.result()->file, *map) : std::span<const float>();
}

int PointsView::pointOf(int element) const {
    const int i = cloud() && element >= 0 ? element - cloudPart(*state_.result()->file)->first : -1;
    return i < int(drawn_.points.size()) ? i : -1;
}

bool PointsView::overlays() const {
    const api::Cloud* c = cloud();
    return c && !c->rgb.empty();
}

/// Another cloud: seen from where one sees a cloud first. The same once more keeps the camera.
void PointsView::open() {
    const api::Cloud* c = cloud();
    hovered_ = -1;
    card_->hide();
    const DrawnCloud before = std::exchange(drawn_, c ? DrawnCloud(*c) : DrawnCloud());
    if (before.points.x != drawn_.points.x || before.points.y != drawn_.points.y || before.points.z != drawn_.points.z)
        camera_.setReach(drawn_.aside, drawn_.upwards);
    cells_ = c ? api::thumbnail_cells(*state_.result()->file, kThumbSide) : api::ThumbnailCells();
    inked_ = 0;
    layOut();
    reink();
    emit zoomChanged();
}

CloudInk PointsView::inkOf(std::span<const float> v) const {
    const api::Map bar = barOf(state_);
    const ColorRange range = api::range_of(bar.scale, bar.low, bar.high);
    const api::ColorTable table = tableOf(state_, true);
    CloudInk ink = overlays() && state_.view().layout == Layout::over
                       ? mixedInk(v, range, table, *cloud(), colors(), state_.view().opacity / 100.0)
                       : mapInk(v, range, table, colors());
    if (state_.shownLatent() != api::all_latents && !state_.showsEvidence()) ink.standing = standingOf(v);
    return ink;
}

void PointsView::reink() {
    const api::Cloud* c = cloud();
    if (!c) return;
    plain_ = ownInk(*c, colors());
    const ResultPtr r = state_.result();
    const api::JobId job = r->job;
    if (const auto v = values(); !v.empty()) {
        ink_ = inkOf(v);
        inked_ = job;
    } else if (inked_ != job) {
        ink_ = plain_;   // a map that is on its way leaves the one before it standing
    }
    const MapPtr other = state_.view().compare == Compare::split ? state_.otherMap() : nullptr;
    const auto v = other ? cloudValues(*r->file, *other) : std::span<const float>();
    otherInk_ = v.empty() ? plain_ : inkOf(v);
    const auto& gone = state_.explanation().gone();
    const auto first = std::size_t(cloudPart(*r->file)->first);
    for (CloudInk* ink : {&ink_, &otherInk_, &plain_})
        for (std::size_t i = 0; i < ink->points.size() && first + i < gone.size(); ++i)
            if (gone[first + i]) ink->points[i] = ink->others;  // a ghost of what was left out
    stale_ = true;
    update();
}

// ---- geometry ----

void PointsView::layOut() {
    const bool split = state_.view().compare == Compare::split;
    const bool beside = state_.view().layout == Layout::beside || split;
    const QRect all = rect().adjusted(0, 0, 0, -kFoot);
    panes_.resize(beside ? 2 : 1);
    // As much room on the left as the colour bar takes on the right, where there is enough: the cloud stands in the
    // middle.
    const double left = beside ? kMargin : std::max(kMargin, std::min(kColorBarSpace, width() - 640.0));
    const QRectF room = QRectF(all).adjusted(left, kMargin, -kColorBarSpace, -4);
    if (!beside) {
        panes_[0].box = all;
        panes_[0].area = room;
    } else {
        const int middle = int(room.center().x());
        panes_[0].box = all.adjusted(0, 0, middle - all.right() - 1, 0);
        panes_[1].box = all.adjusted(middle, 0, 0, 0);
        const double half = room.width() / 2 - kMargin / 2;
        panes_[0].area = {room.left(), room.top(), half, room.height()};
        panes_[1].area = {room.right() - half - middle, room.top(), half, room.height()};
    }
    panes_[0].attention = split || !beside;
    panes_.back().attention = true;
    panes_[0].other = false;
    panes_.back().other = split;
    stale_ = true;
    update();
}

PointsView::Pane* PointsView::paneAt(const QPointF& at) {
    for (Pane& pane : panes_)
        if (QRectF(pane.box).contains(at)) return &pane;
    return nullptr;
}

Projection::Seen PointsView::seen(const Pane& pane, int point) const {
    const auto n = std::size_t(point);
    return camera_.projection(pane.area).of(drawn_.points.x[n], drawn_.points.y[n], drawn_.points.z[n]);
}

QPointF PointsView::elementCentre(int element) const {
    const int i = pointOf(element);
    if (i < 0 || panes_.empty()) return {};
    const auto s = seen(panes_.back(), i);
    return QPointF(double(s.x), double(s.y)) + panes_.back().box.topLeft();
}

double PointsView::elementRadius(int element) const {
    return panes_.empty() ? 0 : panes_.back().painter.radius(pointOf(element)) / devicePixelRatioF();
}

/// The smallest rectangle about the cells of those points that are in sight: from wherever one looks, the small
/// pictures are seen from one side.
QRectF PointsView::visiblePart() const {
    const ResultPtr r = state_.result();
    if (!r || !cloud() || panes_.empty()) return {0, 0, 1, 1};
    const Pane& pane = panes_.back();
    const QRectF sight(QPointF(0, 0), pane.box.size());
    const Projection by = camera_.projection(pane.area);
    const auto first = std::size_t(cloudPart(*r->file)->first);
    QRectF part;
    bool all = true;
    for (std::size_t i = 0; i < drawn_.points.size(); ++i) {
        const auto s = by.of(drawn_.points.x[i], drawn_.points.y[i], drawn_.points.z[i]);
        const int cell = cells_.cell[first + i];
        if (s.size <= 0 || !sight.contains(double(s.x), double(s.y)))
            all = false;
        else if (cell >= 0)
            part |= QRectF(double(cell % cells_.cols) / cells_.cols, double(cell / cells_.cols) / cells_.rows,
                           1.0 / cells_.cols, 1.0 / cells_.rows);
    }
    return all ? QRectF(0, 0, 1, 1) : part;
}

// ---- the camera ----

void PointsView::moved() {
    stale_ = true;
    unpoint();
    emit zoomChanged();
}

void PointsView::fit() {
    camera_.fit();
    moved();
}

void PointsView::zoomBy(double factor) {
    if (panes_.empty()) return;
    camera_.zoomAbout(panes_.back().area, panes_.back().area.center(), factor);
    moved();
}

void PointsView::turn(double azimuth, double elevation) {
    camera_.turn(azimuth, elevation);
    moved();
}

void PointsView::wheelEvent(QWheelEvent* event) {
    Pane* pane = paneAt(event->position());
    if (!pane || !cloud()) return event->ignore();
    const int held = pointOf(hovered_);
    const double depth = held < 0 ? 0 : double(seen(*pane, held).depth);
    camera_.zoomAbout(pane->area, event->position() - pane->box.topLeft(), std::pow(1.0015, event->angleDelta().y()),
                      depth);
    moved();
    event->accept();
}

void PointsView::mousePressEvent(QMouseEvent* event) {
    if (!cloud() || (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton)) return;
    const bool aside = event->button() == Qt::MiddleButton || event->modifiers().testFlag(Qt::ShiftModifier);
    hold_ = aside ? Hold::pan : Hold::orbit;
    pointer_ = pressed_ = event->position();
    setCursor(aside ? Qt::SizeAllCursor : Qt::ClosedHandCursor);
    unpoint();
}

void PointsView::mouseMoveEvent(QMouseEvent* event) {
    if (hold_ == Hold::nothing) return point(event->position());
    const QPointF by = event->position() - pointer_;
    pointer_ = event->position();
    stale_ = true;
    update();
    if (hold_ == Hold::orbit) return camera_.drag(by);
    camera_.pan(panes_.back().area, by);
    emit zoomChanged();
}

void PointsView::mouseReleaseEvent(QMouseEvent* event) {
    if (std::exchange(hold_, Hold::nothing) == Hold::nothing) return;
    unsetCursor();
    emit zoomChanged();   // what is in sight may be other points now
    point(event->position());
    // A click holds the point: its readers stay lit.
    if (event->button() == Qt::LeftButton && (event->position() - pressed_).manhattanLength() < kClick && hovered_ >= 0)
        state_.hold(hovered_);
}

void PointsView::mouseDoubleClickEvent(QMouseEvent*) { fit(); }

void PointsView::resizeEvent(QResizeEvent*) {
    layOut();
    emit zoomChanged();
}

// ---- the point under the pointer ----

int PointsView::elementAt(const QPointF& at) {
    Pane* pane = cloud() ? paneAt(at) : nullptr;
    if (pane && stale_) render(*pane);   // one points at what is drawn from here on
    const double ratio = devicePixelRatioF();
    const int found = pane ? pane->painter.find((at - pane->box.topLeft()) * ratio, kReach * ratio) : -1;
    return found < 0 ? -1 : cloudPart(*state_.result()->file)->first + found;
}

void PointsView::refreshCard() {
    const int i = pointOf(hovered_);
    if (i < 0 || hold_ != Hold::nothing || !cloud()) return card_->hide();
    const float* at = cloud()->xyz.data() + 3 * std::ptrdiff_t(i);
    const QString name = tr("point %1").arg(i);
    const auto v = values();
    const HoverWords words = hoverWords(state_, v.empty() ? std::nullopt : std::optional(float(v[std::size_t(i)])));
    card_->setLines(name + tr(" · %1 %2 %3").arg(coordinate(at[0]), coordinate(at[1]), coordinate(at[2])),
                    int(name.size()), words.attention, words.readers);
    card_->placeAt(pointer_.toPoint(), int(colorBarRect().left()) - 10);
    card_->show();
    card_->raise();
}

QString PointsView::aboutCloud() const {
    const api::Cloud* c = cloud();
    if (!c) return {};
    const QString n = count(std::int64_t(c->xyz.size() / 3));
    return (c->others.empty() ? tr("%1 points").arg(n) : tr("%1 of %2 points").arg(n, count(c->file_points))) +
           aboutPose(*c) + tr(" · drag orbit · wheel zoom · shift-drag pan · F fit · U up · Y turn");
}

QString PointsView::aboutPose(const api::Cloud& c) {
    QString words;
    if (c.pose.up == api::Pose::Up::y) words += tr(" · the file's y up");
    if (c.pose.up == api::Pose::Up::x) words += tr(" · the file's x up");
    if (c.pose.quarters > 0) words += tr(" · turned %1°").arg(90 * c.pose.quarters);
    return c.surest ? words + tr(", where the model is surest") : words;
}

QString PointsView::aboutPoint() const {
    const QString readers = hoverWords(state_, std::nullopt).readers;
    return pointOf(hovered_) < 0 || readers.isEmpty() ? QString()
                                                      : tr("point %1: %2").arg(pointOf(hovered_)).arg(readers);
}

// ---- painting ----

void PointsView::render(Pane& pane) {
    const double ratio = devicePixelRatioF();
    const QSize size = (QSizeF(pane.box.size()) * ratio).toSize();
    if (pane.image.size() != size) pane.image = QImage(size, QImage::Format_RGB32);
    if (pane.image.isNull()) return;
    pane.image.setDevicePixelRatio(ratio);
    pane.image.fill(colors().background);
    const QRectF area(pane.area.topLeft() * ratio, pane.area.size() * ratio);
    {
        QPainter p(&pane.image);
        paintGround(p, camera_.projection(pane.area));
    }
    pane.painter.paint(pane.image, area, drawn_, pane.other ? otherInk_ : pane.attention ? ink_ : plain_, camera_);
}

/// A circle under the cloud, as wide as it is: what stands upright, and how far one looks down on it.
void PointsView::paintGround(QPainter& p, const Projection& by) const {
    constexpr int corners = 96;
    QPolygonF circle;
    for (int i = 0; i < corners; ++i) {
        const double angle = 2 * std::acos(-1.0) * i / corners;
        const auto s =
            by.of(float(drawn_.aside * std::cos(angle)), float(drawn_.aside * std::sin(angle)), -float(drawn_.upwards));
        if (s.size <= 0) return;
        circle << QPointF(double(s.x), double(s.y));
    }
    QColor fill = colors().panel;
    fill.setAlphaF(0.55F);
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(QPen(colors().line, 1));
    p.setBrush(fill);
    p.drawPolygon(circle);
}

void PointsView::paintEvent(QPaintEvent*) {
    if (cloud() && std::exchange(stale_, false))
        for (Pane& pane : panes_) render(pane);
    QPainter p(this);
    p.fillRect(rect(), colors().background);
    if (!cloud()) return paintWaiting(p, rect(), state_);
    written_.clear();
    for (const Pane& pane : panes_) paintPane(p, pane);
    const auto v = values();
    const int i = pointOf(hovered_);
    if (!v.empty()) {
        written_.push_back({besideBar(colorBarRect()), {{}, colorBarLabels().join(' ')}});
        paintColorBar(p, colorBarRect(), barOf(state_), state_.result()->elements(), tableOf(state_, true), colors(),
                      i < 0 ? std::nullopt : std::optional(v[std::size_t(i)]));
    }
    paintAxes(p);
    paintFoot(p);
    if (!state_.dimmed()) return;
    QColor veil = colors().background;
    veil.setAlphaF(0.6F);
    p.fillRect(rect(), veil);
    paintWaiting(p, rect(), state_);
}

void PointsView::paintPane(QPainter& p, const Pane& pane) const {
    p.drawImage(pane.box.topLeft(), pane.image);
    p.save();
    p.setClipRect(pane.box);
    p.setRenderHint(QPainter::Antialiasing);
    if (pane.attention)
        for (const PinMark& mark : pins_.of(state_)) {
            const QColor color = pinColor(mark.slot, theme());
            for (const int element : mark.core) paintRing(p, pane, pointOf(element), color, 1.5);
            const int peak = pointOf(mark.peak);
            const auto& places = pane.painter.places();
            if (peak >= 0 && std::size_t(peak) < places.x.size() && places.size[std::size_t(peak)] > 0)
                paintPin(p,
                         QPointF(double(places.x[std::size_t(peak)]), double(places.y[std::size_t(peak)])) /
                                 devicePixelRatioF() +
                             pane.box.topLeft(),
                         mark.slot, 12, color, colors().background);
        }
    paintRing(p, pane, pointOf(state_.view().held), colors().input, 2);
    if (hold_ == Hold::nothing)
        paintRing(p, pane, pointOf(hovered_ >= 0 ? hovered_ : state_.marked()), colors().text, 1.5);
    p.restore();
    if (state_.view().compare == Compare::split)
        writeSide(p, pane.area.translated(pane.box.topLeft()).adjusted(0, -8, 0, 0), pane.other);
}

void PointsView::paintRing(QPainter& p, const Pane& pane, int point, const QColor& color, double width) const {
    const auto& places = pane.painter.places();
    if (point < 0 || std::size_t(point) >= places.x.size() || places.size[std::size_t(point)] <= 0) return;
    const double ratio = devicePixelRatioF(), ring = pane.painter.radius(point) / ratio + 2;
    const QPointF at = QPointF(double(places.x[std::size_t(point)]), double(places.y[std::size_t(point)])) / ratio +
                       pane.box.topLeft();
    p.setBrush(Qt::NoBrush);
    for (const auto& [ink, thick] : {std::pair<QColor, double>{colors().background, width + 2}, {color, width}}) {
        p.setPen(QPen(ink, thick));
        p.drawEllipse(at, ring, ring);
    }
}

/// Which way x, y and z (up) go, in the corner below.
void PointsView::paintAxes(QPainter& p) const {
    const Projection by = camera_.projection({0, 0, 1, 1});
    const QPointF middle(kMargin + kAxis + 4, height() - kFoot - kAxis - 16);
    std::array<std::size_t, 3> order{0, 1, 2};
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return by.towards[a] < by.towards[b]; });
    p.save();
    p.setRenderHint(QPainter::Antialiasing);
    p.setFont(textFont(Text::caption, true));
    for (const std::size_t a : order) {
        const QPointF way(double(by.right[a]), -double(by.up[a]));
        const bool upwards = a == 2;
        p.setPen(QPen(upwards ? colors().text : colors().muted, upwards ? 2 : 1.5, Qt::SolidLine, Qt::RoundCap));
        p.drawLine(middle, middle + way * kAxis);
        const QPointF name = middle + way * (kAxis + 9);
        p.drawText(QRectF(name.x() - 8, name.y() - 8, 16, 16), Qt::AlignCenter, QString(QChar('x' + char(a))));
    }
    p.restore();
}

void PointsView::paintFoot(QPainter& p) const {
    const QRectF line(kMargin + 4, height() - kFoot, width() - kMargin - 16, kFoot);
    const QFontMetricsF metrics(textFont(Text::caption));
    const QString about = aboutPoint();
    p.setFont(textFont(Text::caption));
    p.setPen(colors().muted);
    p.drawText(line, Qt::AlignRight | Qt::AlignVCenter, about);
    const double rest = line.width() - (about.isEmpty() ? 0 : metrics.horizontalAdvance(about) + 24);
    p.drawText(line, Qt::AlignLeft | Qt::AlignVCenter,
               metrics.elidedText(aboutCloud(), Qt::ElideRight, std::max(0.0, rest)));
    written_.push_back({line, {aboutCloud(), foot()}});
}

QRectF PointsView::colorBarRect() const {
    const double room = height() - kFoot - kMargin, bar = std::clamp(room - 40, 60.0, kBarHeight);
    return {width() - kColorBarSpace + 12, kMargin / 2 + (room - bar) / 2, kBarWidth, bar};
}

QStringList PointsView::colorBarLabels() const {
    QStringList labels;
    if (state_.shownMap() && state_.result())
        for (const Tick& t : colorBarTicks(barOf(state_), state_.result()->elements())) labels << t.label;
    return labels;
}

}  // namespace perceiver::ui
