// The view with the line under it: what is shown, how opaque, how close.
#pragma once

#include <QWidget>

#include "ui/actions.h"
#include "ui/views/audio_view.h"
#include "ui/views/image_view.h"
#include "ui/views/points_view.h"
#include "ui/views/video_view.h"

class QLabel;
class QSlider;
class QStackedWidget;
class QToolButton;

namespace perceiver::ui {

class ViewPane final : public QWidget {
    Q_OBJECT
  public:
    ViewPane(State&, const Actions&, QWidget* parent = nullptr);
    MediaView* view() const;  ///< the one in sight
    ImageView* imageView() const { return image_; }
    AudioView* audioView() const { return audio_; }
    VideoView* videoView() const { return video_; }
    PointsView* pointsView() const { return points_; }

  signals:
    void zoomChanged();  ///< of the view in sight, or another one came into sight

  protected:
    void resizeEvent(QResizeEvent*) override;

  private:
    void refresh();
    void choose();

    State& state_;
    QStackedWidget* views_;
    ImageView* image_;
    AudioView* audio_;
    VideoView* video_;
    PointsView* points_;
    QLabel* caption_;
    QLabel* opacityName_;
    QSlider* opacity_;
    QLabel* opacityValue_;
    QToolButton* zoom_;
    QToolButton* compare_;
};

}  // namespace perceiver::ui
