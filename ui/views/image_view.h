// A picture in its true aspect with an attention map over it, beside it, or alone. Draws (result, view state)
// and nothing else; tells which element the pointer is on.
#pragma once

#include "ui/state/state.h"
#include "ui/views/hover_card.h"
#include "ui/views/media_view.h"
#include "ui/views/viewport.h"

namespace perceiver::ui {

class ImageView final : public MediaView {
    Q_OBJECT
  public:
    explicit ImageView(State&, QWidget* parent = nullptr);

    double zoom() const override { return viewport_.zoom(); }
    void fit() override;
    void zoomBy(double factor) override;  ///< about the middle
    QRectF visiblePart() const override;

    // What a test asks.
    QPointF elementCentre(int element) const;  ///< on the map's pane, in widget coordinates
    QStringList colorBarLabels() const;
    QRectF pictureRect() const;  ///< where the picture (or the map alone) lies
    const QImage& mapImage() const { return map_; }
    HoverCard* hoverCard() const { return card_; }

  protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    void leaveEvent(QEvent*) override;

  private:
    struct Pane {
        QRectF area;
        bool picture = false, map = false;
    };
    std::vector<Pane> panes() const;
    const Pane* paneAt(const std::vector<Pane>&, const QPointF&) const;
    QRectF cropInScene() const;
    int elementAt(const QPointF&) const;
    void rebuild();
    void rebuildMap();
    void point(const QPointF&);
    void unpoint();
    void refreshCard();
    void paintPane(QPainter&, const Pane&);
    void paintPicture(QPainter&, const QRectF& target);
    void paintElement(QPainter&, const QRectF& crop);
    void paintColorBar(QPainter&);
    QRectF colorBarRect() const;

    State& state_;
    Viewport viewport_;
    HoverCard* card_;
    QImage map_;     ///< one pixel per element, transparency in it
    QImage scaled_;  ///< the picture at the size last drawn
    qint64 scaledFrom_ = 0;
    int hovered_ = -1;
    QPointF pointer_, dragged_;
    bool dragging_ = false;
};

}  // namespace perceiver::ui
