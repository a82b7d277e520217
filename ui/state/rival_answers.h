// What the rivals say beside the shown result, as far as the window has asked: the same picture in order and under the
// same shuffle. Asks only while a panel shows it. And the paper's table beside ours.
#pragma once

#include <QObject>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "engine/api/engine.h"

namespace perceiver::ui {

class EngineLink;
class State;

class RivalAnswers final : public QObject {
    Q_OBJECT
  public:
    RivalAnswers(State&, EngineLink&);

    void want(bool);                    ///< a panel that shows them is open
    /// Of the shuffle in use; null: not known yet.
    const std::vector<api::RivalAnswer>* of(api::Arm) const;
    /// Any that were answered about the shown result, for what they say in order; null: none yet.
    const std::vector<api::RivalAnswer>* any() const;
    /// Why they cannot be asked; empty: they can, or it is not known yet.
    QString whyNot() const { return whyNot_; }
    QString modelBeside() const { return modelBeside_; }   ///< beside which they can be

    const api::ComparisonTable* table() const { return table_ ? &*table_ : nullptr; }   ///< null: not known yet
    void askTable();

    void take(const api::RivalsReady&);
    void take(const api::ComparisonReady&);

  signals:
    void changed();
    void tableChanged();

  private:
    void refresh();
    void forget();

    State& state_;
    EngineLink& link_;
    bool wanted_ = false;
    std::optional<std::pair<api::JobId, api::ShuffleOptions>> asked_;
    std::map<api::Arm, std::vector<api::RivalAnswer>> answers_;
    std::vector<api::RivalAnswer> inOrder_;   ///< of an earlier shuffle of the same result
    QString whyNot_, modelBeside_;
    std::optional<api::ComparisonTable> table_;
};

}  // namespace perceiver::ui
