// The shuffle's other half: a ResNet, a ViT and a Transformer on the same picture and the same shuffle, beside the
// Perceiver; each as it was trained on pictures in order, and as it was trained on shuffled ones.
#pragma once

#include <QWidget>
#include <vector>

#include "ui/panels/answer_board.h"
#include "ui/state/state.h"

class QToolButton;

namespace perceiver::ui {

class ShuffleControls;

class RivalsLab final : public QWidget {
    Q_OBJECT
  public:
    explicit RivalsLab(State&, QAction* table, QWidget* parent = nullptr);

    void setLow(bool);  ///< for a window with little height
    const AnswerBoard* board() const { return board_; }

  protected:
    void showEvent(QShowEvent*) override;
    void hideEvent(QHideEvent*) override;
    void resizeEvent(QResizeEvent*) override;

  private:
    void refresh();
    BoardRow perceiver() const;
    std::vector<BoardRow> rivals() const;

    State& state_;
    ShuffleControls* controls_;
    QWidget* pictures_;
    AnswerBoard* board_;
    QToolButton *table_, *useModel_;
};

}  // namespace perceiver::ui
