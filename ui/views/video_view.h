// A film: the frame at the playhead with its map, the frames the model read, attention over time.
#pragma once

#include "ui/state/state.h"
#include "ui/views/media_view.h"

namespace perceiver::ui {

class VideoView final : public MediaView {
    Q_OBJECT
  public:
    explicit VideoView(State&, QWidget* parent = nullptr);

  private:
    State& state_;
};

}  // namespace perceiver::ui
