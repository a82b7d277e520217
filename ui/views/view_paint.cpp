#include "ui/views/view_paint.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "ui/style/format.h"
#include "ui/style/pins.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

struct Words {
    Q_DECLARE_TR_FUNCTIONS(MediaView)
};

}  // namespace

api::Map barOf(const State& state) {
    api::Map bar;
    const MapPtr a = state.shownMap(), b = state.view().compare == Compare::split ? state.otherMap() : nullptr;
    const MapPtr first = a ? a : b;
    if (!first) return bar;
    bar.scale = first->scale;
    bar.low = first->low;
    bar.high = first->high;
    if (a && b && b->scale == a->scale) {
        bar.low = std::min(a->low, b->low);
        bar.high = std::max(a->high, b->high);
    }
    return bar;
}

api::ColorTable tableOf(const State& state, bool onGround) {
    const api::Map bar = barOf(state);
    if (is_difference(bar.scale)) return divergingColors(theme());
    return onGround ? colorsOnGround(state.view().colorMap, theme()) : api::color_table(state.view().colorMap);
}

QString choiceWords(const State& state, const MapChoice& c, bool brief) {
    const ResultPtr r = state.result();
    QString words = Words::tr("cross-attend %1").arg(c.crossAttend + 1);
    words += c.latent != api::all_latents ? Words::tr(" · latent %1").arg(c.latent)
             : brief                      ? Words::tr(" · mean")
                                          : Words::tr(" · mean over %1 latents").arg(r ? r->model->latents : 0);
    if (c.head != api::all_heads) words += Words::tr(" · head %1").arg(c.head + 1);
    return words;
}

QString evidenceWords(const State& state) {
    const api::Prediction* of = state.explanation().prediction();
    switch (state.view().evidence) {
        case api::Evidence::relevance:
            return Words::tr("relevance for %1").arg(of ? QString::fromStdString(of->label) : QString());
        case api::Evidence::rollout: return Words::tr("attention rollout");
        case api::Evidence::attention: break;
    }
    return Words::tr("raw attention, mean over all cross-attends");
}

QString paintSide(QPainter& p, const QRectF& pane, const State& state, bool other) {
    const QString name = other ? QStringLiteral("B") : QStringLiteral("A");
    const QString words = name + QStringLiteral("  ") +
                    (!other && state.showsEvidence() ? evidenceWords(state)
                                                     : choiceWords(state, other ? state.view().other : state.shown()));
    p.save();
    p.setFont(textFont(Text::caption, true));
    const QFontMetricsF metrics(p.font());
    const QString fitting = metrics.elidedText(words, Qt::ElideRight, pane.width() - 24);
    const QRectF box(pane.left(), pane.top(), metrics.horizontalAdvance(fitting) + 16, 22);
    QColor ground = colors().panel;
    ground.setAlphaF(0.86F);
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(Qt::NoPen);
    p.setBrush(ground);
    p.drawRoundedRect(box, 4, 4);
    p.setPen(colors().text);
    p.drawText(box, Qt::AlignCenter, fitting);
    p.restore();
    return words;
}

std::vector<Line> shownLines(const State& state) {
    std::vector<Line> lines;
    const ResultPtr r = state.result();
    const auto k = std::size_t(state.view().crossAttend);
    if (!r || k >= r->cross.size()) return lines;
    const auto add = [&](const MapPtr& map, const QColor& color, const QString& words, int slot = -1,
                         bool passing = false) {
        if (map && map->scale == api::Scale::probability && int(map->values.size()) >= r->elements())
            lines.push_back({map, color, words, slot, passing});
    };
    add(r->cross[k].mean, colors().cross, Words::tr("mean over latents"));
    for (int slot = 0; slot < kPins; ++slot)
        if (const int latent = state.view().pins[std::size_t(slot)]; latent != api::all_latents)
            add(state.pinMap(slot), pinColor(slot, theme()), Words::tr("latent %1").arg(latent), slot);
    if (state.showsEvidence())
        add(state.shownMap(), colors().output, evidenceWords(state));
    else if (const int latent = state.shownLatent(); latent != api::all_latents && state.view().slotOf(latent) < 0)
        add(state.shownMap(), colors().muted, Words::tr("latent %1").arg(latent), -1, true);
    return lines;
}

QString legendOf(const std::vector<Line>& lines) {
    QString legend;
    for (const Line& line : lines) {
        const QString sign = line.slot < 0 ? QString::fromUtf8("■") : pinSign(line.slot);
        legend += legend.isEmpty() ? QString() : QString::fromUtf8("&nbsp; ");
        legend += QString::fromUtf8("<span style=\"color:%1\">%2</span> %3")
                      .arg(line.color.name(), sign, line.words.toHtmlEscaped());
    }
    return legend;
}

QImage holesImage(const State& state, int first, int rows, int cols) {
    const auto& gone = state.explanation().gone();
    if (gone.empty() || first + rows * cols > int(gone.size())) return {};
    QImage image(cols, rows, QImage::Format_ARGB32_Premultiplied);
    const QRgb closed = colors().background.rgb();
    for (int row = 0; row < rows; ++row) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(row));
        for (int col = 0; col < cols; ++col) line[col] = gone[std::size_t(first + row * cols + col)] ? closed : 0;
    }
    return image;
}

void paintPins(QPainter& p, const std::vector<PinMark>& marks, int first, int rows, int cols,
               const std::function<QRectF(int, int)>& cell) {
    p.save();
    p.setRenderHint(QPainter::Antialiasing);
    p.setBrush(Qt::NoBrush);
    for (const PinMark& mark : marks) {
        const auto in = [&](int row, int col) {
            return row >= 0 && col >= 0 && row < rows && col < cols &&
                   std::binary_search(mark.core.begin(), mark.core.end(), first + row * cols + col);
        };
        QVector<QLineF> edges;
        for (const int element : mark.core) {
            const int at = element - first, row = at / cols, col = at % cols;
            if (at < 0 || at >= rows * cols) continue;
            const QRectF c = cell(row, col);
            const bool downwards =
                rows < 2 || cell(std::min(row + 1, rows - 1), col).top() >= cell(std::max(row - 1, 0), col).top();
            if (!in(row - 1, col))
                edges << (downwards ? QLineF(c.topLeft(), c.topRight()) : QLineF(c.bottomLeft(), c.bottomRight()));
            if (!in(row + 1, col))
                edges << (downwards ? QLineF(c.bottomLeft(), c.bottomRight()) : QLineF(c.topLeft(), c.topRight()));
            if (!in(row, col - 1)) edges << QLineF(c.topLeft(), c.bottomLeft());
            if (!in(row, col + 1)) edges << QLineF(c.topRight(), c.bottomRight());
        }
        const QColor color = pinColor(mark.slot, theme());
        for (const auto& [ink, width] : {std::pair<QColor, double>{QColor(0, 0, 0, 150), 3.5}, {color, 2}}) {
            p.setPen(QPen(ink, width, Qt::SolidLine, Qt::RoundCap));
            p.drawLines(edges);
        }
        if (const int at = mark.peak - first; at >= 0 && at < rows * cols)
            paintPin(p, cell(at / cols, at % cols).center(), mark.slot, 11, color, QColor(0, 0, 0, 200));
    }
    p.restore();
}

HoverWords hoverWords(const State& state, std::optional<float> value) {
    const ResultPtr r = state.result();
    const MapPtr map = state.shownMap();
    const api::ElementInfo* answer = state.element();
    HoverWords words;
    if (!map || !value) {
        words.attention = Words::tr("not computed yet");
    } else if (is_difference(map->scale)) {
        const QString sign = *value < 0 ? QString(QChar(0x2212)) : QStringLiteral("+");
        const double size = std::abs(double(*value));
        words.attention = map->scale == api::Scale::probability_difference
                              ? Words::tr("A − B: %1%2 · %1%3 uniform")
                                    .arg(sign, significant(size), timesUniform(size * r->elements()))
                              : Words::tr("A − B: score %1%2").arg(sign, significant(size, 3));
    } else if (map->scale == api::Scale::probability) {
        words.attention =
            (state.showsEvidence() ? Words::tr("share %1 · %2 uniform") : Words::tr("attention %1 · %2 uniform"))
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

void paintLoop(QPainter& p, const QRectF& area, double left, double right) {
    const QRectF shaded = area & QRectF(QPointF(left, area.top()), QPointF(right, area.bottom()));
    if (shaded.isEmpty()) return;
    QColor veil = colors().text;
    veil.setAlphaF(0.10F);
    p.fillRect(shaded, veil);
    veil.setAlphaF(0.6F);
    for (const double x : {left, right - 1})
        if (x >= area.left() - 1 && x <= area.right())
            p.fillRect(QRectF(std::round(x), area.top(), 1, area.height()), veil);
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
