#include "ui/views/sound_controls.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QToolButton>
#include <utility>

#include "ui/controls/labels.h"
#include "ui/state/player.h"
#include "ui/style/format.h"
#include "ui/style/theme.h"
#include "ui/views/view_paint.h"

namespace perceiver::ui {

namespace {

constexpr int kWideEnough = 760, kRoomForLegend = 480;

}  // namespace

SoundControls::SoundControls(State& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      play_(new QToolButton(this)),
      loop_(new QToolButton(this)),
      solo_(new QToolButton(this)),
      position_(makeLabel({}, this, Text::body)),
      remark_(makeLabel({}, this, Text::caption, true)),
      legend_(makeLabel({}, this, Text::caption, true)) {
    setObjectName("soundControls");
    setFixedHeight(kHeight);
    play_->setObjectName("soundPlayButton");
    play_->setIconSize({16, 16});
    play_->setFixedWidth(36);
    play_->setProperty("square", true);
    loop_->setObjectName("soundLoopButton");
    loop_->setText(tr("Loop"));
    loop_->setCheckable(true);
    solo_->setObjectName("soundSoloButton");
    solo_->setCheckable(true);
    for (QToolButton* button : {play_, loop_, solo_}) button->setFixedHeight(32);
    position_->setObjectName("soundPosition");
    position_->setAccessibleName(tr("Position"));
    remark_->setObjectName("soundRemark");
    remark_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    legend_->setObjectName("soundLegend");
    legend_->setTextFormat(Qt::RichText);
    legend_->setToolTip(tr("Attention over time, all pitches together, in times uniform"));

    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(24, 0, 24, 0);
    row->setSpacing(8);
    for (QWidget* w : std::initializer_list<QWidget*>{play_, loop_, solo_}) row->addWidget(w);
    row->addSpacing(4);
    row->addWidget(position_);
    row->addWidget(remark_, 1);
    row->addWidget(legend_);

    Player& player = state_.player();
    connect(play_, &QToolButton::clicked, &player, &Player::toggle);
    connect(&player, &Player::positionChanged, this, &SoundControls::refreshPosition);
    for (const auto signal : {&Player::playingChanged, &Player::loopChanged, &Player::sourceChanged})
        connect(&player, signal, this, &SoundControls::refresh);
    for (const auto signal : {&State::opened, &State::viewChanged, &State::mapChanged})
        connect(&state_, signal, this, &SoundControls::refresh);
    refresh();
}

void SoundControls::useActions(const Actions& actions) {
    for (const auto& [button, name] :
         {std::pair{play_, "play"}, std::pair{loop_, "loop"}, std::pair{solo_, "solo"}}) {
        button->setToolTip(actions[name]->toolTip());
        if (button != play_) connect(button, &QToolButton::clicked, actions[name], &QAction::trigger);
    }
}

QString SoundControls::positionText() const { return position_->text(); }

void SoundControls::refreshPosition() {
    const Player& player = state_.player();
    const QString end = clockTime(player.duration());
    position_->setText(tr("%1 / %2").arg(clockTime(player.position()), end));
    const QFontMetrics metrics(position_->font());  // the digits dance, what follows does not
    position_->setMinimumWidth(metrics.horizontalAdvance(tr("%1 / %1").arg(QString(end.size(), '0'))));
}

void SoundControls::refresh() {
    const Player& player = state_.player();
    const ViewState& v = state_.view();
    play_->setIcon(icon(player.playing() ? "pause" : "play"));
    play_->setAccessibleName(player.playing() ? tr("Pause") : tr("Play"));
    const bool solo = player.source() == Player::Source::solo;
    loop_->setChecked(player.loop().has_value());
    solo_->setChecked(solo);
    solo_->setEnabled(player.hasSound());
    const QString reader = v.pinned == api::all_latents
                               ? tr("cross-attend %1").arg(v.crossAttend + 1)
                               : tr("latent %1 of cross-attend %2").arg(v.pinned).arg(v.crossAttend + 1);
    const QString words = tr("Solo: hear what %1 reads").arg(reader);
    solo_->setText(width() >= kWideEnough ? words : tr("Solo"));
    solo_->setAccessibleName(words);
    loop_->setAccessibleName(tr("Loop"));

    QString remark;
    if (player.source() == Player::Source::shuffled) remark = tr("shuffled");
    if (player.soundless()) remark = v.pinned == api::all_latents ? tr("silent: no sound device") : tr("silent");
    remark_->setText(remark);
    remark_->setToolTip(player.soundless() ? tr("The system has no sound device, so a clock moves the playhead.")
                                           : QString());

    legend_->setText(legendOf(shownLines(state_)));
    legend_->setVisible(width() >= kRoomForLegend);
    refreshPosition();
}

void SoundControls::resizeEvent(QResizeEvent*) { refresh(); }

}  // namespace perceiver::ui
