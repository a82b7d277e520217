#include "ui/views/video_view.h"

namespace perceiver::ui {

VideoView::VideoView(State& state, QWidget* parent) : MediaView(parent), state_(state) {
    setObjectName("videoView");
}

}  // namespace perceiver::ui
