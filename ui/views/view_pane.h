// The view with the line under it: what is shown, how opaque, how close.
#pragma once

#include <QWidget>

#include "ui/views/image_view.h"

class QLabel;
class QSlider;
class QToolButton;

namespace perceiver::ui {

class ViewPane final : public QWidget {
    Q_OBJECT
  public:
    explicit ViewPane(State&, QWidget* parent = nullptr);
    ImageView* view() const { return view_; }

  protected:
    void resizeEvent(QResizeEvent*) override;

  private:
    void refresh();

    State& state_;
    ImageView* view_;
    QLabel* caption_;
    QLabel* opacityName_;
    QSlider* opacity_;
    QLabel* opacityValue_;
    QToolButton* zoom_;
};

}  // namespace perceiver::ui
