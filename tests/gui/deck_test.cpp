// The panels around the view: they hide, move, resize and remember; nothing overlaps or is cut in any window.
#include <QDockWidget>
#include <QLabel>
#include <QMenu>
#include <QSettings>
#include <QTest>
#include <QToolButton>

#include "ui/panels/lab_dock.h"
#include "ui/panels/panel_deck.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class DeckTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void actionsAndMenuShowAndHideThePanels();
    void theLayoutIsRemembered();
    void resetPutsEverythingBack();
    void aLabOpensInAHiddenPanel();
    void unfoldedTheLabsAreAsHighAsBefore();
    void nothingOverlapsOrIsCut_data();
    void nothingOverlapsOrIsCut();

  private:
    PanelDeck* deck() { return find<PanelDeck>("workPage"); }
    QDockWidget* panel(const char* name) { return find<QDockWidget>(name); }
    void trigger(const char* action) {
        window_->actionTable()[action]->trigger();
        QCoreApplication::processEvents();
    }
    QRect placeOf(const QWidget* w) { return {w->mapTo(window_.get(), QPoint()), w->size()}; }
};

void DeckTest::actionsAndMenuShowAndHideThePanels() {
    start();
    dropAndWait(picture("a.png"));
    for (const char* name : {"panelStrip", "panelAnswer", "panelLatents", "panelLabs"}) {
        QVERIFY(panel(name)->isVisible() && window_->actionTable()[name]->isChecked());
        trigger(name);
        QVERIFY(!panel(name)->isVisible() && !window_->actionTable()[name]->isChecked());
        trigger(name);
        QVERIFY(panel(name)->isVisible() && window_->actionTable()[name]->isChecked());
    }
    QStringList entries;
    for (const QAction* action : find<QMenu>("viewMenu")->actions()) entries << action->objectName();
    entries.removeAll(QString());
    QCOMPARE(entries, QStringList({"panelStrip", "panelAnswer", "panelLatents", "panelLabs", "resetLayout"}));
}

void DeckTest::theLayoutIsRemembered() {
    start();
    dropAndWait(picture("a.png"));
    trigger("panelStrip");
    deck()->addDockWidget(Qt::LeftDockWidgetArea, panel("panelAnswer"));
    deck()->resizeDocks({panel("panelLatents")}, {500}, Qt::Horizontal);
    QCoreApplication::processEvents();
    const int width = panel("panelLatents")->width();
    QVERIFY(std::abs(width - 500) <= 2);
    window_->close();
    window_.reset();
    start();
    dropAndWait(picture("a.png"));
    QVERIFY(!panel("panelStrip")->isVisible());
    QVERIFY(!window_->actionTable()["panelStrip"]->isChecked());
    QCOMPARE(deck()->dockWidgetArea(panel("panelAnswer")), Qt::LeftDockWidgetArea);
    QVERIFY(std::abs(panel("panelLatents")->width() - width) <= 2);
}

void DeckTest::resetPutsEverythingBack() {
    start();
    dropAndWait(picture("a.png"));
    QCoreApplication::processEvents();
    QMap<QString, QRect> before;
    for (const QDockWidget* dock : deck()->docks()) before[dock->objectName()] = placeOf(dock);
    trigger("panelLatents");
    panel("panelAnswer")->setFloating(true);
    deck()->addDockWidget(Qt::TopDockWidgetArea, panel("panelLabs"));
    trigger("resetLayout");
    for (const QDockWidget* dock : deck()->docks()) {
        QVERIFY(dock->isVisible() && !dock->isFloating());
        const QRect now = placeOf(dock), then = before[dock->objectName()];
        for (const int apart : {now.left() - then.left(), now.top() - then.top(), now.right() - then.right(),
                                now.bottom() - then.bottom()})
            QVERIFY2(std::abs(apart) <= 2, qPrintable(dock->objectName()));
    }
}

void DeckTest::aLabOpensInAHiddenPanel() {
    start();
    dropAndWait(picture("a.png"));
    trigger("panelLabs");
    QVERIFY(!find<LabDock>("labDock")->isVisible());
    trigger("evidence");
    QVERIFY(find<LabDock>("labDock")->isVisible() && find<LabDock>("labDock")->isOpen());
    QVERIFY(find<QWidget>("evidenceLab")->isVisible());
}

void DeckTest::unfoldedTheLabsAreAsHighAsBefore() {
    start();
    dropAndWait(picture("a.png"));
    auto* lab = find<LabDock>("labDock");
    deck()->resizeDocks({panel("panelLabs")}, {300}, Qt::Vertical);
    QCoreApplication::processEvents();
    const int high = lab->height();
    QVERIFY(high > LabDock::kTabHeight + LabDock::kBodyHeight);
    lab->setOpen(false);
    SOON_COMPARE(panel("panelLabs")->height(), LabDock::kTabHeight);
    lab->setOpen(true);
    SOON_VERIFY(std::abs(lab->height() - high) <= 2);
}

void DeckTest::nothingOverlapsOrIsCut_data() {
    QTest::addColumn<QSize>("size");
    for (const QSize size : {QSize(1024, 700), QSize(1280, 800), QSize(1440, 900), QSize(1920, 1080), QSize(3840, 2160)})
        QTest::newRow(qPrintable(QStringLiteral("%1x%2").arg(size.width()).arg(size.height()))) << size;
}

void DeckTest::nothingOverlapsOrIsCut() {
    QFETCH(QSize, size);
    start();
    window_->resize(size);
    dropAndWait(picture("a.png"));
    QTest::qWait(0);
    std::vector<QWidget*> parts{find<QWidget>("toolRow"), find<QWidget>("viewPane"), find<QWidget>("statusLine")};
    for (QDockWidget* dock : deck()->docks()) parts.push_back(dock);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const QRect at = placeOf(parts[i]);
        QVERIFY2(window_->rect().contains(at), qPrintable(parts[i]->objectName()));
        QVERIFY2(at.width() >= parts[i]->minimumSizeHint().width() && at.height() >= parts[i]->minimumSizeHint().height(),
                 qPrintable(parts[i]->objectName()));
        for (std::size_t j = 0; j < i; ++j)
            QVERIFY2(!at.intersects(placeOf(parts[j])),
                     qPrintable(parts[i]->objectName() + " and " + parts[j]->objectName()));
    }
    QVERIFY(find<QWidget>("viewPane")->width() >= size.width() / 3 &&
            find<QWidget>("viewPane")->height() >= size.height() / 4);
    // A word on a button is whole: none is narrower than it wants to be.
    for (const QToolButton* button : window_->findChildren<QToolButton*>()) {
        if (!button->isVisible() || button->text().isEmpty() || button->toolButtonStyle() == Qt::ToolButtonIconOnly)
            continue;
        QVERIFY2(button->width() >= button->fontMetrics().horizontalAdvance(button->text()),
                 qPrintable(button->objectName()));
    }
    for (const QLabel* label : find<QWidget>("latentsPanel")->findChildren<QLabel*>())
        if (label->isVisible() && !label->wordWrap())
            QVERIFY2(label->width() >= label->fontMetrics().horizontalAdvance(label->text()),
                     qPrintable(label->objectName()));
}

QObject* makeDeckTest() { return new DeckTest; }

}  // namespace perceiver::ui::test

#include "deck_test.moc"
