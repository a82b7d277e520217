#include "ui/state/hub_models.h"

#include <algorithm>
#include <cmath>

#include "ui/state/engine_link.h"
#include "ui/style/format.h"

namespace perceiver::ui {

namespace {

QString timeLeft(double seconds) {
    if (seconds < 100) return HubModels::tr("%1 s left").arg(count(std::max(1LL, std::llround(seconds))));
    return HubModels::tr("%1 min left").arg(count(std::llround(seconds / 60)));
}

/// The name under which a model is kept here, whatever a person typed.
QString idOf(const QString& typed) {
    const QString name = typed.trimmed();
    return name.startsWith("hub:") ? name : "hub:" + name;
}

}  // namespace

QString progressWords(const api::FetchProgress& p) {
    if (p.total <= 0) return HubModels::tr("Asking the hub");
    QStringList words{percent(double(p.bytes) / double(p.total), 0),
                      HubModels::tr("%1 of %2").arg(fileSize(p.bytes), fileSize(p.total))};
    if (p.bytes_per_second > 0)
        words << HubModels::tr("%1/s").arg(fileSize(std::int64_t(p.bytes_per_second)))
              << timeLeft(p.seconds_left);
    return words.join(QString::fromUtf8(" · "));
}

HubModels::HubModels(EngineLink& link, QObject* parent) : QObject(parent), link_(link) {}

const api::FetchProgress* HubModels::progress(const QString& id) const {
    return progress_ && progress_->model == id.toStdString() ? &*progress_ : nullptr;
}

QString HubModels::sentence(const QString& id) const { return id == failed_ ? sentence_ : QString(); }

api::PublishedModel* HubModels::find(const QString& id) {
    const auto found =
        std::find_if(models_.begin(), models_.end(), [&](const auto& m) { return m.id == id.toStdString(); });
    return found == models_.end() ? nullptr : &*found;
}

void HubModels::refresh() { link_.askPublished(); }

void HubModels::fetch(const QString& typed) {
    if (!asked_.isEmpty() || !link_.ready()) return;
    const QString id = idOf(typed);
    if (!find(id)) {
        api::PublishedModel other;
        other.id = id.toStdString();
        other.title = id.mid(4).toStdString();
        models_.push_back(other);
    }
    asked_ = id;
    if (failed_ == id) failed_.clear();
    progress_ = api::FetchProgress{id.toStdString(), {}, 0, 0, 0, 0};
    link_.fetch(id);
    emit changed();
}

void HubModels::cancel() {
    if (!asked_.isEmpty()) link_.cancelFetch();
}

void HubModels::forgetProgress() {
    if (!progress_ || progress_->model == asked_.toStdString()) return;
    progress_.reset();
    emit changed();
}

void HubModels::take(const api::PublishedReady& e) {
    std::vector<api::PublishedModel> all = e.models;
    for (const auto& known : models_)  // those asked for by name stay
        if (std::none_of(all.begin(), all.end(), [&](const auto& m) { return m.id == known.id; }))
            all.push_back(known);
    models_ = std::move(all);
    cache_ = QString::fromStdString(e.cache);
    emit changed();
}

void HubModels::take(const api::FetchProgress& e) {
    progress_ = e;
    emit changed();
}

void HubModels::take(const api::Fetched& e) {
    const QString id = QString::fromStdString(e.asked);
    if (api::PublishedModel* model = find(id)) model->here = true;
    if (asked_ == id) asked_.clear();
    if (failed_ == id) failed_.clear();
    progress_.reset();
    emit changed();
    emit fetched(id);
}

void HubModels::take(const api::FetchFailed& e) {
    const QString id = QString::fromStdString(e.asked);
    if (asked_ == id) asked_.clear();
    failed_ = id;
    sentence_ = e.code == ErrorCode::cancelled
                    ? tr("Cancelled. What came is kept: the next time goes on from there.")
                    : QString::fromStdString(e.sentence);
    progress_.reset();
    emit changed();
}

}  // namespace perceiver::ui
