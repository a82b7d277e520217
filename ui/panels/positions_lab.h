// Positions: a Perceiver knows a place only by its position features. How alike those of one element of the input array
// are to all others', as a small map of the file and as curves along its axes.
#pragma once

#include <QImage>
#include <QWidget>
#include <vector>

#include "ui/controls/tips.h"
#include "ui/points/cloud_painter.h"
#include "ui/state/state.h"
#include "ui/style/chart.h"

class QLabel;

namespace perceiver::ui {

/// Where an element lies, in words: "row 3, column 5", "frame 2, row 1, column 4", "0.35 s, 120 to 340 Hz",
/// "point 12 at (0.10, -0.20, 0.30)".
QString placeWords(const api::FileInfo&, int element);

/// The cosines as a map: a picture's grid, a spectrogram, the element's frame of a film, a cloud. Hovering it marks the
/// element in the view.
class LikenessMap final : public QWidget {
    Q_OBJECT
  public:
    explicit LikenessMap(State&, QWidget* parent);

    // What a test asks.
    QRectF pictureRect() const;                 ///< empty while nothing is known
    QPointF elementCentre(int element) const;   ///< of the part and frame shown
    QString title() const;
    QStringList colorBarLabels() const;
    QString sentence() const { return sentence_; }   ///< in place of a map

    QSize minimumSizeHint() const override { return {200, 116}; }

  protected:
    void paintEvent(QPaintEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void leaveEvent(QEvent*) override;
    void hideEvent(QHideEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void changeEvent(QEvent*) override;

  private:
    void refresh();
    void draw();
    const api::InputPart* part() const;
    QRectF cell(int element) const;
    int elementAt(const QPointF&);
    void point(int element);

    State& state_;
    QString sentence_;
    QImage picture_;
    CloudPainter cloud_;          ///< of picture_, where that is a cloud
    DrawnCloud drawn_;
    const api::Cloud* drawnOf_ = nullptr;
    int pointed_ = -1;            ///< by the pointer on this map
};

/// The same along rows, columns and frames, or by distance of a cloud.
class LikenessCurves final : public QWidget, public HasTips {
    Q_OBJECT
  public:
    struct Curve {
        QString title;
        std::vector<QPointF> values;
        double mark = -1;         ///< where the element is; below 0: nowhere
        std::vector<ChartTick> ticks;
        std::vector<QString> names;   ///< of the values' places
    };
    explicit LikenessCurves(State&, QWidget* parent);

    const std::vector<Curve>& curves() const { return curves_; }
    QRectF plotOf(int curve) const;

    QSize minimumSizeHint() const override { return {240, 116}; }

    Tip tipAt(const QPoint&) const override;

  protected:
    void paintEvent(QPaintEvent*) override;

  private:
    void refresh();
    Chart chartOf(int curve) const;

    State& state_;
    std::vector<Curve> curves_;
};

class PositionsLab final : public QWidget {
    Q_OBJECT
  public:
    explicit PositionsLab(State&, QWidget* parent = nullptr);
    void setLow(bool);            ///< for a window with little height

  protected:
    void showEvent(QShowEvent*) override;
    void hideEvent(QHideEvent*) override;

  private:
    void refresh();

    State& state_;
    QLabel *heading_, *element_, *place_, *kind_;
    LikenessMap* map_;
    LikenessCurves* curves_;
};

}  // namespace perceiver::ui
