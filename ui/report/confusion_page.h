// The confusion matrix on a page of the report's size: what was there against what was answered, and the commonest
// mistakes.
#pragma once

#include <QCoreApplication>
#include <QPainter>

#include "engine/api/engine.h"
#include "ui/style/colors.h"

namespace perceiver::ui {

class ConfusionPage {
    Q_DECLARE_TR_FUNCTIONS(Confusion)
  public:
    ConfusionPage(QPainter&, const api::Confusion&);
    void draw();

  private:
    std::int64_t count(int row, int col) const;
    /// Of the files of that class, how many were answered so.
    double part(int row, int col) const;
    QFont font(double size, bool strong = false) const;
    void drawHeader();
    void drawLabels(const QRectF& matrix, double cell);
    void drawCells(const QRectF& matrix, double cell);
    void drawColorBar(const QRectF&);
    void drawMistakes(const QRectF&);

    QPainter& p_;
    const api::Confusion& data_;
    const Colors& c_;
    int n_ = 0;
    std::vector<std::int64_t> files_;  ///< of each class
};

}  // namespace perceiver::ui
