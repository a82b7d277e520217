// What every view of a file can do, whichever kind it is of. A view draws (result, view state, playhead) and nothing
// else; what it is pointed at it tells the state.
#pragma once

#include <QRectF>
#include <QWidget>

namespace perceiver::ui {

class State;

class MediaView : public QWidget {
    Q_OBJECT
  public:
    using QWidget::QWidget;

    virtual double zoom() const { return 1; }
    virtual void fit() {}
    virtual void zoomBy(double) {}
    /// What can be walked around turns by so many degrees: aside, and up.
    virtual void turn(double, double) {}
    /// The part of the model's input that is in sight, in 0..1 both ways.
    virtual QRectF visiblePart() const { return {0, 0, 1, 1}; }
    /// Whether the map lies over something that its opacity lets through.
    virtual bool overlays() const { return true; }

    QSize minimumSizeHint() const override { return {240, 200}; }

  protected:
    /// In its middle, what is being opened; nothing when nothing is.
    void paintWaiting(QPainter&, const State&) const;

  signals:
    void zoomChanged();
};

}  // namespace perceiver::ui
