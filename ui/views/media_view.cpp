#include "ui/views/media_view.h"

#include "ui/views/view_paint.h"

namespace perceiver::ui {

Tip MediaView::tipAt(const QPoint& at) const {
    for (const Written& one : written_)
        if (one.box.contains(at)) return one.tip;
    return {};
}

void MediaView::writeSide(QPainter& p, const QRectF& pane, bool other) const {
    constexpr double high = 28;
    const QString words = paintSide(p, pane, state_, other);
    written_.push_back({QRectF(pane.topLeft(), QSizeF(pane.width(), high)), {words, words}});
}

QRectF MediaView::besideBar(const QRectF& bar) {
    constexpr double above = 12;
    return {bar.left(), bar.top() - above, kColorBarSpace, bar.height() + 2 * above};
}

}  // namespace perceiver::ui
