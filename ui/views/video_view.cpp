#include "ui/views/video_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "engine/api/over_time.h"
#include "ui/controls/labels.h"
#include "ui/state/player.h"
#include "ui/style/format.h"
#include "ui/style/theme.h"
#include "ui/views/view_paint.h"

namespace perceiver::ui {

namespace {

constexpr int kLow = 420;             // a view lower than this has smaller rows under the frame
constexpr double kRate = 25;          // of a film that doesn't say
constexpr double kNearly = 1e-6;
constexpr double kWorthTelling = 0.005;   // of attention, to a label that no file holds

}  // namespace

VideoView::VideoView(State& state, QWidget* parent)
    : MediaView(state, parent),
      loopDrag_(state.player()),
      frame_(new FrameView(state, this)),
      strip_(new FilmStrip(state, frame_->frames(), loopDrag_, this)),
      bar_(new FilmBar(state, loopDrag_, this)),
      back_(makeButton("frameBackButton", tr("The frame before (,)"))),
      play_(makeButton("filmPlayButton", tr("Play or pause (Space)"))),
      forward_(makeButton("frameForwardButton", tr("The frame after (.)"))),
      loop_(makeButton(
          "filmLoopButton",
          tr("Play the frames in the strip round and round (R); [ and ], or dragging over them with Shift, choose "
             "where that begins and ends"))),
      place_(makeLabel({}, this, Text::body)),
      time_(makeLabel({}, this, Text::caption, true)),
      legend_(makeLabel({}, this, Text::caption, true)),
      shares_(makeLabel({}, this, Text::caption, true)) {
    setObjectName("videoView");
    loop_->setText(tr("Loop"));
    loop_->setToolButtonStyle(Qt::ToolButtonTextOnly);
    loop_->setCheckable(true);
    place_->setObjectName("framePlace");
    time_->setObjectName("filmTime");
    legend_->setObjectName("filmLegend");
    legend_->setTextFormat(Qt::RichText);
    legend_->setToolTip(tr("Attention over time; the dashed line is where every time would be read alike"));
    shares_->setObjectName("modalityShares");
    shares_->setTextFormat(Qt::RichText);

    auto* controls = new QHBoxLayout;
    controls->setContentsMargins(24, 4, 24, 8);
    controls->setSpacing(8);
    for (QToolButton* button : {back_, play_, forward_}) controls->addWidget(button);
    controls->addWidget(place_);
    controls->addWidget(loop_);
    controls->addWidget(time_);
    controls->addWidget(bar_, 1);
    controls->addWidget(legend_);
    controls->addWidget(shares_);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(frame_, 1);
    all->addSpacing(8);
    all->addWidget(strip_);
    all->addLayout(controls);

    Player& player = state_.player();
    connect(frame_, &MediaView::zoomChanged, this, &MediaView::zoomChanged);
    connect(back_, &QToolButton::clicked, this, [this] { step(-1); });
    connect(forward_, &QToolButton::clicked, this, [this] { step(1); });
    connect(play_, &QToolButton::clicked, &player, &Player::toggle);
    connect(loop_, &QToolButton::toggled, this, [this, &player](bool on) {
        if (on != player.loop().has_value()) player.setLoop(on ? std::optional(range()) : std::nullopt);
    });
    connect(&player, &Player::loopChanged, this, &VideoView::refresh);
    connect(&player, &Player::playingChanged, this, &VideoView::refresh);
    connect(&player, &Player::positionChanged, this, &VideoView::refreshWords);
    connect(&state_, &State::opened, this, &VideoView::refresh);
    connect(&state_, &State::viewChanged, this, &VideoView::refresh);
    connect(&state_, &State::resultChanged, this, &VideoView::refreshShares);
    connect(&state_, &State::mapChanged, this, &VideoView::refreshShares);
    for (const auto signal : {&State::opened, &State::viewChanged, &State::resultChanged, &State::mapChanged})
        connect(&state_, signal, this, &VideoView::refreshLegend);
    refresh();
}

QToolButton* VideoView::makeButton(const QString& name, const QString& tip) {
    auto* button = new QToolButton(this);
    button->setObjectName(name);
    button->setToolTip(tip);
    button->setAccessibleName(tip);
    button->setIconSize({16, 16});
    button->setFixedHeight(28);
    return button;
}

void VideoView::step(int by) {
    const ResultPtr r = state_.result();
    if (!r || !r->file->film || r->file->film->times.empty()) return;
    Player& player = state_.player();
    player.pause();
    const api::FilmInfo& film = *r->file->film;
    const double own = 1 / (film.rate > 0 ? film.rate : kRate), end = film.start + film.seconds, at = player.position();
    double to = at + by * own;
    if (film.times.size() > 1 && at >= film.start - kNearly && at < end + kNearly) {
        const double shown = film.times[std::size_t(api::frame_at(film, at))];
        to = by > 0 ? end : film.start - own;
        for (const double t : film.times)
            if (by > 0 ? t > shown + kNearly && t < to : t < shown - kNearly && t > to) to = t;
    }
    player.seek(std::clamp(to, 0.0, std::max(0.0, player.duration() - own)));
}

void VideoView::refresh() {
    const bool playing = state_.player().playing();
    back_->setIcon(icon("back"));
    forward_->setIcon(icon("forward"));
    play_->setIcon(icon(playing ? "pause" : "play"));
    const QSignalBlocker block(loop_);
    loop_->setChecked(state_.player().loop().has_value());
    // The width of the longest words, so that nothing beside them moves.
    const QString whole = QLocale().toString(state_.player().duration(), 'f', 2);
    time_->setMinimumWidth(time_->fontMetrics().horizontalAdvance(tr("%1 of %2 s").arg(whole, whole)));
    place_->setMinimumWidth(place_->fontMetrics().horizontalAdvance(QStringLiteral("00 / 00")));
    refreshWords();
    refreshShares();
    update();
}

void VideoView::refreshWords() {
    const ResultPtr r = state_.result();
    if (!r || !r->file->film) return;
    const api::FilmInfo& film = *r->file->film;
    const Player& player = state_.player();
    const QLocale words;
    if (film.frames.size() > 1)
        place_->setText(tr("%1 / %2").arg(api::frame_at(film, player.position()) + 1).arg(film.frames.size()));
    else {
        const double rate = film.rate > 0 ? film.rate : kRate;
        const int frames = std::max(1, int(std::lround(player.duration() * rate)));
        place_->setText(tr("%1 / %2").arg(std::min(frames, int(player.position() * rate + 0.01) + 1)).arg(frames));
    }
    time_->setText(
        tr("%1 of %2 s").arg(words.toString(player.position(), 'f', 2), words.toString(player.duration(), 'f', 1)));
}

/// What the colours in the strip mean, where the line of the film keeps its room beside it.
void VideoView::refreshLegend() {
    std::vector<Line> lines = shownLines(state_);
    std::erase_if(lines, [](const Line& line) { return line.passing; });  // it would push the film's line to and fro
    const bool drawn = !strip_->bars().empty() || !strip_->curves().empty();
    legend_->setText(drawn ? legendOf(lines) : QString());
    const int words = legend_->sizeHint().width() + (shares_->isHidden() ? 0 : shares_->sizeHint().width());
    legend_->setVisible(!legend_->text().isEmpty() && 3 * words <= width());
}

/// "picture 71 % of attention · sound 29 %", of what is shown: the mean, or the latent pinned or pointed at.
void VideoView::refreshShares() {
    const ResultPtr r = state_.result();
    shares_->clear();
    shares_->hide();
    if (!r || !r->file->film || !api::seen_part(*r->file) || r->file->parts.size() < 2) return;
    MapPtr map = state_.shownMap();
    const auto k = std::size_t(state_.view().crossAttend);
    if (state_.shownLatent() == api::all_latents && k < r->cross.size())
        map = r->cross[k].mean;  // whichever scale is shown
    if (!map || map->scale != api::Scale::probability || int(map->values.size()) < r->elements()) return;
    QStringList words;
    const auto add = [&](const api::InputPart* part, const QString& name, const QColor& color) {
        const double value = part ? api::share(*map, *part) : 0;
        if (!part || (part->label && value < kWorthTelling)) return;
        const QString number = QStringLiteral("<b style=\"color:%1\">%2</b>").arg(color.name(), percent(value, 0));
        words << (words.isEmpty() ? tr("%1 %2 of attention") : tr("%1 %2")).arg(name, number);
    };
    add(api::seen_part(*r->file), tr("picture"), colors().cross);
    add(api::heard_part(*r->file), tr("sound"), colors().input);
    for (const api::InputPart& part : r->file->parts)
        if (part.label) add(&part, tr("label"), colors().output);
    shares_->setText(words.join(QString::fromUtf8(" · ")));
    shares_->show();
}

void VideoView::resizeEvent(QResizeEvent*) {
    strip_->setLow(height() < kLow);
    refreshLegend();
}

void VideoView::paintEvent(QPaintEvent*) {
    QPainter p(this);
    p.fillRect(rect(), colors().background);
}

}  // namespace perceiver::ui
