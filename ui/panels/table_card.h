// The paper's Table 2 beside ours, as bars and as numbers: what a shuffle of the pixels costs whom.
#pragma once

#include "ui/controls/float_card.h"
#include "ui/state/state.h"

class QToolButton;

namespace perceiver::ui {

class TableCard final : public FloatCard {
    Q_OBJECT
  public:
    TableCard(State&, QWidget* parent);

    void toggle();
    void center();         ///< in the window, after that or this changed its size
    QString text() const;  ///< a line for each row

  protected:
    void paintEvent(QPaintEvent*) override;

  private:
    static QString title();
    static QString foot();
    void paintTable(QPainter&, const QRectF&, bool paper) const;
    void paintRow(QPainter&, const QRectF&, const api::ComparisonRow&, bool paper) const;

    State& state_;
    QToolButton* close_;
};

}  // namespace perceiver::ui
