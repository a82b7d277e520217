// The frame of a film that the playhead is on, with the map of what was read of it.
#pragma once

#include "ui/state/film_frames.h"
#include "ui/views/picture_view.h"

namespace perceiver::ui {

class FrameView final : public PictureView {
    Q_OBJECT
  public:
    explicit FrameView(State&, QWidget* parent = nullptr);

    const FilmFrames& frames() const { return *frames_; }
    double shownTime() const { return shownTime_; }  ///< when the drawn frame begins to show

  protected:
    Cells cells() const override;
    QImage picture() const override { return frame_; }
    QSizeF pictureSize() const override;
    QImage modelView() const override;
    QString elementWords(int element, int& strong) const override;
    bool quick() const override;
    void resizeEvent(QResizeEvent*) override;

  private:
    void take();      ///< another result
    void move();      ///< the playhead moved
    void showFrame();
    int modelFrame() const;

    FilmFrames* frames_;
    QImage frame_;
    double shownTime_ = 0;
    api::PicturePtr drawn_;   ///< what frame_ was made from
    int block_ = 0;
};

}  // namespace perceiver::ui
