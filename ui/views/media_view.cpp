#include "ui/views/media_view.h"

#include <QPainter>

#include "ui/state/state.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

void MediaView::paintWaiting(QPainter& p, const State& state) const {
    if (state.opening().isEmpty()) return;
    const auto* loading = state.loading();
    p.setFont(textFont(Text::title));
    p.setPen(colors().text);
    p.drawText(rect(), Qt::AlignCenter,
               loading ? tr("Loading %1").arg(QString::fromStdString(loading->name)) : tr("Opening %1").arg(state.opening()));
    if (!loading) return;
    p.setFont(textFont(Text::body));
    p.setPen(colors().muted);
    p.drawText(rect().translated(0, 26), Qt::AlignCenter, loadingWords(loading->at));
}

}  // namespace perceiver::ui
