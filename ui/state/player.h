// Playing a sound or film: the one playhead that all views follow. Sound and frames come from the engine piece by piece;
// without a sound device, or sound, a clock moves the playhead.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <optional>
#include <utility>

#include "engine/api/engine.h"

namespace perceiver::ui {

class State;

class Player final : public QObject {
    Q_OBJECT
  public:
    explicit Player(State&);

    bool available() const;  ///< the shown file is a sound or film
    bool playing() const { return playing_; }
    double position() const { return position_; }  ///< seconds into the file
    double duration() const;                       ///< of the file, as it claims; at least to the end of the model's window
    /// The model's window in the file.
    std::pair<double, double> window() const;
    std::optional<std::pair<double, double>> loop() const { return loop_; }

    void play();
    void pause();
    void toggle();
    void seek(double seconds);                                 ///< results follow: see State::openWindowAt
    void setLoop(std::optional<std::pair<double, double>>);    ///< seconds; plays round and round in it

  signals:
    void positionChanged();
    void playingChanged();
    void loopChanged();

  private:
    void tick();
    void moveTo(double seconds);
    void follow();
    void takeResult();
    void takeFinished();
    double ahead() const;

    State& state_;
    QTimer timer_;
    QElapsedTimer clock_;
    bool playing_ = false;
    double position_ = 0, from_ = 0;  ///< from_: where the clock started
    std::string path_, model_;        ///< of the file being played, and what it goes through
    QElapsedTimer asked_;             ///< since the next window was asked for
    double run_ = 0;                  ///< seconds a run takes, about
    std::optional<double> wanted_;    ///< where the window asked for last begins
    std::optional<std::pair<double, double>> loop_;
};

}  // namespace perceiver::ui
