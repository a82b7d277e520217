#include "ui/panels/tool_row.h"

#include <QActionGroup>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QMenu>
#include <QPainter>
#include <QResizeEvent>
#include <QToolButton>
#include <cmath>
#include <numeric>
#include <utility>

#include "engine/api/default_model.h"
#include "engine/api/over_time.h"
#include "ui/panels/recent_files.h"
#include "ui/points/cloud_painter.h"
#include "ui/state/model_name.h"
#include "ui/style/format.h"
#include "ui/style/paint.h"
#include "ui/style/sound_paint.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

/// What the file is and what the model sees of it; a shorter form for little room.
QStringList fileDetails(const Result& r) {
    const api::FileInfo& file = *r.file;
    if (const auto& cloud = file.cloud) {
        const std::int64_t points = std::int64_t(cloud->xyz.size() / 3);
        const QString seen = QString::fromUtf8("→ %1").arg(count(points));
        if (cloud->file_faces > 0)
            return {ToolRow::tr("%1 triangles %2 points").arg(count(cloud->file_faces), seen),
                    ToolRow::tr("%1 points").arg(seen), seen};
        if (cloud->file_points > points)
            return {ToolRow::tr("%1 points %2").arg(count(cloud->file_points), seen), seen};
        return {points == 1 ? ToolRow::tr("1 point") : ToolRow::tr("%1 points").arg(count(points))};
    }
    if (api::only_heard(file)) {
        const QStringList words = soundWords(file);
        return {words[0] + ' ' + words[1], words[1]};
    }
    const QString size = QString::fromUtf8("%1 × %2").arg(file.width).arg(file.height);
    if (!file.film || !api::seen_part(file)) {
        const QString seen = QString::fromUtf8("→ %1 × %2").arg(r.model->input_cols).arg(r.model->input_rows);
        return {size + ' ' + seen, seen};
    }
    const api::FilmInfo& film = *file.film;
    const QString view = QString::fromUtf8("%1 × %2").arg(r.view.width()).arg(r.view.height()),
                  seconds = film.duration > 0 ? ToolRow::tr(", %1 s").arg(QLocale().toString(film.duration, 'f', 1))
                                              : QString(),
                  seen = film.frames.size() > 1 ? ToolRow::tr("→ %1 frames of %2").arg(film.frames.size()).arg(view)
                                                : ToolRow::tr("→ a frame of %1").arg(view);
    return {size + seconds + ' ' + seen, seen};
}

/// Of the file, for its chip.
QImage chipPicture(const Result& r) {
    constexpr int side = 96;
    if (r.file->cloud) return cloudPicture(*r.file->cloud, colors(), {side, side});
    return r.picture.isNull() ? soundThumbnail(*r.file, {side, side})
                              : r.picture.scaled(side, side, Qt::KeepAspectRatioByExpanding, Qt::SmoothTransformation);
}

}  // namespace

// ---- tool row ----

ToolRow::ToolRow(State& state, const Actions& actions, QWidget* parent)
    : QWidget(parent),
      state_(state),
      file_(new Chip(this)),
      model_(new Chip(this)),
      colorMap_(new QToolButton(this)),
      panels_(new QToolButton(this)),
      theme_(new QToolButton(this)),
      help_(new QToolButton(this)),
      open_(new QToolButton(this)) {
    setObjectName("toolRow");
    setFixedHeight(kHeight);
    open_->setObjectName("openButton");
    open_->setDefaultAction(actions["open"]);
    open_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    file_->setObjectName("fileChip");
    file_->setArrow(true);
    model_->setObjectName("modelChip");
    model_->setArrow(true);
    model_->setToolTip(actions["model"]->toolTip());
    connect(file_, &Chip::clicked, this, &ToolRow::showRecent);
    connect(model_, &Chip::clicked, actions["model"], &QAction::trigger);
    buildColorMaps();
    theme_->setObjectName("themeButton");
    theme_->setDefaultAction(actions["theme"]);
    theme_->setToolButtonStyle(Qt::ToolButtonIconOnly);
    help_->setObjectName("helpButton");
    help_->setDefaultAction(actions["keys"]);
    help_->setToolButtonStyle(Qt::ToolButtonIconOnly);
    buildPanels(actions);
    for (QToolButton* square : {panels_, theme_, help_}) {
        square->setFixedWidth(32);
        square->setProperty("square", true);
    }
    for (QToolButton* button : {open_, colorMap_, panels_, theme_, help_}) {
        button->setFixedHeight(32);
        button->setIconSize({16, 16});
    }
    open_->setIconSize({20, 16});

    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 0, 12, 0);
    row->setSpacing(8);
    row->addWidget(open_);
    row->addWidget(file_);
    row->addStretch(1);
    row->addWidget(model_);
    row->addStretch(1);
    layouts_ = segments(actions, {"over", "beside", "alone"}, "layoutSegments");
    scales_ = segments(actions, {"probability", "logit"}, "scaleSegments");
    row->addWidget(layouts_);
    row->addWidget(scales_);
    row->addWidget(colorMap_);
    row->addWidget(panels_);
    row->addWidget(theme_);
    row->addWidget(help_);
    for (const auto signal : {&State::opened, &State::modelsChanged, &State::busyChanged})
        connect(&state_, signal, this, &ToolRow::refresh);
    connect(&state_, &State::viewChanged, this, [this] {  // many a second, while one scrubs
        if (drawnIn_ != std::tuple{theme(), state_.view().colorMap, narrow()}) refresh();
    });
    refresh();
}

QWidget* ToolRow::segments(const Actions& actions, const QStringList& names, const QString& objectName) {
    auto* box = new QWidget(this);
    box->setObjectName(objectName);
    auto* group = new QActionGroup(box);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    for (const QString& name : names) {
        QAction* action = actions[name];
        group->addAction(action);
        auto* button = new QToolButton(box);
        button->setObjectName(name + "Button");
        button->setDefaultAction(action);
        button->setToolButtonStyle(Qt::ToolButtonTextOnly);
        button->setFixedHeight(32);
        button->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);  // the chips give way, words do not
        button->setProperty("segment", name == names.front()  ? "first"
                                       : name == names.back() ? "last"
                                                              : "middle");
        row->addWidget(button);
    }
    return box;
}

void ToolRow::buildColorMaps() {
    colorMap_->setObjectName("colorMapButton");
    colorMap_->setAccessibleName(tr("Colours of the maps"));
    colorMap_->setPopupMode(QToolButton::InstantPopup);
    colorMap_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    colorMap_->setToolTip(tr("Colours of the maps: even steps of attention look like even steps"));
    auto* menu = new QMenu(colorMap_);
    menu->setObjectName("colorMapMenu");
    for (const ColorMap map : kColorMaps) {
        QAction* action = menu->addAction(colorMapName(map));
        action->setObjectName("colorMap_" + colorMapName(map));
        action->setToolTip(map == ColorMap::cividis ? tr("Looks the same with and without colour blindness")
                           : map == ColorMap::magma ? tr("From black: for a dark room")
                                                    : tr("Even steps, readable in grey"));
        connect(action, &QAction::triggered, this, [this, map] { state_.setColorMap(map); });
    }
    colorMap_->setMenu(menu);
}

void ToolRow::buildPanels(const Actions& actions) {
    panels_->setObjectName("panelsButton");
    panels_->setAccessibleName(tr("View"));
    panels_->setPopupMode(QToolButton::InstantPopup);
    panels_->setToolButtonStyle(Qt::ToolButtonIconOnly);
    panels_->setToolTip(tr("Which panels are shown and where; their layout as it was at first"));
    auto* menu = new QMenu(tr("View"), panels_);
    menu->setObjectName("viewMenu");
    for (const char* name : {"panelStrip", "panelAnswer", "panelLatents", "panelLabs"}) menu->addAction(actions[name]);
    menu->addSeparator();
    for (const char* name : {"floatPanel", "panelLeft", "panelRight", "panelUp", "panelDown", "hidePanel"})
        menu->addAction(actions[name]);
    menu->addSeparator();
    menu->addAction(actions["resetLayout"]);
    panels_->setMenu(menu);
}

void ToolRow::showRecent() {
    QMenu menu(this);
    menu.setObjectName("recentMenu");
    for (const QString& path : recent::files()) {
        QAction* action =
            menu.addAction(QIcon(QPixmap::fromImage(recent::thumbnail(path))), QFileInfo(path).fileName());
        action->setToolTip(path);
        connect(action, &QAction::triggered, this, [this, path] { emit recentChosen(path); });
    }
    if (menu.isEmpty()) menu.addAction(tr("Nothing opened yet"))->setEnabled(false);
    menu.exec(file_->mapToGlobal(QPoint(0, file_->height() + 4)));
}

void ToolRow::refreshColors() {
    const std::tuple now{theme(), state_.view().colorMap, narrow()};
    if (std::exchange(drawnIn_, now) == now && !colorMap_->icon().isNull()) return;
    chipOf_.reset();
    open_->defaultAction()->setIcon(icon("open", {}, 4));
    theme_->defaultAction()->setIcon(icon(theme() == Theme::dark ? "sun" : "moon"));
    help_->defaultAction()->setIcon(icon("help"));
    panels_->setIcon(icon("panels"));
    colorMap_->setText((narrow() ? QString() : colorMapName(state_.view().colorMap) + ' ') + QString::fromUtf8("▾"));
    QPixmap swatch = QPixmap::fromImage(
        paintColorBar(state_.view().colorMap).transformed(QTransform().rotate(90)).scaled(28, 10));
    QPixmap spaced(32, 10);
    spaced.fill(Qt::transparent);
    QPainter(&spaced).drawPixmap(0, 0, swatch);
    colorMap_->setIcon(spaced);
    colorMap_->setIconSize(spaced.size());
}

void ToolRow::refresh() {
    refreshColors();
    const ResultPtr r = state_.result();
    file_->setVisible(r != nullptr);
    for (QWidget* ofTheMap : {layouts_, scales_, static_cast<QWidget*>(colorMap_), static_cast<QWidget*>(panels_)})
        ofTheMap->setVisible(r || state_.busy());
    if (r) {
        if (std::exchange(chipOf_, r->file) != r->file) file_->setPicture(chipPicture(*r));
        file_->setName(QString::fromStdString(r->file->name));
        const QStringList details = fileDetails(*r);
        file_->setDetail(details);
        file_->setToolTip(file_->name() + '\n' + details.front() + '\n' +
                          tr("The file, and what the model sees of it. Click: files opened last."));
    }
    const auto m = state_.model();
    model_->setVisible(m != nullptr);
    if (!m) return;
    const QString parameters = tr("%1 parameters").arg(millions(m->parameters)),
                  classes = m->head == "none" ? tr("no classes") : tr("%1 classes").arg(count(m->classes));
    const QString accuracy = percent(m->accuracy);
    QStringList details{parameters + " · " + classes, classes};
    if (m->accuracy > 0) details = {details[0] + " · " + accuracy, classes + " · " + accuracy, accuracy};
    model_->setName(modelName(m->id), briefModelName(m->id));
    const QString click = tr("Click: what it knows and does not know, and other models (M)"),
                  why = state_.modelChosen() ? QString::fromStdString(api::why_chosen(state_.models(), *m)) + ' '
                                             : QString();
    model_->setToolTip(model_->name() + '\n' + details.front() + '\n' + why + click);
    model_->setDetail(details);
}

void ToolRow::resizeEvent(QResizeEvent* event) {
    if ((event->oldSize().width() < kNarrow) != narrow()) refresh();
}

void ToolRow::paintEvent(QPaintEvent*) {
    QPainter p(this);
    p.fillRect(rect(), colors().panel);
    p.fillRect(QRect(0, height() - 1, width(), 1), colors().line);
}

// ---- status line ----

StatusLine::StatusLine(State& state, QWidget* parent) : QWidget(parent), state_(state) {
    setObjectName("statusLine");
    setFixedHeight(kHeight);
    connect(&state_, &State::resultChanged, this, &StatusLine::refresh);
    connect(&state_, &State::opened, this, &StatusLine::refresh);
    connect(&state_, &State::busyChanged, this, &StatusLine::refresh);
    connect(&state_, &State::modelsChanged, this, &StatusLine::refresh);
    connect(&state_.hub(), &HubModels::changed, this, &StatusLine::refresh);
    connect(&state_, &State::cancelled, this, [this] {
        say(tr("Cancelled"), state_.result() ? tr(" · the result before is shown") : QString());
    });
    say(tr("Loading the engine"));
}

void StatusLine::say(const QString& strong, const QString& words) {
    strong_ = strong;
    words_ = words;
    setAccessibleName(text());
    update();
}

void StatusLine::refresh() {
    const ResultPtr r = state_.result();
    right_.clear();
    const int stages = r ? int(r->model->stages.size()) : 0;
    if (r)
        right_ = tr("%1 inputs × %2 latents × %3 · %4")
                     .arg(count(r->elements()), count(r->model->latents),
                          stages == 1 ? tr("1 cross-attend") : tr("%1 cross-attends").arg(stages),
                          state_.threads() == 1 ? tr("1 thread") : tr("%1 threads").arg(state_.threads()));
    setAccessibleDescription(right_);
    const HubModels& hub = state_.hub();
    const auto fetches = [this](const QString& id, const api::FetchProgress& p, const QString& last) {
        say(tr("Fetching %1").arg(id.mid(id.lastIndexOf('/') + 1)),
            QString::fromUtf8(" · ") + progressWords(p) + last);
    };
    if (const auto* p = state_.openingFetch())
        return fetches(QString::fromStdString(p->model), *p, tr(" · Esc cancels"));
    if (const auto* p = state_.loading())
        return say(tr("Loading %1").arg(QString::fromStdString(p->name)),
                   QString::fromUtf8(" · ") + loadingWords(p->at) + tr(" · Esc cancels"));
    if (state_.busy() && (!state_.following() || state_.dimmed())) {
        if (!r || r->finished)
            return say(
                state_.models().empty() ? tr("Loading the engine") : tr("Opening %1").arg(state_.opening()),
                tr(" · Esc cancels"));
        const auto done = std::count_if(r->cross.begin(), r->cross.end(),
                                        [](const CrossResult& c) { return c.mean != nullptr; });
        const QString crossAttend = tr("Cross-attend %1 of %2")
                                        .arg(std::min<int>(int(done) + 1, int(r->cross.size())))
                                        .arg(r->cross.size());
        if (done > 0) {
            const auto& blocks = r->model->stages[std::size_t(done - 1)].blocks;
            const int block = int(r->blockMs[std::size_t(done - 1)].size());
            if (block < int(blocks.size()))
                return say(tr("Latent block %1 of %2").arg(block + 1).arg(blocks.size()),
                           tr(" after cross-attend %1 of %2 · Esc cancels").arg(done).arg(r->cross.size()));
        }
        return say(crossAttend, tr(" · Esc cancels"));
    }
    if (const auto* p = hub.progress(hub.fetching())) return fetches(hub.fetching(), *p, QString());
    const auto next = state_.model();
    if (!r && next && isOwnModel(next->id))
        return say(tr("%1 is loaded").arg(modelName(next->id)), tr(" · the next file goes through it"));
    if (!r) return say(state_.models().empty() ? tr("Loading the engine") : tr("Ready"));
    if (!r->finished) return;
    const api::Timings& t = r->timings;
    const auto sum = [](const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0); };
    const auto whole = [](double ms) { return QLocale().toString(ms, 'f', ms < 9.95 ? 1 : 0); };
    const QString load = t.load_model >= 1 ? tr(" · load the model %1").arg(whole(t.load_model)) : QString();
    say(tr("Done in %1").arg(milliseconds(t.total)),
        load + tr(" · decode %1 · encode %2 · cross-attend %3 · latent %4")
                   .arg(whole(t.decode), whole(t.encode), whole(sum(t.cross_attend)), whole(sum(t.latent))));
}

void StatusLine::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    p.fillRect(rect(), c.panel);
    p.fillRect(QRect(0, 0, width(), 1), c.line);
    QFont strong = textFont(Text::body), plain = strong;
    strong.setPixelSize(12);
    strong.setWeight(QFont::Medium);
    plain.setPixelSize(12);
    p.setFont(strong);
    p.setPen(c.text);
    paintTabular(p, QRectF(12, 1, width(), height() - 1), Qt::AlignVCenter, strong_);
    const double x = 12 + tabularWidth(QFontMetricsF(strong), strong_);
    p.setFont(plain);
    p.setPen(c.muted);
    paintTabular(p, QRectF(x, 1, width(), height() - 1), Qt::AlignVCenter, words_);
    const double end = x + tabularWidth(QFontMetricsF(plain), words_);
    if (end + 24 + tabularWidth(QFontMetricsF(plain), right_) < width())
        paintTabular(p, QRectF(0, 1, width() - 12, height() - 1), Qt::AlignRight | Qt::AlignVCenter, right_);
}

// ---- notice bar ----

namespace {

constexpr int kLineHeight = 20, kRest = 20;  // a line, and the room above and below

}  // namespace

NoticeBar::NoticeBar(QWidget* parent) : QWidget(parent), close_(new QToolButton(this)) {
    setObjectName("noticeBar");
    setFixedHeight(kLineHeight + kRest);
    close_->setObjectName("noticeClose");
    close_->setProperty("quiet", true);
    close_->setToolTip(tr("Close"));
    close_->setAccessibleName(tr("Close"));
    close_->setIconSize({16, 16});
    connect(close_, &QToolButton::clicked, this, &QWidget::hide);
    hide();
}

void NoticeBar::say(const QString& sentence) {
    sentence_ = sentence;
    setAccessibleName(sentence);
    setToolTip(sentence);
    close_->setIcon(icon("close"));
    fit();
    show();
    update();
}

QRectF NoticeBar::words() const { return {42, kRest / 2.0, width() - 90.0, height() - double(kRest)}; }

/// As many lines as the sentence takes, up to three.
void NoticeBar::fit() {
    const QFontMetricsF metrics(textFont(Text::body));
    const double needed =
        metrics.boundingRect(QRectF(0, 0, words().width(), 1e4), Qt::TextWordWrap, sentence_).height();
    setFixedHeight(std::clamp(int(std::ceil(needed)), kLineHeight, 3 * kLineHeight) + kRest);
}

void NoticeBar::resizeEvent(QResizeEvent*) {
    fit();
    close_->setGeometry(width() - 40, 6, 28, 28);
}

void NoticeBar::paintEvent(QPaintEvent*) {
    QPainter p(this);
    const Colors& c = colors();
    p.fillRect(rect(), c.raised);
    p.fillRect(QRect(0, height() - 1, width(), 1), c.line);
    icon("alert").paint(&p, QRect(14, 11, 18, 18));
    p.setPen(c.text);
    p.setFont(textFont(Text::body));
    p.drawText(words(), Qt::AlignVCenter | Qt::TextWordWrap, sentence_);
}

}  // namespace perceiver::ui
