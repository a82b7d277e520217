// Everything the window can do, by a few letters of its name: actions, cross-attends, classes, models.
#pragma once

#include "ui/actions.h"
#include "ui/controls/float_card.h"
#include "ui/state/state.h"

class QLineEdit;
class QListWidget;

namespace perceiver::ui {

class CommandPalette final : public FloatCard {
    Q_OBJECT
  public:
    CommandPalette(State&, const Actions&, QWidget* parent);
    void toggle();
    QStringList offered() const;   ///< what matches, best first

  protected:
    bool eventFilter(QObject*, QEvent*) override;

  private:
    struct Command {
        QString name, detail, keys;
        std::function<void()> run;
    };
    void collect();
    void filter();
    void runCurrent();

    State& state_;
    const Actions& actions_;
    std::vector<Command> all_;
    QLineEdit* line_;
    QListWidget* list_;
};

}  // namespace perceiver::ui
