// A picture in its true aspect with an attention map over it, beside it, or alone; zoom, pan, colour bar, the card
// beside the pointer. What the picture is, and which elements lie on it, a view of a kind says: an image, a film's
// frame.
#pragma once

#include <optional>

#include "ui/state/pin_marks.h"
#include "ui/state/state.h"
#include "ui/views/element_view.h"
#include "ui/views/viewport.h"

namespace perceiver::ui {

class PictureView : public ElementView {
    Q_OBJECT
  public:
    explicit PictureView(State&, QWidget* parent = nullptr);

    double zoom() const override { return viewport_.zoom(); }
    void fit() override;
    void zoomBy(double factor) override;  ///< about the middle
    QRectF visiblePart() const override;

    // What a test asks.
    QPointF elementCentre(int element) const override;  ///< on the map's pane
    QStringList colorBarLabels() const;
    QRectF pictureRect() const;  ///< where the picture (or the map alone) lies
    const QImage& mapImage() const { return map_; }

  protected:
    /// Elements first, first + 1, ... lie on the picture's crop, rows x cols of them; a coarse map has fewer cells.
    struct Cells {
        int first = 0, rows = 0, cols = 0;
        bool operator==(const Cells&) const = default;
    };
    virtual Cells cells() const = 0;
    virtual QImage picture() const = 0;         ///< what is shown, the whole of it
    virtual QSizeF pictureSize() const = 0;     ///< in the units of FileInfo::crop_*; the picture may have other pixels
    virtual QImage modelView() const = 0;       ///< what the model sees of it
    /// First line of the element's card; its first `strong` characters stand out.
    virtual QString elementWords(int element, int& strong) const = 0;

    /// The picture changes many times a second: it is scaled as fast as that needs.
    virtual bool quick() const { return false; }

    void showNew();      ///< another file: nothing of the one before stays
    void rebuild();      ///< another layout, or map
    void rebuildMap();   ///< if it is not the one that was built last
    void refreshCard() override;
    int elementAt(const QPointF&) override;
    void pointAgain();   ///< other elements lie under the pointer now

    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;

  private:
    struct Pane {
        QRectF area;
        bool picture = false, map = false;
        bool other = false;  ///< of the two maps compared, B
    };
    /// The values of the shown map that lie on the picture; null: none yet.
    struct Layer {
        const float* values = nullptr;
        int rows = 0, cols = 0;
    };
    /// What the images of the maps are made from.
    struct Made {
        MapPtr map, other;
        Compare compare = Compare::none;
        api::ColorTable table{};
        Cells cells;
        double opacity = -1;  ///< of the map over the picture; below 0: it stands alone
        bool operator==(const Made&) const = default;
    };
    Layer layer(const MapPtr&) const;
    QImage imageOf(const MapPtr&) const;
    std::optional<float> valueOf(int element) const;  ///< of the shown map; nothing while it is not computed
    std::vector<Pane> panes() const;
    const Pane* paneAt(const std::vector<Pane>&, const QPointF&) const;
    QRectF cropInScene() const;
    void paintPane(QPainter&, const Pane&);
    void paintPicture(QPainter&, const QRectF& target);
    void paintElement(QPainter&, const QRectF& crop, int element, const QColor& line);
    void paintMarks(QPainter&, const QRectF& crop);
    void paintColorBar(QPainter&);
    QRectF colorBarRect() const;

    Viewport viewport_;
    PinMarks pins_;
    Made made_;
    QImage map_, otherMap_;  ///< one pixel per element, transparency in it
    QImage holes_;           ///< likewise, of the elements left out
    QImage scaled_;  ///< the picture at the size last drawn
    qint64 scaledFrom_ = 0;
    QPointF dragged_, pressed_;
    bool dragging_ = false;
};

}  // namespace perceiver::ui
