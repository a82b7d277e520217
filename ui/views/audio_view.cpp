#include "ui/views/audio_view.h"

namespace perceiver::ui {

AudioView::AudioView(State& state, QWidget* parent) : MediaView(parent), state_(state) {
    setObjectName("audioView");
}

}  // namespace perceiver::ui
