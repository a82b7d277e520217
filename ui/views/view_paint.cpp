#include "ui/views/view_paint.h"

#include <QCoreApplication>
#include <algorithm>

#include "ui/style/colorbar.h"
#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(MediaView)
};

}  // namespace

HoverWords hoverWords(const State& state, std::optional<float> value) {
    const ResultPtr r = state.result();
    const MapPtr map = state.shownMap();
    const api::ElementInfo* answer = state.element();
    HoverWords words;
    if (!map || !value) {
        words.attention = Words::tr("not computed yet");
    } else if (map->scale == api::Scale::probability) {
        words.attention = Words::tr("attention %1 · %2 uniform")
                              .arg(significant(double(*value)), timesUniform(double(*value) * r->elements()));
    } else {
        words.attention = Words::tr("score %1").arg(significant(double(*value), 3));
        if (answer)
            words.attention +=
                Words::tr(" · %1 uniform").arg(timesUniform(double(answer->attention) * r->elements()));
    }
    if (answer && !answer->readers.empty()) {
        QStringList names;
        for (std::size_t i = 0; i < std::min<std::size_t>(3, answer->readers.size()); ++i)
            names << QString::number(answer->readers[i].first);
        words.readers = Words::tr("read most by latents %1").arg(names.join(", "));
    }
    return words;
}

void drawColorBar(QPainter& p, const QRectF& bar, const api::Map& map, const State& state, std::optional<float> marked) {
    paintImage(p, bar, paintColorBar(state.view().colorMap), true, 3);
    p.setFont(textFont(Text::caption));
    p.setPen(colors().muted);
    for (const Tick& t : colorBarTicks(map, state.result()->elements(), 18 / bar.height())) {
        const double y = bar.bottom() - t.position * bar.height();
        p.fillRect(QRectF(bar.right() + 1,
                          y - (t.position >= 1   ? 0
                               : t.position <= 0 ? 1
                                                 : 0.5),
                          3, 1),
                   colors().line);
        const double middle = std::clamp(y, bar.top() + 6, bar.bottom() - 6);
        paintTabular(p, QRectF(bar.right() + 7, middle - 10, kColorBarSpace, 20), Qt::AlignVCenter, t.label);
    }
    if (!marked) return;
    const ColorRange range = api::range_of(map.scale, map.low, map.high);
    const double y = bar.bottom() - std::clamp(double(range.position(*marked)), 0.0, 1.0) * bar.height();
    p.save();
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(Qt::NoPen);
    p.setBrush(colors().text);
    p.drawPolygon(QPolygonF{{bar.left() - 2, y}, {bar.left() - 8, y - 4}, {bar.left() - 8, y + 4}});
    p.restore();
}

void paintWaiting(QPainter& p, const QRect& room, const State& state) {
    if (state.opening().isEmpty()) return;
    p.setFont(textFont(Text::title));
    p.setPen(colors().text);
    const auto* loading = state.loading();
    p.drawText(room, Qt::AlignCenter,
               loading ? Words::tr("Loading %1").arg(QString::fromStdString(loading->name))
                       : Words::tr("Opening %1").arg(state.opening()));
    if (!loading) return;
    p.setFont(textFont(Text::body));
    p.setPen(colors().muted);
    p.drawText(room.translated(0, 26), Qt::AlignCenter, loadingWords(loading->at));
}

}  // namespace perceiver::ui
