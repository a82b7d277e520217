// Why this answer: choosing a class, the three maps, the curves, and the slider that leaves elements out.
#include <QLabel>
#include <QSignalSpy>
#include <QSlider>
#include <QTest>
#include <QToolButton>
#include <numeric>

#include "ui/panels/answer_panel.h"
#include "ui/panels/evidence_lab.h"
#include "ui/panels/lab_dock.h"
#include "ui/views/image_view.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class EvidenceTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void nothingIsExplainedUnlessAsked();
    void clickOnAClassShowsItsRelevance();
    void anotherClassAsksForItsRelevanceAlone();
    void cardsShowTheirMapAndUndo();
    void theSliderReallyLeavesElementsOut();
    void keepOnlyIsTheOtherHalf();
    void curvesAreMeasuredForTheChosenMap();
    void slowCurvesWaitForAPersonAndStop();
    void aNewFileIsExplainedAfresh();

  private:
    void openEvidence() { QTest::keyClick(window_.get(), Qt::Key_E); }
    void clickClass(int row) {
        auto* list = find<AnswerList>("answerList");
        QTest::mouseClick(list, Qt::LeftButton, Qt::NoModifier, list->rowRect(row).center());
    }
};

void EvidenceTest::nothingIsExplainedUnlessAsked() {
    start();
    dropAndWait(picture("a.png"));
    QVERIFY(engine_->evidence.empty());
    openEvidence();
    QVERIFY(find<EvidenceLab>("evidenceLab")->isVisible());
    SOON_COMPARE(engine_->evidence.size(), std::size_t(1));
    QCOMPARE(engine_->evidence.back().target, 0);  // the answer
    QCOMPARE(engine_->evidence.back().kinds.size(), std::size_t(3));
    QVERIFY(!state().view().explained);
    QCOMPARE(find<QLabel>("evidenceClass")->text(), QString("Why dog?"));
}

void EvidenceTest::clickOnAClassShowsItsRelevance() {
    start();
    dropAndWait(picture("a.png"));
    const QImage attention = find<ImageView>("imageView")->mapImage();
    clickClass(1);
    QCOMPARE(state().explanation().target(), 1);
    SOON_VERIFY(state().shownMap());
    QVERIFY(find<ImageView>("imageView")->mapImage() != attention);
    QCOMPARE(state().shownMap().get(), state().explanation().map(api::Evidence::relevance).get());
    QVERIFY(find<EvidenceLab>("evidenceLab")->isVisible());
    QVERIFY2(find<QLabel>("viewCaption")->accessibleName().startsWith("Relevance for horse"),
             qPrintable(find<QLabel>("viewCaption")->accessibleName()));
    clickClass(1);
    QCOMPARE(find<ImageView>("imageView")->mapImage(), attention);
    state().undoStack().undo();
    QVERIFY(state().view().explained);
    state().undoStack().undo();
    QVERIFY(!state().view().explained);
}

void EvidenceTest::anotherClassAsksForItsRelevanceAlone() {
    start();
    dropAndWait(picture("a.png"));
    clickClass(1);
    SOON_VERIFY(state().shownMap());
    const MapPtr first = state().shownMap();
    clickClass(3);
    SOON_VERIFY(state().shownMap() && state().shownMap() != first);
    QCOMPARE(engine_->evidence.back().target, 3);
    QCOMPARE(engine_->evidence.back().kinds, std::vector{api::Evidence::relevance});
    const int element = 200;
    QCOMPARE(state().shownMap()->values[element], engine_->valueOf(1, 0, 3, api::Scale::probability, element));
}

void EvidenceTest::cardsShowTheirMapAndUndo() {
    start();
    dropAndWait(picture("a.png"));
    openEvidence();
    SOON_VERIFY(state().explanation().map(api::Evidence::relevance));
    for (const char* name : {"evidence_relevance", "evidence_rollout", "evidence_attention"}) {
        auto* card = find<EvidenceCard>(name);
        QVERIFY(!card->accessibleDescription().isEmpty());
        QTest::mouseClick(card, Qt::LeftButton);
        QVERIFY(card->isChecked() && state().showsEvidence());
        SOON_VERIFY(state().shownMap());
        QCOMPARE(state().shownMap().get(), state().explanation().map(state().view().evidence).get());
    }
    QTest::mouseClick(find<EvidenceCard>("evidence_attention"), Qt::LeftButton);
    QVERIFY(!state().showsEvidence());
    state().undoStack().undo();
    state().undoStack().undo();
    QCOMPARE(state().view().evidence, api::Evidence::rollout);
    // Looking elsewhere shows attention again.
    state().selectCrossAttend(2);
    QVERIFY(!state().showsEvidence());
}

void EvidenceTest::theSliderReallyLeavesElementsOut() {
    start();
    dropAndWait(picture("a.png"));
    openEvidence();
    SOON_VERIFY(state().explanation().map(api::Evidence::relevance));
    find<QSlider>("maskSlider")->setValue(20);  // of 200
    QCOMPARE(state().explanation().goneCount(), 102);
    SOON_VERIFY(state().explanation().without() && !state().explanation().stale());
    const auto asked = engine_->without.back().elements;
    QCOMPARE(asked.size(), std::size_t(102));
    const auto& values = state().explanation().map(api::Evidence::relevance)->values;
    float least = 1, most = 0;
    for (int i = 0; i < 1024; ++i) {
        const bool gone = std::find(asked.begin(), asked.end(), i) != asked.end();
        QCOMPARE(bool(state().explanation().gone()[std::size_t(i)]), gone);
        (gone ? least : most) = gone ? std::min(least, values[std::size_t(i)]) : std::max(most, values[std::size_t(i)]);
    }
    QVERIFY(least >= most);
    QVERIFY2(find<QLabel>("maskAnswer")->text().contains("A run on 922 elements"),
             qPrintable(find<QLabel>("maskAnswer")->text()));
    QVERIFY(find<QLabel>("viewCaption")->accessibleName().startsWith("Without 102 of 1,024 elements"));
    find<QSlider>("maskSlider")->setValue(0);
    QVERIFY(state().explanation().gone().empty());
    state().undoStack().undo();  // one drag of the slider is one step
    QCOMPARE(state().view().masked, 0.0);
}

void EvidenceTest::keepOnlyIsTheOtherHalf() {
    start();
    dropAndWait(picture("a.png"));
    openEvidence();
    SOON_VERIFY(state().explanation().map(api::Evidence::relevance));
    auto* says = find<QLabel>("maskPart");
    QVERIFY2(says->text().contains("without"), qPrintable(says->text()));
    QTest::mouseClick(find<QToolButton>("maskKeep"), Qt::LeftButton);
    QVERIFY2(says->text().contains("alone"), qPrintable(says->text()));  // also before anything is dragged
    QTest::mouseClick(find<QToolButton>("maskLeaveOut"), Qt::LeftButton);
    state().setMasked(0.25);
    const auto out = state().explanation().gone();
    QTest::mouseClick(find<QToolButton>("maskKeep"), Qt::LeftButton);
    const auto kept = state().explanation().gone();
    for (std::size_t i = 0; i < out.size(); ++i) QCOMPARE(int(out[i]) + int(kept[i]), 1);
    SOON_COMPARE(engine_->without.back().elements.size(), std::size_t(768));
}

void EvidenceTest::curvesAreMeasuredForTheChosenMap() {
    start();
    dropAndWait(picture("a.png"));
    openEvidence();
    SOON_VERIFY(state().explanation().map(api::Evidence::attention));
    state().explanation().measure();
    SOON_VERIFY(state().explanation().curves());
    QCOMPARE(engine_->curves.back().values, state().explanation().map(api::Evidence::relevance)->values);
    QVERIFY2(find<CurveCard>("curveCard")->words().contains("hangs on"),
             qPrintable(find<CurveCard>("curveCard")->words()));
    state().setEvidence(api::Evidence::rollout, true);
    state().explanation().measure();
    SOON_COMPARE(engine_->curves.back().values, state().explanation().map(api::Evidence::rollout)->values);
}

void EvidenceTest::slowCurvesWaitForAPersonAndStop() {
    start({64, 64, 8, 10});  // 8 stages of 10 ms by the script: 4 s for all runs
    dropAndWait(picture("a.png"));
    openEvidence();
    SOON_VERIFY(state().explanation().map(api::Evidence::relevance));
    QVERIFY(state().explanation().slow());
    QVERIFY(engine_->curves.empty());
    engine_->answering = false;
    auto* button = find<QToolButton>("measureCurves");
    QVERIFY(button->isVisible());
    QTest::mouseClick(button, Qt::LeftButton);
    QCOMPARE(engine_->curves.size(), std::size_t(1));
    QVERIFY(state().explanation().progress());
    QCOMPARE(button->text(), QString("Stop"));
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    QCOMPARE(engine_->explainingStopped, 1);
    QVERIFY(!state().explanation().progress());
    engine_->answer(engine_->curves.back());
    QCoreApplication::processEvents();
    QVERIFY(!state().explanation().curves());  // it is not heard of again
}

void EvidenceTest::aNewFileIsExplainedAfresh() {
    start();
    dropAndWait(picture("a.png"));
    clickClass(2);
    SOON_VERIFY(state().shownMap());
    state().setMasked(0.5);
    dropAndWait(picture("b.png", {400, 300}));
    QCOMPARE(state().view().masked, 0.0);
    QVERIFY(state().explanation().gone().empty());
    QCOMPARE(state().explanation().target(), 0);
    SOON_COMPARE(engine_->evidence.back().job, api::JobId(2));
}

QObject* makeEvidenceTest() { return new EvidenceTest; }

}  // namespace perceiver::ui::test

#include "evidence_test.moc"
