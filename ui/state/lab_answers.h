// What the labs Positions and Cost show of the result, as far as the window has asked. Asks only while they
// are in sight.
#pragma once

#include <QObject>
#include <optional>
#include <utility>

#include "engine/api/engine.h"

namespace perceiver::ui {

class EngineLink;
class State;

class LabAnswers final : public QObject {
    Q_OBJECT
  public:
    LabAnswers(State&, EngineLink&);

    void wantPositions(bool);  ///< a panel that shows them is open
    void wantCost(bool);
    /// The element in question: the one held, else the one hovered, else the middle one
    /// (api::middle_element).
    int element() const;
    /// Of element(), or of the one before it until that comes; null: not known yet.
    const api::PositionLikeness* positions() const { return positions_ ? &*positions_ : nullptr; }
    const api::CostTable* cost() const { return cost_ ? &*cost_ : nullptr; }  ///< null: not known yet

    void failed();  ///< what was asked last will not come
    void take(const api::PositionsReady&);
    void take(const api::CostReady&);

  signals:
    void positionsChanged();
    void costChanged();

  private:
    using Asked = std::pair<api::JobId, int>;  ///< of which result, about which element
    void another();
    void refreshPositions();
    void refreshCost();

    State& state_;
    EngineLink& link_;
    bool positionsWanted_ = false, costWanted_ = false;
    std::optional<Asked> asking_, known_;
    std::optional<api::JobId> costAsked_;
    std::optional<api::PositionLikeness> positions_;
    std::optional<api::CostTable> cost_;
};

}  // namespace perceiver::ui
