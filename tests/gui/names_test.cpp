// Everything a person can reach by keyboard says what it is, also to those who don't see it.
#include <QAbstractButton>
#include <QApplication>
#include <QTest>

#include "window_fixture.h"

namespace perceiver::ui::test {

class NamesTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void everyControlHasAName();
    void everyActionSaysWhatItDoesAndNoKeyDoesTwoThings();
};

void NamesTest::everyControlHasAName() {
    start();
    dropAndWait(picture("a.png"));
    for (const QWidget* widget : window_->findChildren<QWidget*>()) {
        if (!(widget->focusPolicy() & Qt::TabFocus) || widget->inherits("QScrollBar") || !widget->isEnabled()) continue;
        if (widget->objectName().startsWith("qt_")) continue;  // Qt's own parts of a control
        QString words = widget->accessibleName() + widget->toolTip();
        if (const auto* button = qobject_cast<const QAbstractButton*>(widget)) words += button->text();
        QVERIFY2(!words.trimmed().isEmpty(),
                 qPrintable(widget->objectName() + ' ' + widget->metaObject()->className()));
    }
}

void NamesTest::everyActionSaysWhatItDoesAndNoKeyDoesTwoThings() {
    start();
    QMap<QString, QString> used;
    for (const Actions::Entry& entry : window_->actionTable().all()) {
        QVERIFY(!entry.action->text().isEmpty() && !entry.action->statusTip().isEmpty());
        for (const QKeySequence& key : entry.action->shortcuts()) {
            QVERIFY2(!used.contains(key.toString()),
                     qPrintable(key.toString() + " is " + used.value(key.toString()) + " and " + entry.action->text()));
            used[key.toString()] = entry.action->text();
        }
    }
}

QObject* makeNamesTest() { return new NamesTest; }

}  // namespace perceiver::ui::test

#include "names_test.moc"
