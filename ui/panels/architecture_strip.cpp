#include "ui/panels/architecture_strip.h"

#include <QMouseEvent>
#include <QScrollBar>
#include <QVariantAnimation>
#include <algorithm>

#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

struct Widths {
    double input, cross, latent, output, gap;
};
constexpr Widths kTight{98, 76, 58, 104, 7}, kRoomy{132, 132, 88, 124, 12}, kWide{164, 164, 96, 132, 20};
constexpr double kWidestGap = 44;

/// `part` of the way from the one to the other, in whole pixels.
Widths between(const Widths& a, const Widths& b, double part) {
    const auto mix = [part](double x, double y) { return std::floor(x + part * (y - x)); };
    return {mix(a.input, b.input), mix(a.cross, b.cross), mix(a.latent, b.latent), mix(a.output, b.output),
            mix(a.gap, b.gap)};
}

}  // namespace

ArchitectureStrip::ArchitectureStrip(State& state, QWidget* parent)
    : QAbstractScrollArea(parent), state_(state) {
    setObjectName("architectureStrip");
    setAccessibleName(tr("Architecture"));
    viewport()->setObjectName("architectureStripViewport");
    setFrameShape(QFrame::NoFrame);
    setFixedHeight(kHeight);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::NoFocus);
    viewport()->setMouseTracking(true);
    connect(&state_, &State::resultChanged, this, &ArchitectureStrip::refresh);
    connect(&state_, &State::opened, this, &ArchitectureStrip::refresh);
    connect(&state_, &State::modelsChanged, this, &ArchitectureStrip::refresh);
    connect(&state_, &State::busyChanged, this, &ArchitectureStrip::refresh);
    connect(&state_, &State::elementChanged, this, [this] { viewport()->update(); });
    connect(&state_, &State::viewChanged, this, [this] {
        reveal(state_.view().crossAttend);
        viewport()->update();
    });
    refresh();
}

void ArchitectureStrip::refresh() {
    const auto model = state_.model();
    const bool other =
        !model_ || !model || model_->id != model->id || model_->stages.size() != model->stages.size();
    model_ = model;
    if (other) layOut();
    viewport()->update();
}

// ---- layout ----

void ArchitectureStrip::layOut() {
    cards_.clear();
    faces_.clear();
    extent_ = 0;
    if (!model_) return;
    const auto place = [this](const Widths& w) {
        cards_.clear();
        roomy_ = w.cross >= kRoomy.cross;
        double x = kEdge;
        const auto add = [&](Kind kind, int stage, double width) {
            cards_.push_back({kind, stage, QRectF(x, kEdge, width, kHeight - 2 * kEdge - 1)});
            x += width + w.gap;
        };
        add(Kind::input, -1, w.input);
        for (int k = 0; k < int(model_->stages.size()); ++k) {
            add(Kind::cross, k, w.cross);
            if (!model_->stages[std::size_t(k)].blocks.empty()) add(Kind::latent, k, w.latent);
        }
        add(Kind::output, -1, w.output);
        extent_ = x - w.gap + kEdge;
    };
    const double room = viewport()->width();
    place(kWide);
    const double wide = extent_;
    place(kRoomy);
    Widths widths =
        extent_ > room ? kTight : between(kRoomy, kWide, std::min(1.0, (room - extent_) / (wide - extent_)));
    place(widths);
    const double spare = room - extent_;
    if (spare > 0) {  // what the cards leave goes between them, up to a point
        widths.gap = std::min(kWidestGap, widths.gap + std::floor(spare / double(cards_.size() - 1)));
        place(widths);
    }
    horizontalScrollBar()->setRange(0, std::max(0, int(extent_) - viewport()->width()));
    horizontalScrollBar()->setPageStep(viewport()->width());
    horizontalScrollBar()->setSingleStep(40);
}

void ArchitectureStrip::resizeEvent(QResizeEvent*) {
    layOut();
    reveal(state_.view().crossAttend);
}

QRect ArchitectureStrip::crossAttendRect(int index) const {
    for (const Card& card : cards_)
        if (card.kind == Kind::cross && card.stage == index)
            return card.rect.translated(-horizontalScrollBar()->value(), 0).toRect();
    return {};
}

void ArchitectureStrip::reveal(int index) {
    const QRect at = crossAttendRect(index);
    if (at.isEmpty()) return;
    QScrollBar* bar = horizontalScrollBar();
    int to = bar->value();
    if (at.left() < 40) to += at.left() - 40;
    if (at.right() > viewport()->width() - 40) to += at.right() - viewport()->width() + 40;
    to = std::clamp(to, bar->minimum(), bar->maximum());
    if (to == bar->value()) return;
    if (motionMs() == 0 || !isVisible()) return bar->setValue(to);
    auto* slide = new QVariantAnimation(this);
    slide->setDuration(motionMs());
    slide->setStartValue(bar->value());
    slide->setEndValue(to);
    connect(slide, &QVariantAnimation::valueChanged, bar,
            [bar](const QVariant& v) { bar->setValue(v.toInt()); });
    slide->start(QAbstractAnimation::DeleteWhenStopped);
}

// ---- pointer ----

const ArchitectureStrip::Card* ArchitectureStrip::cardAt(const QPoint& at) const {
    const QPointF in = at + QPoint(horizontalScrollBar()->value(), 0);
    for (const Card& card : cards_)
        if (card.rect.contains(in)) return &card;
    return nullptr;
}

void ArchitectureStrip::mousePressEvent(QMouseEvent* event) {
    const Card* card = cardAt(event->pos());
    if (card && card->kind == Kind::cross && event->button() == Qt::LeftButton) {
        if (event->modifiers() & Qt::ControlModifier)
            state_.setOther({card->stage, api::all_latents, api::all_heads});
        else
            state_.selectCrossAttend(card->stage);
    }
    if (card && card->kind == Kind::input && event->button() == Qt::LeftButton && state_.result())
        state_.setModelView(!state_.view().modelView);
}

void ArchitectureStrip::mouseMoveEvent(QMouseEvent* event) {
    const Card* card = cardAt(event->pos());
    const bool hand = card && (card->kind == Kind::cross || (card->kind == Kind::input && state_.result()));
    viewport()->setCursor(hand ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void ArchitectureStrip::wheelEvent(QWheelEvent* event) {
    const QPoint by = event->angleDelta();
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() - (by.x() != 0 ? by.x() : by.y()));
    event->accept();
}

}  // namespace perceiver::ui
