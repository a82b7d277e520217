// What the loaded model is: the card floats below its chip. With several models it is the picker as well.
#pragma once

#include "ui/controls/float_card.h"
#include "ui/state/state.h"

class QAction;
class QVBoxLayout;

namespace perceiver::ui {

class ModelCard final : public FloatCard {
    Q_OBJECT
  public:
    ModelCard(State&, QAction* getModel, QWidget* parent);

    /// Its top middle at `anchor`, in the parent's coordinates; shows it, or hides it if shown.
    void toggleAt(const QPoint& anchor);
    QString text() const;  ///< all it says, for tests and screen readers

  signals:
    void picked(const QString& modelId);

  private:
    void rebuild();
    void addPicker(QVBoxLayout*);
    void addFacts(QVBoxLayout*, const api::ModelInfo&);

    State& state_;
    QAction* getModel_;
    QWidget* inside_ = nullptr;
};

}  // namespace perceiver::ui
