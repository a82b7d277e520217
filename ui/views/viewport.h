// Fit, zoom and pan: where a point of the scene lies in a pane. Plain arithmetic, no widgets.
#pragma once

#include <QPointF>
#include <QRectF>

namespace perceiver::ui {

class Viewport {
  public:
    static constexpr double kMaxZoom = 64;

    void setScene(const QRectF& scene);  ///< fits it
    const QRectF& scene() const { return scene_; }
    double zoom() const { return zoom_; }
    bool fits() const { return zoom_ <= 1; }
    void fit();

    QPointF toPane(const QRectF& pane, const QPointF& point) const;
    QRectF toPane(const QRectF& pane, const QRectF& rect) const;
    QPointF toScene(const QRectF& pane, const QPointF& point) const;

    /// The point under `at` stays where it is.
    void zoomAbout(const QRectF& pane, const QPointF& at, double factor);
    void pan(const QRectF& pane, const QPointF& by);

  private:
    double scale(const QRectF& pane) const;
    void settle();

    QRectF scene_{0, 0, 1, 1};
    QPointF centre_{0.5, 0.5};
    double zoom_ = 1;
};

}  // namespace perceiver::ui
