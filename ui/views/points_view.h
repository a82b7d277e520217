// A cloud of points to be turned in the hand, coloured by attention. Draws (result, view state, camera) and nothing
// else; tells which point the pointer is on.
#pragma once

#include "engine/api/thumbnail.h"
#include "ui/points/cloud_painter.h"
#include "ui/state/pin_marks.h"
#include "ui/state/state.h"
#include "ui/views/element_view.h"

namespace perceiver::ui {

class PointsView final : public ElementView {
    Q_OBJECT
  public:
    explicit PointsView(State&, QWidget* parent = nullptr);

    double zoom() const override { return camera_.zoom(); }
    void fit() override;
    void zoomBy(double factor) override;  ///< about the middle
    void turn(double azimuth, double elevation) override;
    QRectF visiblePart() const override;  ///< of the cloud's small picture
    bool overlays() const override;       ///< only colours of its own show through

    // What a test asks.
    const OrbitCamera& camera() const { return camera_; }
    QPointF elementCentre(int element) const override;  ///< on the coloured cloud
    double elementRadius(int element) const;
    QStringList colorBarLabels() const;
    QString foot() const { return aboutCloud() + '\n' + aboutPoint(); }

  protected:
    void paintEvent(QPaintEvent*) override;
    void resizeEvent(QResizeEvent*) override;
    void wheelEvent(QWheelEvent*) override;
    void mousePressEvent(QMouseEvent*) override;
    void mouseMoveEvent(QMouseEvent*) override;
    void mouseReleaseEvent(QMouseEvent*) override;
    void mouseDoubleClickEvent(QMouseEvent*) override;
    int elementAt(const QPointF&) override;
    void refreshCard() override;

  private:
    enum class Hold { nothing, orbit, pan };
    /// One drawing of the cloud: the part of the widget it covers, and in that, where the cloud fits.
    struct Pane {
        QRect box;
        QRectF area;
        bool attention = true, other = false;  ///< other: of the two maps compared, B
        CloudPainter painter;
        QImage image;
    };
    const api::Cloud* cloud() const;
    std::span<const float> values() const;   ///< of the map shown, one per point; empty: none
    CloudInk inkOf(std::span<const float> values) const;
    void paintRing(QPainter&, const Pane&, int point, const QColor&, double width) const;
    int pointOf(int element) const;
    Pane* paneAt(const QPointF&);
    Projection::Seen seen(const Pane&, int point) const;
    void layOut();
    void open();
    void reink();
    void moved();
    QString aboutCloud() const;
    static QString aboutPose(const api::Cloud&);
    QString aboutPoint() const;
    void render(Pane&);
    void paintGround(QPainter&, const Projection&) const;
    void paintPane(QPainter&, const Pane&) const;
    void paintAxes(QPainter&) const;
    void paintFoot(QPainter&) const;
    QRectF colorBarRect() const;

    OrbitCamera camera_;
    DrawnCloud drawn_;
    api::ThumbnailCells cells_;  ///< of the latents' small maps
    CloudInk ink_, otherInk_, plain_;   ///< by attention, by that of B, and without it
    mutable PinMarks pins_;
    api::JobId inked_ = 0;       ///< whose attention ink_ shows
    std::vector<Pane> panes_;
    bool stale_ = true;          ///< the panes' images are
    Hold hold_ = Hold::nothing;
    QPointF pressed_;
};

}  // namespace perceiver::ui
