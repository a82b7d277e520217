// A card that floats over the window: raised ground, a line, a soft shadow. It stays inside the window, so a
// picture of the window shows it and no other window is left behind.
#pragma once

#include <QPixmap>
#include <QWidget>

#include "ui/style/colors.h"

namespace perceiver::ui {

class FloatCard : public QWidget {
    Q_OBJECT
  public:
    static constexpr int kReach = 16;  ///< of the shadow, around the card
    explicit FloatCard(QWidget* parent);

  protected:
    QRectF card() const { return QRectF(rect()).adjusted(kReach, kReach, -kReach, -kReach); }
    void paintEvent(QPaintEvent*) override;

  private:
    QPixmap ground_;  ///< as drawn last
    Theme groundTheme_ = Theme::dark;
};

}  // namespace perceiver::ui
