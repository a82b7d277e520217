// A sound: waveform and spectrogram over one time axis with the attention on them, and its course over time. Of a file
// longer than the model's window, the whole of it on top, and where the window lies. Drawn with QPainter as the other
// views are: a chart library would bring its own axes, fonts and mouse.
#pragma once

#include <QPixmap>
#include <optional>

#include "ui/state/pin_marks.h"
#include "ui/state/state.h"
#include "ui/style/sound_paint.h"
#include "ui/views/element_view.h"
#include "ui/views/loop_drag.h"
#include "ui/views/sound_controls.h"

namespace perceiver::ui {

class AudioView final : public ElementView {
    Q_OBJECT
  public:
    explicit AudioView(State&, QWidget* parent = nullptr);

    double zoom() const override;
    void fit() override;
    void zoomBy(double factor) override;  ///< about the middle
    QRectF visiblePart() const override;
    /// A model of raw samples has its map in a strip of its own.
    bool overlays() const override;
    QPixmap snapshot() override;

    SoundControls* controls() const { return controls_; }
    std::pair<double, double> range() const { return {from_, to_}; }  ///< seconds in sight

    // What a test asks.
    enum class Band { overview, wave, spectrum, map, curve };
    QRectF bandRect(Band) const;               ///< empty when it is not there
    QPointF elementCentre(int element) const override;  ///< on the map
    double xOf(double seconds) const { return axes(bands().wave).x(seconds); }
    QStringList colorBarLabels() const;

  protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void changeEvent(QEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    int elementAt(const QPointF&) override;
    void refreshCard() override;

  private:
    /// From top to bottom; empty where there is nothing to show.
    struct Bands {
        QRectF overview, wave, spectrum, map, other, curve, axis;  ///< other: B of two compared
    };
    enum class Drag { none, click, pan };

    Bands bands() const;
    SoundAxes axes(const QRectF& area) const;  ///< what is in sight
    const api::InputPart* part() const;
    bool strip() const;  ///< the model reads raw samples
    QRectF mapRect() const;
    QRectF cellRect(int element) const;
    QRectF cellIn(const QRectF& band, int row, int col) const;
    QImage imageOf(const MapPtr&) const;
    void paintMap(QPainter&, const QRectF& band, const QImage&);
    void setRange(double from, double to);
    void takeResult();
    void redraw();  ///< everything but the playhead
    void movePlayhead();
    void seekTo(const QPointF&);
    double secondsInSight(double x) const;

    // audio_paint.cpp
    void paintStill(QPainter&);
    void paintOverview(QPainter&, const QRectF&);
    void paintPitches(QPainter&, const SoundAxes&);
    void paintCurve(QPainter&, const QRectF&);
    void paintTimes(QPainter&, const QRectF&);
    void paintMoving(QPainter&);
    QRectF colorBarRect() const;

    SoundControls* controls_;
    std::string path_;
    double from_ = 0, to_ = 1;
    QPixmap still_;  ///< all that stays while the playhead moves; null: to be drawn anew
    QImage spectrogram_, map_, otherMap_, holes_;
    PinMarks pins_;
    Drag drag_ = Drag::none;
    QPointF pressed_, dragged_;
    LoopDrag loopDrag_;
};

}  // namespace perceiver::ui
