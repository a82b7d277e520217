// The panels around the view: they hide, move, resize and remember; nothing overlaps or is cut in any window.
#include <QApplication>
#include <QDockWidget>
#include <QLabel>
#include <QMenu>
#include <QSettings>
#include <QTest>
#include <QToolButton>

#include "ui/panels/key_sheet.h"
#include "ui/panels/lab_dock.h"
#include "ui/panels/panel_deck.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class DeckTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void actionsAndMenuShowAndHideThePanels();
    void theLayoutIsRemembered();
    void keysFloatAndDockThePanelInUse();
    void keysMoveThePanelInUse();
    void whatKeysMovedIsRemembered();
    void keysMakeThePanelInUseLargerAndHideIt();
    void keysStepFromPanelToPanel();
    void aClickInAPanelIsUse();
    void onlyWhatCanBeDoneIsOffered();
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
    /// A key as it comes from the keyboard: to what has the focus.
    void key(Qt::Key key, Qt::KeyboardModifiers keys = {}) {
        QWidget* focus = QApplication::focusWidget();
        QTest::keyClick(focus ? focus : window_.get(), key, keys);
        QCoreApplication::processEvents();
    }
    /// The panel that has the focus; null: none.
    QDockWidget* entered() {
        for (QDockWidget* dock : deck()->docks())
            if (dock == QApplication::focusWidget() || dock->isAncestorOf(QApplication::focusWidget())) return dock;
        return nullptr;
    }
    /// To that panel, by keys.
    void enter(const char* name) {
        for (int i = 0; i < 6 && entered() != panel(name); ++i) key(Qt::Key_F6);
        QCOMPARE(entered(), panel(name));
        QCOMPARE(deck()->current(), panel(name));
    }
    Qt::DockWidgetArea areaOf(const char* name) { return deck()->dockWidgetArea(panel(name)); }
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
    QCOMPARE(entries, QStringList({"panelStrip", "panelAnswer", "panelLatents", "panelLabs", "floatPanel", "panelLeft",
                                    "panelRight", "panelUp", "panelDown", "hidePanel", "resetLayout"}));
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

void DeckTest::keysFloatAndDockThePanelInUse() {
    start();
    dropAndWait(picture("a.png"));
    for (const char* name : {"panelLatents", "panelLabs", "panelStrip", "panelAnswer"}) {
        enter(name);
        const Qt::DockWidgetArea area = areaOf(name);
        key(Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY2(panel(name)->isFloating() && panel(name)->isVisible(), name);
        QVERIFY(window_->actionTable()["floatPanel"]->text().startsWith("Dock "));
        SOON_COMPARE(entered(), panel(name));
        key(Qt::Key_F1);  // what keys do they do from there too
        QVERIFY2(find<KeySheet>("keySheet")->isVisible(), name);
        key(Qt::Key_F1);
        key(Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
        QVERIFY2(!panel(name)->isFloating() && panel(name)->isVisible(), name);
        QCOMPARE(areaOf(name), area);
        SOON_COMPARE(entered(), panel(name));
    }
}

void DeckTest::keysMoveThePanelInUse() {
    start();
    dropAndWait(picture("a.png"));
    const auto above = [this](const char* upper, const char* lower) {
        return placeOf(panel(upper)).bottom() < placeOf(panel(lower)).top();
    };
    const auto move = [this](Qt::Key to) { key(to, Qt::AltModifier | Qt::ShiftModifier); };
    enter("panelAnswer");
    QVERIFY(above("panelAnswer", "panelLatents"));
    move(Qt::Key_Down);
    QVERIFY(above("panelLatents", "panelAnswer"));
    move(Qt::Key_Up);
    QVERIFY(above("panelAnswer", "panelLatents"));
    const int width = panel("panelLatents")->width();
    enter("panelLatents");
    move(Qt::Key_Left);
    QCOMPARE(areaOf("panelLatents"), Qt::LeftDockWidgetArea);
    QCOMPARE(entered(), panel("panelLatents"));
    QVERIFY(std::abs(panel("panelLatents")->width() - width) <= 2);
    QVERIFY(placeOf(panel("panelLatents")).right() < placeOf(find<QWidget>("viewPane")).left());
    enter("panelAnswer");
    move(Qt::Key_Left);
    QVERIFY(above("panelLatents", "panelAnswer"));
    move(Qt::Key_Right);
    QCOMPARE(areaOf("panelAnswer"), Qt::RightDockWidgetArea);
    enter("panelLabs");
    const int height = panel("panelLabs")->height();
    move(Qt::Key_Up);
    QCOMPARE(areaOf("panelLabs"), Qt::TopDockWidgetArea);
    QVERIFY(above("panelStrip", "panelLabs"));
    QVERIFY(std::abs(panel("panelLabs")->height() - height) <= 2);
    QVERIFY(placeOf(panel("panelLabs")).bottom() < placeOf(find<QWidget>("viewPane")).top());
    move(Qt::Key_Up);
    QVERIFY(above("panelLabs", "panelStrip"));
    enter("panelStrip");
    move(Qt::Key_Down);
    QCOMPARE(areaOf("panelStrip"), Qt::BottomDockWidgetArea);
    // One that floats is docked where it is sent.
    enter("panelLatents");
    key(Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(panel("panelLatents")->isFloating());
    move(Qt::Key_Right);
    QVERIFY(!panel("panelLatents")->isFloating());
    QCOMPARE(areaOf("panelLatents"), Qt::RightDockWidgetArea);
}

void DeckTest::whatKeysMovedIsRemembered() {
    start();
    dropAndWait(picture("a.png"));
    enter("panelLatents");
    key(Qt::Key_Left, Qt::AltModifier | Qt::ShiftModifier);
    enter("panelLabs");
    key(Qt::Key_Up, Qt::AltModifier | Qt::ShiftModifier);
    enter("panelAnswer");
    key(Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
    window_->close();
    window_.reset();
    start();
    dropAndWait(picture("a.png"));
    QCOMPARE(areaOf("panelLatents"), Qt::LeftDockWidgetArea);
    QCOMPARE(areaOf("panelLabs"), Qt::TopDockWidgetArea);
    QVERIFY(panel("panelAnswer")->isFloating());
}

void DeckTest::keysMakeThePanelInUseLargerAndHideIt() {
    start();
    dropAndWait(picture("a.png"));
    enter("panelLatents");
    const int width = panel("panelLatents")->width();
    key(Qt::Key_Plus, Qt::AltModifier);
    const int wider = panel("panelLatents")->width();
    QVERIFY(wider > width);
    key(Qt::Key_Minus, Qt::AltModifier);
    QCOMPARE(panel("panelLatents")->width(), width);
    enter("panelLabs");
    const int height = panel("panelLabs")->height();
    key(Qt::Key_Plus, Qt::AltModifier);
    QVERIFY(panel("panelLabs")->height() > height);
    enter("panelAnswer");
    key(Qt::Key_W, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(panel("panelAnswer")->isHidden() && !window_->actionTable()["panelAnswer"]->isChecked());
    QVERIFY(deck()->current() && deck()->current() != panel("panelAnswer"));
    QVERIFY(state().result());  // the file is still open
    enter("panelLatents");
    key(Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
    key(Qt::Key_W, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(panel("panelLatents")->isHidden());
    SOON_COMPARE(QApplication::activeWindow(), static_cast<QWidget*>(window_.get()));
    enter("panelLabs");  // keys go on
}

/// As one reads them: the strip, the view, the answer, the latents, the labs.
void DeckTest::keysStepFromPanelToPanel() {
    start();
    dropAndWait(picture("a.png"));
    const QList<QDockWidget*> order{panel("panelStrip"), nullptr, panel("panelAnswer"), panel("panelLatents"),
                                    panel("panelLabs")};
    const auto* view = find<QWidget>("viewPane");
    const auto isAt = [&](const QDockWidget* dock) {
        return entered() == dock && (dock || view->isAncestorOf(QApplication::focusWidget()));
    };
    for (int round = 0; round < 2; ++round)
        for (const QDockWidget* dock : order) {
            key(Qt::Key_F6);
            QVERIFY2(isAt(dock), dock ? qPrintable(dock->objectName()) : "the view");
        }
    for (int i = 3; i >= 0; --i) {
        key(Qt::Key_F6, Qt::ShiftModifier);
        QVERIFY(isAt(order[i]));
    }
    // Back in a panel the focus is where it was.
    enter("panelAnswer");
    key(Qt::Key_Tab);
    const QWidget* second = QApplication::focusWidget();
    QCOMPARE(entered(), panel("panelAnswer"));
    key(Qt::Key_F6);
    key(Qt::Key_F6, Qt::ShiftModifier);
    QCOMPARE(QApplication::focusWidget(), second);
    trigger("panelLatents");
    key(Qt::Key_F6);
    QVERIFY(isAt(panel("panelLabs")));  // what is hidden is left out
}

void DeckTest::aClickInAPanelIsUse() {
    start();
    dropAndWait(picture("a.png"));
    for (const char* name : {"panelStrip", "panelLabs", "panelLatents"}) {
        QTest::mouseClick(panel(name)->widget(), Qt::LeftButton, Qt::NoModifier, QPoint(4, 4));
        QCOMPARE(deck()->current(), panel(name));
        QVERIFY(window_->actionTable()["floatPanel"]->text().endsWith(panel(name)->windowTitle()));
    }
}

void DeckTest::onlyWhatCanBeDoneIsOffered() {
    start();
    const auto offered = [this](const char* action) { return window_->actionTable()[action]->isEnabled(); };
    for (const char* action : {"floatPanel", "panelLeft", "panelUp", "hidePanel", "nextPanel"})
        QVERIFY2(!offered(action), action);
    dropAndWait(picture("a.png"));
    enter("panelStrip");
    QVERIFY(!offered("panelLeft") && !offered("panelRight") && !offered("panelUp") && offered("panelDown"));
    enter("panelLabs");
    QVERIFY(!offered("panelLeft") && !offered("panelRight") && offered("panelUp") && !offered("panelDown"));
    enter("panelAnswer");
    QVERIFY(offered("panelLeft") && !offered("panelRight") && !offered("panelUp") && offered("panelDown"));
    for (const char* name : {"panelStrip", "panelAnswer", "panelLatents", "panelLabs"}) trigger(name);
    QVERIFY(!deck()->current() && !offered("floatPanel") && !offered("hidePanel"));
    key(Qt::Key_F, Qt::ControlModifier | Qt::ShiftModifier);
    trigger("panelLabs");
    QVERIFY(offered("floatPanel") && !panel("panelLabs")->isFloating());
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
    QTest::mouseClick(panel("panelAnswer")->widget(), Qt::LeftButton, Qt::NoModifier, QPoint(4, 4));
    QVERIFY(window_->actionTable()["panelDown"]->isEnabled() && !window_->actionTable()["panelUp"]->isEnabled());
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
    for (const QSize size :
         {QSize(1024, 700), QSize(1280, 800), QSize(1440, 900), QSize(1920, 1080), QSize(3840, 2160)})
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
        QVERIFY2(
            at.width() >= parts[i]->minimumSizeHint().width() && at.height() >= parts[i]->minimumSizeHint().height(),
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
