#include "ui/views/image_view.h"

#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <optional>

#include "ui/style/colorbar.h"
#include "ui/style/paint.h"
#include "ui/style/theme.h"
#include "ui/views/view_paint.h"

namespace perceiver::ui {

namespace {

/// Of the pixels below one cell of a grid; nothing where the picture is smaller than the grid.
std::optional<QColor> meanColor(const QImage& view, int col, int row, int cols, int rows) {
    const int left = col * view.width() / cols, right = (col + 1) * view.width() / cols;
    const int top = row * view.height() / rows, bottom = (row + 1) * view.height() / rows;
    int red = 0, green = 0, blue = 0;
    const int n = (right - left) * (bottom - top);
    if (n < 1) return {};
    for (int y = top; y < bottom; ++y)
        for (int x = left; x < right; ++x) {
            const QRgb rgb = view.pixel(x, y);
            red += qRed(rgb), green += qGreen(rgb), blue += qBlue(rgb);
        }
    return QColor((red + n / 2) / n, (green + n / 2) / n, (blue + n / 2) / n);
}

constexpr double kMargin = 24, kBarWidth = 12, kBarHeight = 280, kPaneGap = 16;

}  // namespace

ImageView::ImageView(State& state, QWidget* parent)
    : MediaView(parent), state_(state), card_(new HoverCard(this)) {
    setObjectName("imageView");
    setAccessibleName(tr("Picture and attention map"));
    setMouseTracking(true);
    setFocusPolicy(Qt::ClickFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(&state_, &State::opened, this, [this] {
        scaled_ = {};
        viewport_.fit();
        hovered_ = -1;
        card_->hide();
        rebuild();
        emit zoomChanged();
    });
    connect(&state_, &State::viewChanged, this, &ImageView::rebuild);
    connect(&state_, &State::mapChanged, this, [this] {
        rebuildMap();
        refreshCard();
    });
    connect(&state_, &State::elementChanged, this, &ImageView::refreshCard);
    connect(&state_, &State::busyChanged, this, qOverload<>(&QWidget::update));
}

// ---- geometry ----

QRectF ImageView::cropInScene() const {
    const ResultPtr r = state_.result();
    if (!r) return {0, 0, 1, 1};
    const api::FileInfo& f = *r->file;
    if (f.crop_width <= 0 || f.crop_height <= 0) return QRectF(r->picture.rect());
    return {f.crop_x, f.crop_y, f.crop_width, f.crop_height};
}

std::vector<ImageView::Pane> ImageView::panes() const {
    // As much room on the left as the colour bar takes on the right, where there is enough: the picture
    // stands in the middle.
    const bool balanced = state_.view().layout != Layout::beside;
    const double left = std::max(kMargin, balanced ? std::min(kColorBarSpace, width() - 640.0) : 0.0);
    const QRectF all = QRectF(rect()).adjusted(left, kMargin, -kColorBarSpace, -8);
    switch (state_.view().layout) {
        case Layout::alone:
            return {{all, false, true}};
        case Layout::beside: {
            const double half = (all.width() - kPaneGap) / 2;
            return {{QRectF(all.left(), all.top(), half, all.height()), true, false},
                    {QRectF(all.right() - half, all.top(), half, all.height()), false, true}};
        }
        case Layout::over:
            break;
    }
    return {{all, true, true}};
}

const ImageView::Pane* ImageView::paneAt(const std::vector<Pane>& all, const QPointF& at) const {
    for (const Pane& pane : all)
        if (pane.area.contains(at)) return &pane;
    return nullptr;
}

int ImageView::elementAt(const QPointF& at) const {
    const ResultPtr r = state_.result();
    if (!r) return -1;
    const auto all = panes();
    const Pane* pane = paneAt(all, at);
    if (!pane) return -1;
    const QPointF scene = viewport_.toScene(pane->area, at);
    const QRectF crop = cropInScene();
    const int cols = r->model->input_cols, rows = r->model->input_rows;
    const int col = int(std::floor((scene.x() - crop.left()) / crop.width() * cols));
    const int row = int(std::floor((scene.y() - crop.top()) / crop.height() * rows));
    return col < 0 || row < 0 || col >= cols || row >= rows ? -1 : row * cols + col;
}

QPointF ImageView::elementCentre(int element) const {
    const ResultPtr r = state_.result();
    if (!r) return {};
    const QRectF crop = cropInScene();
    const int cols = r->model->input_cols, rows = r->model->input_rows;
    return viewport_.toPane(panes().back().area,
                            QPointF(crop.left() + (element % cols + 0.5) * crop.width() / cols,
                                    crop.top() + (element / cols + 0.5) * crop.height() / rows));
}

QRectF ImageView::pictureRect() const { return viewport_.toPane(panes().front().area, viewport_.scene()); }

QRectF ImageView::visiblePart() const {
    const QRectF area = panes().back().area, crop = cropInScene();
    const QRectF seen =
        QRectF(viewport_.toScene(area, area.topLeft()), viewport_.toScene(area, area.bottomRight()));
    const QRectF in = seen.intersected(crop);
    return {(in.left() - crop.left()) / crop.width(), (in.top() - crop.top()) / crop.height(),
            in.width() / crop.width(), in.height() / crop.height()};
}

void ImageView::fit() {
    viewport_.fit();
    unpoint();
    emit zoomChanged();
    update();
}

void ImageView::zoomBy(double factor) {
    const QRectF area = panes().front().area;
    viewport_.zoomAbout(area, area.center(), factor);
    unpoint();
    emit zoomChanged();
    update();
}

// ---- the map as an image ----

void ImageView::rebuild() {
    const ResultPtr r = state_.result();
    if (r && !r->picture.isNull())
        viewport_.setScene(state_.view().layout == Layout::alone ? cropInScene() : QRectF(r->picture.rect()));
    rebuildMap();
}

void ImageView::rebuildMap() {
    const MapPtr map = state_.shownMap();
    const ViewState& v = state_.view();
    if (!map)
        map_ = {};
    else if (v.layout == Layout::over)
        map_ = paintMapOver(map->values.data(), map->rows, map->cols, api::range_of(map->scale, map->low, map->high),
                            v.colorMap, v.opacity / 100.0);
    else
        map_ = paintMap(*map, v.colorMap);
    update();
}

// ---- pointer ----

void ImageView::point(const QPointF& at) {
    pointer_ = at;
    hovered_ = elementAt(at);
    state_.hover(hovered_);
    refreshCard();
    update();
}

void ImageView::unpoint() {
    hovered_ = -1;
    state_.hover(-1);
    card_->hide();
    update();
}

void ImageView::refreshCard() {
    const ResultPtr r = state_.result();
    const MapPtr map = state_.shownMap();
    if (hovered_ < 0 || !r || dragging_ || hovered_ >= r->elements()) {
        card_->hide();
        return;
    }
    const int cols = r->model->input_cols, rows = r->model->input_rows, col = hovered_ % cols,
              row = hovered_ / cols;
    const bool pixels = r->view.width() == cols && r->view.height() == rows;
    const QString name = (pixels ? tr("pixel (%1, %2)") : tr("cell (%1, %2)")).arg(col).arg(row);
    QString element = name;
    if (const auto rgb = meanColor(r->view, col, row, cols, rows))
        element += (pixels ? tr(" · rgb %1 %2 %3") : tr(" · mean rgb %1 %2 %3"))
                       .arg(rgb->red())
                       .arg(rgb->green())
                       .arg(rgb->blue());
    std::optional<float> value;
    if (map) value = map->values[std::size_t(row * map->rows / rows * map->cols + col * map->cols / cols)];
    const HoverWords words = hoverWords(state_, value);
    card_->setLines(element, int(name.size()), words.attention, words.readers);
    card_->placeAt(pointer_.toPoint(), int(colorBarRect().left()) - 10);
    card_->show();
    card_->raise();
}

void ImageView::wheelEvent(QWheelEvent* event) {
    const auto all = panes();
    const Pane* pane = paneAt(all, event->position());
    if (!pane || !state_.result()) return event->ignore();
    viewport_.zoomAbout(pane->area, event->position(), std::pow(1.0015, event->angleDelta().y()));
    point(event->position());
    emit zoomChanged();
    event->accept();
}

void ImageView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton && event->button() != Qt::MiddleButton) return;
    dragging_ = !viewport_.fits();
    dragged_ = event->position();
    if (dragging_) setCursor(Qt::ClosedHandCursor);
    refreshCard();
}

void ImageView::mouseMoveEvent(QMouseEvent* event) {
    if (!dragging_) return point(event->position());
    viewport_.pan(panes().front().area, event->position() - dragged_);
    dragged_ = event->position();
    emit zoomChanged();
    update();
}

void ImageView::mouseReleaseEvent(QMouseEvent* event) {
    dragging_ = false;
    unsetCursor();
    point(event->position());
}

void ImageView::mouseDoubleClickEvent(QMouseEvent*) { fit(); }

void ImageView::leaveEvent(QEvent*) { unpoint(); }

void ImageView::resizeEvent(QResizeEvent*) { emit zoomChanged(); }

// ---- painting ----

void ImageView::paintEvent(QPaintEvent*) {
    QPainter p(this);
    p.fillRect(rect(), colors().background);
    if (!state_.result()) return paintWaiting(p, rect(), state_);
    for (const Pane& pane : panes()) paintPane(p, pane);
    paintColorBar(p);
    if (state_.dimmed()) {
        QColor veil = colors().background;
        veil.setAlphaF(0.6F);
        p.fillRect(rect(), veil);
        paintWaiting(p, rect(), state_);
    }
}

void ImageView::paintPicture(QPainter& p, const QRectF& target) {
    const QImage& picture = state_.result()->picture;
    const double ratio = devicePixelRatioF();
    const QSize size = (target.size() * ratio).toSize();
    if (size.width() < picture.width() && size.height() < picture.height()) {
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

void ImageView::paintPane(QPainter& p, const Pane& pane) {
    const ResultPtr r = state_.result();
    const Colors& c = colors();
    const QRectF picture = viewport_.toPane(pane.area, QRectF(r->picture.rect()));
    const QRectF crop = viewport_.toPane(pane.area, cropInScene());
    p.save();
    p.setClipRect(pane.area);
    if (pane.picture) {
        paintPicture(p, picture);
        if (state_.view().modelView) p.drawImage(crop, r->view);
        if (pane.map && !map_.isNull())
            p.fillRect(crop, QColor(0, 0, 0, int(0.2 * 255 * state_.view().opacity / 100)));
    }
    if (pane.map && !map_.isNull()) p.drawImage(crop, map_);
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
    if (pane.map && map_.isNull() && !pane.picture) {
        p.setPen(QPen(c.line, 1));
        p.drawPath(rounded);
    }
    paintElement(p, crop);
    p.restore();
}

void ImageView::paintElement(QPainter& p, const QRectF& crop) {
    if (hovered_ < 0 || dragging_) return;
    const api::ModelInfo& m = *state_.result()->model;
    const double w = crop.width() / m.input_cols, h = crop.height() / m.input_rows;
    if (w < 4 || h < 4) return;
    const QRectF cell(crop.left() + hovered_ % m.input_cols * w, crop.top() + hovered_ / m.input_cols * h, w,
                      h);
    p.setPen(QPen(QColor(0, 0, 0, 180), 3));
    p.setBrush(Qt::NoBrush);
    p.drawRect(cell);
    p.setPen(QPen(Qt::white, 1));
    p.drawRect(cell);
}

QRectF ImageView::colorBarRect() const {
    const QRectF area = panes().back().area;
    const QRectF drawn = viewport_.toPane(area, viewport_.scene()).intersected(area);
    const double height =
        std::clamp(drawn.height(), 120.0, std::max(120.0, std::min(kBarHeight, area.height())));
    return {std::min(drawn.right(), area.right()) + 20, drawn.center().y() - height / 2, kBarWidth, height};
}

QStringList ImageView::colorBarLabels() const {
    QStringList labels;
    if (const MapPtr map = state_.shownMap())
        for (const Tick& t : colorBarTicks(*map, state_.result()->elements())) labels << t.label;
    return labels;
}

void ImageView::paintColorBar(QPainter& p) {
    const MapPtr map = state_.shownMap();
    if (!map) return;
    std::optional<float> marked;
    if (hovered_ >= 0) {
        const api::ModelInfo& m = *state_.result()->model;
        const int col = hovered_ % m.input_cols * map->cols / m.input_cols,
                  row = hovered_ / m.input_cols * map->rows / m.input_rows;
        marked = map->values[std::size_t(row * map->cols + col)];
    }
    drawColorBar(p, colorBarRect(), *map, state_, marked);
}

}  // namespace perceiver::ui
