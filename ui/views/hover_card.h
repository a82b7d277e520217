// The card beside the pointer: which element, its colour, its attention, who reads it.
#pragma once

#include <QStringList>

#include "ui/controls/float_card.h"

namespace perceiver::ui {

class HoverCard final : public FloatCard {
    Q_OBJECT
  public:
    explicit HoverCard(QWidget* parent);

    /// First line: its first `strong` characters stand out; the last line is in the latent array's colour.
    void setLines(const QString& element, int strong, const QString& attention, const QString& readers);
    QString text() const;
    /// Beside the pointer, inside the parent and left of `right`.
    void placeAt(const QPoint& pointer, int right);

  protected:
    void paintEvent(QPaintEvent*) override;

  private:
    QString element_, attention_, readers_;
    int strong_ = 0;
};

}  // namespace perceiver::ui
