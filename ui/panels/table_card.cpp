#include "ui/panels/table_card.h"

#include <QPainter>
#include <QToolButton>
#include <algorithm>

#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr double kPadding = 20, kTitle = 26, kHead = 52, kRow = 54, kFoot = 66, kBetween = 36, kBar = 10, kNumber = 132;
constexpr int kWidest = 940, kRows = 5;

QString numberWords(double accuracy, double low, double high) {
    if (accuracy <= 0) return TableCard::tr("not trained so");
    return high > 0 ? TableCard::tr("%1 (%2 to %3)")
                          .arg(percent(accuracy), percent(low).chopped(2), percent(high).chopped(2))
                    : percent(accuracy);
}

QString permutedWords(const api::ComparisonRow& row) {
    return (row.invariant ? QStringLiteral("= ") : QString()) +
           numberWords(row.permuted, row.permuted_low, row.permuted_high);
}

QString fieldWords(const api::ComparisonRow& row) {
    return TableCard::tr("receptive field %1").arg(count(row.receptive_field));
}

}  // namespace

TableCard::TableCard(State& state, QWidget* parent) : FloatCard(parent), state_(state), close_(new QToolButton(this)) {
    setObjectName("tableCard");
    close_->setObjectName("tableClose");
    close_->setProperty("quiet", true);
    close_->setToolTip(tr("Close (Esc)"));
    close_->setAccessibleName(tr("Close"));
    close_->setIconSize({16, 16});
    connect(close_, &QToolButton::clicked, this, &QWidget::hide);
    setAccessibleName(title());
    connect(&state_.rivals(), &RivalAnswers::tableChanged, this, [this] {
        setAccessibleDescription(text() + '\n' + foot());
        center();
        update();
    });
}

void TableCard::toggle() {
    if (isVisible()) return hide();
    state_.rivals().askTable();
    close_->setIcon(icon("close"));
    center();
    show();
    raise();
}

void TableCard::center() {
    const auto* table = state_.rivals().table();
    const std::size_t rows = table ? std::max(table->paper.size(), table->ours.size()) : kRows;
    const int wide = std::min(kWidest, parentWidget()->width() - 32),
              tall = int(2 * kPadding + kTitle + kHead + double(rows) * kRow + kFoot);
    resize(wide + 2 * kReach, tall + 2 * kReach);
    move((parentWidget()->width() - width()) / 2, std::max(0, (parentWidget()->height() - height()) / 2));
    close_->setGeometry(int(card().right()) - 40, int(card().top()) + 12, 28, 28);
}

QString TableCard::text() const {
    const auto* table = state_.rivals().table();
    if (!table) return {};
    QStringList lines;
    for (const auto* rows : {&table->paper, &table->ours}) {
        lines << (rows == &table->paper ? tr("The paper's: %1").arg(QString::fromStdString(table->paper_title))
                                        : tr("Ours: %1").arg(QString::fromStdString(table->our_title)));
        for (const auto& row : *rows)
            lines << QStringList{QString::fromStdString(row.model),
                                 tr("raw %1").arg(numberWords(row.raw, row.raw_low, row.raw_high)),
                                 tr("permuted %1").arg(permutedWords(row)), fieldWords(row)}
                         .join('\t');
    }
    return lines.join('\n');
}

QString TableCard::title() { return tr("Table 2: what a shuffle of the pixels costs whom"); }

QString TableCard::foot() {
    return tr(
        "Upper bar, raw: trained and tested on pictures in order. Lower bar, permuted: trained and tested under one "
        "fixed shuffle of the pixels, their positions with them. =: the same computation in any order, so one "
        "training is both. FF: with Fourier features. Receptive field: elements that one unit of the first layer "
        "reads. Line: 95 % interval. Other pictures and other sizes: compare what a shuffle costs, not the heights.");
}

/// Name and receptive field, and below them a bar and a number for each training.
void TableCard::paintRow(QPainter& p, const QRectF& room, const api::ComparisonRow& row, bool paper) const {
    const Colors& c = colors();
    p.setFont(textFont(Text::caption, true));
    p.setPen(c.text);
    p.drawText(QRectF(room.topLeft(), QSizeF(room.width(), 16)), Qt::AlignVCenter, QString::fromStdString(row.model));
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    paintTabular(p, QRectF(room.topLeft(), QSizeF(room.width(), 16)), Qt::AlignRight | Qt::AlignVCenter,
                 fieldWords(row));
    struct Bar {
        double value, low, high;
        QColor color;
        QString words;
    };
    const Bar bars[] = {
        {row.raw, row.raw_low, row.raw_high, c.output, numberWords(row.raw, row.raw_low, row.raw_high)},
        {row.permuted, row.permuted_low, row.permuted_high, row.invariant ? c.input : c.cross, permutedWords(row)}};
    double top = room.top() + 18;
    for (const Bar& bar : bars) {
        const QRectF track(room.left(), top, room.width() - kNumber, kBar);
        const auto x = [&](double part) { return track.left() + part * track.width(); };
        p.fillRect(track, c.track);
        const QRectF filled(track.topLeft(), QSizeF(x(bar.value) - track.left(), kBar));
        p.fillRect(filled, paper ? QBrush(bar.color, Qt::BDiagPattern) : QBrush(bar.color));
        if (paper && bar.value > 0) {
            p.setPen(bar.color);
            p.setBrush(Qt::NoBrush);
            p.drawRect(filled.adjusted(0.5, 0.5, -0.5, -0.5));
        }
        if (bar.high > 0) {
            p.setPen(QPen(c.text, 1.5));
            p.drawLine(QPointF(x(bar.low), track.center().y()), QPointF(x(bar.high), track.center().y()));
        }
        p.setPen(c.text);
        paintTabular(p, QRectF(track.right() + 8, top - 3, kNumber - 8, kBar + 6), Qt::AlignVCenter, bar.words);
        top += kBar + 4;
    }
}

void TableCard::paintTable(QPainter& p, const QRectF& room, bool paper) const {
    const Colors& c = colors();
    const auto& table = *state_.rivals().table();
    p.setFont(textFont(Text::body, true));
    p.setPen(c.text);
    p.drawText(QRectF(room.topLeft(), QSizeF(room.width(), 20)), Qt::AlignVCenter,
               paper ? tr("The paper's figures") : tr("Ours, measured with these models"));
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    p.drawText(QRectF(room.left(), room.top() + 20, room.width(), 16), Qt::AlignVCenter,
               p.fontMetrics().elidedText(QString::fromStdString(paper ? table.paper_title : table.our_title),
                                          Qt::ElideRight, int(room.width())));
    double top = room.top() + kHead;
    for (const auto& row : paper ? table.paper : table.ours) {
        paintRow(p, {room.left(), top, room.width(), kRow}, row, paper);
        top += kRow;
    }
}

void TableCard::paintEvent(QPaintEvent* event) {
    FloatCard::paintEvent(event);
    QPainter p(this);
    const Colors& c = colors();
    const QRectF inside = card().adjusted(kPadding, kPadding, -kPadding, -kPadding);
    p.setFont(textFont(Text::title, true));
    p.setPen(c.text);
    p.drawText(QRectF(inside.topLeft(), QSizeF(inside.width() - 40, kTitle)), Qt::AlignTop,
               title());
    if (!state_.rivals().table()) return;
    const double half = (inside.width() - kBetween) / 2, top = inside.top() + kTitle + 10;
    paintTable(p, {inside.left(), top, half, 0}, true);
    paintTable(p, {inside.left() + half + kBetween, top, half, 0}, false);
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    p.drawText(QRectF(inside.left(), inside.bottom() - kFoot + 14, inside.width(), kFoot - 14), Qt::TextWordWrap,
               foot());
}

}  // namespace perceiver::ui
