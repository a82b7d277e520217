// What every view of a file can do, whichever kind it is of. A view draws (result, view state, playhead) and nothing
// else; what it is pointed at it tells the state.
#pragma once

#include <QPixmap>
#include <QRectF>
#include <QWidget>
#include <vector>

#include "ui/controls/tips.h"

class QPainter;

namespace perceiver::ui {

class State;

class MediaView : public QWidget, public HasTips {
    Q_OBJECT
  public:
    MediaView(State& state, QWidget* parent) : QWidget(parent), state_(state) {}

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

    /// Of what is written over and beside the picture; over an element its card says it all.
    Tip tipAt(const QPoint&) const override;

  signals:
    void zoomChanged();

  protected:
    struct Written {
        QRectF box;
        Tip tip;
    };
    /// A pane's side of two, in its corner (view_paint.h).
    void writeSide(QPainter&, const QRectF& pane, bool other) const;
    static QRectF besideBar(const QRectF& bar);  ///< a colour bar with its labels

    State& state_;
    mutable std::vector<Written> written_;  ///< when it was painted last
};

}  // namespace perceiver::ui
