// Everything a person can reach by keyboard says what it is, also to those who don't see it.
#include <QAccessible>
#include <QApplication>
#include <QLabel>
#include <QAbstractButton>
#include <QTest>
#include <QTextDocumentFragment>

#include "engine/api/default_model.h"
#include "painted_words.h"
#include "ui/controls/tips.h"
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
    void whatIsCutSaysTheRestWhenPointedAt();
};

void NamesTest::everyControlHasAName() {
    start();
    const auto look = [this] {
        for (QWidget* widget : window_->findChildren<QWidget*>()) {
            if (!widget->isVisible() || !(widget->focusPolicy() & Qt::TabFocus) || widget->inherits("QScrollBar"))
                continue;
            if (widget->objectName().startsWith("qt_")) continue;  // Qt's own parts of a control
            const QAccessibleInterface* spoken = QAccessible::queryAccessibleInterface(widget);
            QVERIFY2(spoken && !spoken->text(QAccessible::Name).trimmed().isEmpty(),
                     qPrintable(widget->objectName() + ' ' + widget->metaObject()->className()));
        }
    };
    look();  // nothing is open
    dropAndWait(picture("a.png"));
    look();
    for (const char* action : {"lab", "rivals", "trials", "positions", "cost", "evidence", "model", "palette", "keys",
                               "table", "getModel"}) {
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
    const QSize sizes[] = {
        {1024, 700}, {1280, 800}, {1280, 800}, {1920, 1080}, {1024, 700}};  // again and narrower, too
    for (const QSize& size : sizes) {
        window_->resize(size);
        window_->actionTable()["keys"]->trigger();
        QVERIFY(window_->rect().contains(find<KeySheet>("keySheet")->geometry()));
        QVERIFY(find<QWidget>("keySheetInside")->width() <= find<QWidget>("keySheetViewport")->width());
        for (const QLabel* label : find<KeySheet>("keySheet")->findChildren<QLabel*>()) {
            const QRect words =
                label->fontMetrics().boundingRect(0, 0, label->width(), 1000, Qt::TextWordWrap, label->text());
            QVERIFY2(words.height() <= label->height() && words.width() <= label->width(), qPrintable(label->text()));
        }
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
    QCOMPARE(
        api::why_chosen(all, all[0]),
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

/// In a small window, with names as long as some are: of the file, the model, its classes.
void NamesTest::whatIsCutSaysTheRestWhenPointedAt() {
    api::ModelInfo model = makeModel();
    model.id = "image-everything-that-was-ever-photographed-in-the-eastern-forests";
    for (std::string& label : model.labels)
        label = "sulphur-crested " + label + ", Kakatoe galerita, Cacatua galerita, of the east";
    start({model});
    window_->resize(1024, 700);
    dropAndWait(picture("a-parrot-on-a-branch-above-the-river-in-the-early-morning-before-the-rain.png"));
    constexpr QChar kEllipsis(0x2026);
    int cut = 0;
    QStringList silent;
    const auto look = [&](const QString& where) {
        QCoreApplication::processEvents();
        for (QWidget* widget : window_->findChildren<QWidget*>()) {
            if (!widget->isVisible() || widget->testAttribute(Qt::WA_TransparentForMouseEvents)) continue;
            const auto* button = qobject_cast<QAbstractButton*>(widget);
            for (const PaintedWords& one : wordsPaintedBy(*widget)) {
                const QString shown = one.words.simplified();
                const qsizetype gap = shown.indexOf(kEllipsis);
                if (gap < 0 || !widget->rect().contains(one.at)) continue;
                // "Open a model…   Ctrl+Shift+O" is not cut: it opens a dialog.
                if ((button && button->text() == one.words) || shown.mid(gap + 1).startsWith(' ')) continue;
                ++cut;
                const QString tip = QTextDocumentFragment::fromHtml(tipAt(widget, one.at)).toPlainText().simplified();
                const QString left = shown.left(gap).trimmed(), right = shown.mid(gap + 1).trimmed();
                const qsizetype at = tip.indexOf(left), end = tip.indexOf(right, at + left.size());
                if (at < 0 || end < 0 || tip.mid(at + left.size()).startsWith(kEllipsis))
                    silent << QString("%1: %2 %3 cuts \"%4\" and says \"%5\"")
                                  .arg(where, widget->objectName(), widget->metaObject()->className(), one.words, tip);
            }
        }
    };
    look("the window");
    walk({"lab", "rivals", "trials", "positions", "cost", "evidence", "model", "palette", "table", "getModel",
          "explain", "split"},
         look);
    silent.removeDuplicates();
    QVERIFY2(silent.isEmpty(), qPrintable(silent.join('\n')));
    QVERIFY(cut > 3);
}

QObject* makeNamesTest() { return new NamesTest; }

}  // namespace perceiver::ui::test

#include "names_test.moc"
