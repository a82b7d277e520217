#include "ui/views/view_pane.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QSlider>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "ui/controls/labels.h"
#include "ui/style/format.h"
#include "ui/style/theme.h"
#include "ui/views/view_paint.h"

namespace perceiver::ui {

ViewPane::ViewPane(State& state, const Actions& actions, QWidget* parent)
    : QWidget(parent),
      state_(state),
      views_(new QStackedWidget(this)),
      image_(new ImageView(state, views_)),
      audio_(new AudioView(state, views_)),
      video_(new VideoView(state, views_)),
      points_(new PointsView(state, views_)),
      caption_(makeLabel({}, this, Text::caption, true)),
      opacityName_(makeLabel(tr("Map opacity"), this, Text::caption, true)),
      opacity_(new QSlider(Qt::Horizontal, this)),
      opacityValue_(makeLabel({}, this, Text::caption, true)),
      zoom_(new QToolButton(this)),
      compare_(new QToolButton(this)) {
    setObjectName("viewPane");
    views_->setObjectName("views");
    caption_->setObjectName("viewCaption");
    caption_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    opacityName_->setObjectName("opacityName");
    opacity_->setObjectName("opacitySlider");
    opacity_->setAccessibleName(tr("Map opacity"));
    opacity_->setToolTip(
        tr("How much of the map covers the picture. What is read little lets more of the picture through."));
    opacity_->setRange(0, 100);
    opacity_->setFixedWidth(140);
    opacityValue_->setObjectName("opacityValue");
    opacityValue_->setFixedWidth(36);
    zoom_->setObjectName("zoomButton");
    zoom_->setProperty("quiet", true);
    zoom_->setFont(textFont(Text::caption));
    zoom_->setToolTip(tr("Fit it again (double click)"));

    compare_->setObjectName("compareButton");
    compare_->setProperty("quiet", true);
    compare_->setFont(textFont(Text::caption));
    compare_->setText(tr("Compare") + QString::fromUtf8(" ▾"));
    compare_->setToolTip(
        tr("Two maps side by side, or one less the other: two cross-attends, two latents, or one of each"));
    compare_->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(compare_);
    menu->setObjectName("compareMenu");
    for (const char* name : {"split", "difference", "keepB", "flip"}) menu->addAction(actions[name]);
    compare_->setMenu(menu);

    auto* foot = new QHBoxLayout;
    foot->setContentsMargins(24, 0, 12, 8);
    foot->setSpacing(8);
    foot->addWidget(caption_, 1);
    foot->addWidget(opacityName_);
    foot->addWidget(opacity_);
    foot->addWidget(opacityValue_);
    foot->addWidget(compare_);
    foot->addWidget(zoom_);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    for (MediaView* view : {static_cast<MediaView*>(image_), static_cast<MediaView*>(audio_),
                            static_cast<MediaView*>(video_), static_cast<MediaView*>(points_)}) {
        views_->addWidget(view);
        connect(view, &MediaView::zoomChanged, this, &ViewPane::refresh);
        connect(view, &MediaView::zoomChanged, this, &ViewPane::zoomChanged);
    }
    all->addWidget(views_, 1);
    all->addLayout(foot);

    connect(opacity_, &QSlider::valueChanged, &state_, &State::setOpacity);
    connect(zoom_, &QToolButton::clicked, this, [this] { view()->fit(); });
    connect(&state_, &State::opened, this, &ViewPane::choose);
    connect(&state_, &State::viewChanged, this, &ViewPane::refresh);
    connect(&state_, &State::mapChanged, this, &ViewPane::refresh);
    connect(&state_.explanation(), &Explanation::maskChanged, this, &ViewPane::refresh);
    refresh();
}

MediaView* ViewPane::view() const { return static_cast<MediaView*>(views_->currentWidget()); }

/// The view of what the model reads of the file: a film that is only listened to is a sound.
void ViewPane::choose() {
    const ResultPtr r = state_.result();
    MediaView* wanted = image_;
    if (r)
        for (const api::InputPart& part : r->file->parts) {
            if (part.label) continue;
            if (part.kind == api::Kind::points) wanted = points_;
            if (part.kind == api::Kind::audio && wanted == image_ && !r->file->film) wanted = audio_;
            if (part.kind != api::Kind::audio && r->file->film) wanted = video_;
        }
    views_->setCurrentWidget(wanted);
    refresh();
    emit zoomChanged();
}

void ViewPane::refresh() {
    const ViewState& v = state_.view();
    const QSignalBlocker block(opacity_);
    opacity_->setValue(v.opacity);
    opacityValue_->setText(tr("%1 %").arg(v.opacity));
    for (QWidget* w : {static_cast<QWidget*>(opacityName_), static_cast<QWidget*>(opacity_),
                       static_cast<QWidget*>(opacityValue_)})
        w->setVisible(v.layout == Layout::over && view()->overlays());
    zoom_->setText(std::abs(view()->zoom() - 1) > 0.05
                       ? QStringLiteral("%1×").arg(QLocale().toString(view()->zoom(), 'f', 1))
                       : tr("fit"));

    const ResultPtr r = state_.result();
    if (!r) return caption_->clear();
    const MapPtr map = state_.shownMap();
    const bool difference = map && is_difference(map->scale);
    QString words = state_.showsEvidence() ? evidenceWords(state_) : choiceWords(state_, state_.shown(), difference);
    words[0] = words[0].toUpper();
    QString scale;
    if (state_.flipped()) words = tr("B: %1").arg(words);
    if (difference)
        words = tr("%1, less %2 · blue: B reads it more").arg(words, choiceWords(state_, v.other, true));
    else if (state_.showsEvidence())
        words += QString::fromUtf8(" · ") + (map ? QString::fromUtf8(api::caveat_of(v.evidence)) : tr("on its way"));
    if (words.endsWith('.')) words.chop(1);  // more follows
    else if (map)
        scale = map->scale == api::Scale::probability ? tr(" · attention, square-root colour scale")
                                                      : tr(" · score before the softmax");
    const auto whole = [&](const QString& of) {
        QString out = words + of;
        if (const int gone = state_.explanation().goneCount())
            out = tr("Without %1 of %2 elements · %3").arg(count(gone), count(r->elements()), out);
        if (map && map->values.size() < std::size_t(r->elements())) out += tr(" · coarse, the full map is coming");
        for (const std::string& note : r->file->notes) {
            out += QStringLiteral(" · ") + QString::fromStdString(note);
            if (out.endsWith('.')) out.chop(1);
        }
        return out;
    };
    // What is shown comes first; how it is coloured gives way where there is no room for all.
    const QFontMetrics metrics = caption_->fontMetrics();
    const QString all = whole(scale), brief = whole(scale.isEmpty() ? scale : tr(" · √ colours"));
    const auto fits = [&](const QString& text) { return metrics.horizontalAdvance(text) <= caption_->width(); };
    const QString shown = fits(all)                                                     ? all
                          : map && map->scale == api::Scale::probability && fits(brief) ? brief
                                                                                        : whole({});
    caption_->setText(metrics.elidedText(shown, Qt::ElideRight, caption_->width()));
    caption_->setToolTip(all);
    caption_->setAccessibleName(all);
}

void ViewPane::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    layout()->activate();
    refresh();
}

}  // namespace perceiver::ui
