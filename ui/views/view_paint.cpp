#include "ui/views/view_paint.h"

#include <QCoreApplication>
#include <algorithm>

#include "ui/style/format.h"
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
