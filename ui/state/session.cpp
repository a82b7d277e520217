#include "ui/state/session.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <cmath>

namespace perceiver::ui {

namespace {

constexpr int kMostTrialSeeds = 10'000;

using api::all_heads;
using api::all_latents;

// ---- reading, with every value in its bounds ----

/// An enumerator by its number, where it is one.
template <class E>
E read(const QJsonObject& from, const char* name, E otherwise, E last) {
    const int value = from.value(QLatin1String(name)).toInt(-1);
    return value < 0 || value > int(last) ? otherwise : E(value);
}

int whole(const QJsonObject& from, const char* name, int otherwise, int least) {
    return std::max(least, from.value(QLatin1String(name)).toInt(otherwise));
}

double part(const QJsonObject& from, const char* name, double otherwise) {
    return std::clamp(from.value(QLatin1String(name)).toDouble(otherwise), 0.0, 1.0);
}

double seconds(const QJsonObject& from, const char* name, double otherwise) {
    const double value = from.value(QLatin1String(name)).toDouble(otherwise);
    return std::isfinite(value) ? value : otherwise;
}

// ---- the parts ----

QJsonObject jsonOf(const MapChoice& c) {
    return {{"crossAttend", c.crossAttend}, {"latent", c.latent}, {"head", c.head}};
}

MapChoice choiceFrom(const QJsonObject& o) {
    return {whole(o, "crossAttend", 0, 0), whole(o, "latent", all_latents, all_latents),
            whole(o, "head", all_heads, all_heads)};
}

QJsonObject jsonOf(const ViewState& v) {
    QJsonArray pins;
    for (const int pin : v.pins) pins << pin;
    return {{"crossAttend", v.crossAttend},
            {"pinned", v.pinned},
            {"pins", pins},
            {"head", v.head},
            {"scale", int(v.scale)},
            {"colorMap", int(v.colorMap)},
            {"layout", int(v.layout)},
            {"opacity", v.opacity},
            {"modelView", v.modelView},
            {"sort", int(v.sort)},
            {"held", v.held},
            {"compare", int(v.compare)},
            {"other", jsonOf(v.other)},
            {"explained", v.explained},
            {"evidence", int(v.evidence)},
            {"target", v.target},
            {"masked", v.masked},
            {"keepOnly", v.keepOnly},
            {"seed", qint64(v.seed)},
            {"block", v.block},
            {"fraction", v.fraction},
            {"along", int(v.along)},
            {"labPicture", int(v.labPicture)},
            {"trialSeeds", v.trialSeeds},
            {"trialFolder", v.trialFolder},
            {"inFloat64", v.inFloat64}};
}

ViewState viewFrom(const QJsonObject& o) {
    const ViewState d;
    ViewState v;
    v.crossAttend = whole(o, "crossAttend", d.crossAttend, 0);
    v.pinned = whole(o, "pinned", d.pinned, all_latents);
    const QJsonArray pins = o.value("pins").toArray();
    for (int i = 0; i < kPins; ++i)
        v.pins[std::size_t(i)] = std::max(all_latents, pins.at(i).toInt(all_latents));
    v.head = whole(o, "head", d.head, all_heads);
    v.scale = read(o, "scale", d.scale, api::Scale::logit);
    v.colorMap = read(o, "colorMap", d.colorMap, ColorMap::magma);
    v.layout = read(o, "layout", d.layout, Layout::alone);
    v.opacity = std::min(100, whole(o, "opacity", d.opacity, 0));
    v.modelView = o.value("modelView").toBool(d.modelView);
    v.sort = read(o, "sort", d.sort, SortBy::clusters);
    v.held = whole(o, "held", d.held, -1);
    v.compare = read(o, "compare", d.compare, Compare::difference);
    v.other = choiceFrom(o.value("other").toObject());
    v.explained = o.value("explained").toBool(d.explained);
    v.evidence = read(o, "evidence", d.evidence, api::Evidence::attention);
    v.target = whole(o, "target", d.target, -1);
    v.masked = part(o, "masked", d.masked);
    v.keepOnly = o.value("keepOnly").toBool(d.keepOnly);
    const qint64 seed = o.value("seed").toInteger(-1);
    v.seed = seed < 0 ? d.seed : quint64(seed);
    v.block = whole(o, "block", d.block, 1);
    v.fraction = part(o, "fraction", d.fraction);
    v.labPicture = read(o, "labPicture", d.labPicture, LabPicture::putBack);
    v.along = read(o, "along", d.along, api::Along::patches);
    v.trialSeeds = std::min(kMostTrialSeeds, whole(o, "trialSeeds", d.trialSeeds, 1));
    v.trialFolder = o.value("trialFolder").toString();
    v.inFloat64 = o.value("inFloat64").toBool(d.inFloat64);
    return v;
}

}  // namespace

QByteArray toJson(const Session& s) {
    const QJsonObject all{{"file", QString::fromStdString(s.file)},
                          {"model", QString::fromStdString(s.model)},
                          {"start", s.start},
                          {"up", int(s.pose.up)},
                          {"quarters", s.pose.quarters},
                          {"position", s.position},
                          {"view", jsonOf(s.view)}};
    return QJsonDocument(all).toJson(QJsonDocument::Compact);
}

Session sessionFromJson(const QByteArray& json) {
    const QJsonObject all = QJsonDocument::fromJson(json).object();
    const Session d;
    Session s;
    s.file = all.value("file").toString().toStdString();
    s.model = all.value("model").toString().toStdString();
    s.start = seconds(all, "start", d.start);
    s.pose.up = read(all, "up", d.pose.up, api::Pose::Up::z);
    s.pose.quarters = std::min(3, whole(all, "quarters", d.pose.quarters, api::Pose::as_usual));
    s.position = std::max(0.0, seconds(all, "position", d.position));
    s.view = viewFrom(all.value("view").toObject());
    return s;
}

}  // namespace perceiver::ui
