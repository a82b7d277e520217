// "Get a model": what is listed, how a fetch is shown, refusals in words, and that what is looked at stays as
// it is.
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include "ui/panels/hub_panel.h"
#include "ui/panels/model_card.h"
#include "ui/panels/tool_row.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

namespace {
const char* const kFourier = "hub:deepmind/vision-perceiver-fourier";
const char* const kConv = "hub:deepmind/vision-perceiver-conv";
}  // namespace

class HubTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void listsWhatIsPublishedAndWhatIsHere();
    void aFetchShowsItsProgressAndEndsInUse();
    void whatIsShownStaysUsableDuringAFetch();
    void cancelStopsItAndSaysThatWhatCameIsKept();
    void aRefusalStandsBelowItsModel();
    void anyOtherModelIsFetchedByName();
    void aFetchGoesOnWhenThePanelIsClosed();
    void theKeyboardIsEnough();
    void everythingFitsInTheSmallestWindow();
    void useBeforeAnyFileNamesTheModel();
    void aFileWhoseModelIsFetchedFirstSaysSo();

  private:
    HubPanel* open() {
        QTest::keyClick(window_.get(), Qt::Key_G);
        auto* panel = find<HubPanel>("hubPanel");
        [&] { SOON_VERIFY(panel->isVisible() && panel->row(kFourier)); }();
        return panel;
    }
    QString status() { return find<StatusLine>("statusLine")->text(); }
};

void HubTest::listsWhatIsPublishedAndWhatIsHere() {
    start();
    engine_->onTheHub[1].here = true;
    const HubPanel* panel = open();
    QCOMPARE(panel->row(kFourier)->button()->text(), QString("Get"));
    QCOMPARE(panel->row(kConv)->button()->text(), QString("Use"));
    for (const char* words :
         {"deepmind/vision-perceiver-fourier", "1,000 ImageNet classes", "Apache-2.0", "on this machine"})
        QVERIFY2(panel->text().contains(words), words);
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    QVERIFY(!panel->isVisible());
}

void HubTest::aFetchShowsItsProgressAndEndsInUse() {
    start();
    dropAndWait(picture("a.png"));
    HubPanel* panel = open();
    HubRow* row = panel->row(kFourier);
    QTest::mouseClick(row->button(), Qt::LeftButton);
    QCOMPARE(engine_->fetches, std::vector<std::string>{kFourier});
    QCOMPARE(row->button()->text(), QString("Cancel"));
    QVERIFY(!panel->row(kConv)->button()->isEnabled());
    QCOMPARE(row->words(), QString("Asking the hub"));
    engine_->sendFetchProgress(kFourier, 97'000'000, 194'000'000);
    SOON_COMPARE(row->words().replace(QChar(0xa0), ' '),
                 QString::fromUtf8("50 % · 97.0 MB of 194.0 MB · 12.3 MB/s · 8 s left"));
    engine_->sendFetched(kFourier);
    SOON_COMPARE(row->button()->text(), QString("Use"));
    QSignalSpy finished(&state(), &State::finished);
    QTest::mouseClick(row->button(), Qt::LeftButton);
    SOON_COMPARE(finished.size(), 1);
    QVERIFY(!panel->isVisible());
    QCOMPARE(engine_->opened.at(engine_->newest()).model, std::string(kFourier));
    QCOMPARE(state().model()->id, std::string(kFourier));
    QCOMPARE(open()->row(kFourier)->button()->text(), QString("In use"));
}

void HubTest::whatIsShownStaysUsableDuringAFetch() {
    start();
    dropAndWait(picture("a.png"));
    const ResultPtr before = state().result();
    QTest::mouseClick(open()->row(kFourier)->button(), Qt::LeftButton);
    engine_->sendFetchProgress(kFourier, 1'000'000, 194'000'000);
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    state().pin(5);
    SOON_VERIFY(state().pinnedMap());
    QVERIFY(!state().busy() && !state().dimmed());
    QCOMPARE(state().result(), before);
    engine_->sendFetchFailed(kFourier, ErrorCode::unreadable_model, "The hub can't be reached.");
    SOON_VERIFY(state().hub().fetching().isEmpty());
    QCOMPARE(state().result(), before);
}

void HubTest::cancelStopsItAndSaysThatWhatCameIsKept() {
    start();
    HubRow* row = open()->row(kFourier);
    QTest::mouseClick(row->button(), Qt::LeftButton);
    QTest::mouseClick(row->button(), Qt::LeftButton);
    QCOMPARE(engine_->fetchesCancelled, 1);
    engine_->sendFetchFailed(kFourier, ErrorCode::cancelled, "Cancelled.");
    SOON_COMPARE(row->button()->text(), QString("Get"));
    QVERIFY(row->words().contains("kept"));
}

void HubTest::aRefusalStandsBelowItsModel() {
    start();
    HubPanel* panel = open();
    QTest::mouseClick(panel->row(kConv)->button(), Qt::LeftButton);
    const std::string sentence =
        "The hub can't be reached (its name can't be resolved); models that came with the program or were "
        "fetched before "
        "still work.";
    const int height = panel->height();
    engine_->sendFetchFailed(kConv, ErrorCode::unreadable_model, sentence);
    SOON_COMPARE(panel->row(kConv)->words(), QString::fromStdString(sentence));
    QCOMPARE(panel->row(kFourier)->words(), QString());
    QVERIFY(panel->height() > height - 40 &&
            panel->geometry().intersected(window_->rect()) == panel->geometry());
    QTest::mouseClick(panel->row(kFourier)->button(), Qt::LeftButton);
    QCOMPARE(engine_->fetches.size(), std::size_t(2));
}

void HubTest::anyOtherModelIsFetchedByName() {
    start();
    HubPanel* panel = open();
    auto* field = find<QLineEdit>("hubOther");
    QVERIFY(!find<QToolButton>("hubGetOther")->isEnabled());
    QTest::keyClicks(field, " someone/my-perceiver@refs/pr/1 ");
    QTest::keyClick(field, Qt::Key_Return);
    QCOMPARE(engine_->fetches, std::vector<std::string>{"hub:someone/my-perceiver@refs/pr/1"});
    HubRow* row = panel->row("hub:someone/my-perceiver@refs/pr/1");
    QVERIFY(row && row->isVisible());
    engine_->sendFetchFailed("hub:someone/my-perceiver@refs/pr/1", ErrorCode::unreadable_model,
                             "There is no such model.");
    SOON_COMPARE(row->words(), QString("There is no such model."));
}

void HubTest::aFetchGoesOnWhenThePanelIsClosed() {
    start();
    QTest::mouseClick(open()->row(kFourier)->button(), Qt::LeftButton);
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    engine_->sendFetchProgress(kFourier, 97'000'000, 194'000'000);
    SOON_VERIFY2(status().contains("Fetching vision-perceiver-fourier"), qPrintable(status()));
    SOON_VERIFY2(status().contains("50"), qPrintable(status()));
    QCOMPARE(engine_->fetchesCancelled, 0);
    engine_->sendFetched(kFourier);
    SOON_COMPARE(status(), QString("Ready"));
    QCOMPARE(open()->row(kFourier)->button()->text(), QString("Use"));
}

void HubTest::theKeyboardIsEnough() {
    start();
    HubPanel* panel = open();
    SOON_COMPARE(window_->focusWidget(), find<QLineEdit>("hubOther"));
    QTest::keyClick(window_->focusWidget(), Qt::Key_Tab, Qt::ShiftModifier);
    QTest::keyClick(window_->focusWidget(), Qt::Key_Tab, Qt::ShiftModifier);
    QTest::keyClick(window_->focusWidget(), Qt::Key_Tab, Qt::ShiftModifier);
    QCOMPARE(window_->focusWidget(), panel->row(kFourier)->button());
    QTest::keyClick(window_->focusWidget(), Qt::Key_Space);
    QCOMPARE(engine_->fetches.size(), std::size_t(1));
}

void HubTest::everythingFitsInTheSmallestWindow() {
    start();
    window_->resize(window_->minimumSize());
    HubPanel* panel = open();
    QTest::mouseClick(panel->row(kFourier)->button(), Qt::LeftButton);
    engine_->sendFetchProgress(kFourier, 97'000'000, 194'000'000);
    SOON_VERIFY(panel->row(kFourier)->words().contains("50"));
    QVERIFY(window_->rect().contains(panel->geometry().adjusted(8, 8, -8, -8)));
    for (const QLabel* label : panel->findChildren<QLabel*>())
        if (label->isVisible() && !label->wordWrap())
            QVERIFY2(label->sizeHint().width() <= label->width(), qPrintable(label->text()));
}

void HubTest::useBeforeAnyFileNamesTheModel() {
    start();
    engine_->onTheHub[0].here = true;
    QTest::mouseClick(open()->row(kFourier)->button(), Qt::LeftButton);
    QCOMPARE(engine_->fetches, std::vector<std::string>{kFourier});
    engine_->sendFetched(kFourier);
    SOON_COMPARE(find<ToolRow>("toolRow")->modelChip()->name(), QString("vision-perceiver-fourier"));
    dropAndWait(picture("a.png"));
    QCOMPARE(engine_->opened.at(engine_->newest()).model, std::string(kFourier));
}

void HubTest::aFileWhoseModelIsFetchedFirstSaysSo() {
    start();
    state().setModel(kFourier);
    engine_->onOpen = [](api::JobId) {};
    drop(picture("a.png"));
    engine_->sendFetchProgress(kFourier, 97'000'000, 194'000'000);
    SOON_VERIFY2(status().contains("Fetching") && status().contains("Esc cancels"), qPrintable(status()));
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    SOON_VERIFY(!state().busy());
    QVERIFY(!status().contains("Fetching"));
}

QObject* makeHubTest() { return new HubTest; }

}  // namespace perceiver::ui::test

#include "hub_test.moc"
