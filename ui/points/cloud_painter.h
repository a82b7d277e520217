// Draws a cloud as discs, farthest first: nearer ones larger and clearer. On the processor alone, at 60 frames a
// second. Qt Gui only: the window, its small pictures and the drawn report share it.
#pragma once

#include <QImage>
#include <optional>

#include "ui/points/cloud_ink.h"
#include "ui/points/disc_stamps.h"
#include "ui/points/drawn_cloud.h"

namespace perceiver::ui {

class CloudPainter {
  public:
    /// Over what `onto` holds, RGB32 or ARGB32_Premultiplied; `pane` (the camera's) in its device pixels.
    void paint(QImage& onto, const QRectF& pane, const DrawnCloud&, const CloudInk&, const OrbitCamera&);

    // ---- of what was painted last ----
    /// In device pixels of the image, like everything here.
    const ProjectedPoints& places() const { return places_; }
    double radius(int point) const;
    /// The point at a place of the image, see PointFinder; -1: none.
    int find(const QPointF& at, double reach);

  private:
    ProjectedPoints places_, others_;
    PointFinder finder_;
    bool indexed_ = false;
    QSizeF size_;
    float perSize_ = 1;      ///< radius of a plain disc, over ProjectedPoints::size
    float largest_ = 1;
    std::vector<Standing> standing_;
    DiscStamps stamps_;
};

/// A cloud from where one sees it first, on the ink's ground or, where that is transparent, on none. `painted` then
/// knows where its points are.
QImage cloudPicture(const DrawnCloud&, const CloudInk&, const QSize& pixels, CloudPainter* painted = nullptr);
/// In its own colours on a panel of the theme: what stands for a file.
QImage cloudPicture(const api::Cloud&, const Colors&, const QSize& pixels);
/// Coloured by a map of the file's, on a panel of the theme.
QImage mapPicture(const api::FileInfo&, const api::Map&, const api::ColorTable&, const Colors&, const QSize& pixels);

}  // namespace perceiver::ui
