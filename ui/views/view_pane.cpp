#include "ui/views/view_pane.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/controls/labels.h"
#include "ui/style/format.h"
#include "ui/style/theme.h"

namespace perceiver::ui {

ViewPane::ViewPane(State& state, QWidget* parent)
    : QWidget(parent),
      state_(state),
      view_(new ImageView(state, this)),
      caption_(makeLabel({}, this, Text::caption, true)),
      opacityName_(makeLabel(tr("Map opacity"), this, Text::caption, true)),
      opacity_(new QSlider(Qt::Horizontal, this)),
      opacityValue_(makeLabel({}, this, Text::caption, true)),
      zoom_(new QToolButton(this)) {
    setObjectName("viewPane");
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
    zoom_->setToolTip(tr("Fit the picture again (double click)"));

    auto* foot = new QHBoxLayout;
    foot->setContentsMargins(24, 0, 12, 8);
    foot->setSpacing(8);
    foot->addWidget(caption_, 1);
    foot->addWidget(opacityName_);
    foot->addWidget(opacity_);
    foot->addWidget(opacityValue_);
    foot->addWidget(zoom_);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(view_, 1);
    all->addLayout(foot);

    connect(opacity_, &QSlider::valueChanged, &state_, &State::setOpacity);
    connect(zoom_, &QToolButton::clicked, view_, &ImageView::fit);
    connect(view_, &ImageView::zoomChanged, this, &ViewPane::refresh);
    connect(&state_, &State::viewChanged, this, &ViewPane::refresh);
    connect(&state_, &State::mapChanged, this, &ViewPane::refresh);
    refresh();
}

void ViewPane::refresh() {
    const ViewState& v = state_.view();
    const QSignalBlocker block(opacity_);
    opacity_->setValue(v.opacity);
    opacityValue_->setText(tr("%1 %").arg(v.opacity));
    for (QWidget* w : {static_cast<QWidget*>(opacityName_), static_cast<QWidget*>(opacity_),
                       static_cast<QWidget*>(opacityValue_)})
        w->setVisible(v.layout == Layout::over);
    zoom_->setText(view_->zoom() > 1 ? QStringLiteral("%1×").arg(QLocale().toString(view_->zoom(), 'f', 1))
                                     : tr("fit"));

    const ResultPtr r = state_.result();
    if (!r) return caption_->clear();
    const int latent = state_.shownLatent();
    QString words = tr("Cross-attend %1").arg(v.crossAttend + 1);
    words += latent == api::all_latents ? tr(" · mean over %1 latents").arg(r->model->latents)
                                        : tr(" · latent %1").arg(latent);
    const MapPtr map = state_.shownMap();
    if (map)
        words += map->scale == api::Scale::probability ? tr(" · attention, colours even in its square root")
                                                       : tr(" · score before the softmax");
    if (map && map->rows < r->model->input_rows) words += tr(" · coarse, the full map is coming");
    for (const std::string& note : r->file->notes)
        words += QStringLiteral(" · ") + QString::fromStdString(note);
    caption_->setText(caption_->fontMetrics().elidedText(words, Qt::ElideRight, caption_->width()));
    caption_->setToolTip(words);
    caption_->setAccessibleName(words);
}

void ViewPane::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    layout()->activate();
    refresh();
}

}  // namespace perceiver::ui
