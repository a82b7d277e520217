#include "ui/panels/panel_deck.h"

#include <QApplication>
#include <QDockWidget>
#include <QEvent>
#include <QLayout>
#include <QPainter>
#include <algorithm>

#include "ui/style/theme.h"

namespace perceiver::ui {

namespace {

constexpr int kVersion = 1;    // of what is remembered
constexpr int kSeparator = 4;  // pixels, as the style sheet says

bool isWide(Qt::DockWidgetArea area) { return area == Qt::TopDockWidgetArea || area == Qt::BottomDockWidgetArea; }
bool isWide(const QDockWidget* dock) { return dock->allowedAreas() & Qt::BottomDockWidgetArea; }
bool isDocked(const QDockWidget* dock) { return !dock->isHidden() && !dock->isFloating(); }

/// In it, what Tab comes to first; null: nothing.
QWidget* firstStop(QWidget* in) {
    QWidget* at = in;
    do {
        if (at->focusPolicy() & Qt::TabFocus && at->isVisible() && at->isEnabled() &&
            (at == in || in->isAncestorOf(at)))
            return at;
        at = at->nextInFocusChain();
    } while (at != in);
    return nullptr;
}

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

bool PanelGrip::lit() const {
    const QWidget* focus = QApplication::focusWidget();
    return focus && (focus == parentWidget() || parentWidget()->isAncestorOf(focus));
}

void PanelGrip::paintEvent(QPaintEvent*) {
    QPainter p(this);
    p.fillRect(rect(), plain_ ? colors().background : colors().panel);
    p.setRenderHint(QPainter::Antialiasing);
    p.setPen(Qt::NoPen);
    p.setBrush(lit() ? colors().text : underMouse() ? colors().muted : colors().line);
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
    connect(qApp, &QApplication::focusChanged, this, [this](const QWidget* before, const QWidget* now) {
        QDockWidget* const left = around(before);
        QDockWidget* const entered = around(now);
        if (left == entered) return;
        for (const QDockWidget* dock : {left, entered})
            if (dock) dock->titleBarWidget()->update();
        use(entered);
    });
    qApp->installEventFilter(this);  // a click on what takes no focus is use as well
}

PanelDeck::~PanelDeck() { qApp->disconnect(this); }  // the focus leaves the panels when they are gone

bool PanelDeck::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() == QEvent::MouseButtonPress && watched->isWidgetType())
        use(around(static_cast<QWidget*>(watched)));
    return QMainWindow::eventFilter(watched, event);
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
    // Once it is in its place.
    connect(dock, &QDockWidget::topLevelChanged, this, &PanelDeck::changed, Qt::QueuedConnection);
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
    const bool away = around(QApplication::activeWindow());
    for (std::size_t i = 0; i < docks_.size(); ++i) {
        docks_[i]->setFloating(false);
        addDockWidget(places_[i].area, docks_[i]);
        docks_[i]->show();
    }
    for (std::size_t i = 0; i < docks_.size(); ++i)
        if (places_[i].width > 0) resizeDocks({docks_[i]}, {places_[i].width}, Qt::Horizontal);
    share();
    if (isVisible()) layout()->activate();
    if (away) window()->activateWindow();  // the one that had the keys is gone
    emit changed();
}

void PanelDeck::share() {
    shareSides();
    for (QDockWidget* dock : docks_) {
        if (isWide(dockWidgetArea(dock)))
            resizeDocks({dock}, {dock->widget()->sizeHint().height()}, Qt::Vertical);
    }
}

void PanelDeck::shareSides() {
    for (const auto side : {Qt::LeftDockWidgetArea, Qt::RightDockWidgetArea}) {
        const QList<QDockWidget*> stacked = stackAt(side).panels;
        if (stacked.size() < 2) continue;
        QList<int> heights;
        int room = height(), last = 0;
        for (QDockWidget* dock : docks_)
            if (isWide(dockWidgetArea(dock)) && isDocked(dock))
                room -= dock->widget()->sizeHint().height() + kSeparator;
        for (QDockWidget* dock : stacked) {
            heights << dock->sizeHint().height();
            room -= heights.back() + kSeparator;
            // What keeps its height leaves the rest to another, wherever in the stack that stands.
            if (dock->sizePolicy().verticalPolicy() != QSizePolicy::Maximum) last = int(heights.size()) - 1;
        }
        heights[last] = std::max(room + kSeparator + heights[last], stacked[last]->minimumSizeHint().height());
        resizeDocks(stacked, heights, Qt::Vertical);
    }
}

bool PanelDeck::restore(const QByteArray& kept) { return restoreState(kept, kVersion); }

QByteArray PanelDeck::remember() const { return saveState(kVersion); }

// ---- by keyboard ----

QDockWidget* PanelDeck::around(const QWidget* widget) const {
    const auto found = std::ranges::find_if(
        docks_, [&](const QDockWidget* d) { return widget && (d == widget || d->isAncestorOf(widget)); });
    return found == docks_.end() ? nullptr : *found;
}

void PanelDeck::use(QDockWidget* dock) {
    if (!dock || dock == used_) return;
    used_ = dock;
    emit changed();
}

QDockWidget* PanelDeck::current() const {
    if (used_ && !used_->isHidden()) return used_;
    const auto found = std::ranges::find_if(docks_, [](const QDockWidget* d) { return !d->isHidden(); });
    return found == docks_.end() ? nullptr : *found;
}

PanelDeck::Stack PanelDeck::stackAt(Qt::DockWidgetArea area) const {
    Stack stack{area, {}};
    for (QDockWidget* dock : docks_)
        if (dockWidgetArea(dock) == area && isDocked(dock)) stack.panels << dock;
    std::ranges::stable_sort(stack.panels, {}, [](const QDockWidget* d) { return d->y(); });
    return stack;
}

std::optional<PanelDeck::Stack> PanelDeck::goal(Toward toward) const {
    QDockWidget* const panel = current();
    if (!panel) return {};
    const bool wide = isWide(panel), docked = isDocked(panel), up = toward == Toward::up;
    const Qt::DockWidgetArea now = dockWidgetArea(panel);
    if (toward == Toward::left || toward == Toward::right) {
        Stack to = stackAt(toward == Toward::left ? Qt::LeftDockWidgetArea : Qt::RightDockWidgetArea);
        if (wide || to.panels.contains(panel)) return {};
        to.panels << panel;
        return to;
    }
    Stack here = stackAt(now);
    const qsizetype at = here.panels.indexOf(panel), next = up ? at - 1 : at + 1;
    if (docked && next >= 0 && next < here.panels.size()) {
        here.panels.swapItemsAt(at, next);
        return here;
    }
    const Qt::DockWidgetArea end = !wide ? now : up ? Qt::TopDockWidgetArea : Qt::BottomDockWidgetArea;
    if (docked && now == end) return {};
    Stack to = stackAt(end);
    to.panels.insert(up == wide ? to.panels.size() : 0, panel);  // beside the view; at a side to the end pointed to
    return to;
}

void PanelDeck::move(Toward toward) {
    const auto to = goal(toward);
    if (!to) return;
    QDockWidget* const panel = current();
    const QWidget* const focus = QApplication::focusWidget();
    const bool entered = panel->isAncestorOf(focus);
    QList<QDockWidget*> wide, narrow;
    QList<int> heights, widths;
    for (QDockWidget* dock : docks_) {
        if (!isDocked(dock) && dock != panel) continue;
        (isWide(dock) ? wide : narrow) << dock;
        (isWide(dock) ? heights : widths) << (isWide(dock) ? dock->height() : dock->width());
    }
    panel->setFloating(false);
    for (QDockWidget* dock : to->panels) addDockWidget(to->area, dock, Qt::Vertical);
    for (int i = 0; i < wide.size(); ++i) resizeDocks({wide[i]}, {heights[i]}, Qt::Vertical);
    for (int i = 0; i < narrow.size(); ++i) resizeDocks({narrow[i]}, {widths[i]}, Qt::Horizontal);
    shareSides();
    layout()->activate();  // which panel is above which is told by where they are
    if (entered) enter(panel);
    emit changed();
}

void PanelDeck::toggleFloating() {
    QDockWidget* const panel = current();
    if (!panel) return;
    const bool entered = panel->isAncestorOf(QApplication::focusWidget());
    panel->setFloating(!panel->isFloating());
    if (entered) enter(panel);
}

void PanelDeck::resizeBy(int pixels) {
    QDockWidget* const panel = current();
    if (!panel) return;
    const bool wide = isWide(panel);
    if (panel->isFloating())
        panel->resize(panel->width() + (wide ? 0 : pixels), panel->height() + (wide ? pixels : 0));
    else
        resizeDocks({panel}, {(wide ? panel->height() : panel->width()) + pixels},
                    wide ? Qt::Vertical : Qt::Horizontal);
}

void PanelDeck::hideCurrent() {
    QDockWidget* const panel = current();
    if (!panel) return;
    const bool away = panel->isFloating();
    panel->hide();
    if (away) window()->activateWindow();
}

void PanelDeck::enter(QWidget* part) {
    QWidget* to = part->focusWidget();  // where the focus was in it last
    if (!to || !to->isVisible() || !to->isEnabled()) to = firstStop(part);
    part->window()->activateWindow();
    (to ? to : part)->setFocus(Qt::TabFocusReason);
}

void PanelDeck::stepFocus(int by) {
    QList<QWidget*> stops;
    const auto take = [&](Qt::DockWidgetArea side) {
        for (QDockWidget* dock : stackAt(side).panels) stops << dock;
    };
    take(Qt::TopDockWidgetArea);
    take(Qt::LeftDockWidgetArea);
    stops << centralWidget();
    take(Qt::RightDockWidgetArea);
    take(Qt::BottomDockWidgetArea);
    for (QDockWidget* dock : docks_)
        if (dock->isFloating() && !dock->isHidden()) stops << dock;
    const QWidget* const focus = QApplication::focusWidget();
    const auto now =
        std::ranges::find_if(stops, [&](const QWidget* s) { return s == focus || s->isAncestorOf(focus); });
    const qsizetype n = stops.size(), at = now == stops.end() ? (by > 0 ? -1 : 0) : now - stops.begin();
    enter(stops[(at + by + n) % n]);
}

}  // namespace perceiver::ui
