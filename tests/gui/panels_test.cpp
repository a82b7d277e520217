// Latents, answers, the shuffle and the model card.
#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QMouseEvent>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTest>
#include <QWheelEvent>

#include "ui/panels/answer_panel.h"
#include "ui/panels/latents_panel.h"
#include "ui/panels/model_card.h"
#include "ui/panels/permutation_lab.h"
#include "ui/panels/tool_row.h"
#include "ui/views/image_view.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class PanelsTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void hoverPreviewsAndClickPins();
    void latentsSortByEntropy();
    void latentsInSightComeFirst();
    void fiveHundredAndTwelveLatents();
    void searchFindsAnyClass();
    void shuffleShowsBothArms();
    void shuffleOfAnOldSeedIsDropped();
    void modelCardTellsWhatItKnows();
    void anotherModelReopensTheFile();
};

void PanelsTest::hoverPreviewsAndClickPins() {
    start();
    dropAndWait(picture("a.png"));
    auto* grid = find<LatentsGrid>("latentsGrid");
    const QImage mean = find<ImageView>("imageView")->mapImage();
    const QPointF eleven = grid->cellRect(11).center();
    QMouseEvent move(QEvent::MouseMove, eleven, grid->viewport()->mapToGlobal(eleven), Qt::NoButton,
                     Qt::NoButton, Qt::NoModifier);
    QApplication::sendEvent(grid->viewport(), &move);
    SOON_COMPARE(state().shownLatent(), 11);
    SOON_VERIFY(find<ImageView>("imageView")->mapImage() != mean);
    QCOMPARE(state().view().pinned, api::all_latents);
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(grid->viewport(), &leave);
    QCOMPARE(find<ImageView>("imageView")->mapImage(), mean);
    QTest::mouseClick(grid->viewport(), Qt::LeftButton, Qt::NoModifier, grid->cellRect(12).center());
    QCOMPARE(state().view().pinned, 12);
    const QRegularExpression says(R"(^Latent 12 pinned: \d+\s%\sof its attention on 5 % of the input, )",
                                  QRegularExpression::UseUnicodePropertiesOption);
    SOON_VERIFY(says.match(find<QLabel>("latentsFoot")->text()).hasMatch());
    QTest::mouseClick(grid->viewport(), Qt::LeftButton, Qt::NoModifier, grid->cellRect(12).center());
    QCOMPARE(state().view().pinned, api::all_latents);
}

void PanelsTest::latentsSortByEntropy() {
    start();
    dropAndWait(picture("a.png"));
    state().setSort(SortBy::entropy);
    auto* grid = find<LatentsGrid>("latentsGrid");
    const auto& entropy = state().grid()->entropy_bits;
    QVERIFY(std::is_sorted(grid->order().begin(), grid->order().end(),
                           [&](int a, int b) { return entropy[std::size_t(a)] < entropy[std::size_t(b)]; }));
    state().undoStack().undo();
    QVERIFY(std::is_sorted(grid->order().begin(), grid->order().end()));
}

void PanelsTest::latentsInSightComeFirst() {
    start();
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(1);
    SOON_VERIFY(state().grid());
    state().setSort(SortBy::mass);
    auto* view = find<ImageView>("imageView");
    const QPointF corner = view->elementCentre(33);
    for (int i = 0; i < 3; ++i) {
        QWheelEvent wheel(corner, view->mapToGlobal(corner), {}, {0, 480}, Qt::NoButton, Qt::NoModifier,
                          Qt::NoScrollPhase, false);
        QApplication::sendEvent(view, &wheel);
    }
    const QRectF seen = view->visiblePart();
    QVERIFY(seen.width() < 0.5);
    const auto mass = [&](int latent) {
        double inside = 0;
        for (int e = 0; e < 1024; ++e)
            if (seen.contains(QPointF((e % 32 + 0.5) / 32, (e / 32 + 0.5) / 32)))
                inside += double(engine_->valueOf(1, 1, latent, api::Scale::probability, e));
        return inside;
    };
    const auto& order = find<LatentsGrid>("latentsGrid")->order();
    QVERIFY(mass(order.front()) > mass(order.back()));
    for (std::size_t i = 1; i < order.size(); ++i) QVERIFY(mass(order[i - 1]) >= mass(order[i]) - 1e-5);
}

void PanelsTest::fiveHundredAndTwelveLatents() {
    start({64, 512, 8, 1000});
    dropAndWait(picture("a.png"));
    auto* grid = find<LatentsGrid>("latentsGrid");
    QCOMPARE(grid->order().size(), std::size_t(512));
    QCOMPARE(state().grid()->rows, 32);  // 64 averaged down for the small multiples
    grid->setFocus();
    QTest::keyClick(grid, Qt::Key_End);
    SOON_COMPARE(state().shownLatent(), 511);
    SOON_COMPARE(state().shownMap()->rows, 64);  // the full map follows
    QVERIFY(grid->viewport()->rect().contains(grid->cellRect(511).center()));
    QTest::keyClick(grid, Qt::Key_Return);
    QCOMPARE(state().view().pinned, 511);
    QTest::keyClick(grid, Qt::Key_Left);
    QCOMPARE(state().view().crossAttend, 0);  // its arrows walk the latents, not the cross-attends
    QVERIFY(!grid->grab().isNull());
}

void PanelsTest::searchFindsAnyClass() {
    start({32, 64, 2, 1000});
    dropAndWait(picture("a.png"));
    auto* search = find<QLineEdit>("answerSearch");
    QCOMPARE(search->placeholderText(), QString("Search 1,000 classes"));
    QTest::keyClicks(search, "class 777");
    QCOMPARE(find<AnswerList>("answerList")->lines().size(), 1);
    QVERIFY(find<AnswerList>("answerList")->lines().front().startsWith("class 777 "));
    QTest::keyClicks(search, "x");
    QVERIFY(find<AnswerList>("answerList")->lines().isEmpty());
    search->clear();
    QCOMPARE(find<AnswerList>("answerList")->lines().size(), 5);
}

void PanelsTest::shuffleShowsBothArms() {
    start();
    dropAndWait(picture("a.png"));
    auto* lab = find<PermutationLab>("permutationLab");
    SOON_VERIFY(state().shuffle().travel && state().shuffle().stay);
    QVERIFY(lab->armText(api::Arm::travel)
                .contains(QString::fromUtf8("Largest logit difference 3·10⁻⁶: float noise.")));
    QVERIFY(lab->armText(api::Arm::travel).contains("dog, unchanged."));
    QVERIFY2(lab->armText(api::Arm::stay).contains("says "), qPrintable(lab->armText(api::Arm::stay)));
    QVERIFY(lab->armText(api::Arm::stay).contains("Largest logit difference 6.2."));
    const std::size_t asked = engine_->permutations.size();
    find<QSpinBox>("seedBox")->setValue(41);
    QCOMPARE(engine_->permutations.size(), asked + 1);
    QCOMPARE(engine_->permutations.back().shuffle.seed, std::uint64_t(41));
    SOON_VERIFY(state().shuffle().stay && state().shuffle().seed == 41);
    QTest::keyClick(window_.get(), Qt::Key_S);
    QVERIFY(engine_->permutations.size() > asked + 1);
}

void PanelsTest::shuffleOfAnOldSeedIsDropped() {
    start();
    dropAndWait(picture("a.png"));
    SOON_VERIFY(state().shuffle().stay);
    engine_->answering = false;
    state().setSeed(20);
    state().setSeed(21);
    const auto old = *(engine_->permutations.end() - 2), asked = engine_->permutations.back();
    engine_->answer(old);
    QCoreApplication::processEvents();
    QVERIFY(!state().shuffle().travel);
    engine_->answer(asked);
    SOON_VERIFY(state().shuffle().travel);
    QCOMPARE(state().shuffle().travel->shuffle.seed, std::uint64_t(21));
}

void PanelsTest::modelCardTellsWhatItKnows() {
    start();
    QTest::mouseClick(find<Chip>("modelChip"), Qt::LeftButton);
    auto* card = find<ModelCard>("modelCard");
    QVERIFY(card->isVisible());
    for (const char* words : {"Ten kinds of small photographs", "airplane", "CIFAR-10", "71.3", "1,234,567"})
        QVERIFY2(card->text().contains(words), words);
    QTest::mouseClick(find<Chip>("modelChip"), Qt::LeftButton);
    QVERIFY(!card->isVisible());
}

void PanelsTest::anotherModelReopensTheFile() {
    api::ModelInfo small = makeModel({16, 32, 2, 10});
    small.id = "small";
    start({makeModel(), small});
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(3);
    state().pin(60);
    QSignalSpy finished(&state(), &State::finished);
    state().reopenWith("small");
    SOON_COMPARE(finished.size(), 1);
    QCOMPARE(state().result()->model->id, std::string("small"));
    QCOMPARE(engine_->opened.at(2).path, engine_->opened.at(1).path);
    QCOMPARE(state().view().crossAttend, 1);  // kept to what this model has
    QCOMPARE(state().view().pinned, api::all_latents);
    QVERIFY(state().undoStack().canUndo());
    QCOMPARE(find<ImageView>("imageView")->mapImage().size(), QSize(16, 16));
}

QObject* makePanelsTest() { return new PanelsTest; }

}  // namespace perceiver::ui::test

#include "panels_test.moc"
