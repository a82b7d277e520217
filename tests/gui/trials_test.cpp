// A run over many seeds and files in the window: what is asked, live numbers, stopping, saving.
#include <QFile>
#include <QProgressBar>
#include <QLabel>
#include <QSpinBox>
#include <QTest>
#include <QToolButton>

#include "ui/panels/trials_lab.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class TrialsTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void itRunsOverTheShownFile();
    void aFolderIsChosenAndUndone();
    void numbersComeLiveAndStayWhenStopped();
    void escapeStopsIt();
    void anotherFileDoesNotEndIt();
    void numbersAreSavedAsCsv();
    void whatWentWrongIsSaid();
    void whatIsChosenOutlivesTheWindow();

  private:
    void open() {
        start();
        dropAndWait(picture("a.png"));
        QTest::mouseClick(find<QWidget>("labTab2"), Qt::LeftButton);
        QVERIFY(find<QWidget>("trialsLab")->isVisible());
    }
    void run() { QTest::mouseClick(find<QToolButton>("trialRun"), Qt::LeftButton); }
    /// With plain spaces in its numbers.
    QString board() { return find<TrialsLab>("trialsLab")->board()->text().replace(QChar::Nbsp, ' '); }
    QString words() { return find<QLabel>("trialWords")->text(); }
};

void TrialsTest::itRunsOverTheShownFile() {
    open();
    state().setSeed(5);
    find<QSpinBox>("trialSeeds")->setValue(30);
    run();
    QCOMPARE(engine_->trials.size(), std::size_t(1));
    const api::TrialsRequest& asked = engine_->trials.back();
    QCOMPARE(asked.path, folder_.filePath("a.png").toStdString());
    QCOMPARE(asked.seeds, 30);
    QCOMPARE(asked.shuffle.seed, std::uint64_t(5));
    QCOMPARE(asked.model, state().result()->model->id);
    QVERIFY(asked.rivals);
    QCOMPARE(find<QToolButton>("trialRun")->text(), QString("Stop"));
    state().undoStack().undo();
    QCOMPARE(find<QSpinBox>("trialSeeds")->value(), 20);
    state().undoStack().redo();
    QCOMPARE(find<QSpinBox>("trialSeeds")->value(), 30);
}

void TrialsTest::aFolderIsChosenAndUndone() {
    open();
    find<TrialsLab>("trialsLab")->chooseFolder = [] { return QString("/somewhere/test"); };
    QTest::mouseClick(find<QToolButton>("trialFolder"), Qt::LeftButton);
    QCOMPARE(state().view().trialFolder, QString("/somewhere/test"));
    QVERIFY(find<QToolButton>("trialFolder")->isChecked());
    QVERIFY(find<QToolButton>("trialFolder")->text().startsWith("test"));
    run();
    QCOMPARE(engine_->trials.back().path, std::string("/somewhere/test"));
    state().undoStack().undo();
    QVERIFY(find<QToolButton>("trialFile")->isChecked());
    state().undoStack().redo();
    QTest::mouseClick(find<QToolButton>("trialFile"), Qt::LeftButton);
    QVERIFY(state().view().trialFolder.isEmpty());
    find<TrialsLab>("trialsLab")->chooseFolder = [] { return QString(); };   // thought better of it
    QTest::mouseClick(find<QToolButton>("trialFolder"), Qt::LeftButton);
    QVERIFY(find<QToolButton>("trialFile")->isChecked());
}

void TrialsTest::numbersComeLiveAndStayWhenStopped() {
    open();
    run();
    QVERIFY(find<QProgressBar>("trialBar")->isVisible());
    engine_->sendTrials(engine_->trials.back(), 0.5, false);
    SOON_COMPARE(find<QProgressBar>("trialBar")->value(), 500);
    QStringList lines = board().split('\n');
    QCOMPARE(lines[0], QString("shuffles\tin order\tpositions travel\tpositions stay"));
    QVERIFY2(lines[1].startsWith("Perceiver 100\t100.0 % right\t100.0 % the same 100.0 % right\t20.0 % the same"),
             qPrintable(lines[1]));
    QVERIFY2(lines[2].startsWith("ResNet 100"), qPrintable(lines[2]));
    QVERIFY(words().startsWith("5 of 10 files"));
    run();   // the same button
    QCOMPARE(engine_->trialsStopped, 1);
    QVERIFY(words().startsWith("Stopped: 5 of 10 files."));
    QVERIFY(!find<QProgressBar>("trialBar")->isVisible());
    engine_->sendTrials(engine_->trials.back(), 0.6, false);   // was on its way already
    QCoreApplication::processEvents();
    QVERIFY(words().startsWith("Stopped: 5 of 10 files."));
    QCOMPARE(board().split('\n')[1], lines[1]);
    QVERIFY(!find<QWidget>("trialsLab")->grab().isNull());
}

void TrialsTest::escapeStopsIt() {
    open();
    run();
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    QCOMPARE(engine_->trialsStopped, 1);
    QVERIFY(!state().trials().running());
}

void TrialsTest::anotherFileDoesNotEndIt() {
    open();
    run();
    dropAndWait(picture("b.png"));
    QVERIFY(state().trials().running());
    QCOMPARE(engine_->trialsStopped, 0);
    engine_->sendTrials(engine_->trials.back(), 1, true);
    SOON_VERIFY(words().startsWith("Done: 10 of 10 files."));
    QVERIFY(board().contains("a.png:"));   // what it is of
}

void TrialsTest::numbersAreSavedAsCsv() {
    open();
    QVERIFY(!find<QToolButton>("trialCsv")->isEnabled());
    run();
    engine_->sendTrials(engine_->trials.back(), 1, true);
    SOON_VERIFY(find<QToolButton>("trialCsv")->isEnabled());
    const QString path = folder_.filePath("numbers.csv");
    find<TrialsLab>("trialsLab")->chooseFile = [path] { return path; };
    QTest::mouseClick(find<QToolButton>("trialCsv"), Qt::LeftButton);
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll().toStdString(), api::to_csv(*state().trials().result()));
    find<TrialsLab>("trialsLab")->save(folder_.filePath("no/such/folder.csv"));
    QVERIFY(find<QWidget>("noticeBar")->isVisible());
}

void TrialsTest::whatWentWrongIsSaid() {
    open();
    run();
    engine_->sendTrialsFailed(engine_->trials.back(), "It could not be read.");
    SOON_COMPARE(words(), QString("It could not be read."));
    QVERIFY(!state().trials().running());
}

void TrialsTest::whatIsChosenOutlivesTheWindow() {
    ViewState v;
    v.trialSeeds = 77;
    v.trialFolder = "/somewhere";
    Session kept;
    kept.view = v;
    QCOMPARE(sessionFromJson(toJson(kept)).view.trialSeeds, 77);
    QCOMPARE(sessionFromJson(toJson(kept)).view.trialFolder, QString("/somewhere"));
    QCOMPARE(sessionFromJson(R"({"view":{"trialSeeds":-3}})").view.trialSeeds, 1);
}

QObject* makeTrialsTest() { return new TrialsTest; }

}  // namespace perceiver::ui::test

#include "trials_test.moc"
