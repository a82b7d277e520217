#include "ui/controls/tips.h"

#include <QAbstractItemView>
#include <QAbstractScrollArea>
#include <QAction>
#include <QCoreApplication>
#include <QHelpEvent>
#include <QMenu>
#include <QToolTip>
#include <QVariant>
#include <QWidget>

#include "ui/style/glossary.h"

namespace perceiver::ui {

namespace {

/// The words on a label or button, those that a screen reader says of what is painted, or those that wait in a line to
/// be written over.
QString wordsOn(const QWidget& widget) {
    QString words = widget.accessibleName() + '\n' + widget.accessibleDescription();
    for (const char* name : {"text", "placeholderText"}) words += '\n' + widget.property(name).toString();
    return words;
}

Tip ownTip(const QWidget& widget, const QPoint& at) {
    if (const auto* one = dynamic_cast<const HasTips*>(&widget)) return one->tipAt(at);
    const auto* area = qobject_cast<const QAbstractScrollArea*>(widget.parentWidget());
    if (area && area->viewport() == &widget) {
        if (const auto* one = dynamic_cast<const HasTips*>(area)) return one->tipAt(at);
        if (const auto* list = qobject_cast<const QAbstractItemView*>(area)) {
            const QModelIndex index = list->indexAt(at);
            return {index.data(Qt::ToolTipRole).toString(), index.data().toString()};
        }
    }
    if (const auto* menu = qobject_cast<const QMenu*>(&widget)) {
        const QAction* action = menu->actionAt(at);
        if (!action) return {};
        return {action->toolTip() == action->text() ? QString() : action->toolTip(), action->text()};
    }
    return {widget.toolTip(), wordsOn(widget)};
}

}  // namespace

QString tipAt(const QWidget* widget, QPoint at) {
    for (; widget; at = widget->mapToParent(at), widget = widget->parentWidget()) {
        const Tip tip = ownTip(*widget, at);
        if (const QString words = explained(tip.says, tip.shown); !words.isEmpty() || widget->isWindow()) return words;
    }
    return {};
}

Tips::Tips(QObject* parent) : QObject(parent) { QCoreApplication::instance()->installEventFilter(this); }

bool Tips::eventFilter(QObject* watched, QEvent* event) {
    // Who goes on by keyboard no longer reads it, and it would lie over what the key shows.
    if (event->type() == QEvent::ShortcutOverride && QToolTip::isVisible()) QToolTip::hideText();
    if (event->type() != QEvent::ToolTip || !watched->isWidgetType()) return false;
    auto* widget = static_cast<QWidget*>(watched);
    const auto* help = static_cast<QHelpEvent*>(event);
    QToolTip::showText(help->globalPos(), tipAt(widget, help->pos()), widget);
    return true;
}

}  // namespace perceiver::ui
