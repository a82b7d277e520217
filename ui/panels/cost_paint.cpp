// The cards of the lab Cost: bars of every part, and the charts.
#include <QLocale>
#include <QMouseEvent>
#include <algorithm>
#include <cmath>

#include "ui/panels/cost_lab.h"
#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

using Kind = api::CostPart::Kind;
constexpr double kEdge = 12, kTop = 8, kHeader = 16, kGap = 8, kMostRow = 24;
constexpr double kName = 108, kNarrow = 460;
constexpr float kTint = 0.34F;

QString gflop(double flops) { return significant(flops / 1e9, flops >= 1e11 ? 3 : 2); }
QString megabytes(std::int64_t bytes) { return significant(double(bytes) / 1e6); }

}  // namespace

// ---- the bars ----

CostBoard::CostBoard(State& state, QWidget* parent) : QWidget(parent), state_(state) {
    setObjectName("costBoard");
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setMouseTracking(true);
    setAccessibleName(tr("Cost of every part"));
    connect(&state_.labs(), &LabAnswers::costChanged, this, &CostBoard::refresh);
    connect(&state_, &State::busyChanged, this, qOverload<>(&QWidget::update));
    connect(&state_, &State::viewChanged, this, &CostBoard::refresh);   // another cross-attend, or theme
    refresh();
}

void CostBoard::refresh() {
    rows_.clear();
    const api::CostTable* cost = state_.labs().cost();
    if (cost) {
        const Colors& c = colors();
        const std::pair<Kind, QColor> kinds[] = {{Kind::input, c.input},        {Kind::latents, c.latent},
                                                 {Kind::cross_attend, c.cross}, {Kind::latent_block, c.latent},
                                                 {Kind::head, c.output},        {Kind::decoder, c.output}};
        for (const auto& [kind, color] : kinds) {
            Row row{{}, color, {}, 0, -1, 0, 0, 0, false};
            for (const api::CostPart& part : cost->parts) {
                if (part.kind != kind) continue;
                row.flops += part.flops;
                if (part.milliseconds) row.milliseconds = std::max(0.0, row.milliseconds) + *part.milliseconds;
                row.parameters += part.shared ? 0 : part.parameters;
                row.shared = row.shared || part.shared;
                row.matrix += part.matrix_bytes;
                row.kept += part.kept_bytes;
                row.parts.push_back(part);
            }
            if (row.parts.empty()) continue;
            const int n = int(row.parts.size());
            const QString name = kind == Kind::input          ? tr("Input array")
                                 : kind == Kind::latents      ? tr("Latent array")
                                 : kind == Kind::cross_attend ? tr("Cross-attend")
                                 : kind == Kind::latent_block ? tr("Latent block")
                                 : kind == Kind::head         ? tr("Head")
                                                              : tr("Decoder");
            row.name = n > 1 ? tr("%1 × %2").arg(name).arg(n) : name;
            rows_.push_back(std::move(row));
        }
    }
    QStringList all;
    for (int r = 0; r < int(rows_.size()); ++r) {
        QStringList line{rows_[std::size_t(r)].name};
        for (const Column column : {kFlops, kTime, kWeights, kMemory}) line << words(r, column);
        all << line.join(' ');
    }
    setAccessibleDescription(all.join('\n'));
    update();
}

QString CostBoard::words(int row, Column column) const {
    const Row& r = rows_[std::size_t(row)];
    switch (column) {
        case kFlops: return r.flops > 0 ? gflop(r.flops) : tr("none");
        case kTime: return r.milliseconds < 0 ? QString() : milliseconds(r.milliseconds);
        case kWeights:
            if (r.parameters == 0) return tr("none");
            return r.shared && width() >= kNarrow ? tr("%1, shared").arg(millions(r.parameters))
                                                  : millions(r.parameters);
        case kMemory: return r.matrix == 0 ? QString() : tr("%1 → %2").arg(megabytes(r.matrix), megabytes(r.kept));
        case kColumns: break;
    }
    return {};
}

QRectF CostBoard::cell(int row, Column column) const {
    const double room = width() - 2 * kEdge - kName - int(kColumns) * kGap, wide[] = {0.25, 0.23, 0.22, 0.3},
                 narrow[] = {0.24, 0.22, 0.17, 0.37};
    const double* parts = width() < kNarrow ? narrow : wide;
    double left = kEdge + kName + kGap;
    for (int c = 0; c < column; ++c) left += room * parts[c] + kGap;
    const double n = double(rows_.size()) + 1;   // and the sum below
    const double high = std::min(kMostRow, (height() - 2 * kTop - kHeader) / n);
    return {left, kTop + kHeader + row * high, room * parts[column], high};
}

double CostBoard::valueOf(const api::CostPart& part, Column column) {
    return column == kFlops    ? part.flops
           : column == kTime   ? part.milliseconds.value_or(0)
           : column == kMemory ? double(part.matrix_bytes)
                               : 0;
}

/// Of the longest bar of its column.
double CostBoard::shareOf(const Row&, Column column, double value) const {
    double most = 0;
    for (const Row& row : rows_)
        most = std::max(most, column == kFlops  ? row.flops
                              : column == kTime ? row.milliseconds
                                                : double(std::max(row.matrix, row.kept)));
    return most > 0 ? std::clamp(value / most, 0.0, 1.0) : 0;
}

QRectF CostBoard::segment(int row, Column column, int part) const {
    const Row& r = rows_[std::size_t(row)];
    if (column == kWeights || part < 0 || part >= int(r.parts.size())) return {};
    double before = 0;
    for (int i = 0; i < part; ++i) before += valueOf(r.parts[std::size_t(i)], column);
    const QRectF room = cell(row, column).adjusted(0, 1.5, 0, -1.5);
    const double left = shareOf(r, column, before),
                 right = shareOf(r, column, before + valueOf(r.parts[std::size_t(part)], column));
    return {room.left() + left * room.width(), room.top(), (right - left) * room.width(), room.height()};
}

void CostBoard::paintCell(QPainter& p, int row, Column column) const {
    const Colors& c = colors();
    const Row& r = rows_[std::size_t(row)];
    const QRectF room = cell(row, column).adjusted(0, 1.5, 0, -1.5);
    const QString said = words(row, column);
    const bool bar = column != kWeights && !said.isEmpty() && said != tr("none");
    if (bar) {
        p.fillRect(room, c.panel);
        for (int i = 0; i < int(r.parts.size()); ++i) {
            const QRectF one = segment(row, column, i);
            const api::CostPart& part = r.parts[std::size_t(i)];
            QColor tint = r.color;
            const bool chosen = part.kind == Kind::cross_attend && part.stage == state_.view().crossAttend;
            tint.setAlphaF(chosen ? 0.6F : kTint);
            p.fillRect(one, tint);
            if (one.width() > 2) p.fillRect(QRectF(one.right() - 1, one.top(), 1, one.height()), c.panel);
        }
        if (column == kMemory)   // what stays of it
            p.fillRect(QRectF(room.left(), room.bottom() - 3, room.width() * shareOf(r, column, double(r.kept)), 3),
                       r.color);
        else
            p.fillRect(QRectF(room.left(), room.top(), 2, room.height()), r.color);
    }
    p.setFont(textFont(Text::caption));
    p.setPen(bar ? c.text : c.muted);
    const QRectF text = room.adjusted(bar ? 6 : 0, 0, -4, 0);
    const QFontMetricsF metrics(p.font());
    if (tabularWidth(metrics, said) <= text.width()) return paintTabular(p, text, Qt::AlignVCenter, said);
    p.drawText(text, Qt::AlignVCenter, metrics.elidedText(said, Qt::ElideRight, text.width()));
}

void CostBoard::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    paintCard(p, rect(), c.raised, c.line);
    const api::CostTable* cost = state_.labs().cost();
    if (!cost || rows_.empty()) return;
    if (state_.dimmed()) p.setOpacity(0.4);
    const QStringList above = heads();
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    const QFontMetricsF metrics(p.font());
    for (int i = 0; i < kColumns; ++i) {
        const QRectF below = cell(0, Column(i));
        p.drawText(QRectF(below.left(), kTop, below.width() + kGap, kHeader), Qt::AlignTop,
                   metrics.elidedText(above[i], Qt::ElideRight, below.width() + kGap));
    }
    const double name = cell(0, kFlops).left() - kEdge - kGap;
    for (int r = 0; r < int(rows_.size()); ++r) {
        const QRectF first = cell(r, kFlops);
        p.setPen(Qt::NoPen);
        p.setRenderHint(QPainter::Antialiasing);
        p.setBrush(rows_[std::size_t(r)].color);
        p.drawEllipse(QPointF(kEdge + 3, first.center().y()), 3, 3);
        p.setRenderHint(QPainter::Antialiasing, false);
        p.setPen(c.text);
        p.setFont(textFont(Text::caption));
        p.drawText(QRectF(kEdge + 12, first.top(), name - 12, first.height()), Qt::AlignVCenter,
                   metrics.elidedText(rows_[std::size_t(r)].name, Qt::ElideRight, name - 12));
        for (int i = 0; i < kColumns; ++i) paintCell(p, r, Column(i));
    }
    double measured = 0;
    for (const Row& row : rows_) measured += std::max(0.0, row.milliseconds);
    const QString sums[] = {gflop(cost->flops), milliseconds(measured), millions(cost->parameters),
                            tr("%1 → %2").arg(megabytes(cost->matrix_bytes), megabytes(cost->kept_bytes))};
    p.setFont(textFont(Text::caption, true));
    p.setPen(c.text);
    const int last = int(rows_.size());
    p.fillRect(QRectF(kEdge, cell(last, kFlops).top(), width() - 2 * kEdge, 1), c.line);
    p.drawText(QRectF(kEdge + 12, cell(last, kFlops).top(), name - 12, cell(last, kFlops).height()), Qt::AlignVCenter,
               tr("All"));
    for (int i = 0; i < kColumns; ++i)
        paintTabular(p, cell(last, Column(i)).adjusted(i == kWeights ? 0 : 6, 0, 8, 0), Qt::AlignVCenter, sums[i]);
}

QStringList CostBoard::heads() const {
    return {tr("GFLOP"), tr("this run"), tr("weights"),
            width() < kNarrow ? tr("MB → kept") : tr("attention → kept, MB")};
}

const api::CostPart* CostBoard::partAt(const QPointF& at) const {
    for (int r = 0; r < int(rows_.size()); ++r) {
        const Row& row = rows_[std::size_t(r)];
        if (at.y() < cell(r, kFlops).top() || at.y() >= cell(r, kFlops).bottom()) continue;
        for (const Column column : {kFlops, kTime, kMemory})
            for (int i = 0; i < int(row.parts.size()); ++i)
                if (segment(r, column, i).contains(at)) return &row.parts[std::size_t(i)];
    }
    return nullptr;
}

QString CostBoard::tipOf(const api::CostPart& part) const {
    const QString name =
        part.kind == Kind::cross_attend
            ? tr("Cross-attend %1, %2").arg(part.stage + 1).arg(part.separable ? tr("separable") : tr("dense"))
        : part.kind == Kind::latent_block
            ? tr("Latent block %1.%2, layers: %3").arg(part.stage + 1).arg(part.block + 1).arg(part.layers)
        : part.kind == Kind::input   ? tr("Input array")
        : part.kind == Kind::latents ? tr("Latent array")
        : part.kind == Kind::head    ? tr("Head")
                                     : tr("Decoder");
    QString tip = tr("%1: %2 GFLOP").arg(name, gflop(part.flops));
    if (part.milliseconds) tip += tr(", %1 in this run").arg(milliseconds(*part.milliseconds));
    tip += part.shared ? tr(". Its %1 weights are those of an earlier part.").arg(count(part.parameters))
                       : tr(". %1 weights.").arg(count(part.parameters));
    if (part.matrix_bytes > 0)
        tip +=
            tr(" Its attention matrices would fill %1 MB; the trace keeps %2 MB, from which any of them is made again.")
                .arg(megabytes(part.matrix_bytes), megabytes(part.kept_bytes));
    return tip;
}

Tip CostBoard::tipAt(const QPoint& at) const {
    if (const api::CostPart* part = partAt(at)) return {tipOf(*part), tipOf(*part)};
    QString shown;
    for (int r = 0; r < int(rows_.size()); ++r)
        if (at.y() >= cell(r, kFlops).top() && at.y() < cell(r, kFlops).bottom())
            shown = rows_[std::size_t(r)].name + '\n' + words(r, kWeights);
    return {tr("Operations, the time this run took, trained numbers, and what all attention matrices would fill beside "
               "what is kept of "
               "them"),
            shown.isEmpty() ? heads().join('\n') : shown};
}

void CostBoard::mousePressEvent(QMouseEvent* event) {
    const api::CostPart* part = partAt(event->position());
    if (part && part->kind == Kind::cross_attend) return state_.selectCrossAttend(part->stage);
    event->ignore();
}

// ---- the charts ----

CostCharts::CostCharts(State& state, QWidget* parent) : QWidget(parent), state_(state) {
    setObjectName("costCharts");
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Operations against inputs, latents and layers"));
    setToolTip(
        tr("Operations of the whole model, were there a quarter to four times as many inputs, latents, or layers in a "
           "latent block; "
           "both axes are logarithmic. Dashed: one layer of self-attention over all M inputs, quadratic in M (section "
           "3.1)."));
    connect(&state_.labs(), &LabAnswers::costChanged, this, qOverload<>(&QWidget::update));
    connect(&state_, &State::busyChanged, this, qOverload<>(&QWidget::update));
}

const std::vector<api::CostAt>& CostCharts::counted(int index) const {
    const api::CostTable& cost = *state_.labs().cost();
    return index == 0 ? cost.by_elements : index == 1 ? cost.by_latents : cost.by_layers;
}

std::vector<QPointF> CostCharts::curve(int index) const {
    std::vector<QPointF> out;
    for (const api::CostAt& v : counted(index)) out.emplace_back(double(v.at), v.flops / 1e9);
    return out;
}

std::vector<QPointF> CostCharts::contrast(int index) const {
    const api::CostTable& cost = *state_.labs().cost();
    std::vector<QPointF> out;
    for (const api::CostAt& v : counted(index))
        out.emplace_back(
            double(v.at),
            api::self_attend_flops(double(index == 0 ? v.at : cost.elements), double(cost.channels)) / 1e9);
    return out;
}

std::optional<double> CostCharts::crossing() const {
    const api::CostTable* cost = state_.labs().cost();
    if (!cost || cost->by_elements.size() < 2) return {};
    const double at = api::crossing_elements(*cost);
    if (at < double(cost->by_elements.front().at) || at > double(cost->by_elements.back().at)) return {};
    return at;
}

Chart CostCharts::chartOf(int index) const {
    double low = 1e300, high = 0;
    for (int i = 0; i < 3; ++i)   // one height means the same in all three
        for (const auto& line : {curve(i), contrast(i)})
            for (const QPointF& v : line) low = std::min(low, v.y()), high = std::max(high, v.y());
    const auto& counts = counted(index);
    const api::CostTable& cost = *state_.labs().cost();
    const double is = std::max<double>(double(counts.front().at), double(index == 0   ? cost.elements
                                                                         : index == 1 ? cost.latents
                                                                                      : cost.layers));
    Chart out;
    const double first = kEdge + kChartLeft + 6, wide = (width() - first - kEdge - 2 * 16) / 3;
    out.plot = QRectF(first + index * (wide + 16), kTop + 20, wide, height() - kTop - 20 - kChartBottom - 22);
    out.x = {double(counts.front().at), std::max(double(counts.back().at), double(counts.front().at) * 1.01), true, {}};
    for (const double at : {is, double(counts.back().at), double(counts.front().at)})
        out.x.ticks.push_back({at, at >= 10'000 ? millions(std::llround(at)) : count(std::llround(at))});
    out.y = {low / 1.4, high * 1.4, true, {}};
    out.y.ticks = powerTicks(out.y.from, out.y.to, 4);
    return out;
}

QString CostCharts::title(int index) const {
    return index == 0 ? tr("inputs M") : index == 1 ? tr("latents N") : tr("layers of a block");
}

Tip CostCharts::tipAt(const QPoint& at) const {
    const QString says = toolTip(), shown = tr("GFLOP, self-attention");
    for (int i = 0; i < 3 && state_.labs().cost(); ++i) {
        const Chart chart = chartOf(i);
        if (!chart.plot.adjusted(-4, -4, 4, 4).contains(at)) continue;
        const auto values = curve(i), other = contrast(i);
        const auto far = [&](std::size_t k) { return std::abs(chart.at(values[k].x(), 1).x() - at.x()); };
        std::size_t nearest = 0;
        for (std::size_t k = 0; k < values.size(); ++k)
            if (far(k) < far(nearest)) nearest = k;
        return {tr("%1 = %2: the model %3 GFLOP, one layer of self-attention over all inputs %4 GFLOP")
                        .arg(title(i), count(std::llround(values[nearest].x())), significant(values[nearest].y(), 3),
                             significant(other[nearest].y(), 3)) +
                    '\n' + says,
                shown};
    }
    return {tr("Against %1, %2 and %3; dashed: of one self-attention layer over all M inputs")
                    .arg(title(0), title(1), title(2)) +
                '\n' + says,
            shown + '\n' + title(0) + '\n' + title(1)};
}

void CostCharts::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    paintCard(p, rect(), c.raised, c.line);
    if (!state_.labs().cost()) return;
    if (state_.dimmed()) p.setOpacity(0.4);
    const QColor lines[] = {c.input, c.latent, c.latent};
    for (int i = 0; i < 3; ++i) {
        Chart chart = chartOf(i);
        if (i > 0)
            for (ChartTick& tick : chart.y.ticks) tick.label.clear();
        p.setFont(textFont(Text::caption, true));
        p.setPen(c.text);
        p.drawText(QRectF(chart.plot.left(), kTop, chart.plot.width() + 8, 16), Qt::AlignVCenter,
                   p.fontMetrics().elidedText(title(i), Qt::ElideRight, int(chart.plot.width() + 8)));
        paintAxes(p, chart, c);
        paintCurve(p, chart, contrast(i), c.text, Qt::DashLine, 0);
        paintCurve(p, chart, curve(i), lines[i], Qt::SolidLine, 2.5);
        const api::CostTable& cost = *state_.labs().cost();
        const double is = double(i == 0   ? cost.elements
                                 : i == 1 ? cost.latents
                                          : std::max<std::int64_t>(1, cost.layers));
        p.setRenderHint(QPainter::Antialiasing);
        p.setPen(QPen(lines[i], 2));
        p.setBrush(c.raised);
        p.drawEllipse(chart.at(is, cost.flops / 1e9), 4, 4);   // this model
        if (const auto meet = i == 0 ? crossing() : std::nullopt) {
            p.setPen(QPen(c.text, 1));
            p.setBrush(Qt::NoBrush);
            p.drawEllipse(chart.at(*meet, api::self_attend_flops(*meet, double(cost.channels)) / 1e9), 7, 7);
        }
        p.setRenderHint(QPainter::Antialiasing, false);
    }
    p.setFont(textFont(Text::caption));
    // What the lines are.
    const double y = height() - 13;
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(QPen(c.input, 2));
    p.drawLine(QPointF(kEdge, y), QPointF(kEdge + 14, y));
    p.setPen(QPen(c.text, 1.5, Qt::DashLine));
    const QString whole = tr("GFLOP of the model");
    const double second = kEdge + 20 + p.fontMetrics().horizontalAdvance(whole) + 14;
    p.drawLine(QPointF(second, y), QPointF(second + 20, y));
    p.setPen(c.muted);
    p.drawText(QRectF(kEdge + 20, y - 9, second, 18), Qt::AlignVCenter, whole);
    const QRectF room(second + 26, y - 9, width() - second - 26 - kEdge, 18);
    const QString longer = tr("of one layer of self-attention over all M inputs"),
                  shorter = tr("of one self-attention layer");
    const bool fits = p.fontMetrics().horizontalAdvance(longer) <= room.width();
    p.drawText(room, Qt::AlignVCenter,
               p.fontMetrics().elidedText(fits ? longer : shorter, Qt::ElideRight, int(room.width())));
}

}  // namespace perceiver::ui
