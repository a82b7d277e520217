// Cost: operations, time and memory of every part of the run that is shown; and why so many inputs can be read at all:
// what the model would cost with more and fewer, beside one layer of self-attention over all of them.
#pragma once

#include <QWidget>
#include <optional>
#include <vector>

#include "ui/controls/tips.h"
#include "ui/state/state.h"
#include "ui/style/chart.h"

class QLabel;

namespace perceiver::ui {

/// A row for each kind of part, its bars cut into the parts themselves. A click on a cross-attend selects it.
class CostBoard final : public QWidget, public HasTips {
    Q_OBJECT
  public:
    enum Column { kFlops, kTime, kWeights, kMemory, kColumns };
    struct Row {
        QString name;
        QColor color;
        std::vector<api::CostPart> parts;
        double flops = 0, milliseconds = -1;    ///< below 0: not told apart
        std::int64_t parameters = 0, matrix = 0, kept = 0;
        bool shared = false;                    ///< some of its parts have the same weights
    };
    explicit CostBoard(State&, QWidget* parent);

    // What a test asks.
    const std::vector<Row>& rows() const { return rows_; }
    QString words(int row, Column) const;
    QRectF cell(int row, Column) const;
    QRectF segment(int row, Column, int part) const;   ///< of a bar; empty where it is no bar's

    QSize minimumSizeHint() const override { return {360, 116}; }

    Tip tipAt(const QPoint&) const override;

  protected:
    void paintEvent(QPaintEvent*) override;
    void mousePressEvent(QMouseEvent*) override;

  private:
    void refresh();
    void paintCell(QPainter&, int row, Column) const;
    QStringList heads() const;
    const api::CostPart* partAt(const QPointF&) const;
    QString tipOf(const api::CostPart&) const;
    double shareOf(const Row&, Column, double value) const;
    static double valueOf(const api::CostPart&, Column);

    State& state_;
    std::vector<Row> rows_;
};

/// Operations against elements, latents and layers, from a quarter to four times as many.
class CostCharts final : public QWidget, public HasTips {
    Q_OBJECT
  public:
    explicit CostCharts(State&, QWidget* parent);

    /// Of elements, latents, layers; the dashed line is one layer of self-attention over all elements.
    Chart chartOf(int index) const;
    std::vector<QPointF> curve(int index) const;    ///< GFLOP
    std::vector<QPointF> contrast(int index) const;
    /// Where the two meet, in elements, if they do on the first chart.
    std::optional<double> crossing() const;

    QSize minimumSizeHint() const override { return {300, 116}; }

    Tip tipAt(const QPoint&) const override;

  protected:
    void paintEvent(QPaintEvent*) override;

  private:
    const std::vector<api::CostAt>& counted(int index) const;
    QString title(int index) const;

    State& state_;
};

class CostLab final : public QWidget {
    Q_OBJECT
  public:
    explicit CostLab(State&, QWidget* parent = nullptr);
    void setLow(bool);             ///< for a window with little height

  protected:
    void showEvent(QShowEvent*) override;
    void hideEvent(QHideEvent*) override;

  private:
    void refresh();

    State& state_;
    QLabel *heading_, *sum_, *words_;
    CostBoard* board_;
    CostCharts* charts_;
};

}  // namespace perceiver::ui
