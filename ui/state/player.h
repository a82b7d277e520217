// Playing a sound or film: the one playhead that all views follow. Sound and frames come from the engine piece by
// piece; the playhead is where the sound is that is heard. Without a sound device, or sound, a clock moves it.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <functional>
#include <optional>
#include <utility>

#include "engine/api/engine.h"
#include "ui/state/audio_output.h"

namespace perceiver::ui {

class State;

class Player final : public QObject {
    Q_OBJECT
  public:
    /// file: as the file sounds; solo: the model's window as the cross-attend and latent in view hear it; shuffled: as
    /// the model receives it with its elements in another order (see hearShuffled()).
    enum class Source { file, solo, shuffled };
    using OutputFactory = std::function<std::unique_ptr<AudioOutput>()>;

    explicit Player(State&);
    ~Player() override;

    bool available() const;  ///< the shown file is a sound or film
    bool playing() const { return playing_; }
    double position() const { return position_; }  ///< seconds into the file
    double duration() const;  ///< of the file, as it claims; at least to the end of the model's window
    /// The model's window in the file.
    std::pair<double, double> window() const;
    std::optional<std::pair<double, double>> loop() const { return loop_; }
    Source source() const { return source_; }
    bool hasSound() const;                     ///< there is something to hear
    bool soundless() const { return soundless_; }  ///< it was tried: there is no sound device
    bool goesOn() const;                        ///< the file is a sound longer than the model's window
    /// Lowest and highest samples of the whole of such a file, as far as they are read; null before.
    const api::OutlineReady* outline() const { return outline_ ? &*outline_ : nullptr; }

    void play();
    void pause();
    void toggle();
    void seek(double seconds);                                 ///< results follow: see State::openWindowAt
    void setLoop(std::optional<std::pair<double, double>>);    ///< seconds; plays round and round in it
    /// The loop begins (ends) at the playhead. Where its other end would come before (after) that, it goes to the end
    /// (start) of the file: what was marked last holds.
    void loopFromHere();
    void loopToHere();
    void setSolo(bool);
    void hearShuffled(const api::PermutationResult&);          ///< plays it, from the window's start to its end
    void hearFile();                                           ///< solo and shuffle end
    void setOutput(OutputFactory);                             ///< instead of the system's; before the first play()

  signals:
    void positionChanged();
    void playingChanged();
    void loopChanged();
    void sourceChanged();   ///< source() or soundless()
    void outlineChanged();

  private:
    void tick();
    void moveTo(double seconds);
    void follow();
    void takeResult();
    void takeFinished();
    double ahead() const;
    void take(const api::Event&);
    void take(const api::SoundReady&);
    void takeWhole(std::vector<float> samples, int rate);
    void setSource(Source);
    void askSolo();

    /// The stretch that plays from front to back, then ends or begins again.
    std::pair<double, double> range() const;
    bool sounding() const;  ///< a device moves the playhead
    void startSound();
    void refill();          ///< from the position on
    void feed();            ///< sees to it that a second of sound waits
    std::optional<double> pieceEnd();
    bool feedPiece();       ///< asks for the next piece of the file; false: there is none, or no run to ask about
    bool feedWhole();       ///< adds the next piece of what is whole already; false: it ends here
    void lose();

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

    OutputFactory makeOutput_ = systemAudioOutput;
    std::unique_ptr<AudioOutput> output_;
    AudioOutput::QueuePtr queue_;
    bool absent_ = false, soundless_ = false;  ///< there is no device now; there was none when it was tried last
    bool awaited_ = false, ended_ = false;     ///< awaited_: a piece is on its way
    Source source_ = Source::file;
    api::JobId job_ = 0;              ///< the newest finished one of this file: what the engine plays from
    double next_ = 0;                 ///< where the next piece begins
    std::vector<float> whole_;        ///< one channel at the queue's rate from wholeStart_ on: solo, shuffled
    double wholeStart_ = 0;
    std::pair<int, int> soloOf_{-1, -2};  ///< cross-attend and latent
    std::optional<api::OutlineReady> outline_;
};

}  // namespace perceiver::ui
