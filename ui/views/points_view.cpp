#include "ui/views/points_view.h"

namespace perceiver::ui {

PointsView::PointsView(State& state, QWidget* parent) : MediaView(parent), state_(state) {
    setObjectName("pointsView");
}

}  // namespace perceiver::ui
