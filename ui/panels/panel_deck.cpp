#include "ui/panels/panel_deck.h"

#include <QDockWidget>
#include <QPainter>
#include <algorithm>

#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr int kVersion = 1;    // of what is remembered
constexpr int kSeparator = 4;  // pixels, as the style sheet says

bool isWide(Qt::DockWidgetArea area) { return area == Qt::TopDockWidgetArea || area == Qt::BottomDockWidgetArea; }

}  // namespace

// ---- the grip ----

PanelGrip::PanelGrip(QDockWidget* of, bool upright, bool plain) : QWidget(of), upright_(upright), plain_(plain) {
    setObjectName(of->objectName() + "Grip");
    setToolTip(tr("%1: drag it to another side, double click to float it. Right click: which panels are shown.")
                   .arg(of->windowTitle()));
    setAccessibleName(tr("Move %1").arg(of->windowTitle()));
    setCursor(Qt::SizeAllCursor);
    setAttribute(Qt::WA_Hover);
}

QSize PanelGrip::sizeHint() const { return {kThick, kThick}; }

void PanelGrip::paintEvent(QPaintEvent*) {
    QPainter p(this);
    p.fillRect(rect(), plain_ ? colors().background : colors().panel);
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(Qt::NoPen);
    p.setBrush(underMouse() ? colors().muted : colors().line);
    const QPointF middle = QRectF(rect()).center();
    for (int i = -2; i <= 2; ++i) {
        const double along = 5.0 * i;
        p.drawEllipse(middle + (upright_ ? QPointF(0, along) : QPointF(along, 0)), 1.5, 1.5);
    }
}

// ---- the deck ----

PanelDeck::PanelDeck(QWidget* parent) : QMainWindow(parent) {
    setWindowFlags(Qt::Widget);
    setContextMenuPolicy(Qt::DefaultContextMenu);  // which panels are shown, on every grip
    setDockOptions(AllowNestedDocks);
    setAnimated(motionMs() > 0);
    setCorner(Qt::TopLeftCorner, Qt::TopDockWidgetArea);
    setCorner(Qt::TopRightCorner, Qt::TopDockWidgetArea);
    setCorner(Qt::BottomLeftCorner, Qt::BottomDockWidgetArea);
    setCorner(Qt::BottomRightCorner, Qt::BottomDockWidgetArea);
}

QDockWidget* PanelDeck::add(QWidget* panel, const QString& name, const QString& title, Qt::DockWidgetArea area,
                            int width) {
    auto* dock = new QDockWidget(title, this);
    dock->setObjectName(name);
    dock->setAccessibleName(title);
    const bool wide = isWide(area);
    dock->setAllowedAreas(wide ? Qt::TopDockWidgetArea | Qt::BottomDockWidgetArea
                               : Qt::LeftDockWidgetArea | Qt::RightDockWidgetArea);
    // A wide panel has little height to give away: its grip stands at its left.
    if (wide) dock->setFeatures(dock->features() | QDockWidget::DockWidgetVerticalTitleBar);
    dock->setTitleBarWidget(new PanelGrip(dock, wide, area == Qt::TopDockWidgetArea));
    dock->setWidget(panel);
    dock->toggleViewAction()->setObjectName(name + "Toggle");
    addDockWidget(area, dock);
    docks_.push_back(dock);
    places_.push_back({area, width});
    connect(dock, &QDockWidget::visibilityChanged, this, &PanelDeck::changed);
    return dock;
}

void PanelDeck::keepHeight(QDockWidget* dock) {
    constexpr int far = 16'000;  // without a limit of its own it could not be made higher than it asks to be
    dock->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    dock->setMaximumHeight(far);
}

QDockWidget* PanelDeck::dockOf(const QWidget* panel) const {
    const auto found =
        std::find_if(docks_.begin(), docks_.end(), [&](const QDockWidget* d) { return d->widget() == panel; });
    return found == docks_.end() ? nullptr : *found;
}

void PanelDeck::layOut() {
    for (std::size_t i = 0; i < docks_.size(); ++i) {
        docks_[i]->setFloating(false);
        addDockWidget(places_[i].area, docks_[i]);
        docks_[i]->show();
    }
    for (std::size_t i = 0; i < docks_.size(); ++i)
        if (places_[i].width > 0) resizeDocks({docks_[i]}, {places_[i].width}, Qt::Horizontal);
    share();
}

void PanelDeck::share() {
    for (const auto side : {Qt::LeftDockWidgetArea, Qt::RightDockWidgetArea}) {
        QList<QDockWidget*> stacked;
        QList<int> heights;
        for (QDockWidget* dock : docks_)
            if (dockWidgetArea(dock) == side && !dock->isHidden() && !dock->isFloating()) {
                stacked << dock;
                heights << dock->sizeHint().height();
            }
        if (stacked.size() < 2) continue;
        int room = height();
        for (QDockWidget* dock : docks_)
            if (isWide(dockWidgetArea(dock)) && !dock->isHidden() && !dock->isFloating())
                room -= dock->widget()->sizeHint().height() + kSeparator;
        for (int i = 0; i + 1 < heights.size(); ++i) room -= heights[i] + kSeparator;
        heights.back() = std::max(room, stacked.back()->minimumSizeHint().height());
        resizeDocks(stacked, heights, Qt::Vertical);
    }
    for (QDockWidget* dock : docks_) {
        if (isWide(dockWidgetArea(dock)))
            resizeDocks({dock}, {dock->widget()->sizeHint().height()}, Qt::Vertical);
    }
}

bool PanelDeck::restore(const QByteArray& kept) { return restoreState(kept, kVersion); }

QByteArray PanelDeck::remember() const { return saveState(kVersion); }

}  // namespace perceiver::ui
