#include "ui/panels/shuffle_controls.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QRandomGenerator>
#include <QSlider>
#include <QSpinBox>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "ui/controls/labels.h"
#include "ui/controls/segment.h"
#include "ui/style/format.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr int kLastSeed = 99;  // the slider's; the box takes any
constexpr int kMostSeed = 999'999, kPercent = 100;

QString alongWords(api::Along along) {
    return along == api::Along::frames    ? ShuffleControls::tr("frames")
           : along == api::Along::patches ? ShuffleControls::tr("patches")
                                          : ShuffleControls::tr("both");
}

}  // namespace

template <class Widget>
Widget* ShuffleControls::named(Widget* widget, const char* name) const {
    QString full = QLatin1String(name);
    if (!prefix_.isEmpty()) full = prefix_ + full.front().toUpper() + full.mid(1);
    widget->setObjectName(full);
    return widget;
}

ShuffleControls::ShuffleControls(State& state, const QString& prefix, QWidget* parent)
    : QWidget(parent),
      state_(state),
      prefix_(prefix),
      heading_(named(makeHeading(tr("Shuffle the input"), this), "shuffleHeading")),
      part_(named(makeLabel({}, this, Text::caption, true), "fractionValue")),
      tiles_(named(makeLabel(tr("tiles of"), this, Text::caption, true), "blockName")),
      slider_(named(new QSlider(Qt::Horizontal, this), "seedSlider")),
      fraction_(named(new QSlider(Qt::Horizontal, this), "fractionSlider")),
      seed_(named(new QSpinBox(this), "seedBox")),
      block_(named(new QSpinBox(this), "blockBox")),
      dice_(named(new QToolButton(this), "newSeedButton")),
      along_(named(new QToolButton(this), "alongButton")) {
    named(this, "shuffleControls");
    setFixedWidth(kWidth);
    for (QSpinBox* box : {seed_, block_}) {
        box->setButtonSymbols(QSpinBox::NoButtons);
        box->setAlignment(Qt::AlignRight);
    }
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 8, 0);
    all->setSpacing(5);
    all->addWidget(heading_);
    for (QHBoxLayout* row : {makeSeeds(), makeParts(), makeTiles()}) all->addLayout(row);
    if (prefix_.isEmpty()) all->addLayout(makePictures());
    all->addStretch();
    connect(&state_, &State::viewChanged, this, &ShuffleControls::refresh);
    connect(&state_, &State::opened, this, &ShuffleControls::refresh);
    refresh();
}

QHBoxLayout* ShuffleControls::makeSeeds() {
    const QString tip = tr("The seed of the random order. The same seed gives the same order, here and headless.");
    slider_->setAccessibleName(tr("Seed"));
    slider_->setToolTip(tip);
    slider_->setRange(0, kLastSeed);
    seed_->setAccessibleName(tr("Seed"));
    seed_->setToolTip(tip);
    seed_->setRange(0, kMostSeed);
    seed_->setPrefix(tr("seed "));
    seed_->setFixedWidth(92);
    dice_->setAccessibleName(tr("New seed"));
    dice_->setToolTip(tr("Shuffle in another random order (S)"));
    dice_->setIconSize({16, 16});
    connect(slider_, &QSlider::valueChanged, this, [this](int v) { state_.setSeed(quint64(v)); });
    connect(seed_, qOverload<int>(&QSpinBox::valueChanged), this, [this](int v) { state_.setSeed(quint64(v)); });
    connect(dice_, &QToolButton::clicked, this, &ShuffleControls::newSeed);
    auto* row = new QHBoxLayout;
    row->addWidget(slider_, 1);
    row->addWidget(seed_);
    row->addWidget(dice_);
    return row;
}

QHBoxLayout* ShuffleControls::makeParts() {
    fraction_->setAccessibleName(tr("Part shuffled"));
    fraction_->setToolTip(tr("How many of the elements, or tiles, change places"));
    fraction_->setRange(0, kPercent);
    part_->setFixedWidth(78);
    part_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    connect(fraction_, &QSlider::valueChanged, this, [this](int v) { state_.setFraction(double(v) / kPercent); });
    auto* row = new QHBoxLayout;
    row->addWidget(fraction_, 1);
    row->addWidget(part_);
    return row;
}

QHBoxLayout* ShuffleControls::makeTiles() {
    block_->setAccessibleName(tr("Elements along a tile"));
    block_->setFixedWidth(40);
    along_->setAccessibleName(tr("What of the film is shuffled"));
    along_->setToolTip(tr("Whole frames change places; or patches, alike in every frame; or both"));
    along_->setPopupMode(QToolButton::InstantPopup);
    along_->setFont(textFont(Text::caption));
    auto* menu = new QMenu(along_);
    menu->setObjectName(along_->objectName() + "Menu");
    for (const auto along : {api::Along::frames, api::Along::patches, api::Along::both}) {
        QAction* action = menu->addAction(alongWords(along));
        action->setCheckable(true);
        action->setData(int(along));
        connect(action, &QAction::triggered, this, [this, along] { state_.setAlong(along); });
    }
    along_->setMenu(menu);
    connect(block_, qOverload<int>(&QSpinBox::valueChanged), &state_, &State::setBlock);
    auto* row = new QHBoxLayout;
    row->addWidget(along_);
    row->addWidget(tiles_);
    row->addWidget(block_);
    row->addStretch();
    if (!prefix_.isEmpty()) return row;
    float64_ = named(new QCheckBox(tr("float64"), this), "float64Box");
    float64_->setFont(textFont(Text::caption));
    float64_->setToolTip(tr(
        "The largest difference once more with the plain model in float64: what is left when nothing is rounded away"));
    connect(float64_, &QCheckBox::toggled, &state_, &State::setInFloat64);
    row->addWidget(float64_);
    return row;
}

QHBoxLayout* ShuffleControls::makePictures() {
    auto* row = new QHBoxLayout;
    row->setSpacing(0);
    auto* group = new QButtonGroup(this);
    const std::tuple<const char*, QString, QString, const char*> kinds[] = {
        {"labPictureInput", tr("Input"), tr("The cards picture what the model receives"), "first"},
        {"labPictureComputed", tr("Map"), tr("The mean map of the selected cross-attend in the order it was computed"),
         "middle"},
        {"labPicturePutBack", tr("Put back"), tr("The same map, every value put back where its data came from"),
         "last"}};
    for (std::size_t i = 0; i < 3; ++i) {
        const auto& [name, words, tip, place] = kinds[i];
        QToolButton* button = pictures_[i] = named(new QToolButton(this), name);
        makeSegment(button, group, words, tip, place);
        row->addWidget(button);
        connect(button, &QToolButton::clicked, this, [this, i] { state_.setLabPicture(LabPicture(i)); });
    }
    row->addStretch();
    return row;
}

void ShuffleControls::setLow(bool low) { heading_->setVisible(!low); }

void ShuffleControls::newSeed() {
    state_.setSeed(quint64(QRandomGenerator::global()->bounded(kLastSeed + 1)));
    state_.shuffleNow();
}

void ShuffleControls::refresh() {
    const QSignalBlocker a(slider_), b(seed_), c(fraction_), d(block_), e(float64_);
    const ViewState& v = state_.view();
    slider_->setValue(int(std::min<quint64>(v.seed, kLastSeed)));
    seed_->setValue(int(std::min<quint64>(v.seed, kMostSeed)));
    fraction_->setValue(int(std::lround(v.fraction * kPercent)));
    part_->setText(v.fraction >= 1 ? tr("all of it") : tr("%1 of it").arg(percent(v.fraction, 0)));
    dice_->setIcon(icon("dice"));
    // Only sizes of which there are two tiles: one alone has nowhere to go.
    const ResultPtr r = state_.result();
    const api::ShuffleOptions used = state_.shuffleOptions();
    const int largest = r ? std::max(1, r->file->largest_tile[std::size_t(used.along)]) : 64;
    block_->setRange(1, largest);
    block_->setValue(used.block);
    block_->setEnabled(largest > 1);
    const QString tip = tr("Tiles of so many elements a side are moved whole: 1 is every element for itself");
    block_->setToolTip(
        r ? tr("%1. Here %2 at most: of larger tiles there is only one, which has nowhere to go.").arg(tip).arg(largest)
          : tip);
    tiles_->setToolTip(block_->toolTip());
    along_->setVisible(r && r->file->largest_tile[std::size_t(api::Along::frames)] > 0);
    along_->setText(alongWords(used.along) + QString::fromUtf8(" ▾"));
    for (QAction* action : along_->menu()->actions()) action->setChecked(action->data().toInt() == int(used.along));
    if (float64_) float64_->setChecked(v.inFloat64);
    for (std::size_t i = 0; i < 3; ++i)
        if (pictures_[i]) pictures_[i]->setChecked(int(i) == int(v.labPicture));
}

}  // namespace perceiver::ui
