#include "ui/views/picture_view.h"

#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "ui/style/colorbar.h"
#include "ui/style/paint.h"
#include "ui/style/theme.h"
#include "ui/views/view_paint.h"

namespace perceiver::ui {

namespace {

constexpr double kMargin = 24, kBarWidth = 12, kBarHeight = 280, kPaneGap = 16;

}  // namespace

PictureView::PictureView(State& state, QWidget* parent)
    : ElementView(state, parent) {
    connect(&state_, &State::viewChanged, this, &PictureView::rebuild);
    connect(&state_, &State::mapChanged, this, [this] {
        rebuildMap();
        refreshCard();
    });
    connect(&state_, &State::elementChanged, this, &PictureView::refreshCard);
    connect(&state_, &State::markChanged, this, qOverload<>(&QWidget::update));
    connect(&state_.explanation(), &Explanation::maskChanged, this, &PictureView::rebuildMap);
    connect(&state_, &State::busyChanged, this, qOverload<>(&QWidget::update));
}

void PictureView::showNew() {
    scaled_ = {};
    viewport_.fit();
    hovered_ = -1;
    card_->hide();
    rebuild();
    emit zoomChanged();
}

// ---- geometry ----

QRectF PictureView::cropInScene() const {
    const ResultPtr r = state_.result();
    if (!r) return {0, 0, 1, 1};
    const api::FileInfo& f = *r->file;
    if (f.crop_width <= 0 || f.crop_height <= 0) return {QPointF(), pictureSize()};
    return {f.crop_x, f.crop_y, f.crop_width, f.crop_height};
}

std::vector<PictureView::Pane> PictureView::panes() const {
    // As much room on the left as the colour bar takes on the right, where there is enough: the picture
    // stands in the middle.
    const bool split = state_.view().compare == Compare::split;
    const bool balanced = state_.view().layout != Layout::beside && !split;
    const double left = std::max(kMargin, balanced ? std::min(kColorBarSpace, width() - 640.0) : 0.0);
    const QRectF all = QRectF(rect()).adjusted(left, kMargin, -kColorBarSpace, -8);
    const double half = (all.width() - kPaneGap) / 2;
    const QRectF first(all.left(), all.top(), half, all.height()),
        second(all.right() - half, all.top(), half, all.height());
    const Layout layout = state_.view().layout;
    if (split) return {{first, layout != Layout::alone, true, false}, {second, layout != Layout::alone, true, true}};
    switch (layout) {
        case Layout::alone:
            return {{all, false, true}};
        case Layout::beside: return {{first, true, false}, {second, false, true}};
        case Layout::over:
            break;
    }
    return {{all, true, true}};
}

const PictureView::Pane* PictureView::paneAt(const std::vector<Pane>& all, const QPointF& at) const {
    for (const Pane& pane : all)
        if (pane.area.contains(at)) return &pane;
    return nullptr;
}

int PictureView::elementAt(const QPointF& at) {
    const ResultPtr r = state_.result();
    if (!r) return -1;
    const auto all = panes();
    const Pane* pane = paneAt(all, at);
    if (!pane) return -1;
    const QPointF scene = viewport_.toScene(pane->area, at);
    const QRectF crop = cropInScene();
    const auto [first, rows, cols] = cells();
    const int col = int(std::floor((scene.x() - crop.left()) / crop.width() * cols));
    const int row = int(std::floor((scene.y() - crop.top()) / crop.height() * rows));
    return col < 0 || row < 0 || col >= cols || row >= rows ? -1 : first + row * cols + col;
}

QPointF PictureView::elementCentre(int element) const {
    const ResultPtr r = state_.result();
    if (!r) return {};
    const QRectF crop = cropInScene();
    const auto [first, rows, cols] = cells();
    const int cell = element - first;
    return viewport_.toPane(panes().back().area,
                            QPointF(crop.left() + (cell % cols + 0.5) * crop.width() / cols,
                                    crop.top() + (cell / cols + 0.5) * crop.height() / rows));
}

QRectF PictureView::pictureRect() const { return viewport_.toPane(panes().front().area, viewport_.scene()); }

QRectF PictureView::visiblePart() const {
    const QRectF area = panes().back().area, crop = cropInScene();
    const QRectF seen =
        QRectF(viewport_.toScene(area, area.topLeft()), viewport_.toScene(area, area.bottomRight()));
    const QRectF in = seen.intersected(crop);
    return {(in.left() - crop.left()) / crop.width(), (in.top() - crop.top()) / crop.height(),
            in.width() / crop.width(), in.height() / crop.height()};
}

void PictureView::fit() {
    viewport_.fit();
    unpoint();
    emit zoomChanged();
    update();
}

void PictureView::zoomBy(double factor) {
    const QRectF area = panes().front().area;
    viewport_.zoomAbout(area, area.center(), factor);
    unpoint();
    emit zoomChanged();
    update();
}

// ---- the map as an image ----

PictureView::Layer PictureView::layer(const MapPtr& map) const {
    const ResultPtr r = state_.result();
    if (!map || !r) return {};
    const Cells on = cells();
    if (int(map->values.size()) < r->elements()) return {map->values.data(), map->rows, map->cols};  // coarse
    if (on.first + on.rows * on.cols > int(map->values.size())) return {};
    return {map->values.data() + on.first, on.rows, on.cols};
}

std::optional<float> PictureView::valueOf(int element) const {
    const Cells on = cells();
    const Layer shown = layer(state_.shownMap());
    if (!shown.values || element < on.first || element >= on.first + on.rows * on.cols) return {};
    const int row = (element - on.first) / on.cols, col = (element - on.first) % on.cols;
    return shown.values[row * shown.rows / on.rows * shown.cols + col * shown.cols / on.cols];
}

void PictureView::rebuild() {
    const ResultPtr r = state_.result();
    if (r && !pictureSize().isEmpty())
        viewport_.setScene(state_.view().layout == Layout::alone ? cropInScene() : QRectF({}, pictureSize()));
    rebuildMap();
}

QImage PictureView::imageOf(const MapPtr& map) const {
    const Layer shown = layer(map);
    if (!shown.values) return {};
    const api::Map bar = barOf(state_);
    const ColorRange range = api::range_of(bar.scale, bar.low, bar.high);
    return made_.opacity >= 0
               ? paintMapOver(shown.values, shown.rows, shown.cols, range, made_.table, made_.opacity)
               : paintMap(shown.values, shown.rows, shown.cols, range, made_.table);
}

void PictureView::rebuildMap() {
    const ViewState& v = state_.view();
    const Cells on = state_.result() ? cells() : Cells{};
    const bool over = v.layout == Layout::over || (v.layout == Layout::beside && v.compare == Compare::split);
    Made wanted{state_.shownMap(), v.compare == Compare::split ? state_.otherMap() : nullptr,
                v.compare, tableOf(state_), on, over ? v.opacity / 100.0 : -1};
    if (wanted != made_) {
        made_ = std::move(wanted);
        map_ = imageOf(made_.map);
        otherMap_ = imageOf(made_.other);
    }
    holes_ = holesImage(state_, on.first, on.rows, on.cols);
    update();
}

// ---- pointer ----

void PictureView::pointAgain() {
    if (hovered_ >= 0 && !dragging_) point(pointer_);
}

void PictureView::refreshCard() {
    const ResultPtr r = state_.result();
    if (hovered_ < 0 || !r || dragging_ || hovered_ >= r->elements()) {
        card_->hide();
        return;
    }
    int strong = 0;
    const QString element = elementWords(hovered_, strong);
    const HoverWords words = hoverWords(state_, valueOf(hovered_));
    card_->setLines(element, strong, words.attention, words.readers);
    card_->placeAt(pointer_.toPoint(), int(colorBarRect().left()) - 10);
    card_->show();
    card_->raise();
}

void PictureView::wheelEvent(QWheelEvent* event) {
    const auto all = panes();
    const Pane* pane = paneAt(all, event->position());
    if (!pane || !state_.result()) return event->ignore();
    viewport_.zoomAbout(pane->area, event->position(), std::pow(1.0015, event->angleDelta().y()));
    point(event->position());
    emit zoomChanged();
    event->accept();
}

void PictureView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton) return;
    dragging_ = !viewport_.fits();
    dragged_ = pressed_ = event->position();
    if (dragging_) setCursor(Qt::ClosedHandCursor);
    refreshCard();
}

void PictureView::mouseMoveEvent(QMouseEvent* event) {
    if (!dragging_) return point(event->position());
    viewport_.pan(panes().front().area, event->position() - dragged_);
    dragged_ = event->position();
    emit zoomChanged();
    update();
}

void PictureView::mouseReleaseEvent(QMouseEvent* event) {
    dragging_ = false;
    unsetCursor();
    point(event->position());
    // A click holds the element: its readers stay lit.
    if (event->button() == Qt::LeftButton && (event->position() - pressed_).manhattanLength() < kClick && hovered_ >= 0)
        state_.hold(hovered_);
}

void PictureView::mouseDoubleClickEvent(QMouseEvent*) { fit(); }

void PictureView::resizeEvent(QResizeEvent*) { emit zoomChanged(); }

// ---- painting ----

void PictureView::paintEvent(QPaintEvent*) {
    QPainter p(this);
    p.fillRect(rect(), colors().background);
    if (!state_.result()) return paintWaiting(p, rect(), state_);
    written_.clear();
    for (const Pane& pane : panes()) paintPane(p, pane);
    paintColorBar(p);
    if (state_.dimmed()) {
        QColor veil = colors().background;
        veil.setAlphaF(0.6F);
        p.fillRect(rect(), veil);
        paintWaiting(p, rect(), state_);
    }
}

void PictureView::paintPicture(QPainter& p, const QRectF& target) {
    const QImage picture = this->picture();
    const double ratio = devicePixelRatioF();
    const QSize size = (target.size() * ratio).toSize();
    if (!quick() && size.width() < picture.width() && size.height() < picture.height()) {
        if (scaled_.size() != size || scaledFrom_ != picture.cacheKey()) {
            scaled_ = picture.scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
            scaledFrom_ = picture.cacheKey();
        }
        p.drawImage(target, scaled_);
    } else {
        p.setRenderHint(QPainter::SmoothPixmapTransform, true);
        p.drawImage(target, picture);
        p.setRenderHint(QPainter::SmoothPixmapTransform, false);
    }
}

void PictureView::paintPane(QPainter& p, const Pane& pane) {
    const Colors& c = colors();
    const QImage& map = pane.other ? otherMap_ : map_;
    const QRectF picture = viewport_.toPane(pane.area, QRectF({}, pictureSize()));
    const QRectF crop = viewport_.toPane(pane.area, cropInScene());
    p.save();
    p.setClipRect(pane.area);
    if (pane.picture) {
        paintPicture(p, picture);
        if (state_.view().modelView) p.drawImage(crop, modelView());
        if (pane.map && !map.isNull()) p.fillRect(crop, QColor(0, 0, 0, int(0.2 * 255 * state_.view().opacity / 100)));
    }
    if (pane.map && !map.isNull()) p.drawImage(crop, map);
    if (!holes_.isNull()) p.drawImage(crop, holes_);
    const QRectF whole = pane.picture ? picture : crop;
    QPainterPath outside, inside;
    outside.addRect(whole);
    inside.addRect(crop);
    if (pane.picture && (crop.width() < picture.width() - 1 || crop.height() < picture.height() - 1)) {
        QColor veil = c.background;  // what the model does not see
        veil.setAlphaF(0.65F);
        p.fillPath(outside.subtracted(inside), veil);
        p.setPen(QPen(c.line, 1));
        p.drawRect(crop.adjusted(-0.5, -0.5, 0.5, 0.5));
    }
    p.setRenderHint(QPainter::Antialiasing);
    QPainterPath rounded;
    rounded.addRoundedRect(whole, 6, 6);
    p.fillPath(outside.subtracted(rounded), c.background);
    if (pane.map && map.isNull() && !pane.picture) {
        p.setPen(QPen(c.line, 1));
        p.drawPath(rounded);
    }
    if (pane.map) paintMarks(p, crop);
    paintElement(p, crop, state_.view().held, c.input);
    if (!dragging_) paintElement(p, crop, hovered_ >= 0 ? hovered_ : state_.marked(), Qt::white);
    p.restore();
    if (state_.view().compare == Compare::split)
        writeSide(p, pane.area.intersected(whole).adjusted(6, 6, -6, 0), pane.other);
}

void PictureView::paintMarks(QPainter& p, const QRectF& crop) {
    const auto on = cells();
    paintPins(p, pins_.of(state_), on.first, on.rows, on.cols, [&](int row, int col) {
        const double w = crop.width() / on.cols, h = crop.height() / on.rows;
        return QRectF(crop.left() + col * w, crop.top() + row * h, w, h);
    });
}

void PictureView::paintElement(QPainter& p, const QRectF& crop, int element, const QColor& line) {
    if (element < 0) return;
    const auto [first, rows, cols] = cells();
    const double w = crop.width() / cols, h = crop.height() / rows;
    const int at = element - first;
    const bool small = w < 4 || h < 4;
    if ((small && element == hovered_) || at < 0 || at >= rows * cols) return;   // the pointer is there
    const QRectF cell(crop.left() + at % cols * w, crop.top() + at / cols * h, w, h);
    p.setBrush(Qt::NoBrush);
    for (const QPen& pen : {QPen(QColor(0, 0, 0, 180), 3), QPen(line, line == Qt::white ? 1 : 2)}) {
        p.setPen(pen);
        if (small) p.drawEllipse(cell.center(), 6, 6);
        else p.drawRect(cell);
    }
}

QRectF PictureView::colorBarRect() const {
    const QRectF area = panes().back().area;
    const QRectF drawn = viewport_.toPane(area, viewport_.scene()).intersected(area);
    const double height =
        std::clamp(drawn.height(), 120.0, std::max(120.0, std::min(kBarHeight, area.height())));
    return {std::min(drawn.right(), area.right()) + 20, drawn.center().y() - height / 2, kBarWidth, height};
}

QStringList PictureView::colorBarLabels() const {
    QStringList labels;
    if (state_.shownMap())
        for (const Tick& t : colorBarTicks(barOf(state_), state_.result()->elements())) labels << t.label;
    return labels;
}

void PictureView::paintColorBar(QPainter& p) {
    if (!state_.shownMap()) return;
    written_.push_back({besideBar(colorBarRect()), {{}, colorBarLabels().join(' ')}});
    ui::paintColorBar(p, colorBarRect(), barOf(state_), state_.result()->elements(), tableOf(state_), colors(),
                      hovered_ < 0 ? std::nullopt : valueOf(hovered_));
}

}  // namespace perceiver::ui
