// All keys at a glance, made from the action table.
#pragma once

#include "ui/actions.h"
#include "ui/controls/float_card.h"

namespace perceiver::ui {

class KeySheet final : public FloatCard {
    Q_OBJECT
  public:
    KeySheet(const Actions&, QWidget* parent);
    void toggle();  ///< in the middle of the parent
    QString text() const;

  private:
    QWidget* inside_ = nullptr;
};

}  // namespace perceiver::ui
