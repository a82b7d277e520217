// Why it answered so, as far as the window has asked: evidence for the chosen class, deletion and insertion curves, and
// the answer without the elements that the slider leaves out. Asks the engine for what is wanted and not known yet.
#pragma once

#include <QObject>
#include <map>
#include <optional>
#include <vector>

#include "engine/api/engine.h"
#include "ui/state/result.h"
#include "ui/state/view_state.h"

namespace perceiver::ui {

class EngineLink;
class State;

class Explanation final : public QObject {
    Q_OBJECT
  public:
    Explanation(State&, EngineLink&);

    /// The panel is open: what it shows is asked for as soon as there is a result.
    void want(bool);
    bool wanted() const { return wanted_; }

    int target() const;                          ///< the class in question; -1: none yet
    const api::Prediction* prediction() const;   ///< of that class, of the whole input; null: none yet
    MapPtr map(api::Evidence) const;             ///< null: not known yet
    const api::EvidenceMap* evidence(api::Evidence) const;
    /// Of the chosen evidence and class; null: not known yet.
    const api::EvidenceCurves* curves() const;
    /// Whether measuring them takes so long that a person is asked first, and about how long in seconds.
    bool slow() const { return secondsToMeasure() > kPatience; }
    double secondsToMeasure() const;
    void measure();
    /// Part done of what runs on the explaining thread; nothing when it rests.
    std::optional<double> progress() const { return progress_; }
    void stop();

    /// One for every element left out by the slider; empty: none is.
    const std::vector<std::uint8_t>& gone() const { return gone_; }
    int goneCount() const;
    /// The answer without them; null: not known yet. `stale`: of other elements, the new one is on its way.
    const api::WithoutReady* without() const { return without_ ? &*without_ : nullptr; }
    bool stale() const { return stale_; }

    void retry();     ///< what was stopped is asked for again
    void failed();    ///< what was asked last will not come
    void forget();    ///< another result is shown
    void refresh();   ///< the result or the view state changed
    void take(const api::ExplainProgress&);
    void take(const api::EvidenceReady&);
    void take(const api::CurvesReady&);
    void take(const api::WithoutReady&);

  signals:
    void changed();
    void maskChanged();   ///< gone()

  private:
    static constexpr double kPatience = 2;   ///< seconds

    void askEvidence();
    void askCurves();
    void remask();

    State& state_;
    EngineLink& link_;
    bool wanted_ = false, stale_ = false;
    std::map<api::Evidence, std::shared_ptr<const api::EvidenceMap>> maps_;
    std::map<std::pair<api::Evidence, int>, api::EvidenceCurves> curves_;
    std::optional<int> asked_;                              ///< the class evidence was asked for
    std::optional<std::pair<api::Evidence, int>> asking_;   ///< whose curves run
    std::optional<double> progress_;
    std::shared_ptr<const api::EvidenceMap> ranked_;        ///< what order_ is of
    std::vector<int> order_;
    std::vector<std::uint8_t> gone_;
    std::optional<api::WithoutReady> without_;
};

}  // namespace perceiver::ui
