#include "ui/panels/permutation_lab.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMouseEvent>
#include <QPainter>
#include <QRandomGenerator>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/api/over_time.h"
#include "ui/controls/labels.h"
#include "ui/points/cloud_painter.h"
#include "ui/state/player.h"
#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/sound_paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr int kLastSeed = 99;         // the slider's; the box takes any
constexpr QSize kSoundPicture(280, 196);
constexpr double kNoClass = -1;       // instead of a probability
constexpr int kFrameMs = 160;         // of a film in a card
constexpr double kFloatNoise = 1e-3;  // of a logit; float32 sums in another order differ by less

std::vector<QImage> images(const std::vector<api::PicturePtr>& frames, const QImage& one) {
    std::vector<QImage> out;
    if (frames.size() > 1)
        for (const api::PicturePtr& frame : frames) out.push_back(toImage(frame));
    else if (!one.isNull())
        out.push_back(one);
    return out;
}

std::vector<QImage> received(const api::PermutationResult& arm) {
    if (!arm.input && arm.spectrogram)
        return {spectrogramImage(*arm.spectrogram).scaled(kSoundPicture, Qt::IgnoreAspectRatio, Qt::SmoothTransformation)};
    return images(arm.frames, toImage(arm.input));
}

std::vector<QImage> received(const Result& r) {
    if (api::only_heard(*r.file)) return {soundThumbnail(*r.file, kSoundPicture)};
    return images(r.file->film ? r.file->film->view : std::vector<api::PicturePtr>(), r.view);
}

}  // namespace

// ---- a card ----

ArmCard::ArmCard(const QString& objectName, const QString& title, QWidget* parent)
    : QWidget(parent), hear_(new QToolButton(this)), title_(title) {
    setObjectName(objectName);
    hear_->setObjectName(objectName + "Hear");
    hear_->setText(tr("Hear"));
    hear_->setToolTip(tr("Hear the sound as the model receives it"));
    hear_->setFont(textFont(Text::caption));
    hear_->setFixedHeight(24);
    hear_->hide();
    connect(hear_, &QToolButton::clicked, this, [this] {
        if (hearIt_) hearIt_();
    });
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    advance_.setInterval(kFrameMs);
    connect(&advance_, &QTimer::timeout, this, [this] {
        if (!isVisible()) return;
        frame_ = (frame_ + 1) % int(input_.size());
        update();
    });
}

void ArmCard::letHear(const std::function<void()>& hear) {
    hearIt_ = hear;
    hear_->setVisible(hear != nullptr);
}

QRectF ArmCard::pictureRect() const {
    const double side = bare_ ? 0 : std::min({140.0, height() - 24.0, 0.42 * width()});
    return {bare_ ? 0.0 : 12.0, 12, side, side};
}

void ArmCard::resizeEvent(QResizeEvent*) {
    const QRectF picture = pictureRect();
    hear_->resize(hear_->sizeHint().width(), 24);
    hear_->move(int(picture.left()), int(picture.bottom()) - 24);
}

void ArmCard::clear(const QString& why, bool bare) {
    letHear(nullptr);
    bare_ = bare;
    number_.clear();
    input_.clear();
    advance_.stop();
    lines_ = {why};
    setAccessibleName(text());
    update();
}

void ArmCard::show(const std::vector<QImage>& input, double probability, const QColor& color, const QStringList& lines) {
    bare_ = false;
    if (input_.size() != input.size()) frame_ = 0;
    input_ = input;
    if (input_.size() < 2 || motionMs() == 0) advance_.stop();
    else if (!advance_.isActive()) advance_.start();
    number_ = probability < 0 ? QString() : percent(probability);
    color_ = color;
    lines_ = lines;
    setAccessibleName(text());
    update();
}

QString ArmCard::text() const { return (QStringList{title_, number_} + lines_).join('\n'); }

void ArmCard::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    paintCard(p, rect(), c.raised, c.line);
    const QRectF picture = pictureRect();
    const double side = picture.width();
    if (input_.empty() && !bare_) {
        p.setRenderHint(QPainter::Antialiasing);
        p.setPen(Qt::NoPen);
        p.setBrush(c.panel);
        p.drawRoundedRect(picture, kPictureRadius, kPictureRadius);
    } else if (!input_.empty()) {
        const QImage& input = input_[std::size_t(frame_)];
        const double aspect = double(input.width()) / input.height();
        QRectF fitted = aspect >= 1 ? QRectF(0, 0, side, side / aspect) : QRectF(0, 0, side * aspect, side);
        fitted.moveCenter(picture.center());
        if (hear_->isVisible()) fitted.moveTop(picture.top());
        paintImage(p, fitted, input, input.width() > fitted.width());
    }
    QRectF text(picture.right() + 12, 10, width() - picture.right() - 24, height() - 20);
    p.setPen(c.text);
    p.setFont(textFont(Text::body, true));
    p.drawText(text, Qt::AlignTop, QFontMetricsF(p.font()).elidedText(title_, Qt::ElideRight, text.width()));
    text.setTop(text.top() + 20);
    if (!number_.isEmpty()) {
        p.setPen(color_);
        p.setFont(textFont(Text::number, true));
        paintTabular(p, QRectF(text.left(), text.top(), text.width(), 26), Qt::AlignVCenter, number_);
        text.setTop(text.top() + 30);
    }
    p.setPen(c.muted);
    p.setFont(textFont(Text::caption));
    for (const QString& line : lines_) {  // a line that does not fit is left out whole
        const QRectF used = p.boundingRect(text, Qt::TextWordWrap | Qt::AlignTop, line);
        if (used.bottom() > text.bottom() + 1) break;
        p.drawText(text, Qt::TextWordWrap | Qt::AlignTop, line);
        text.setTop(used.bottom() + 2);
    }
}

// ---- the lab ----

PermutationLab::PermutationLab(State& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      fold_(new QToolButton(this)),
      body_(new QWidget(this)),
      slider_(new QSlider(Qt::Horizontal, body_)),
      seed_(new QSpinBox(body_)),
      plain_(new ArmCard("armPlain", tr("In order"), body_)),
      travel_(new ArmCard("armTravel", tr("Positions travel"), body_)),
      stay_(new ArmCard("armStay", tr("Positions stay"), body_)) {
    setObjectName("permutationLab");
    body_->setObjectName("permutationBody");
    fold_->setObjectName("permutationFold");
    fold_->setProperty("quiet", true);
    fold_->setIconSize({16, 16});
    slider_->setObjectName("seedSlider");
    slider_->setAccessibleName(tr("Seed"));
    slider_->setRange(0, kLastSeed);
    seed_->setObjectName("seedBox");
    seed_->setAccessibleName(tr("Seed"));
    seed_->setRange(0, 999'999);
    seed_->setButtonSymbols(QSpinBox::NoButtons);
    seed_->setFixedWidth(72);
    seed_->setAlignment(Qt::AlignRight);
    const QString seedTip =
        tr("The seed of the random order. The same seed gives the same order, here and headless.");
    seed_->setToolTip(seedTip);
    slider_->setToolTip(seedTip);
    plain_->setToolTip(tr("The picture as the model receives it, not shuffled."));
    travel_->setToolTip(
        tr("The elements are shuffled together with their position features. Attention has no order of its "
           "own, so the answer stays (table 2)."));
    stay_->setToolTip(
        tr("The data is shuffled, the position features stay: every element claims another place."));
    auto* dice = new QToolButton(body_);
    dice->setObjectName("newSeedButton");
    dice->setText(tr("New seed"));
    dice->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    dice->setIconSize({20, 16});
    dice->setToolTip(tr("Shuffle in another random order"));

    auto* heading = makeHeading(tr("Shuffle the input"), body_);
    heading->setObjectName("shuffleHeading");
    auto* name = makeLabel(tr("Seed"), body_, Text::caption, true);
    name->setObjectName("seedName");
    auto* row = new QHBoxLayout;
    row->addWidget(name);
    row->addStretch();
    row->addWidget(seed_);
    auto* controls = new QVBoxLayout;
    controls->setSpacing(8);
    controls->addWidget(heading);
    controls->addLayout(row);
    controls->addWidget(slider_);
    controls->addSpacing(4);
    controls->addWidget(dice, 0, Qt::AlignLeft);
    controls->addStretch();
    auto* side = new QWidget(body_);
    side->setObjectName("shuffleControls");
    side->setFixedWidth(220);
    controls->setContentsMargins(0, 0, 8, 0);
    side->setLayout(controls);
    auto* cards = new QHBoxLayout(body_);
    cards->setContentsMargins(12, 12, 12, 12);
    cards->setSpacing(12);
    cards->addWidget(side);
    for (ArmCard* card : {plain_, travel_, stay_}) cards->addWidget(card, 1);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, kTabHeight, 0, 0);
    all->setSpacing(0);
    all->addWidget(body_);

    connect(fold_, &QToolButton::clicked, this, [this] { setOpen(!open_); });
    connect(slider_, &QSlider::valueChanged, this, [this](int v) { state_.setSeed(quint64(v)); });
    connect(seed_, qOverload<int>(&QSpinBox::valueChanged), this,
            [this](int v) { state_.setSeed(quint64(v)); });
    connect(dice, &QToolButton::clicked, this, &PermutationLab::newSeed);
    connect(&state_, &State::shuffleChanged, this, &PermutationLab::refresh);
    connect(&state_, &State::resultChanged, this, &PermutationLab::refresh);
    connect(&state_, &State::viewChanged, this, &PermutationLab::refresh);
    setOpen(true);
}

void PermutationLab::setOpen(bool open) {
    open_ = open;
    body_->setVisible(open);
    body_->setFixedHeight(low_ ? kLowBodyHeight : kBodyHeight);
    setFixedHeight(kTabHeight + (open ? body_->height() : 0));
    fold_->setToolTip(open ? tr("Fold the lab") : tr("Unfold the lab"));
    state_.wantShuffle(open);
    refresh();
    emit openChanged(open);
}

void PermutationLab::setLow(bool low) {
    if (std::exchange(low_, low) == low) return;
    body_->setFixedHeight(low_ ? kLowBodyHeight : kBodyHeight);
    setFixedHeight(kTabHeight + (open_ ? body_->height() : 0));
}

void PermutationLab::newSeed() {
    state_.setSeed(quint64(QRandomGenerator::global()->bounded(kLastSeed + 1)));
    state_.shuffleNow();
}

QString PermutationLab::armText(api::Arm arm) const {
    return (arm == api::Arm::travel ? travel_ : stay_)->text();
}

void PermutationLab::refresh() {
    const QSignalBlocker a(slider_), b(seed_);
    const quint64 seed = state_.view().seed;
    slider_->setValue(int(std::min<quint64>(seed, kLastSeed)));
    seed_->setValue(int(std::min<quint64>(seed, 999'999)));
    fold_->setIcon(icon(open_ ? "down" : "up", colors().muted));
    if (auto* dice = findChild<QToolButton*>("newSeedButton")) dice->setIcon(icon("dice", {}, 4));
    const ResultPtr r = state_.result();
    const bool cloud = r && r->file->cloud;
    const QString order = cloud ? tr("The points in the order they came.")
                          : r && api::only_heard(*r->file) ? tr("The array as it comes from the sound.")
                          : r && r->file->film && r->file->film->view.size() > 1
                              ? tr("The array as it comes from the film, frame by frame.")
                              : tr("The array as it comes from the picture, row by row.");
    inOrder_ = !r ? std::vector<QImage>() : cloud ? std::vector{cloudPicture(*r->file->cloud, colors(), {280, 280})} : received(*r);
    if (r && r->finished && (r->predictions.empty() || r->answersNoNumber()))
        plain_->show(inOrder_, kNoClass, colors().output, {order});
    else if (r && r->finished)
        plain_->show(inOrder_, double(r->predictions.front().probability), colors().output,
                     {tr("says %1.").arg(QString::fromStdString(r->predictions.front().label)), order});
    else
        plain_->clear({});
    fill(travel_, state_.shuffle().travel);
    const bool stays = !r || std::find(r->file->arms.begin(), r->file->arms.end(), api::Arm::stay) != r->file->arms.end();
    if (stays)
        fill(stay_, state_.shuffle().stay);
    else
        stay_->clear(tr("A point is its position: when it moves, nothing can stay behind."), true);
    update();
}

/// What the model received. A cloud in another order looks as it did.
std::vector<QImage> PermutationLab::shuffled(const api::PermutationResult& arm) const {
    return state_.result()->file->cloud ? inOrder_ : received(arm);
}

void PermutationLab::fill(ArmCard* card, const std::optional<api::PermutationResult>& arm) {
    const ResultPtr r = state_.result();
    if (!arm || !r || !r->finished)
        return card->clear(!r || !r->finished || !open_        ? QString()
                            : state_.player().playing() ? tr("Shuffled when it stands still.")
                                                        : tr("Shuffling."));
    card->letHear(arm->sound.empty() ? std::function<void()>() : [this, arm = *arm] { state_.player().hearShuffled(arm); });
    const bool noise = arm->largest_logit_difference < kFloatNoise;
    const QString size = significant(arm->largest_logit_difference, noise ? 1 : 2),
                  end = !noise                               ? QStringLiteral(".")
                        : arm->largest_logit_difference == 0 ? tr(": not one bit.")
                                                             : tr(": float noise.");
    if (r->predictions.empty() || arm->predictions.empty())
        return card->show(shuffled(*arm), kNoClass, colors().input, {tr("Largest latent difference %1").arg(size) + end});
    if (r->answersNoNumber() || std::isnan(arm->largest_logit_difference))
        return card->show(shuffled(*arm), kNoClass, colors().input, {tr("The answer is not a number.")});
    const api::Prediction& before = r->predictions.front();
    const api::Prediction& says = arm->predictions.front();
    const auto same = std::find_if(arm->predictions.begin(), arm->predictions.end(),
                                   [&](const api::Prediction& p) { return p.index == before.index; });
    const double probability = same == arm->predictions.end() ? 0 : double(same->probability);
    const QString label = QString::fromStdString(says.label);
    QString answer = tr("says %1, %2.").arg(label, percent(double(says.probability), 0));
    if (says.index == before.index)
        answer = noise ? tr("%1, unchanged.").arg(label) : tr("still says %1.").arg(label);
    const QString difference = tr("Largest logit difference %1").arg(size) + end;
    QStringList lines{answer, difference};
    if (r->file->cloud) lines << tr("The same points in another order: the same cloud.");
    card->show(shuffled(*arm), probability, says.index == before.index ? colors().input : colors().cross, lines);
}

void PermutationLab::mousePressEvent(QMouseEvent* event) {
    if (event->pos().y() < kTabHeight) setOpen(!open_);
}

void PermutationLab::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    p.fillRect(rect(), c.panel);
    p.fillRect(QRect(0, 0, width(), 1), c.line);
    p.setFont(textFont(Text::body));
    const double tab = QFontMetricsF(p.font()).horizontalAdvance(tr("Permutation")) + 24;
    p.setPen(open_ ? c.text : c.muted);
    p.drawText(QRectF(12, 0, tab, kTabHeight), Qt::AlignCenter, tr("Permutation"));
    p.setFont(textFont(Text::caption));
    p.setPen(c.muted);
    p.drawText(
        QRectF(12 + tab + 8, 0, width() - tab - 80, kTabHeight), Qt::AlignVCenter,
        tr("Does the order of the input matter? A Perceiver knows a place only by its position features."));
    if (open_) {
        p.fillRect(QRect(0, kTabHeight - 1, width(), 1), c.line);
        p.fillRect(QRectF(12, kTabHeight - 2, tab, 2), c.cross);
    }
}

void PermutationLab::resizeEvent(QResizeEvent*) { fold_->setGeometry(width() - 40, 4, 28, 28); }

}  // namespace perceiver::ui
