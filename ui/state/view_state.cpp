#include "ui/state/view_state.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>

namespace perceiver::ui {

int ViewState::slotOf(int latent) const {
    const auto found = latent < 0 ? pins.end() : std::find(pins.begin(), pins.end(), latent);
    return found == pins.end() ? -1 : int(found - pins.begin());
}

namespace {

/// An enumerator by its number, where it is one.
template <class E>
E read(const QJsonObject& from, const char* name, E otherwise, E last) {
    const int value = from.value(QLatin1String(name)).toInt(-1);
    return value < 0 || value > int(last) ? otherwise : E(value);
}

}  // namespace

QByteArray toJson(const ViewState& v) {
    const QJsonObject all{{"crossAttend", v.crossAttend},
                          {"scale", int(v.scale)},
                          {"colorMap", int(v.colorMap)},
                          {"layout", int(v.layout)},
                          {"opacity", v.opacity},
                          {"modelView", v.modelView},
                          {"sort", int(v.sort)},
                          {"seed", qint64(v.seed)},
                          {"block", v.block},
                          {"fraction", v.fraction},
                          {"along", int(v.along)},
                          {"labPicture", int(v.labPicture)},
                          {"trialSeeds", v.trialSeeds},
                          {"trialFolder", v.trialFolder},
                          {"evidence", int(v.evidence)}};
    return QJsonDocument(all).toJson(QJsonDocument::Compact);
}

ViewState viewStateFromJson(const QByteArray& json) {
    const QJsonObject all = QJsonDocument::fromJson(json).object();
    const ViewState d;
    ViewState v;
    v.crossAttend = std::max(0, all.value("crossAttend").toInt(d.crossAttend));
    v.scale = read(all, "scale", d.scale, api::Scale::logit);
    v.colorMap = read(all, "colorMap", d.colorMap, ColorMap::magma);
    v.layout = read(all, "layout", d.layout, Layout::alone);
    v.opacity = std::clamp(all.value("opacity").toInt(d.opacity), 0, 100);
    v.modelView = all.value("modelView").toBool(d.modelView);
    v.sort = read(all, "sort", d.sort, SortBy::clusters);
    v.seed = quint64(std::max<qint64>(0, all.value("seed").toInteger(qint64(d.seed))));
    v.block = std::max(1, all.value("block").toInt(d.block));
    v.fraction = std::clamp(all.value("fraction").toDouble(d.fraction), 0.0, 1.0);
    v.along = read(all, "along", d.along, api::Along::patches);
    v.labPicture = read(all, "labPicture", d.labPicture, LabPicture::putBack);
    v.trialSeeds = std::clamp(all.value("trialSeeds").toInt(d.trialSeeds), 1, 10'000);
    v.trialFolder = all.value("trialFolder").toString();
    v.evidence = read(all, "evidence", d.evidence, api::Evidence::attention);
    return v;
}

ChangeView::ChangeView(const QString& words, int merge, ViewState before, ViewState after, Apply apply)
    : QUndoCommand(words), merge_(merge), before_(before), after_(after), apply_(std::move(apply)) {}

bool ChangeView::mergeWith(const QUndoCommand* newer) {
    after_ = static_cast<const ChangeView*>(newer)->after_;
    return true;
}

}  // namespace perceiver::ui
