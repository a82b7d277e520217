// Under a film's frame: the frames the model read, how much of its attention each got, the sound's share over the same
// time. One drags on it to look at another moment, and with Shift to choose a loop.
#pragma once

#include <QPixmap>
#include <QWidget>

#include "ui/controls/tips.h"
#include "ui/state/film_frames.h"
#include "ui/state/state.h"
#include "ui/style/film_paint.h"
#include "ui/views/loop_drag.h"

namespace perceiver::ui {

class FilmStrip final : public QWidget, public HasTips {
    Q_OBJECT
  public:
    FilmStrip(State&, const FilmFrames&, LoopDrag&, QWidget* parent = nullptr);

    void setLow(bool);   ///< for a window with little height

    // What a test asks.
    const std::vector<Series>& bars() const { return bars_; }
    const std::vector<Series>& curves() const { return curves_; }
    int current() const { return current_; }          ///< frame marked; -1: none
    int cells() const { return int(thumbs_.size()); }  ///< frames in the row
    Tip tipAt(const QPoint&) const override;
    QPointF placeOf(double seconds) const;            ///< in the row of frames

    std::pair<double, double> span() const;           ///< seconds that it shows

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {160, sizeHint().height()}; }

  protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;

  private:
    void takeResult();
    void takeMap();
    void takeThumbs();
    void move();
    double secondsAt(double x) const;   ///< within span()
    void scrub(double x);
    void paintRow(QPainter&);
    bool wholeFilm() const;      ///< an image model reads one frame: the row is of the whole film
    QRectF row(double top, double height) const;
    double frameHeight() const { return low_ ? 28 : 46; }
    double barHeight() const { return bars_.empty() ? 0 : low_ ? 22 : 40; }
    double curveHeight() const { return heard_ ? low_ ? 26 : 48 : 0; }

    State& state_;
    const FilmFrames& frames_;
    LoopDrag& loopDrag_;
    std::vector<QImage> thumbs_;
    std::vector<double> thumbTimes_;
    QPixmap row_;                ///< the frames side by side, as drawn last
    std::vector<Series> bars_, curves_;
    bool low_ = false, heard_ = false;
    int current_ = -1;
};

/// The whole film as a line: where the model's window lies, where the playhead is; drag to go there.
class FilmBar final : public QWidget {
    Q_OBJECT
  public:
    FilmBar(State&, LoopDrag&, QWidget* parent = nullptr);
    QSize sizeHint() const override { return {160, 28}; }
    QSize minimumSizeHint() const override { return {40, 28}; }

  protected:
    void paintEvent(QPaintEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;

  private:
    double secondsAt(double x) const;   ///< within the film
    void seek(double x);
    State& state_;
    LoopDrag& loopDrag_;
};

}  // namespace perceiver::ui
