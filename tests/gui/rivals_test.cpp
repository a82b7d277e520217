// The permutation lab beyond its arms: rivals on the same shuffle, the paper's table, what of a film is shuffled.
#include <QAction>
#include <QMenu>
#include <QSlider>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>

#include "ui/panels/arm_card.h"
#include "ui/panels/command_palette.h"
#include "ui/panels/lab_dock.h"
#include "ui/panels/permutation_lab.h"
#include "ui/panels/rivals_lab.h"
#include "ui/panels/table_card.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class RivalsTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void rivalsAnswerUnderTheSameShuffle();
    void rivalsAreNotAskedWhileNobodyLooks();
    void rivalsFollowTheControls();
    void answersOfAnOldShuffleAreDropped();
    void whereThereAreNoneOneSentenceSaysWhy();
    void anotherModelIsOneClickAway();
    void theTableTellsThePapersFiguresFromOurs();
    void theTableIsReachedFromLabAndPalette();
    void thePermutationIsWithinThreeClicks();
    void tilesThatCannotMoveAreNotOffered();
    void whenNothingMovesTheCardSaysSo();
    void framesOrPatchesOfAFilm();

  private:
    void click(const char* button) {
        QVERIFY2(find<QWidget>(button) && find<QWidget>(button)->isVisible(), button);
        QTest::mouseClick(find<QWidget>(button), Qt::LeftButton);
        ++clicks_;
    }
    /// With plain spaces in its numbers.
    QString board() { return find<RivalsLab>("rivalsLab")->board()->text().replace(QChar::Nbsp, ' '); }
    int clicks_ = 0;
};

void RivalsTest::rivalsAnswerUnderTheSameShuffle() {
    start();
    dropAndWait(picture("a.png"));
    click("labTab1");
    SOON_VERIFY(find<RivalsLab>("rivalsLab")->board()->rows() == 4);
    SOON_VERIFY(state().shuffled());
    const QStringList lines = board().split('\n');
    QVERIFY2(lines[1].startsWith("Perceiver 71.3 %\tdog "), qPrintable(lines[1]));
    QVERIFY2(lines[2].startsWith("ResNet 82.8 %\tdog "), qPrintable(lines[2]));
    QVERIFY2(lines[3].startsWith("ResNet, trained shuffled 54.8 %\tdog "), qPrintable(lines[3]));
    QVERIFY2(lines[4].startsWith("Transformer 50.8 %\tdog "), qPrintable(lines[4]));
    for (const int row : {1, 4}) QVERIFY2(lines[row].split('\t')[2].startsWith("dog"), qPrintable(lines[row]));
    for (const int row : {2, 3}) QVERIFY2(!lines[row].split('\t')[2].startsWith("dog"), qPrintable(lines[row]));
    QVERIFY(lines.back().contains("trained shuffled", Qt::CaseInsensitive));
    QCOMPARE(engine_->rivals.back().shuffle, engine_->permutations.back().shuffle);
    QVERIFY(!find<QWidget>("rivalsLab")->grab().isNull());
}

void RivalsTest::rivalsAreNotAskedWhileNobodyLooks() {
    start();
    dropAndWait(picture("a.png"));
    find<QSpinBox>("seedBox")->setValue(3);
    QVERIFY(engine_->rivals.empty());
    click("labTab1");
    SOON_COMPARE(engine_->rivals.size(), std::size_t(1));
    const int stopped = engine_->rivalsStopped;
    click("labTab0");
    QCOMPARE(engine_->rivalsStopped, stopped + 1);
    state().setSeed(4);
    QCoreApplication::processEvents();
    QCOMPARE(engine_->rivals.size(), std::size_t(1));
    SOON_COMPARE(state().shuffle().seed, quint64(4));  // the arms are shown, and asked
    click("labTab1");
    SOON_COMPARE(engine_->rivals.size(), std::size_t(2));
    QCOMPARE(engine_->rivals.back().shuffle.seed, std::uint64_t(4));
}

void RivalsTest::rivalsFollowTheControls() {
    start();
    dropAndWait(picture("a.png"));
    click("labTab1");
    SOON_COMPARE(engine_->rivals.size(), std::size_t(1));
    find<QSpinBox>("rivalsSeedBox")->setValue(41);
    QCOMPARE(find<QSpinBox>("seedBox")->value(), 41);  // one state, two places to change it
    find<QSpinBox>("rivalsBlockBox")->setValue(4);
    find<QSlider>("rivalsFractionSlider")->setValue(50);
    QCOMPARE(engine_->rivals.back().shuffle, (api::ShuffleOptions{41, 4, 0.5, api::Along::both}));
    state().undoStack().undo();
    QCOMPARE(engine_->rivals.back().shuffle, (api::ShuffleOptions{41, 4, 1, api::Along::both}));
    state().undoStack().redo();
    QCOMPARE(engine_->rivals.back().shuffle.fraction, 0.5);
    QCOMPARE(find<QSlider>("rivalsFractionSlider")->value(), 50);
}

void RivalsTest::answersOfAnOldShuffleAreDropped() {
    start();
    dropAndWait(picture("a.png"));
    click("labTab1");
    SOON_VERIFY(state().rivals().of(api::Arm::none));
    engine_->answering = false;
    state().setSeed(20);
    state().setSeed(21);
    QVERIFY(!state().rivals().of(api::Arm::travel));
    QVERIFY(state().rivals().any());  // in order they still say the same
    engine_->answer(*(engine_->rivals.end() - 2));
    QCoreApplication::processEvents();
    QVERIFY(!state().rivals().of(api::Arm::travel));
    engine_->answer(engine_->rivals.back());
    SOON_VERIFY(state().rivals().of(api::Arm::travel));
}

void RivalsTest::whereThereAreNoneOneSentenceSaysWhy() {
    start();
    engine_->noRivals = "The rivals read pictures: this is a sound.";
    dropAndWait(picture("a.png"));
    click("labTab1");
    SOON_COMPARE(board().trimmed(), QString("The rivals read pictures: this is a sound."));
    QVERIFY(!find<QToolButton>("rivalsUseModel")->isVisible());
}

void RivalsTest::anotherModelIsOneClickAway() {
    api::ModelInfo cifar = makeModel();
    cifar.id = "image-cifar10-fourier";
    start({makeModel(), cifar});
    engine_->noRivals = "The rivals answer other classes.";
    engine_->modelBeside = "image-cifar10-fourier";
    dropAndWait(picture("a.png"));
    clicks_ = 0;
    click("labTab1");
    SOON_VERIFY(find<QToolButton>("rivalsUseModel")->isVisible());
    engine_->noRivals.clear();
    click("rivalsUseModel");
    SOON_COMPARE(find<RivalsLab>("rivalsLab")->board()->rows(), 4);
    QCOMPARE(state().result()->model->id, std::string("image-cifar10-fourier"));
    QVERIFY(clicks_ <= 3);
}

void RivalsTest::theTableTellsThePapersFiguresFromOurs() {
    start();
    dropAndWait(picture("a.png"));
    QTest::keyClick(window_.get(), Qt::Key_A);
    auto* card = find<TableCard>("tableCard");
    QVERIFY(card->isVisible());
    SOON_VERIFY(card->text().contains("82.8"));
    const QString text = card->text(), paper = text.section("Ours:", 0, 0), ours = text.section("Ours:", 1);
    QVERIFY2(paper.startsWith("The paper's: ImageNet") && paper.contains("39.4") && !paper.contains("82.8"),
             qPrintable(paper));
    QVERIFY2(ours.contains("54.8") && ours.contains("= 70.8") && !ours.contains("39.4"), qPrintable(ours));
    QVERIFY(window_->rect().contains(card->geometry()));
    window_->resize(window_->minimumSize());
    QVERIFY(window_->rect().contains(QRect(card->geometry())));
    QVERIFY(!card->grab().isNull());
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    QVERIFY(!card->isVisible());
}

void RivalsTest::theTableIsReachedFromLabAndPalette() {
    start();
    dropAndWait(picture("a.png"));
    click("labTab1");
    click("rivalsTable");
    QVERIFY(find<TableCard>("tableCard")->isVisible());
    click("tableClose");
    QVERIFY(!find<TableCard>("tableCard")->isVisible());
    auto* palette = find<CommandPalette>("commandPalette");
    palette->toggle();
    QTest::keyClicks(find<QWidget>("paletteLine"), "table");
    QCOMPARE(palette->offered().value(0), QString("Table 2"));
    QTest::keyClick(find<QWidget>("paletteLine"), Qt::Key_Return);
    QVERIFY(find<TableCard>("tableCard")->isVisible());
}

/// From a dropped file, with the labs folded away as somebody may have left them.
void RivalsTest::thePermutationIsWithinThreeClicks() {
    start();
    find<LabDock>("labDock")->setCurrent(3);
    find<LabDock>("labDock")->setOpen(false);
    dropAndWait(picture("a.png"));
    QVERIFY(engine_->permutations.empty());
    clicks_ = 0;
    click("labTab0");
    SOON_VERIFY(state().shuffled());
    auto* lab = find<PermutationLab>("permutationLab");
    QVERIFY(lab->card(api::Arm::travel)->isVisible() && lab->card(api::Arm::stay)->isVisible());
    QVERIFY(lab->armText(api::Arm::travel).contains("dog, unchanged."));
    click("newSeedButton");
    SOON_VERIFY(state().shuffled());
    QVERIFY2(clicks_ <= 3, "a lecturer has the result, and another shuffle, within three clicks");
}

void RivalsTest::tilesThatCannotMoveAreNotOffered() {
    start();
    state().setBlock(64);
    dropAndWait(picture("a.png"));  // 32 x 32 elements: two tiles of 16 at most
    auto* box = find<QSpinBox>("blockBox");
    QCOMPARE(box->maximum(), 16);
    QCOMPARE(box->value(), 16);
    QVERIFY(box->toolTip().contains("16 at most"));
    SOON_COMPARE(engine_->permutations.back().shuffle.block, 16);
}

void RivalsTest::whenNothingMovesTheCardSaysSo() {
    start();
    dropAndWait(picture("a.png"));
    SOON_VERIFY(state().shuffled());
    auto* lab = find<PermutationLab>("permutationLab");
    QVERIFY(!lab->armText(api::Arm::travel).contains("Nothing moved"));
    find<QSlider>("fractionSlider")->setValue(0);
    SOON_VERIFY(state().shuffled());
    QVERIFY2(lab->armText(api::Arm::travel).contains("Nothing moved: no part of it is shuffled."),
             qPrintable(lab->armText(api::Arm::travel)));
}

void RivalsTest::framesOrPatchesOfAFilm() {
    start();
    dropAndWait(picture("a.png"));
    QVERIFY(!find<QToolButton>("alongButton")->isVisible());  // a picture has no frames
    state().setAlong(api::Along::frames);
    QCOMPARE(state().shuffleOptions().along, api::Along::both);
    state().undoStack().undo();

    api::FileInfo film = *state().result()->file;
    film.largest_tile = {3, 2, 3};
    engine_->medium = film;
    dropAndWait(folder_.filePath("a.film"));
    auto* along = find<QToolButton>("alongButton");
    QVERIFY(along->isVisible());
    QCOMPARE(along->text(), QString::fromUtf8("both ▾"));
    for (QAction* action : along->menu()->actions())
        if (action->text() == "frames") action->trigger();
    QCOMPARE(along->text(), QString::fromUtf8("frames ▾"));
    SOON_COMPARE(engine_->permutations.back().shuffle.along, api::Along::frames);
    QCOMPARE(find<QSpinBox>("blockBox")->maximum(), 2);
    state().undoStack().undo();
    SOON_COMPARE(engine_->permutations.back().shuffle.along, api::Along::both);
    state().undoStack().redo();
    SOON_COMPARE(engine_->permutations.back().shuffle.along, api::Along::frames);
    QCOMPARE(sessionFromJson(toJson(state().session())).view.along, api::Along::frames);
}

QObject* makeRivalsTest() { return new RivalsTest; }

}  // namespace perceiver::ui::test

#include "rivals_test.moc"
