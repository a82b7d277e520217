// Files in, by every way they come, and what a run may and may not change while it goes.
#include <QApplication>
#include <QClipboard>
#include <QFile>
#include <QSignalSpy>
#include <QStackedWidget>
#include <QTest>
#include <QToolButton>
#include <atomic>
#include <thread>

#include "ui/panels/answer_panel.h"
#include "ui/panels/architecture_strip.h"
#include "ui/panels/empty_view.h"
#include "ui/panels/recent_files.h"
#include "ui/panels/tool_row.h"
#include "ui/views/image_view.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class FilesTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void dropShowsPredictionsAndMap();
    void dropOfBadFileLeavesEverythingAsItWas();
    void errorBarClosesAndGoesWithTheNextSuccess();
    void severalFilesAreSteppedThrough();
    void pasteOfAPictureOpensIt();
    void pasteOfNothingSaysSo();
    void openedFilesAreRemembered();
    void cancelGoesBackToTheResultBefore();
    void secondDropMakesTheFirstStale();
    void oldResultStaysUntilTheNewOneOpens();
    void mapsAppearAsTheyAreComputed();
    void closingWhileRunningIsClean();
    void closingBeforeTheEngineIsUpIsClean();
    void openingBeforeTheEngineIsUpWaits();
    void anEngineThatDoesNotLoadIsSaidInOneSentence();
};

void FilesTest::dropShowsPredictionsAndMap() {
    start();
    QCOMPARE(find<QStackedWidget>("pages")->currentWidget()->objectName(), QString("emptyView"));
    dropAndWait(picture("dog on grass.png"));
    QCOMPARE(find<QStackedWidget>("pages")->currentWidget()->objectName(), QString("workPage"));
    const QStringList answers = find<AnswerPanel>("answerPanel")->list()->lines();
    QCOMPARE(answers.size(), 5);
    QVERIFY2(answers.front().startsWith("dog 9"), qPrintable(answers.front()));
    auto* view = find<ImageView>("imageView");
    QCOMPARE(view->mapImage().size(), QSize(32, 32));
    QCOMPARE(find<Chip>("fileChip")->name(), QString("dog on grass.png"));
    QCOMPARE(find<Chip>("fileChip")->detail(), QString("640 × 480 → 32 × 32"));
    QVERIFY(find<StatusLine>("statusLine")->text().startsWith("Done in"));
    QVERIFY(window_->windowTitle().startsWith("dog on grass.png"));
    // True aspect: the picture is drawn as wide for its height as the file is.
    const QRectF at = view->pictureRect();
    QVERIFY(std::abs(at.width() / at.height() - 640.0 / 480.0) < 1e-6);
}

void FilesTest::dropOfBadFileLeavesEverythingAsItWas() {
    start();
    dropAndWait(picture("good.png"));
    state().pin(5);
    state().selectCrossAttend(2);
    SOON_VERIFY(state().grid() && state().pinnedMap());
    const ResultPtr before = state().result();
    const ViewState view = state().view();
    const GridPtr grid = state().grid();
    const QImage map = find<ImageView>("imageView")->mapImage();
    QFile bad(folder_.filePath("text.png"));
    QVERIFY(bad.open(QIODevice::WriteOnly));
    bad.write("no picture at all");
    bad.close();
    QSignalSpy failed(&state(), &State::failed);
    drop(bad.fileName());
    SOON_COMPARE(failed.size(), 1);
    auto* notice = find<NoticeBar>("noticeBar");
    QVERIFY(notice->isVisible());
    QCOMPARE(notice->sentence(), QString("text.png: This is not a picture the program can read."));
    QCOMPARE(state().result(), before);
    QVERIFY(state().view() == view);
    QCOMPARE(state().grid().get(), grid.get());
    QCOMPARE(find<ImageView>("imageView")->mapImage(), map);
    QCOMPARE(find<Chip>("fileChip")->name(), QString("good.png"));
    QVERIFY(!state().busy());
}

void FilesTest::errorBarClosesAndGoesWithTheNextSuccess() {
    start();
    drop(folder_.filePath("not there.png"));
    auto* notice = find<NoticeBar>("noticeBar");
    SOON_VERIFY(notice->isVisible());
    QCOMPARE(find<QStackedWidget>("pages")->currentWidget()->objectName(), QString("emptyView"));
    QTest::mouseClick(find<QToolButton>("noticeClose"), Qt::LeftButton);
    QVERIFY(!notice->isVisible());
    drop(folder_.filePath("not there.png"));
    SOON_VERIFY(notice->isVisible());
    dropAndWait(picture("good.png"));
    QVERIFY(!notice->isVisible());
}

void FilesTest::severalFilesAreSteppedThrough() {
    start();
    QSignalSpy finished(&state(), &State::finished);
    window_->openFiles({picture("one.png"), picture("two.png")});
    SOON_COMPARE(finished.size(), 1);
    QCOMPARE(find<Chip>("fileChip")->name(), QString("one.png"));
    QTest::keyClick(window_.get(), Qt::Key_PageDown);
    SOON_COMPARE(finished.size(), 2);
    QCOMPARE(find<Chip>("fileChip")->name(), QString("two.png"));
    QTest::keyClick(window_.get(), Qt::Key_PageDown);
    QCOMPARE(engine_->newest(), api::JobId(2));
    QTest::keyClick(window_.get(), Qt::Key_PageUp);
    SOON_COMPARE(finished.size(), 3);
    QCOMPARE(find<Chip>("fileChip")->name(), QString("one.png"));
}

void FilesTest::pasteOfAPictureOpensIt() {
    start();
    QApplication::clipboard()->setImage(QImage(picture("pasted.png", {300, 200})));
    QSignalSpy finished(&state(), &State::finished);
    QTest::keyClick(window_.get(), Qt::Key_V, Qt::ControlModifier);
    SOON_COMPARE(finished.size(), 1);
    QCOMPARE(state().result()->picture.size(), QSize(300, 200));
    QApplication::clipboard()->clear();
}

void FilesTest::pasteOfNothingSaysSo() {
    start();
    QApplication::clipboard()->setText("just words");
    QTest::keyClick(window_.get(), Qt::Key_V, Qt::ControlModifier);
    SOON_VERIFY(find<NoticeBar>("noticeBar")->isVisible());
    QCOMPARE(engine_->newest(), api::JobId(0));
    QApplication::clipboard()->clear();
}

void FilesTest::openedFilesAreRemembered() {
    start();
    const QString one = picture("one.png"), two = picture("two.png", {300, 200});
    dropAndWait(one);
    dropAndWait(two);
    dropAndWait(one);
    QCOMPARE(recent::files(), (QStringList{one, two}));
    QVERIFY(!recent::thumbnail(one).isNull() && !recent::thumbnail(two).isNull());
    QVERIFY(QFile::remove(two));
    QCOMPARE(recent::files(), QStringList{one});
    window_.reset();
    start();  // the next window offers it
    auto* tile = find<FileTile>("recent1");
    QVERIFY(tile);
    QSignalSpy finished(&state(), &State::finished);
    QTest::mouseClick(tile, Qt::LeftButton);
    SOON_COMPARE(finished.size(), 1);
    QCOMPARE(find<Chip>("fileChip")->name(), QString("one.png"));
}

void FilesTest::cancelGoesBackToTheResultBefore() {
    start();
    dropAndWait(picture("first.png"));
    const ResultPtr first = state().result();
    engine_->onOpen = [this](api::JobId id) {
        engine_->sendOpened(id);
        engine_->sendCrossAttend(id, 0);
    };
    drop(picture("second.png"));
    SOON_COMPARE(QString::fromStdString(state().result()->file->name), QString("second.png"));
    QVERIFY(find<StatusLine>("statusLine")->text().startsWith("Cross-attend"));
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    QCOMPARE(engine_->cancelled, std::vector<api::JobId>{2});
    SOON_COMPARE(state().result(), first);
    QVERIFY(!state().busy());
    QVERIFY(find<StatusLine>("statusLine")->text().startsWith("Cancelled"));
    QVERIFY(!find<ImageView>("imageView")->mapImage().isNull());
    SOON_VERIFY(state().grid());
}

void FilesTest::secondDropMakesTheFirstStale() {
    start();
    engine_->onOpen = [this](api::JobId id) {
        if (id == 2) engine_->play(id);
    };
    drop(picture("slow.png"));
    SOON_COMPARE(engine_->newest(), api::JobId(1));
    dropAndWait(picture("fast.png"));
    const ResultPtr shown = state().result();
    QCOMPARE(QString::fromStdString(shown->file->name), QString("fast.png"));
    QSignalSpy changed(&state(), &State::resultChanged), failed(&state(), &State::failed);
    engine_->play(1);  // its events come late
    engine_->sendFailed(1, "Too late.");
    QCoreApplication::processEvents();
    QCOMPARE(changed.size(), 0);
    QCOMPARE(failed.size(), 0);
    QCOMPARE(state().result(), shown);
    QCOMPARE(find<Chip>("fileChip")->name(), QString("fast.png"));
}

void FilesTest::oldResultStaysUntilTheNewOneOpens() {
    start();
    dropAndWait(picture("old.png"));
    engine_->onOpen = [](api::JobId) {};
    drop(picture("new.png"));
    SOON_VERIFY(state().dimmed());  // it takes longer than a moment
    QCOMPARE(QString::fromStdString(state().result()->file->name), QString("old.png"));
    QVERIFY(!find<ImageView>("imageView")->mapImage().isNull());
    QVERIFY(find<StatusLine>("statusLine")->text().contains("new.png"));
    engine_->sendOpened(2);
    SOON_COMPARE(QString::fromStdString(state().result()->file->name), QString("new.png"));
    QVERIFY(!state().dimmed());
}

void FilesTest::mapsAppearAsTheyAreComputed() {
    start();
    engine_->onOpen = [this](api::JobId id) { engine_->sendOpened(id); };
    drop(picture("a.png"));
    auto* strip = find<ArchitectureStrip>("architectureStrip");
    SOON_VERIFY(state().result());
    QVERIFY(strip->thumbnail(0).isNull());
    for (int k = 0; k < 4; ++k) {
        engine_->sendCrossAttend(1, k);
        SOON_VERIFY(!strip->thumbnail(k).isNull());
        QCOMPARE(strip->thumbnail(k + 1).isNull(), true);
    }
    QVERIFY(!find<ImageView>("imageView")->mapImage().isNull());
    QVERIFY(find<AnswerPanel>("answerPanel")->list()->lines().isEmpty());
    engine_->sendFinished(1);
    SOON_COMPARE(find<AnswerPanel>("answerPanel")->list()->lines().size(), 5);
}

void FilesTest::closingWhileRunningIsClean() {
    /// Sends events from its own thread until it is destroyed, as the real engine may.
    struct Busy final : FakeEngine {
        explicit Busy(api::Sink sink, QString path) : FakeEngine(std::move(sink)), path_(std::move(path)) {
            onOpen = [this](api::JobId id) {
                thread_ = std::thread([this, id] {
                    sendOpened(id);
                    for (int k = 0; !stop_; k = (k + 1) % 4) sendCrossAttend(id, k);
                });
            };
        }
        ~Busy() override {
            stop_ = true;
            if (thread_.joinable()) thread_.join();
        }
        QString path_;
        std::atomic<bool> stop_ = false;
        std::thread thread_;
    };
    const QString path = picture("busy.png");
    startWith([path](api::Sink sink) { return std::make_shared<Busy>(std::move(sink), path); });
    drop(path);
    SOON_VERIFY(state().result() && state().result()->cross[1].mean);
    window_->close();
    window_.reset();
}

void FilesTest::closingBeforeTheEngineIsUpIsClean() {
    window_ = std::make_unique<MainWindow>(
        [](api::Sink sink) { return std::make_shared<FakeEngine>(std::move(sink)); }, QString());
    window_->show();
    window_->openFiles({picture("early.png")});
    window_.reset();
}

void FilesTest::openingBeforeTheEngineIsUpWaits() {
    window_ = std::make_unique<MainWindow>(
        [this](api::Sink sink) {
            auto engine = std::make_shared<FakeEngine>(std::move(sink));
            engine_ = engine.get();
            return engine;
        },
        QString());
    QSignalSpy finished(&state(), &State::finished);
    window_->openFiles({picture("first.png")});
    window_->openFiles({picture("wanted.png")});
    QVERIFY(state().busy());
    window_->show();  // only now is the engine loaded
    SOON_COMPARE(finished.size(), 1);
    QCOMPARE(engine_->opened.size(), std::size_t(1));
    QCOMPARE(find<Chip>("fileChip")->name(), QString("wanted.png"));
}

void FilesTest::anEngineThatDoesNotLoadIsSaidInOneSentence() {
    startWith([](api::Sink) -> std::shared_ptr<api::Engine> {
        throw Error(ErrorCode::out_of_resources, "The engine could not be loaded.");
    });
    SOON_COMPARE(find<NoticeBar>("noticeBar")->sentence(), QString("The engine could not be loaded."));
    QVERIFY(!state().busy());
}

QObject* makeFilesTest() { return new FilesTest; }

}  // namespace perceiver::ui::test

#include "files_test.moc"
