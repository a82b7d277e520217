// What every view of a file can do, whichever kind it is of. A view draws (result, view state, playhead) and nothing
// else; what it is pointed at it tells the state.
#pragma once

#include <QPixmap>
#include <QRectF>
#include <QWidget>

namespace perceiver::ui {

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

    /// What it shows, without what one controls it with, at the pixels of the screen.
    virtual QPixmap snapshot() { return grab(); }

    QSize minimumSizeHint() const override { return {240, 200}; }

  signals:
    void zoomChanged();
};

}  // namespace perceiver::ui
