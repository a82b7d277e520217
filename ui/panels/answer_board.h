// Who answers what under which shuffle: a row for each model, a column for each shuffle, a small bar in every cell.
#pragma once

#include <QColor>
#include <QStringList>
#include <QWidget>
#include <vector>

#include "ui/controls/tips.h"

namespace perceiver::ui {

struct BoardCell {
    QString words, number;
    double part = -1;  ///< of the bar that is filled; below 0: no bar
    QColor color;
    QString tip;
};
struct BoardRow {
    QString name, detail, tip;
    std::vector<BoardCell> cells;
    bool strong = false;
};

class AnswerBoard final : public QWidget, public HasTips {
    Q_OBJECT
  public:
    AnswerBoard(const QString& objectName, QWidget* parent);

    /// `columns`: what heads the names, then one for each cell of a row, with a shorter form after a line's end.
    /// `foot`: a sentence or two below.
    void show(const QStringList& columns, const std::vector<BoardRow>& rows, const QString& foot);
    /// One sentence in place of the rows.
    void say(const QString& sentence);
    QString text() const;  ///< a line for each row, its cells told apart by tabs
    int rows() const { return int(rows_.size()); }

    QSize minimumSizeHint() const override { return {300, 116}; }

    Tip tipAt(const QPoint&) const override;

  protected:
    void paintEvent(QPaintEvent*) override;

  private:
    struct Places {
        /// widths of a name and a column, heights of a row and the foot
        double name = 0, column = 0, row = 0, foot = 0;
    };
    Places places() const;
    QRectF cell(const Places&, int row, int column) const;
    void paintRow(QPainter&, const Places&, int row) const;

    QStringList columns_;
    std::vector<BoardRow> rows_;
    QString foot_;
};

}  // namespace perceiver::ui
