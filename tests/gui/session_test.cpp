// What the last session showed is there again: file, model, moment and all that is shown of them. Broken settings are
// harmless.
#include <QDockWidget>
#include <QGuiApplication>
#include <QSessionManager>
#include <QSettings>
#include <QTest>
#include <cstddef>

#include "sound_fixture.h"
#include "ui/ending.h"
#include "ui/panels/panel_deck.h"

namespace perceiver::ui::test {

class SessionTest final : public SoundFixture {
    Q_OBJECT

  private slots:
    void everythingComesBack();
    void aSoundComesBackAtItsMoment();
    void whatTheModelDoesNotHaveIsLeftOut();
    void anotherFileStartsWithoutThePinsOfTheLast();
    void theJsonHoldsAllOfIt();
    void theEndOfTheDesktopsSessionKeepsItAll();
    void garbageIsHarmless();

  private:
    /// Four heads, so that one can be chosen.
    void startWithHeads(int latents = 64, int stages = 4);
    void closeAndForget();
    void resumeAndWait();
};

void SessionTest::startWithHeads(int latents, int stages) {
    api::ModelInfo model = makeModel({32, latents, stages});
    for (api::StageInfo& stage : model.stages) stage.cross.heads = 4;
    start({model});
}

void SessionTest::closeAndForget() {
    window_->close();
    window_.reset();
}

void SessionTest::resumeAndWait() {
    window_->resume();
    SOON_VERIFY(state().result() && state().result()->finished && !state().busy());
}

void SessionTest::everythingComesBack() {
    startWithHeads();
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(2);
    state().setHead(3);
    state().pin(7);
    state().pin(12);
    state().setScale(api::Scale::logit);
    state().setColorMap(ColorMap::magma);
    state().setLayout(Layout::beside);
    state().setOpacity(35);
    state().setModelView(true);
    state().setSort(SortBy::similarity);
    state().hold(99);
    state().setOther({1, 5, 2});
    state().setCompare(Compare::difference);
    state().setSeed(55);
    state().setBlock(4);
    state().setFraction(0.5);
    state().setLabPicture(LabPicture::putBack);
    state().setInFloat64(true);
    state().explain(3);
    state().setMasked(0.25);
    state().setKeepOnly(true);
    const Session before = state().session();
    QVERIFY(before.view.explained && before.view.target == 3 && before.view.compare == Compare::difference);
    closeAndForget();
    startWithHeads();
    QCOMPARE(state().view().pinned, api::all_latents);
    resumeAndWait();
    QVERIFY(state().session() == before);
    QVERIFY(state().undoStack().count() == 0);
}

void SessionTest::aSoundComesBackAtItsMoment() {
    startSound(9, 3);
    open();
    player().seek(4.25);
    SOON_VERIFY(!state().busy() && state().lastOpened()->start == 4.25);
    player().seek(5.5);
    const Session before = state().session();
    QCOMPARE(before.position, 5.5);
    closeAndForget();
    startSound(9, 3);
    resumeAndWait();
    QVERIFY(state().session() == before);
}

void SessionTest::whatTheModelDoesNotHaveIsLeftOut() {
    startWithHeads();
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(3);
    state().pin(60);
    state().pin(2);
    closeAndForget();
    startWithHeads(8, 2);
    resumeAndWait();
    QCOMPARE(state().view().crossAttend, 1);
    QCOMPARE(state().view().pinned, 2);
    QCOMPARE(state().view().slotOf(60), -1);
    QVERIFY(state().view().slotOf(2) >= 0);
}

void SessionTest::anotherFileStartsWithoutThePinsOfTheLast() {
    start();
    dropAndWait(picture("a.png"));
    state().pin(7);
    state().setScale(api::Scale::logit);
    closeAndForget();
    start();
    dropAndWait(picture("b.png"));
    QCOMPARE(state().view().pinned, api::all_latents);
    QCOMPARE(state().view().slotOf(7), -1);
    QCOMPARE(state().view().scale, api::Scale::logit);
}

void SessionTest::theJsonHoldsAllOfIt() {
    Session s;
    s.file = "/somewhere/ä file.opus";
    s.model = "hub:someone/something";
    s.start = 12.25;
    s.pose = {api::Pose::Up::y, 2};
    s.position = 13.5;
    s.view.pins = {3, api::all_latents, 4, 5, api::all_latents};
    s.view.pinned = 4;
    s.view.seed = 123'456;
    QVERIFY(sessionFromJson(toJson(s)) == s);
    QVERIFY(sessionFromJson(toJson(Session())) == Session());
}

/// The desktop asks once and then may end the program without another word to it.
void SessionTest::theEndOfTheDesktopsSessionKeepsItAll() {
    startWithHeads();
    dropAndWait(picture("a.png"));
    const Ending ending;
    heed(ending, *window_);
    state().selectCrossAttend(2);
    state().pin(7);
    find<QDockWidget>("panelStrip")->hide();
    const Session before = state().session();
    alignas(QSessionManager) std::byte manager[sizeof(QSessionManager)];  // nobody looks at it
    emit qGuiApp->commitDataRequest(reinterpret_cast<QSessionManager&>(manager));
    QVERIFY(window_->isVisible());  // the session may go on after all
    state().pin(9);
    window_.reset();  // without a close
    startWithHeads();
    resumeAndWait();
    QVERIFY(state().session() == before);
    QVERIFY(find<QDockWidget>("panelStrip")->isHidden());
}

void SessionTest::garbageIsHarmless() {
    const QByteArray whole = toJson(Session());
    for (int n = 0; n < whole.size(); ++n) QVERIFY(sessionFromJson(whole.left(n)) == Session());
    for (const char* broken :
         {"[1]", "{\"view\":7}", "{\"view\":{\"layout\":99,\"opacity\":\"x\",\"block\":-4,\"seed\":-1,\"pins\":{}}}",
          "{\"start\":\"soon\",\"position\":-3,\"up\":9,\"quarters\":-7,\"view\":{\"pins\":[-9,\"a\"],\"fraction\":7}"
          "}"})
        QVERIFY2(sessionFromJson(broken) == Session(), broken);
    const Session far = sessionFromJson(
        "{\"view\":{\"crossAttend\":99999,\"pinned\":99999,\"pins\":[99999,1,1,1,1],\"head\":77,\"held\":9999999,"
        "\"target\":12345,\"other\":{\"crossAttend\":55,\"latent\":77777,\"head\":9},\"compare\":2}}");
    for (const QVariant& settings :
         {QVariant(QByteArray("\x00\xff\x17 no", 6)), QVariant(42), QVariant(QStringList{"a", "b"})}) {
        QSettings().setValue("session", settings);
        QSettings().setValue("panels", settings);
        QSettings().setValue("geometry", settings);
        start();
        QVERIFY(state().view() == ViewState());
        for (const QDockWidget* panel : find<PanelDeck>("workPage")->docks()) QVERIFY(!panel->isHidden());
        closeAndForget();
    }
    Session there = far;
    there.file = picture("a.png").toStdString();
    QSettings().setValue("session", toJson(there));
    start();
    resumeAndWait();
    QCOMPARE(state().view().crossAttend, 3);
    QCOMPARE(state().view().pinned, api::all_latents);
    QCOMPARE(state().view().held, -1);
}

QObject* makeSessionTest() { return new SessionTest; }

}  // namespace perceiver::ui::test

#include "session_test.moc"
