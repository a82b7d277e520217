// A view whose elements one can point at: with the mouse, or with the arrow keys while it has the focus; a click or
// Return holds one. Beside the pointer a card says what was read of it.
#pragma once

#include "ui/views/hover_card.h"
#include "ui/views/media_view.h"

namespace perceiver::ui {

class ElementView : public MediaView {
    Q_OBJECT
  public:
    ElementView(State&, QWidget* parent);

    virtual QPointF elementCentre(int element) const = 0;  ///< where it is drawn, in widget coordinates
    int hovered() const { return hovered_; }               ///< element, -1: none
    HoverCard* hoverCard() const { return card_; }

  protected:
    virtual int elementAt(const QPointF&) = 0;  ///< -1: none
    virtual void refreshCard() = 0;

    void point(const QPointF&);
    void unpoint();
    bool event(QEvent*) override;
    void keyPressEvent(QKeyEvent*) override;
    void focusInEvent(QFocusEvent*) override;
    void focusOutEvent(QFocusEvent*) override;
    void leaveEvent(QEvent*) override;

    HoverCard* card_;
    int hovered_ = -1;
    QPointF pointer_;

  private:
    /// The next element from there on, in sight; -1: none.
    int next(const QPointF& from, const QPointF& step, int except);
};

}  // namespace perceiver::ui
