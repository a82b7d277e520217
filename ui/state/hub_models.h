// The published models as the window knows them: which are here, which is on its way and how fast, what went
// wrong.
#pragma once

#include <QObject>
#include <QString>
#include <optional>
#include <vector>

#include "engine/api/engine.h"

namespace perceiver::ui {

class EngineLink;

class HubModels final : public QObject {
    Q_OBJECT
  public:
    explicit HubModels(EngineLink&, QObject* parent = nullptr);

    /// The published ones in their order, then others that were asked for by name.
    const std::vector<api::PublishedModel>& models() const { return models_; }
    QString cache() const { return cache_; }     ///< the folder they are kept in
    QString fetching() const { return asked_; }  ///< the id on its way by fetch(); empty: none
    /// How the fetch of `id` goes, by fetch() or for a file that is being opened; null: it isn't on its way.
    const api::FetchProgress* progress(const QString& id) const;
    QString sentence(const QString& id) const;  ///< how its last fetch ended, when it didn't end well

    void refresh();                 ///< asks which are here
    void fetch(const QString& id);  ///< "hub:OWNER/NAME", "hub:" may be missing; unless one is on its way
    void cancel();
    /// A job that fetched its model ended, one way or the other.
    void forgetProgress();

    void take(const api::PublishedReady&);
    void take(const api::FetchProgress&);
    void take(const api::Fetched&);
    void take(const api::FetchFailed&);

  signals:
    void changed();
    void fetched(const QString& id);

  private:
    api::PublishedModel* find(const QString& id);

    EngineLink& link_;
    std::vector<api::PublishedModel> models_;
    QString cache_, asked_, failed_, sentence_;
    std::optional<api::FetchProgress> progress_;
};

/// "34 % · 66.2 of 194.0 MB · 12.3 MB/s · 10 s left", as far as it is known.
QString progressWords(const api::FetchProgress&);

}  // namespace perceiver::ui
