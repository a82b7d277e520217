// "Get a model": the published Perceivers, which of them are here, and a field for any other. A fetch goes on
// when the panel is closed.
#pragma once

#include "ui/controls/float_card.h"
#include "ui/state/state.h"

class QLabel;
class QLineEdit;
class QToolButton;
class QVBoxLayout;

namespace perceiver::ui {

/// One model: what it is, a button for what can be done with it, and below how that goes.
class HubRow final : public QWidget {
    Q_OBJECT
  public:
    HubRow(State&, const QString& id, QWidget* parent);

    const QString& id() const { return id_; }
    void refresh(const api::PublishedModel&);
    QToolButton* button() const { return button_; }
    QString words() const;  ///< how it goes, or what went wrong; empty: nothing

  signals:
    void used(const QString& id);

  protected:
    void paintEvent(QPaintEvent*) override;

  private:
    void press();

    State& state_;
    const QString id_;
    QLabel *title_, *name_, *facts_, *alert_, *words_;
    QToolButton* button_;
    QWidget* bar_;
};

class HubPanel final : public FloatCard {
    Q_OBJECT
  public:
    HubPanel(State&, QWidget* parent);

    void toggle();
    void center();  ///< in the middle of the parent
    HubRow* row(const QString& id) const;
    QString text() const;  ///< all it says, for tests and screen readers

  signals:
    void used(const QString& id);

  protected:
    void hideEvent(QHideEvent*) override;

  private:
    void refresh();
    void fit();
    void getOther();

    State& state_;
    QVBoxLayout* rows_;
    QLabel* where_;
    QLineEdit* other_;
    QToolButton *get_, *close_;
};

}  // namespace perceiver::ui
