// Many shuffles: of the shown file or of a folder, how often each model's answer stays, and how often it is right.
#pragma once

#include <QWidget>
#include <functional>

#include "ui/panels/answer_board.h"
#include "ui/state/state.h"

class QLabel;
class QProgressBar;
class QSpinBox;
class QToolButton;

namespace perceiver::ui {

class TrialsLab final : public QWidget {
    Q_OBJECT
  public:
    explicit TrialsLab(State&, QWidget* parent = nullptr);

    const AnswerBoard* board() const { return board_; }
    void setLow(bool);             ///< for a window with little height
    void save(const QString& csv);
    /// Ask a person for a folder, and for where a CSV goes; empty: nothing chosen.
    std::function<QString()> chooseFolder, chooseFile;

  signals:
    void say(const QString& sentence);

  protected:
    void showEvent(QShowEvent*) override;

  private:
    QWidget* makeControls();
    void refresh();
    void refreshBoard();
    QString progressWords() const;
    QString foot() const;

    State& state_;
    QLabel *heading_, *words_;
    QSpinBox* seeds_;
    QToolButton *file_, *folder_, *run_, *csv_;
    QProgressBar* bar_;
    AnswerBoard* board_;
};

}  // namespace perceiver::ui
