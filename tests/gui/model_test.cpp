// A person's own model: dropped, loaded with progress, in use for what is shown; a broken one changes nothing; what a
// model can't answer is said.
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

#include "painted_words.h"
#include "ui/panels/answer_panel.h"
#include "ui/panels/key_sheet.h"
#include "ui/panels/model_card.h"
#include "ui/panels/permutation_lab.h"
#include "ui/panels/tool_row.h"
#include "ui/state/model_name.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class ModelTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void aDroppedModelRunsWhatIsShown();
    void withNothingOpenTheNextPictureGoesThroughIt();
    void aBrokenModelChangesNothing();
    void loadingShowsHowFarItIsAndIsCancelled();
    void aModelThatDoesNotFitIsNotInUse();
    void itsNotesAreSaidAndStandOnItsCard();
    void ownModelsAreListedAndTakenFromTheList();
    void itsCardFitsALowWindowAndScrolls();
    void aModelWithoutClassesSaysSo();
    void anAnswerThatIsNoNumberIsSaid();
    void theStripFillsBlockByBlock();
    void theSheetKnowsTheKey();
    void namesSayWhichModelItIs();
    void theChipKeepsWhatTellsModelsApart();

  private:
    /// A file that the scripted engine takes for a model.
    QString model(const QString& name) {
        QFile file(folder_.filePath(name));
        [&] { QVERIFY(file.open(QIODevice::WriteOnly)); }();
        file.write("weights");
        return file.fileName();
    }
    void takesModels(const FakeModel& shape = {16, 8, 2, 3}) {
        engine_->onOpen = [this, shape](api::JobId id) {
            if (!QString::fromStdString(engine_->opened.at(id).path).endsWith(".pt")) return engine_->play(id);
            api::ModelInfo info = makeModel(shape);
            info.notes = notes_;
            info.head = head_;
            engine_->sendModelOpened(id, info);
        };
    }
    QString status() { return find<StatusLine>("statusLine")->text(); }
    std::vector<std::string> notes_;
    std::string head_ = "mean";
};

void ModelTest::aDroppedModelRunsWhatIsShown() {
    start();
    takesModels();
    dropAndWait(picture("a.png"));
    const QString path = model("mine.pt");
    dropAndWait(path);
    QCOMPARE(engine_->opened.at(engine_->newest()).model, path.toStdString());
    QCOMPARE(QString::fromStdString(state().result()->file->name), QString("a.png"));
    QCOMPARE(state().model()->latents, 8);
    QCOMPARE(find<ToolRow>("toolRow")->modelChip()->name(), QString("mine"));
    dropAndWait(picture("b.png"));
    QCOMPARE(engine_->opened.at(engine_->newest()).model, path.toStdString());
}

void ModelTest::withNothingOpenTheNextPictureGoesThroughIt() {
    start();
    takesModels();
    const QString path = model("mine.pt");
    drop(path);
    SOON_VERIFY2(status().startsWith("mine is loaded"), qPrintable(status()));
    QVERIFY(!state().busy());
    dropAndWait(picture("a.png"));
    QCOMPARE(engine_->opened.at(engine_->newest()).model, path.toStdString());
}

void ModelTest::aBrokenModelChangesNothing() {
    start();
    dropAndWait(picture("a.png"));
    const ResultPtr before = state().result();
    const auto inUse = state().model();
    engine_->onOpen = [this](api::JobId id) { engine_->sendFailed(id, "The tensor latents is missing."); };
    drop(model("broken.pt"));
    SOON_COMPARE(find<NoticeBar>("noticeBar")->sentence(), QString("broken.pt: The tensor latents is missing."));
    QCOMPARE(state().result(), before);
    QCOMPARE(state().model(), inUse);
    QVERIFY(!state().busy());
    QVERIFY(QSettings().value("recentModels").toStringList().isEmpty());
    takesModels();
    dropAndWait(picture("b.png"));
    QCOMPARE(engine_->opened.at(engine_->newest()).model, std::string());
}

void ModelTest::loadingShowsHowFarItIsAndIsCancelled() {
    start();
    dropAndWait(picture("a.png"));
    const ResultPtr before = state().result();
    engine_->onOpen = [](api::JobId) {};
    drop(model("large.pt"));
    engine_->sendModelProgress(engine_->newest(), {LoadProgress::Step::reading, 66'200'000, 194'000'000});
    SOON_VERIFY(status().startsWith("Loading large.pt"));
    QVERIFY2(status().replace(QChar(0xa0), ' ').contains("reading 66.2 MB of 194.0 MB"), qPrintable(status()));
    engine_->sendModelProgress(engine_->newest(), {LoadProgress::Step::packing, 34, 118});
    SOON_VERIFY(status().contains("packing 34 of 118 tensors"));
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    SOON_VERIFY(!state().busy());
    QCOMPARE(engine_->cancelled.size(), 1U);
    QCOMPARE(state().result(), before);
    QVERIFY(!state().loading());
}

void ModelTest::aModelThatDoesNotFitIsNotInUse() {
    start();
    takesModels();
    dropAndWait(picture("a.png"));
    const std::string inUse = state().model()->id;
    const QString path = model("sound.pt");
    const auto takes = engine_->onOpen;
    engine_->onOpen = [this, takes, path](api::JobId id) {
        if (engine_->opened.at(id).model == path.toStdString())
            return engine_->sendFailed(id, "This is a picture, and the model reads sound: choose another model.");
        takes(id);
    };
    QSignalSpy failed(&state(), &State::failed);
    drop(path);
    SOON_COMPARE(failed.size(), 1);
    QCOMPARE(state().model()->id, inUse);
    dropAndWait(picture("b.png"));
    QCOMPARE(engine_->opened.at(engine_->newest()).model, std::string());
}

void ModelTest::itsNotesAreSaidAndStandOnItsCard() {
    start();
    notes_ = {
        "The weights hold values that are not finite numbers (1 tensor: latents), so answers may be meaningless."};
    takesModels();
    dropAndWait(picture("a.png"));
    QVERIFY(!find<NoticeBar>("noticeBar")->isVisible());
    dropAndWait(model("mine.pt"));
    QVERIFY(find<NoticeBar>("noticeBar")->isVisible());
    QVERIFY(find<NoticeBar>("noticeBar")->sentence().contains("not finite numbers"));
    QTest::keyClick(window_.get(), Qt::Key_M);
    QVERIFY(find<ModelCard>("modelCard")->text().contains("not finite numbers"));
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    dropAndWait(picture("b.png"));
    QVERIFY2(!find<NoticeBar>("noticeBar")->isVisible(), "said once");
}

void ModelTest::itsCardFitsALowWindowAndScrolls() {
    start();
    std::string long_note;
    for (int i = 0; i < 400; ++i) long_note += "much to know ";
    notes_ = {long_note};
    takesModels();
    dropAndWait(picture("a.png"));
    dropAndWait(model("mine.pt"));
    window_->resize(1024, 700);
    QTest::keyClick(window_.get(), Qt::Key_M);
    auto* card = find<ModelCard>("modelCard");
    QVERIFY(card->isVisible());
    const auto* inside = find<QScrollArea>("modelCardScroll");
    QVERIFY2(inside->mapTo(window_.get(), QPoint(0, inside->height())).y() < window_->height(),
             "all of it is in the window");
    SOON_VERIFY(inside->verticalScrollBar()->maximum() > 0);
}

void ModelTest::ownModelsAreListedAndTakenFromTheList() {
    start();
    takesModels();
    dropAndWait(picture("a.png"));
    const QString path = model("mine.pt");
    dropAndWait(path);
    dropAndWait(picture("b.png"));
    QTest::keyClick(window_.get(), Qt::Key_M);
    auto* card = find<ModelCard>("modelCard");
    auto* use = card->findChild<QToolButton*>("pick_" + path);
    QVERIFY(use && !use->isEnabled());  // it is the one in use
    QCOMPARE(use->text(), QString::fromUtf8("mine · your own"));
    QSignalSpy finished(&state(), &State::finished);
    QTest::mouseClick(card->findChild<QToolButton*>("pick_image-photos-fourier"), Qt::LeftButton);
    SOON_COMPARE(finished.size(), 1);
    QCOMPARE(state().model()->id, std::string("image-photos-fourier"));
    QTest::keyClick(window_.get(), Qt::Key_M);
    use = card->findChild<QToolButton*>("pick_" + path);
    QVERIFY(use->isEnabled());
    QTest::mouseClick(use, Qt::LeftButton);
    SOON_COMPARE(finished.size(), 2);
    QCOMPARE(state().model()->id, path.toStdString());
    QTest::keyClick(window_.get(), Qt::Key_M);
    QTest::mouseClick(card->findChild<QToolButton*>("forget_" + path), Qt::LeftButton);
    QVERIFY(QSettings().value("recentModels").toStringList().isEmpty());
    QVERIFY(QFileInfo::exists(path));
}

void ModelTest::aModelWithoutClassesSaysSo() {
    start();
    head_ = "none";
    takesModels({16, 8, 2, 0});
    dropAndWait(picture("a.png"));
    dropAndWait(model("mine.pt"));
    QVERIFY(find<AnswerPanel>("answerPanel")->list()->sentence().contains("names no classes"));
    QVERIFY(!find<QLineEdit>("answerSearch")->isVisible());
    SOON_VERIFY(state().shuffle().travel && state().shuffle().stay);
    const QString arm = find<PermutationLab>("permutationLab")->armText(api::Arm::travel);
    QVERIFY2(arm.contains("Largest latent difference"), qPrintable(arm));
}

void ModelTest::anAnswerThatIsNoNumberIsSaid() {
    start();
    engine_->answersNaN = true;
    dropAndWait(picture("a.png"));
    QVERIFY(find<AnswerPanel>("answerPanel")->list()->sentence().contains("not a number"));
    SOON_VERIFY(state().shuffle().travel);
    QVERIFY(find<PermutationLab>("permutationLab")->armText(api::Arm::travel).contains("not a number"));
    engine_->answersNaN = false;
    dropAndWait(picture("b.png"));
    QVERIFY(find<AnswerPanel>("answerPanel")->list()->sentence().isEmpty());
}

void ModelTest::theStripFillsBlockByBlock() {
    start();
    engine_->onOpen = [](api::JobId) {};
    drop(picture("a.png"));
    const api::JobId job = engine_->newest();
    engine_->sendOpened(job);
    engine_->sendCrossAttendOnly(job, 0);
    SOON_VERIFY2(status().startsWith("Latent block 1 of 1"), qPrintable(status()));
    const QImage before = find<QWidget>("architectureStrip")->grab().toImage();
    engine_->sendLayer(job, 0, 0, 2);
    SOON_COMPARE(state().result()->layersDone, 3);
    QVERIFY(find<QWidget>("architectureStrip")->grab().toImage() != before);
}

void ModelTest::theSheetKnowsTheKey() {
    start();
    QVERIFY(find<KeySheet>("keySheet")->text().contains("Ctrl+Shift+O"));
}

void ModelTest::namesSayWhichModelItIs() {
    QCOMPARE(modelName("image-cifar10-fourier"), QString("image-cifar10-fourier"));
    QCOMPARE(modelName("hub:deepmind/vision-perceiver-1.0"), QString("vision-perceiver-1.0"));
    QCOMPARE(modelName("/home/me/run 3/model.safetensors"), QString("run 3"));
    QCOMPARE(modelName("/home/me/run 3/model.safetensors.index.json"), QString("run 3"));
    QCOMPARE(modelName("/home/me/epoch-1.5.pt"), QString("epoch-1.5"));
    QCOMPARE(briefModelName("image-cifar10-fourier"), QString("cifar10-fourier"));
    QCOMPARE(briefModelName("hub:deepmind/vision-perceiver-1.0"), QString("vision-perceiver-1.0"));
    QCOMPARE(briefModelName("/home/me/image-7.pt"), QString("image-7"));
    QCOMPARE(modelName("/home/me/perceiver/"), QString("perceiver"));
}

/// In the smallest window too, beside the longest name of a file.
void ModelTest::theChipKeepsWhatTellsModelsApart() {
    start();
    dropAndWait(picture("a photograph with a name that goes on and on and says everything about it.png"));
    window_->resize(window_->minimumSize());
    QCoreApplication::processEvents();
    QString words;
    for (const PaintedWords& one : wordsPaintedBy(*find<ToolRow>("toolRow")->modelChip())) words += one.words + ' ';
    QVERIFY2(words.contains("photos-fourier"), qPrintable(words));
}

QObject* makeModelTest() { return new ModelTest; }

}  // namespace perceiver::ui::test

#include "model_test.moc"
