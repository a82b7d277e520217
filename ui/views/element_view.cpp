#include "ui/views/element_view.h"

#include <QFocusEvent>
#include <QKeyEvent>

#include "ui/state/state.h"

namespace perceiver::ui {

namespace {

/// The way an arrow key goes; nowhere for other keys.
QPointF stepOf(int key) {
    return key == Qt::Key_Left    ? QPointF(-1, 0)
           : key == Qt::Key_Right ? QPointF(1, 0)
           : key == Qt::Key_Up    ? QPointF(0, -1)
           : key == Qt::Key_Down  ? QPointF(0, 1)
                                  : QPointF();
}

bool holds(int key) { return key == Qt::Key_Return || key == Qt::Key_Enter; }

}  // namespace

ElementView::ElementView(State& state, QWidget* parent) : MediaView(state, parent), card_(new HoverCard(this)) {
    setMouseTracking(true);
    setFocusPolicy(Qt::TabFocus);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void ElementView::point(const QPointF& at) {
    pointer_ = at;
    hovered_ = elementAt(at);
    state_.hover(hovered_);
    refreshCard();
    update();
}

void ElementView::unpoint() {
    hovered_ = -1;
    state_.hover(-1);
    card_->hide();
    update();
}

void ElementView::leaveEvent(QEvent*) { unpoint(); }

int ElementView::next(const QPointF& from, const QPointF& step, int except) {
    for (QPointF at = from + step; rect().contains(at.toPoint()); at += step)
        if (const int found = elementAt(at); found >= 0 && found != except) return found;
    return -1;
}

/// While it has the focus its keys walk the elements instead of stepping the cross-attends.
bool ElementView::event(QEvent* event) {
    if (event->type() == QEvent::ShortcutOverride) {
        const auto* key = static_cast<QKeyEvent*>(event);
        if (key->modifiers() == Qt::NoModifier && (!stepOf(key->key()).isNull() || holds(key->key()))) event->accept();
    }
    return MediaView::event(event);
}

void ElementView::keyPressEvent(QKeyEvent* event) {
    const QPointF step = event->modifiers() == Qt::NoModifier ? stepOf(event->key()) : QPointF();
    if (holds(event->key()) && hovered_ >= 0) return state_.hold(hovered_);
    if (step.isNull() || !state_.result()) return MediaView::keyPressEvent(event);
    const int to = next(hovered_ < 0 ? pointer_ : elementCentre(hovered_), step, hovered_);
    if (to >= 0) point(elementCentre(to));
}

/// Come to by the keyboard, it points at what is held, or at what lies in its middle.
void ElementView::focusInEvent(QFocusEvent* event) {
    MediaView::focusInEvent(event);
    if (!state_.result() || (event->reason() != Qt::TabFocusReason && event->reason() != Qt::BacktabFocusReason))
        return;
    const QPointF middle = QRectF(rect()).center();
    int found = state_.view().held >= 0 ? state_.view().held : elementAt(middle);
    for (const int key : {Qt::Key_Left, Qt::Key_Right, Qt::Key_Up, Qt::Key_Down})
        if (found < 0) found = next(middle, stepOf(key), -1);
    if (found >= 0) point(elementCentre(found));
}

void ElementView::focusOutEvent(QFocusEvent* event) {
    MediaView::focusOutEvent(event);
    if (!underMouse()) unpoint();
}

}  // namespace perceiver::ui
