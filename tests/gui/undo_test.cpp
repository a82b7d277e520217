// Everything that changes what is shown can be taken back and done again: every action of the table, and another file
// or model.
#include <QSet>
#include <QTest>

#include "sound_fixture.h"

namespace perceiver::ui::test {

class UndoTest final : public SoundFixture {
    Q_OBJECT

  private slots:
    void everyActionThatChangesTheViewIsUndone();
    void anotherFileIsUndoneWithAllThatWasShownOfTheFirst();
    void anotherModelIsUndone();
    void aRunThatFailsLeavesNothingToUndo();
    void nothingIsUndoneWhileSomethingRuns();

  private:
    void undo();
    void redo();
};

void UndoTest::undo() {
    window_->actionTable()["undo"]->trigger();
    SOON_VERIFY(!state().busy());
}

void UndoTest::redo() {
    window_->actionTable()["redo"]->trigger();
    SOON_VERIFY(!state().busy());
}

void UndoTest::everyActionThatChangesTheViewIsUndone() {
    start();
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(1);
    state().pin(5);
    // They open a dialog or another file, or are no change of what is shown.
    const QSet<QString> others{"open",  "openModel", "paste", "savePicture", "getModel", "previousFile", "nextFile",
                               "quit",  "closeFile", "undo",  "redo",        "cancel",   "fullScreen",   "theme",
                               "model", "palette",   "keys"};
    QStringList changing;
    for (const Actions::Entry& entry : window_->actionTable().all()) {
        if (others.contains(entry.action->objectName()) || !entry.action->isEnabled()) continue;
        const ViewState before = state().view();
        entry.action->trigger();
        const ViewState after = state().view();
        if (after == before) continue;
        changing << entry.action->objectName();
        undo();
        QVERIFY2(state().view() == before, qPrintable(entry.action->objectName()));
        redo();
        QVERIFY2(state().view() == after, qPrintable(entry.action->objectName()));
    }
    for (const char* name : {"previous", "next", "mean", "beside", "alone", "logit", "modelView", "split", "difference",
                             "keepB", "explain", "shuffle"})
        QVERIFY2(changing.contains(name), name);
    while (state().undoStack().canUndo()) undo();
    QVERIFY(state().view() == ViewState());
}

void UndoTest::anotherFileIsUndoneWithAllThatWasShownOfTheFirst() {
    start();
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(2);
    state().pin(7);
    state().hold(40);
    const Session first = state().session();
    dropAndWait(picture("b.png"));
    QCOMPARE(state().view().held, -1);
    state().pin(9);
    const Session second = state().session();
    undo();
    undo();
    QVERIFY(state().session() == first);
    QVERIFY(state().result()->finished);
    undo();
    QCOMPARE(state().view().held, -1);
    for (int i = 0; i < 3; ++i) redo();
    QVERIFY(state().session() == second);
    QVERIFY(!state().undoStack().canRedo());
}

void UndoTest::anotherModelIsUndone() {
    api::ModelInfo other = makeModel({16, 32, 2});
    other.id = "other";
    start({makeModel(), other});
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(3);
    state().pin(60);
    const Session first = state().session();
    state().useModel("other");
    SOON_VERIFY(!state().busy() && state().result()->finished);
    QCOMPARE(state().result()->model->id, std::string("other"));
    QCOMPARE(state().view().crossAttend, 1);
    undo();
    QVERIFY(state().session() == first);
    QCOMPARE(state().result()->model->id, makeModel().id);
    redo();
    QCOMPARE(state().result()->model->id, std::string("other"));
}

void UndoTest::aRunThatFailsLeavesNothingToUndo() {
    start();
    dropAndWait(picture("a.png"));
    state().pin(7);
    const Session first = state().session();
    const int count = state().undoStack().count();
    engine_->onOpen = [this](api::JobId id) {
        engine_->sendOpened(id);
        engine_->sendCrossAttend(id, 0);
        engine_->sendFailed(id, "It broke.");
    };
    drop(picture("b.png"));
    SOON_VERIFY(!state().busy());
    QCOMPARE(state().undoStack().count(), count);
    QVERIFY(state().session() == first);
}

void UndoTest::nothingIsUndoneWhileSomethingRuns() {
    start();
    dropAndWait(picture("a.png"));
    state().pin(7);
    QVERIFY(window_->actionTable()["undo"]->isEnabled());
    engine_->onOpen = [](api::JobId) {};
    drop(picture("b.png"));
    SOON_VERIFY(state().busy());
    QVERIFY(!window_->actionTable()["undo"]->isEnabled());
    state().cancel();
    SOON_VERIFY(!state().busy());
    QVERIFY(window_->actionTable()["undo"]->isEnabled());
}

QObject* makeUndoTest() { return new UndoTest; }

}  // namespace perceiver::ui::test

#include "undo_test.moc"
