#include "ui/panels/answer_board.h"

#include <QPainter>
#include <algorithm>

#include "ui/style/paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr double kEdge = 12, kTop = 7, kGap = 10, kHeader = 18, kLeastRow = 14, kMostRow = 24, kMostColumn = 300;
constexpr float kTint = 0.3F;       // of a bar, under its words
constexpr double kNamePart = 0.34;  // of the width, at most

}  // namespace

AnswerBoard::AnswerBoard(const QString& objectName, QWidget* parent) : QWidget(parent) {
    setObjectName(objectName);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void AnswerBoard::show(const QStringList& columns, const std::vector<BoardRow>& rows, const QString& foot) {
    columns_ = columns;
    rows_ = rows;
    foot_ = foot;
    setAccessibleName(text());
    update();
}

void AnswerBoard::say(const QString& sentence) { show({}, {}, sentence); }

QString AnswerBoard::text() const {
    QStringList heads;
    for (const QString& column : columns_) heads << column.section('\n', 0, 0);
    QStringList lines{heads.join('\t')};
    for (const BoardRow& row : rows_) {
        QStringList line{(row.name + ' ' + row.detail).trimmed()};
        for (const BoardCell& cell : row.cells) line << (cell.words + ' ' + cell.number).trimmed();
        lines << line.join('\t');
    }
    lines << foot_;
    return lines.join('\n');
}

AnswerBoard::Places AnswerBoard::places() const {
    const QFontMetricsF metrics(textFont(Text::caption)), strong(textFont(Text::caption, true));
    Places out;
    double widest = metrics.horizontalAdvance(columns_.value(0));
    for (const BoardRow& row : rows_)
        widest = std::max(widest, strong.horizontalAdvance(row.name) + 10 + metrics.horizontalAdvance(row.detail));
    const double room = width() - 2 * kEdge;
    out.name = std::min(widest + 8, kNamePart * room);
    const auto columns = double(std::max<qsizetype>(1, columns_.size() - 1));
    out.column = std::min(kMostColumn, (room - out.name - columns * kGap) / columns);
    const double height = this->height() - 2 * kTop - kHeader, rows = double(std::max<std::size_t>(1, rows_.size()));
    out.foot =
        foot_.isEmpty() ? 0 : metrics.boundingRect(QRectF(0, 0, room, 1e3), Qt::TextWordWrap, foot_).height() + 4;
    if (height - out.foot < rows * kLeastRow) out.foot = 0;  // its tooltip has it
    out.row = std::clamp((height - out.foot) / rows, kLeastRow - 1, kMostRow);
    return out;
}

QRectF AnswerBoard::cell(const Places& at, int row, int column) const {
    return {kEdge + at.name + kGap + column * (at.column + kGap), kTop + kHeader + row * at.row, at.column, at.row};
}

Tip AnswerBoard::tipAt(const QPoint& point) const {
    const Places at = places();
    if (rows_.empty() || point.y() < cell(at, 0, 0).top()) {
        for (int c = 1; c < columns_.size(); ++c)
            if (const QRectF under = cell(at, 0, c - 1); point.x() >= under.left() && point.x() < under.right())
                return {{}, columns_[c]};
        return {foot_, foot_ + '\n' + columns_.value(0)};
    }
    for (int r = 0; r < rows(); ++r) {
        const BoardRow& row = rows_[std::size_t(r)];
        if (point.y() >= cell(at, r, 0).bottom()) continue;
        for (int c = 0; c < int(row.cells.size()); ++c) {
            const BoardCell& one = row.cells[std::size_t(c)];
            if (!cell(at, r, c).contains(point)) continue;
            const QString whole = (one.words + '\n' + one.number).trimmed();  // a narrow cell cuts them
            return {one.tip.isEmpty() ? QString() : whole + '\n' + one.tip, whole};
        }
        return {row.tip, row.name + '\n' + row.detail};
    }
    return {foot_, foot_};
}

void AnswerBoard::paintRow(QPainter& p, const Places& at, int index) const {
    const Colors& c = colors();
    const BoardRow& row = rows_[std::size_t(index)];
    const QRectF first = cell(at, index, 0);
    const QRectF name(kEdge, first.top(), at.name, at.row);
    const QFontMetricsF metrics(textFont(Text::caption));
    const double detail = metrics.horizontalAdvance(row.detail);
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    paintTabular(p, name, Qt::AlignRight | Qt::AlignVCenter, row.detail);
    p.setFont(textFont(Text::caption, row.strong));
    p.setPen(c.text);
    p.drawText(name, Qt::AlignVCenter,
               p.fontMetrics().elidedText(row.name, Qt::ElideRight, int(name.width() - detail - 6)));
    for (int i = 0; i < int(row.cells.size()); ++i) {
        const BoardCell& one = row.cells[std::size_t(i)];
        const QRectF room = cell(at, index, i).adjusted(0, 1, 0, -1), words = room.adjusted(5, 0, -5, 0);
        if (one.part >= 0) {
            QColor tint = one.color;
            tint.setAlphaF(kTint);
            const QRectF filled(room.topLeft(), QSizeF(room.width() * std::clamp(one.part, 0.0, 1.0), room.height()));
            p.fillRect(room, c.panel);
            p.fillRect(filled, tint);
            p.fillRect(QRectF(filled.left(), filled.top(), 2, filled.height()), one.color);
        }
        const double number = one.number.isEmpty() ? 0 : tabularWidth(metrics, one.number) + 8;
        p.setFont(textFont(Text::caption, row.strong));
        p.setPen(one.part < 0 ? c.muted : c.text);
        p.drawText(words, Qt::AlignVCenter,
                   p.fontMetrics().elidedText(one.words, Qt::ElideRight, int(words.width() - number)));
        paintTabular(p, words, Qt::AlignRight | Qt::AlignVCenter, one.number);
    }
}

void AnswerBoard::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    paintCard(p, rect(), c.raised, c.line);
    const Places at = places();
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    if (rows_.empty())
        return p.drawText(QRectF(rect()).adjusted(kEdge, 8, -kEdge, -8), Qt::AlignCenter | Qt::TextWordWrap, foot_);
    p.drawText(QRectF(kEdge, kTop, at.name, kHeader), Qt::AlignTop,
               p.fontMetrics().elidedText(columns_.value(0), Qt::ElideRight, int(at.name)));
    for (int i = 1; i < columns_.size(); ++i) {
        const QRectF under = cell(at, 0, i - 1);
        const QRectF room(under.left() + 5, kTop, under.width() - 5, kHeader);
        const QString whole = columns_[i].section('\n', 0, 0);
        const bool fits = QFontMetricsF(p.font()).horizontalAdvance(whole) <= room.width();
        p.drawText(room, Qt::AlignTop,
                   p.fontMetrics().elidedText(fits ? whole : columns_[i].section('\n', -1), Qt::ElideRight,
                                              int(room.width())));
    }
    for (int r = 0; r < rows(); ++r) paintRow(p, at, r);
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    if (at.foot > 0)
        p.drawText(QRectF(kEdge, cell(at, rows() - 1, 0).bottom() + 4, width() - 2 * kEdge, at.foot), Qt::TextWordWrap,
                   foot_);
}

}  // namespace perceiver::ui
