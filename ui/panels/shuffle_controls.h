// How the input is shuffled: seed, part, tiles, and what of a film. The same controls stand beside every panel that
// shows what comes of it; all of them show and change the one view state.
#pragma once

#include <QWidget>

#include "ui/state/state.h"

class QCheckBox;
class QLabel;
class QSlider;
class QSpinBox;
class QToolButton;

namespace perceiver::ui {

class ShuffleControls final : public QWidget {
    Q_OBJECT
  public:
    static constexpr int kWidth = 230;
    /// `prefix` goes before the names of its parts, where there are several. Without one it also chooses what the arms'
    /// cards show, and whether they compare in float64.
    ShuffleControls(State&, const QString& prefix, QWidget* parent);

    void setLow(bool);  ///< for a window with little height
    void newSeed();

  private:
    QHBoxLayout* makeSeeds();
    QHBoxLayout* makeParts();
    QHBoxLayout* makeTiles();
    QHBoxLayout* makePictures();
    void refresh();
    template <class Widget>
    Widget* named(Widget* widget, const char* name) const;

    State& state_;
    const QString prefix_;
    QLabel *heading_, *part_, *tiles_;
    QSlider *slider_, *fraction_;
    QSpinBox *seed_, *block_;
    QToolButton *dice_, *along_;
    QToolButton* pictures_[3] = {};
    QCheckBox* float64_ = nullptr;
};

}  // namespace perceiver::ui
