// A run over many seeds and files, as far as it has come. It goes on whatever is opened meanwhile, until it ends or is
// stopped; its numbers stay until the next one.
#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <optional>

#include "engine/api/engine.h"

namespace perceiver::ui {

class EngineLink;
class State;

class Trials final : public QObject {
    Q_OBJECT
  public:
    Trials(State&, EngineLink&);

    /// The folder chosen, or else the shown file; empty: there is neither.
    QString path() const;
    void start();
    void stop();
    bool running() const { return running_; }
    double part() const { return part_; }            ///< done
    double secondsLeft() const;                      ///< below 0: not known yet
    bool stopped() const { return stopped_; }        ///< a person ended the last one early
    QString failed() const { return failed_; }       ///< why it ended without having looked at any file
    /// Null: none has come yet.
    const api::TrialsResult* result() const { return result_ ? &*result_ : nullptr; }
    QString of() const { return of_; }               ///< the path it is of
    bool save(const QString& path) const;            ///< as CSV; false: it could not be written

    void take(const api::TrialsReady&);

  signals:
    void changed();

  private:
    State& state_;
    EngineLink& link_;
    bool running_ = false, stopped_ = false;
    double part_ = 0;
    QString of_, failed_;
    QElapsedTimer since_;
    std::optional<api::TrialsResult> result_;
};

}  // namespace perceiver::ui
