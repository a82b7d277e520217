// What the loaded model is: the card floats below its chip. With several models it is the picker as well.
#pragma once

#include "ui/controls/float_card.h"
#include <QList>

#include "ui/state/state.h"

class QAction;
class QScrollArea;
class QVBoxLayout;

namespace perceiver::ui {

class ModelCard final : public FloatCard {
    Q_OBJECT
  public:
    /// `actions`: how to get another model, as buttons.
    ModelCard(State&, const QList<QAction*>& actions, QWidget* parent);

    /// Its top middle at `anchor`, in the parent's coordinates; shows it, or hides it if shown.
    void toggleAt(const QPoint& anchor);
    QString text() const;  ///< all it says, for tests and screen readers

  signals:
    void picked(const QString& modelId);

  private:
    void rebuild();
    void addPicker(QVBoxLayout*);
    void addOwn(QVBoxLayout*, const QString& path);
    void addNotes(QVBoxLayout*, const api::ModelInfo&);
    void addFacts(QVBoxLayout*, const api::ModelInfo&);

    State& state_;
    const QList<QAction*> actions_;
    QScrollArea* scroll_;
    QWidget* inside_ = nullptr;
};

}  // namespace perceiver::ui
