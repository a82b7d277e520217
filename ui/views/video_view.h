// A film: the frame at the playhead with its map, the frames the model read, attention over time, and what plays it.
#pragma once

#include "ui/state/state.h"
#include "ui/views/film_strip.h"
#include "ui/views/frame_view.h"

class QLabel;
class QToolButton;

namespace perceiver::ui {

class VideoView final : public MediaView {
    Q_OBJECT
  public:
    explicit VideoView(State&, QWidget* parent = nullptr);

    double zoom() const override { return frame_->zoom(); }
    void fit() override { frame_->fit(); }
    void zoomBy(double factor) override { frame_->zoomBy(factor); }
    QRectF visiblePart() const override { return frame_->visiblePart(); }

    /// To the model's next frame (or the one before), past the window into the film; of an image model the film's own.
    void step(int by);
    /// Seconds that the strip shows: the model's window, or, of an image model, the whole film.
    std::pair<double, double> range() const { return strip_->span(); }

    FrameView* frame() const { return frame_; }
    FilmStrip* strip() const { return strip_; }

  protected:
    void resizeEvent(QResizeEvent*) override;
    void paintEvent(QPaintEvent*) override;

  private:
    QToolButton* makeButton(const QString& name, const QString& tip);
    void refresh();
    void refreshWords();
    void refreshShares();
    void refreshLegend();

    LoopDrag loopDrag_;   ///< before what it is handed to
    FrameView* frame_;
    FilmStrip* strip_;
    FilmBar* bar_;
    QToolButton *back_, *play_, *forward_, *loop_;
    QLabel *place_, *time_, *legend_, *shares_;
};

}  // namespace perceiver::ui
