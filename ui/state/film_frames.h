// The frames of the shown film around the playhead, asked ahead of it piece by piece. Nothing is decoded on this
// thread, and a frame that is not there in time is left out.
#pragma once

#include <QImage>
#include <QObject>
#include <deque>
#include <optional>
#include <vector>

#include "engine/api/engine.h"

namespace perceiver::ui {

class State;

class FilmFrames final : public QObject {
    Q_OBJECT
  public:
    static constexpr std::int64_t kMostBytes = 64'000'000;   ///< of frames kept
    explicit FilmFrames(State&);

    /// The playhead is there, and the view draws frames with so many pixels along their longer side: asks for what is
    /// missing from there on.
    void follow(double seconds, int side);

    struct Frame {
        double time = 0;
        api::PicturePtr picture;
    };
    /// The kept frame that shows at that time; null when it isn't here.
    const Frame* at(double seconds) const;
    std::int64_t bytes() const;
    /// Some dozen small ones over the whole of a short film, in order; empty until they are there.
    const std::vector<Frame>& overview() const { return overview_; }

  signals:
    void changed();         ///< what at() tells
    void overviewChanged();

  private:
    void take(const api::Event&);
    void takeResult();
    void takeFinished();
    void ask(double start, int count, double rate, int side);
    void trim();
    std::int64_t frameBytes() const;
    double rate() const;

    State& state_;
    std::string path_;
    std::deque<Frame> frames_;            ///< one piece of the film without gaps, from from_ to to_
    double from_ = 0, to_ = 0, playhead_ = 0;
    int side_ = 0;
    bool ended_ = false;                  ///< to_ is the film's end
    std::optional<api::FramesRequest> asked_;   ///< and not answered yet
    std::vector<Frame> overview_;
};

}  // namespace perceiver::ui
