// A sound: waveform and spectrogram over one time axis with the attention on them, and its course over time.
#pragma once

#include "ui/state/state.h"
#include "ui/views/media_view.h"

namespace perceiver::ui {

class AudioView final : public MediaView {
    Q_OBJECT
  public:
    explicit AudioView(State&, QWidget* parent = nullptr);

  private:
    State& state_;
};

}  // namespace perceiver::ui
