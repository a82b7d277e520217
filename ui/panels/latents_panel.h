// Every latent's map of the selected cross-attend as a small multiple: hover previews it in the view, a click
// pins it.
#pragma once

#include <QAbstractScrollArea>
#include <QImage>
#include <QRectF>
#include <QWidget>
#include <vector>

#include "ui/controls/tips.h"
#include "ui/state/state.h"

class QLabel;
class QToolButton;

namespace perceiver::ui {

class LatentsGrid final : public QAbstractScrollArea, public HasTips {
    Q_OBJECT
  public:
    explicit LatentsGrid(State&, QWidget* parent);

    /// The part of the input in sight (0..1), for sorting by the attention that falls on it.
    void setVisiblePart(const QRectF&);
    const std::vector<int>& order() const { return order_; }
    QSize minimumSizeHint() const override { return {160, 36}; }
    Tip tipAt(const QPoint&) const override;
    QRect cellRect(int place) const;  ///< of the place-th in order, in the viewport

  protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void focusOutEvent(QFocusEvent*) override;
    bool event(QEvent*) override;
    bool viewportEvent(QEvent*) override;

  private:
    void rebuild();  ///< the grid or the colours changed
    void sort();
    void layOut();
    int firstInSight() const;  ///< the first place of the topmost row
    int placeAt(const QPoint&) const;
    void walkTo(int place);
    void paintCell(QPainter&, int place, float mostRead);
    void paintMapOf(int latent);

    State& state_;
    GridPtr grid_;
    QImage atlas_;  ///< all maps below one another, one pixel per element; each painted when it is first in sight
    std::vector<bool> painted_;
    std::vector<int> order_;
    QRectF visible_{0, 0, 1, 1};
    api::ColorTable table_{};  ///< the colours of the maps
    int columns_ = 8, walked_ = -1, cell_ = 38, cellHeight_ = 38;
};

class LatentsPanel final : public QWidget {
    Q_OBJECT
  public:
    explicit LatentsPanel(State&, QWidget* parent = nullptr);
    LatentsGrid* grid() const { return grid_; }

  private:
    void refresh();

    State& state_;
    QToolButton *sort_, *head_;
    LatentsGrid* grid_;
    QLabel* foot_;
};

}  // namespace perceiver::ui
