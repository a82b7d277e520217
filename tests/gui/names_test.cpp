// Everything a person can reach by keyboard says what it is, also to those who don't see it.
#include <QAccessible>
#include <QApplication>
#include <QTest>

#include "engine/api/default_model.h"
#include "ui/panels/key_sheet.h"
#include "ui/panels/lab_dock.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class NamesTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void everyControlHasAName();
    void everyActionIsInTheSheet();
    void theModelChosenSaysWhy();
    void everyActionSaysWhatItDoesAndNoKeyDoesTwoThings();
};

void NamesTest::everyControlHasAName() {
    start();
    const auto look = [this] {
        for (QWidget* widget : window_->findChildren<QWidget*>()) {
            if (!widget->isVisible() || !(widget->focusPolicy() & Qt::TabFocus) || widget->inherits("QScrollBar")) continue;
            if (widget->objectName().startsWith("qt_")) continue;  // Qt's own parts of a control
            const QAccessibleInterface* spoken = QAccessible::queryAccessibleInterface(widget);
            QVERIFY2(spoken && !spoken->text(QAccessible::Name).trimmed().isEmpty(),
                     qPrintable(widget->objectName() + ' ' + widget->metaObject()->className()));
        }
    };
    look();  // nothing is open
    dropAndWait(picture("a.png"));
    look();
    for (const char* action : {"lab", "rivals", "trials", "positions", "cost", "evidence", "model", "palette", "keys", "table", "getModel"}) {
        window_->actionTable()[action]->trigger();
        QCoreApplication::processEvents();
        look();
        if (!find<LabDock>("labDock")->isOpen()) find<LabDock>("labDock")->setOpen(true);
        look();
        for (const char* floating : {"modelCard", "commandPalette", "keySheet", "tableCard", "hubPanel"})
            if (auto* card = find<QWidget>(floating)) card->hide();
    }
}

/// Every name of an action, and what it does, stands in the sheet of keys beside its key.
void NamesTest::everyActionIsInTheSheet() {
    start();
    const QString sheet = find<KeySheet>("keySheet")->text();
    for (const Actions::Entry& entry : window_->actionTable().all()) {
        QVERIFY2(!entry.action->shortcuts().isEmpty() && !entry.action->toolTip().isEmpty(),
                 qPrintable(entry.action->objectName()));
        QVERIFY2(sheet.contains(entry.action->statusTip()), qPrintable(entry.action->objectName()));
    }
    for (const QSize size : {QSize(1024, 700), QSize(1440, 900)}) {
        window_->resize(size);
        window_->actionTable()["keys"]->trigger();
        QVERIFY(window_->rect().contains(find<KeySheet>("keySheet")->geometry()));
        QVERIFY(find<QWidget>("keySheetInside")->width() <= find<QWidget>("keySheetViewport")->width());
        find<KeySheet>("keySheet")->hide();
    }
}

void NamesTest::theModelChosenSaysWhy() {
    std::vector<api::ModelInfo> all(3, makeModel());
    all[0].id = "image-cifar10-fourier";
    all[1].id = "image-many";
    all[1].classes = 1000;
    all[2].id = "sounds-alone";
    all[2].reads = "audio";
    QCOMPARE(api::why_chosen(all, all[0]),
             std::string("Chosen because, of the 2 models made for pictures, its classes are what people open most often."));
    QCOMPARE(api::why_chosen(all, all[1]), std::string());
    QCOMPARE(api::why_chosen(all, all[2]), std::string("Chosen because it is the only model here made for sounds."));
    all.erase(all.begin());
    all.push_back(all[0]);
    all.back().id = "image-few";
    all.back().classes = 2;
    QCOMPARE(api::why_chosen(all, all[0]),
             std::string("Chosen because, of the 2 models made for pictures, it knows the most classes."));
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
