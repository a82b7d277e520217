// The line under a sound: play, loop, solo, where the playhead is, and what the curves' colours mean.
#pragma once

#include <QWidget>

#include "ui/actions.h"
#include "ui/state/state.h"

class QLabel;
class QToolButton;

namespace perceiver::ui {

class SoundControls final : public QWidget {
    Q_OBJECT
  public:
    static constexpr int kHeight = 44;
    explicit SoundControls(State&, QWidget* parent = nullptr);

    /// The buttons do what the window's actions do, and say their keys.
    void useActions(const Actions&);
    QString positionText() const;

  protected:
    void resizeEvent(QResizeEvent*) override;

  private:
    void refresh();
    void refreshPosition();

    State& state_;
    QToolButton *play_, *loop_, *solo_;
    QLabel *position_, *remark_, *legend_;
};

}  // namespace perceiver::ui
