// A cloud of points to be turned in the hand, coloured by attention.
#pragma once

#include "ui/state/state.h"
#include "ui/views/media_view.h"

namespace perceiver::ui {

class PointsView final : public MediaView {
    Q_OBJECT
  public:
    explicit PointsView(State&, QWidget* parent = nullptr);

  private:
    State& state_;
};

}  // namespace perceiver::ui
