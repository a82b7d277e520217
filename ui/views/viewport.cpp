#include "ui/views/viewport.h"

#include <algorithm>

namespace perceiver::ui {

void Viewport::setScene(const QRectF& scene) {
    if (scene == scene_) return;
    scene_ = scene;
    fit();
}

void Viewport::fit() {
    zoom_ = 1;
    centre_ = scene_.center();
}

double Viewport::scale(const QRectF& pane) const {
    return zoom_ * std::min(pane.width() / scene_.width(), pane.height() / scene_.height());
}

QPointF Viewport::toPane(const QRectF& pane, const QPointF& point) const {
    return pane.center() + (point - centre_) * scale(pane);
}

QRectF Viewport::toPane(const QRectF& pane, const QRectF& rect) const {
    return {toPane(pane, rect.topLeft()), rect.size() * scale(pane)};
}

QPointF Viewport::toScene(const QRectF& pane, const QPointF& point) const {
    return centre_ + (point - pane.center()) / scale(pane);
}

void Viewport::zoomAbout(const QRectF& pane, const QPointF& at, double factor) {
    const QPointF held = toScene(pane, at);
    zoom_ = std::clamp(zoom_ * factor, 1.0, kMaxZoom);
    centre_ += held - toScene(pane, at);
    settle();
}

void Viewport::pan(const QRectF& pane, const QPointF& by) {
    if (fits()) return;
    centre_ -= by / scale(pane);
    settle();
}

void Viewport::settle() {
    if (fits()) return fit();
    centre_.setX(std::clamp(centre_.x(), scene_.left(), scene_.right()));
    centre_.setY(std::clamp(centre_.y(), scene_.top(), scene_.bottom()));
}

}  // namespace perceiver::ui
