// A window with a scripted sound open, and a device of the test's own.
#pragma once

#include "fake_output.h"
#include "ui/state/player.h"
#include "ui/views/audio_view.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class SoundFixture : public WindowFixture {
    Q_OBJECT

  protected:
    /// The model hears `window` seconds of it: 4 bands of pitch x 12 columns, or 48 patches of samples.
    void startSound(double duration = 3, double window = 3, bool pitches = true);
    void open(const QString& name = "bell.opus");
    AudioView* view() { return find<AudioView>("audioView"); }
    Player& player() { return state().player(); }
    void mouse(QEvent::Type, const QPointF&, Qt::MouseButton = Qt::LeftButton, Qt::KeyboardModifiers = {});
    void click(const QPointF&, Qt::KeyboardModifiers = {});
    void drag(const QPointF& from, const QPointF& to, Qt::KeyboardModifiers = {});
    QPointF wave(double seconds);  ///< in the waveform
    /// What the engine plays of the file, one channel at the device's rate.
    static std::vector<float> engineSound(double from, double to);
    static double difference(const std::vector<float>&, const std::vector<float>&);

    FakeOutput* output_ = nullptr;  ///< null before anything is played
    bool device_ = true;            ///< there is one
};

}  // namespace perceiver::ui::test
