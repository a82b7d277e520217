#include "ui/panels/permutation_lab.h"

#include <QHBoxLayout>
#include <algorithm>
#include <cmath>

#include "engine/api/over_time.h"
#include "ui/panels/shuffle_controls.h"
#include "ui/panels/small_map.h"
#include "ui/points/cloud_painter.h"
#include "ui/state/player.h"
#include "ui/style/format.h"
#include "ui/style/sound_paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr QSize kSoundPicture(280, 196), kCloudPicture(280, 280);
constexpr double kNoClass = -1;       // instead of a probability
constexpr double kFloatNoise = 1e-3;  // of a logit; float32 sums in another order differ by less

std::vector<QImage> images(const std::vector<api::PicturePtr>& frames, const QImage& one) {
    std::vector<QImage> out;
    if (frames.size() > 1)
        for (const api::PicturePtr& frame : frames) out.push_back(toImage(frame));
    else if (!one.isNull())
        out.push_back(one);
    return out;
}

std::vector<QImage> received(const Result& r) {
    if (r.file->cloud) return {cloudPicture(*r.file->cloud, colors(), kCloudPicture)};
    if (api::only_heard(*r.file)) return {soundThumbnail(*r.file, kSoundPicture)};
    return images(r.file->film ? r.file->film->view : std::vector<api::PicturePtr>(), r.view);
}

bool has(const Result& r, api::Arm arm) {
    return std::find(r.file->arms.begin(), r.file->arms.end(), arm) != r.file->arms.end();
}

/// "the numbers differ by so much, and whether that is only rounding".
QString endOf(double difference) {
    return difference >= kFloatNoise ? QStringLiteral(".")
           : difference == 0         ? PermutationLab::tr(": not one bit.")
                                     : PermutationLab::tr(": float noise.");
}

}  // namespace

PermutationLab::PermutationLab(State& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      controls_(new ShuffleControls(state, {}, this)),
      plain_(new ArmCard("armPlain", tr("In order"), this)) {
    setObjectName("permutationLab");
    cards_ = {{api::Arm::travel, new ArmCard("armTravel", tr("Positions travel"), this)},
              {api::Arm::stay, new ArmCard("armStay", tr("Positions stay"), this)},
              {api::Arm::none, new ArmCard("armNone", tr("No positions"), this)},
              {api::Arm::jitter, new ArmCard("armJitter", tr("Points moved"), this)}};
    auto* all = new QHBoxLayout(this);
    all->setContentsMargins(12, 12, 12, 12);
    all->setSpacing(12);
    all->addWidget(controls_);
    all->addWidget(plain_, 1);
    for (const api::Arm arm : {api::Arm::travel, api::Arm::stay, api::Arm::none, api::Arm::jitter})
        all->addWidget(cards_[arm], 1);

    connect(&state_, &State::shuffleChanged, this, &PermutationLab::refresh);
    connect(&state_, &State::resultChanged, this, &PermutationLab::refresh);
    connect(&state_, &State::viewChanged, this, &PermutationLab::refresh);
    refresh();
}

void PermutationLab::showEvent(QShowEvent*) {
    state_.wantShuffle(this, true);
    refresh();
}

void PermutationLab::hideEvent(QHideEvent*) { state_.wantShuffle(this, false); }

void PermutationLab::setLow(bool low) { controls_->setLow(low); }

void PermutationLab::newSeed() { controls_->newSeed(); }

QString PermutationLab::armText(api::Arm arm) const { return cards_.at(arm)->text(); }

void PermutationLab::refresh() {
    if (!isVisible()) return;
    const ResultPtr r = state_.result();
    const QString order = !r                          ? QString()
                          : r->file->cloud            ? tr("The points in the order they came.")
                          : api::only_heard(*r->file) ? tr("The array as it comes from the sound.")
                          : r->file->film && r->file->film->view.size() > 1
                              ? tr("The array as it comes from the film, frame by frame.")
                              : tr("The array as it comes from the picture, row by row.");
    inOrder_ = r ? received(*r) : std::vector<QImage>();
    const auto k = std::size_t(state_.view().crossAttend);
    std::vector<QImage> shown = inOrder_;
    if (r && state_.view().labPicture != LabPicture::input && k < r->cross.size() && r->cross[k].mean)
        shown = {smallMap(*r, *r->cross[k].mean, state_.view().colorMap)};
    if (r && r->finished && (r->predictions.empty() || r->answersNoNumber()))
        plain_->show(shown, kNoClass, colors().output, {order});
    else if (r && r->finished)
        plain_->show(shown, double(r->predictions.front().probability), colors().output,
                     {tr("says %1.").arg(QString::fromStdString(r->predictions.front().label)), order});
    else
        plain_->clear({});
    plain_->setToolTip(tr("The input as the model receives it, not shuffled."));
    const bool moved = r && has(*r, api::Arm::jitter);
    for (const auto& [arm, card] : cards_) {
        const bool there = !r ? arm != api::Arm::jitter : has(*r, arm) || (arm == api::Arm::stay && !moved);
        card->setVisible(there);
        if (there) fill(arm);
    }
    if (r && !moved && !has(*r, api::Arm::stay))
        cards_[api::Arm::stay]->clear(tr("A point is its position: when it moves, nothing can stay behind."), true);
}

/// What the model received, or its map. A cloud in another order looks as it did.
std::vector<QImage> PermutationLab::pictures(const api::PermutationResult& arm) const {
    const ResultPtr r = state_.result();
    const ViewState& v = state_.view();
    if (v.labPicture != LabPicture::input && arm.cross_attend == v.crossAttend) {
        const QImage map =
            smallMap(*r, v.labPicture == LabPicture::asComputed ? arm.as_computed : arm.put_back, v.colorMap);
        if (!map.isNull()) return {map};
    }
    if (arm.cloud) return {cloudPicture(*arm.cloud, colors(), kCloudPicture)};
    if (r->file->cloud) return inOrder_;
    if (!arm.input && arm.spectrogram)
        return {
            spectrogramImage(*arm.spectrogram).scaled(kSoundPicture, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)};
    return images(arm.frames, toImage(arm.input));
}

/// What is to be said of one run, the most important first.
QStringList PermutationLab::lines(const api::PermutationResult& arm) const {
    const ResultPtr r = state_.result();
    const double difference = arm.largest_logit_difference;
    const bool noise = difference < kFloatNoise, classes = !r->predictions.empty() && !arm.predictions.empty();
    QStringList out;
    if (!arm.nothing_moved.empty()) out << timesSigns(arm.nothing_moved);
    if (classes) {
        const api::Prediction &before = r->predictions.front(), &says = arm.predictions.front();
        const QString label = QString::fromStdString(says.label);
        out << (says.index != before.index ? tr("says %1, %2.").arg(label, percent(double(says.probability), 0))
                : noise                    ? tr("%1, unchanged.").arg(label)
                                           : tr("still says %1.").arg(label));
    }
    out << (classes ? tr("Largest logit difference %1") : tr("Largest latent difference %1"))
                   .arg(significant(difference, noise ? 1 : 2)) +
               endOf(difference);
    if (arm.in_float64) out << tr("In float64 %1.").arg(significant(*arm.in_float64, 1));
    if (arm.arm == api::Arm::jitter)
        out << tr("A point is its position: moved, it is another cloud.");
    else if (r->file->cloud)
        out << tr("The same points in another order: the same cloud.");
    if (arm.arm == api::Arm::none) out << tr("The model was trained with them: this is not one trained without.");
    if (!arm.put_back.values.empty()) {
        const QString times = significant(arm.largest_map_difference * r->elements()) + QString::fromUtf8("×");
        const QString maps = tr("The map put back differs by %1 uniform at most.").arg(times);
        if (state_.view().labPicture == LabPicture::input)
            out << maps;
        else
            out.insert(1, maps);
    }
    return out;
}

void PermutationLab::fill(api::Arm which) {
    const ResultPtr r = state_.result();
    ArmCard* card = cards_[which];
    const auto& arm = state_.shuffle().of(which);
    if (!arm || !r || !r->finished)
        return card->clear(!r || !r->finished          ? QString()
                           : state_.player().playing() ? tr("Shuffled when it stands still.")
                                                       : tr("Shuffling."));
    card->letHear(arm->sound.empty() ? std::function<void()>()
                                     : [this, arm = *arm] { state_.player().hearShuffled(arm); });
    flyTo(which, *arm);
    if (!r->predictions.empty() && (r->answersNoNumber() || std::isnan(arm->largest_logit_difference)))
        return card->show(pictures(*arm), kNoClass, colors().input, {tr("The answer is not a number.")});
    if (r->predictions.empty() || arm->predictions.empty())
        return card->show(pictures(*arm), kNoClass, colors().input, lines(*arm));
    const int before = r->predictions.front().index;
    const auto same = std::find_if(arm->predictions.begin(), arm->predictions.end(),
                                   [&](const api::Prediction& p) { return p.index == before; });
    const double probability = same == arm->predictions.end() ? 0 : double(same->probability);
    card->show(pictures(*arm), probability, arm->predictions.front().index == before ? colors().input : colors().cross,
               lines(*arm));
}

/// A shuffle that a person asked for, not the first of a file, is shown on its way.
void PermutationLab::flyTo(api::Arm which, const api::PermutationResult& arm) {
    const ResultPtr r = state_.result();
    const std::pair shuffle{r->job, arm.shuffle};
    const auto before = flown_.find(which);
    const bool another = before != flown_.end() && before->second.first == shuffle.first && before->second != shuffle;
    flown_.insert_or_assign(which, shuffle);
    if (!another || state_.view().labPicture != LabPicture::input || inOrder_.empty() || r->file->parts.size() != 1 ||
        r->file->cloud)
        return;
    const api::InputPart& part = r->file->parts.front();
    if (part.grid.frames == 1)
        cards_[which]->fly(inOrder_.front(), arm.from, part.grid.rows, part.grid.cols, !part.hertz.empty());
}

}  // namespace perceiver::ui
