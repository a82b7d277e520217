// All keys at a glance, made from the action table.
#pragma once

#include <QList>

#include "ui/actions.h"
#include "ui/controls/float_card.h"

class QLabel;
class QScrollArea;

namespace perceiver::ui {

class KeySheet final : public FloatCard {
    Q_OBJECT
  public:
    KeySheet(const Actions&, QWidget* parent);
    void toggle();  ///< in the middle of the parent
    QString text() const;

  private:
    void build(int columns);
    void fit(int room);

    const Actions& actions_;
    QScrollArea* scroll_ = nullptr;
    QWidget* inside_ = nullptr;
    int columns_ = 0;
    QList<QLabel*> what_;  ///< what each key does
};

}  // namespace perceiver::ui
