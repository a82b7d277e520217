// The window on a scripted engine: what a person does, what they must then see, and what must not change.
#include <QApplication>
#include <QClipboard>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QSettings>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QStandardPaths>
#include <QStackedWidget>
#include <QTemporaryDir>
#include <QTest>
#include <QToolButton>
#include <thread>

#include "fake_engine.h"
#include "ui/main_window.h"
#include "ui/panels/answer_panel.h"
#include "ui/panels/architecture_strip.h"
#include "ui/panels/key_sheet.h"
#include "ui/panels/latents_panel.h"
#include "ui/panels/model_card.h"
#include "ui/panels/permutation_lab.h"
#include "ui/panels/tool_row.h"
#include "ui/style/format.h"
#include "ui/style/theme.h"
#include "ui/views/view_pane.h"

static void initResources() { Q_INIT_RESOURCE(perceiverscope); }

namespace perceiver::ui::test {

class WindowTest : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase();
    void init();
    void cleanup();

    void dropShowsPredictionsAndMap();
    void dropOfBadFileLeavesEverythingAsItWas();
    void errorBarClosesAndGoesWithTheNextSuccess();
    void hoverTellsPixelColourAttentionAndReaders();
    void hoverOfLogitTellsTheScore();
    void cancelGoesBackToTheResultBefore();
    void secondDropMakesTheFirstStale();
    void oldResultStaysUntilTheNewOneOpens();
    void mapsAppearAsTheyAreComputed();
    void shuffleShowsBothArms();
    void shuffleOfAnOldSeedIsDropped();
    void undoAndRedoOfViewChanges();
    void draggingASliderIsOneUndo();
    void arrowKeysStepCrossAttends();
    void clickInTheStripSelects();
    void layoutsPutTheMapWhereTheySay();
    void zoomKeepsThePointUnderThePointer();
    void colourBarSpeaksInTimesUniform();
    void colourBarOfLogitsSpeaksInScores();
    void hoverPreviewsAndClickPins();
    void latentsSortByEntropy();
    void latentsInSightComeFirst();
    void fiveHundredAndTwelveLatents();
    void searchFindsAnyClass();
    void pasteOfAPictureOpensIt();
    void pasteOfNothingSaysSo();
    void severalFilesAreSteppedThrough();
    void everyActionHasNameTipAndItsOwnKey();
    void everyWidgetHasAName();
    void keySheetListsEveryAction();
    void modelCardTellsWhatItKnows();
    void anotherModelReopensTheFile();
    void themesChangeTheColours();
    void closingWhileRunningIsClean();
    void closingBeforeTheEngineIsUpIsClean();
    void anEngineThatDoesNotLoadIsSaidInOneSentence();
    void openingBeforeTheEngineIsUpWaits();
    void windowRemembersTheLab();

  private:
    void start(const FakeModel& = {});
    void startWith(EngineFactory);
    void drop(const QString& path);
    void dropAndWait(const QString& path);
    void hover(int element);
    template <class T>
    T* find(const char* name) { return window_->findChild<T*>(name); }
    State& state() { return window_->state(); }
    QString picture(const QString& name, const QSize& size = {640, 480}, QRgb color = qRgb(90, 140, 60));

    QTemporaryDir folder_;
    std::unique_ptr<MainWindow> window_;
    FakeEngine* engine_ = nullptr;
};

void WindowTest::initTestCase() {
    initResources();
    QApplication::setOrganizationName("PerceiverScope");
    QApplication::setApplicationName("test");
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    QSettings::setDefaultFormat(QSettings::IniFormat);
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, folder_.path());
    QStandardPaths::setTestModeEnabled(true);
    useTheme(Theme::dark);
}

void WindowTest::init() { QSettings().clear(); }

void WindowTest::cleanup() {
    window_.reset();
    engine_ = nullptr;
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    for (QWidget* left : QApplication::topLevelWidgets())
        QVERIFY2(left->inherits("QTipLabel") || left->inherits("QDesktopWidget"), qPrintable("left behind: " + left->objectName() + ' ' + left->metaObject()->className()));
}

void WindowTest::start(const FakeModel& shape) {
    startWith([this, shape](api::Sink sink) {
        auto engine = std::make_shared<FakeEngine>(std::move(sink), std::vector<api::ModelInfo>{makeModel(shape)});
        engine_ = engine.get();
        return engine;
    });
    QTRY_VERIFY(state().link().ready());
}

void WindowTest::startWith(EngineFactory factory) {
    window_ = std::make_unique<MainWindow>(std::move(factory), QString());
    window_->resize(1440, 900);
    window_->show();
    QVERIFY(QTest::qWaitForWindowExposed(window_.get()));
}

QString WindowTest::picture(const QString& name, const QSize& size, QRgb color) {
    QImage image(size, QImage::Format_RGB32);
    for (int y = 0; y < size.height(); ++y)
        for (int x = 0; x < size.width(); ++x)
            image.setPixel(x, y, (x / 40 + y / 40) % 3 ? color : qRgb(x % 256, y % 256, 128));
    const QString path = folder_.filePath(name);
    image.save(path);
    return path;
}

void WindowTest::drop(const QString& path) {
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(path)});
    const QPoint at = window_->rect().center();
    QDragEnterEvent enter(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &enter);
    QVERIFY(enter.isAccepted());
    QVERIFY(find<QWidget>("dropFrame")->isVisible());
    QDropEvent event(at, Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(window_.get(), &event);
    QVERIFY(!find<QWidget>("dropFrame")->isVisible());
}

void WindowTest::dropAndWait(const QString& path) {
    QSignalSpy finished(&state(), &State::finished);
    drop(path);
    QTRY_COMPARE(finished.size(), 1);
    QTRY_VERIFY(state().grid());
}

void WindowTest::hover(int element) {
    auto* view = find<ImageView>("imageView");
    const QPointF at = view->elementCentre(element);
    QMouseEvent move(QEvent::MouseMove, at, view->mapToGlobal(at), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QApplication::sendEvent(view, &move);
}

// ---- files ----

void WindowTest::dropShowsPredictionsAndMap() {
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

void WindowTest::dropOfBadFileLeavesEverythingAsItWas() {
    start();
    dropAndWait(picture("good.png"));
    state().pin(5);
    state().selectCrossAttend(2);
    QTRY_VERIFY(state().grid() && state().pinnedMap());
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
    QTRY_COMPARE(failed.size(), 1);
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

void WindowTest::errorBarClosesAndGoesWithTheNextSuccess() {
    start();
    drop(folder_.filePath("not there.png"));
    auto* notice = find<NoticeBar>("noticeBar");
    QTRY_VERIFY(notice->isVisible());
    QCOMPARE(find<QStackedWidget>("pages")->currentWidget()->objectName(), QString("emptyView"));
    QTest::mouseClick(find<QToolButton>("noticeClose"), Qt::LeftButton);
    QVERIFY(!notice->isVisible());
    drop(folder_.filePath("not there.png"));
    QTRY_VERIFY(notice->isVisible());
    dropAndWait(picture("good.png"));
    QVERIFY(!notice->isVisible());
}

void WindowTest::severalFilesAreSteppedThrough() {
    start();
    QSignalSpy finished(&state(), &State::finished);
    window_->openFiles({picture("one.png"), picture("two.png")});
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(find<Chip>("fileChip")->name(), QString("one.png"));
    QTest::keyClick(window_.get(), Qt::Key_PageDown);
    QTRY_COMPARE(finished.size(), 2);
    QCOMPARE(find<Chip>("fileChip")->name(), QString("two.png"));
    QTest::keyClick(window_.get(), Qt::Key_PageDown);
    QCOMPARE(engine_->newest(), api::JobId(2));
    QTest::keyClick(window_.get(), Qt::Key_PageUp);
    QTRY_COMPARE(finished.size(), 3);
    QCOMPARE(find<Chip>("fileChip")->name(), QString("one.png"));
}

void WindowTest::pasteOfAPictureOpensIt() {
    start();
    QApplication::clipboard()->setImage(QImage(picture("pasted.png", {300, 200})));
    QSignalSpy finished(&state(), &State::finished);
    QTest::keyClick(window_.get(), Qt::Key_V, Qt::ControlModifier);
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(state().result()->picture.size(), QSize(300, 200));
    QApplication::clipboard()->clear();
}

void WindowTest::pasteOfNothingSaysSo() {
    start();
    QApplication::clipboard()->setText("just words");
    QTest::keyClick(window_.get(), Qt::Key_V, Qt::ControlModifier);
    QTRY_VERIFY(find<NoticeBar>("noticeBar")->isVisible());
    QCOMPARE(engine_->newest(), api::JobId(0));
    QApplication::clipboard()->clear();
}

// ---- running ----

void WindowTest::cancelGoesBackToTheResultBefore() {
    start();
    dropAndWait(picture("first.png"));
    const ResultPtr first = state().result();
    engine_->onOpen = [this](api::JobId id) {
        engine_->sendOpened(id);
        engine_->sendCrossAttend(id, 0);
    };
    drop(picture("second.png"));
    QTRY_COMPARE(QString::fromStdString(state().result()->file->name), QString("second.png"));
    QVERIFY(find<StatusLine>("statusLine")->text().startsWith("Cross-attend"));
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    QCOMPARE(engine_->cancelled, std::vector<api::JobId>{2});
    QTRY_COMPARE(state().result(), first);
    QVERIFY(!state().busy());
    QVERIFY(find<StatusLine>("statusLine")->text().startsWith("Cancelled"));
    QVERIFY(!find<ImageView>("imageView")->mapImage().isNull());
    QTRY_VERIFY(state().grid());
}

void WindowTest::secondDropMakesTheFirstStale() {
    start();
    engine_->onOpen = [this](api::JobId id) { if (id == 2) engine_->play(id); };
    drop(picture("slow.png"));
    QTRY_COMPARE(engine_->newest(), api::JobId(1));
    dropAndWait(picture("fast.png"));
    const ResultPtr shown = state().result();
    QCOMPARE(QString::fromStdString(shown->file->name), QString("fast.png"));
    QSignalSpy changed(&state(), &State::resultChanged), failed(&state(), &State::failed);
    engine_->play(1);                                  // its events come late
    engine_->sendFailed(1, "Too late.");
    QCoreApplication::processEvents();
    QCOMPARE(changed.size(), 0);
    QCOMPARE(failed.size(), 0);
    QCOMPARE(state().result(), shown);
    QCOMPARE(find<Chip>("fileChip")->name(), QString("fast.png"));
}

void WindowTest::oldResultStaysUntilTheNewOneOpens() {
    start();
    dropAndWait(picture("old.png"));
    engine_->onOpen = [](api::JobId) {};
    drop(picture("new.png"));
    QTRY_VERIFY(state().dimmed());                     // it takes longer than a moment
    QCOMPARE(QString::fromStdString(state().result()->file->name), QString("old.png"));
    QVERIFY(!find<ImageView>("imageView")->mapImage().isNull());
    QVERIFY(find<StatusLine>("statusLine")->text().contains("new.png"));
    engine_->sendOpened(2);
    QTRY_COMPARE(QString::fromStdString(state().result()->file->name), QString("new.png"));
    QVERIFY(!state().dimmed());
}

void WindowTest::mapsAppearAsTheyAreComputed() {
    start();
    engine_->onOpen = [this](api::JobId id) { engine_->sendOpened(id); };
    drop(picture("a.png"));
    auto* strip = find<ArchitectureStrip>("architectureStrip");
    QTRY_VERIFY(state().result());
    QVERIFY(strip->thumbnail(0).isNull());
    for (int k = 0; k < 4; ++k) {
        engine_->sendCrossAttend(1, k);
        QTRY_VERIFY(!strip->thumbnail(k).isNull());
        QCOMPARE(strip->thumbnail(k + 1).isNull(), true);
    }
    QVERIFY(!find<ImageView>("imageView")->mapImage().isNull());
    QVERIFY(find<AnswerPanel>("answerPanel")->list()->lines().isEmpty());
    engine_->sendFinished(1);
    QTRY_COMPARE(find<AnswerPanel>("answerPanel")->list()->lines().size(), 5);
}

void WindowTest::closingWhileRunningIsClean() {
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
    QTRY_VERIFY(state().result() && state().result()->cross[1].mean);
    window_->close();
    window_.reset();
}

void WindowTest::closingBeforeTheEngineIsUpIsClean() {
    window_ = std::make_unique<MainWindow>([](api::Sink sink) { return std::make_shared<FakeEngine>(std::move(sink)); }, QString());
    window_->show();
    window_->openFiles({picture("early.png")});
    window_.reset();
}

void WindowTest::openingBeforeTheEngineIsUpWaits() {
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
    window_->show();                                   // only now is the engine loaded
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(engine_->opened.size(), std::size_t(1));
    QCOMPARE(find<Chip>("fileChip")->name(), QString("wanted.png"));
}

void WindowTest::anEngineThatDoesNotLoadIsSaidInOneSentence() {
    startWith([](api::Sink) -> std::shared_ptr<api::Engine> { throw Error(ErrorCode::out_of_resources, "The engine could not be loaded."); });
    QTRY_COMPARE(find<NoticeBar>("noticeBar")->sentence(), QString("The engine could not be loaded."));
    QVERIFY(!state().busy());
}

// ---- looking ----

void WindowTest::hoverTellsPixelColourAttentionAndReaders() {
    start();
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(1);
    const int element = 22 * 32 + 13;
    hover(element);
    auto* card = find<ImageView>("imageView")->hoverCard();
    QVERIFY(card->isVisible());
    const QColor rgb = state().result()->view.pixelColor(13, 22);
    const float attention = engine_->valueOf(1, 1, api::all_latents, api::Scale::probability, element);
    QTRY_COMPARE(card->text(), QString("pixel (13, 22) · rgb %1 %2 %3\nattention %4 · %5 uniform\nread most by latents 7, 12, 40")
                                   .arg(rgb.red()).arg(rgb.green()).arg(rgb.blue())
                                   .arg(significant(double(attention)), timesUniform(double(attention) * 1024)));
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(find<ImageView>("imageView"), &leave);
    QVERIFY(!card->isVisible());
}

void WindowTest::hoverOfLogitTellsTheScore() {
    start();
    dropAndWait(picture("a.png"));
    state().setScale(api::Scale::logit);
    QTRY_VERIFY(state().shownMap() && state().shownMap()->scale == api::Scale::logit);
    const int element = 10 * 32 + 10;
    hover(element);
    const float score = engine_->valueOf(1, 0, api::all_latents, api::Scale::logit, element);
    auto* card = find<ImageView>("imageView")->hoverCard();
    QTRY_VERIFY(card->text().contains("score " + significant(double(score), 3) + " · "));
    QVERIFY(card->text().contains(QString::fromUtf8("× uniform")));
}

void WindowTest::layoutsPutTheMapWhereTheySay() {
    start();
    dropAndWait(picture("wide.png", {800, 400}));
    auto* view = find<ImageView>("imageView");
    const auto pixel = [&](const QPointF& at) { return view->grab().toImage().pixelColor((at * view->devicePixelRatioF()).toPoint()); };
    state().selectCrossAttend(1);
    const int element = 16 * 32 + 16;
    QTest::keyClick(window_.get(), Qt::Key_1);
    state().setOpacity(0);
    QVERIFY(find<QWidget>("opacitySlider")->isVisible());
    const QColor bare = pixel(view->elementCentre(element));
    state().setOpacity(100);
    const QColor full = pixel(view->elementCentre(element));
    const QColor map = QColor(paintMap(*state().shownMap(), ColorMap::viridis).pixel(16, 16));
    QCOMPARE(full, map);
    QVERIFY(bare != full);
    QTest::keyClick(window_.get(), Qt::Key_2);
    QVERIFY(!find<QWidget>("opacitySlider")->isVisible());
    QCOMPARE(pixel(view->elementCentre(element)), map);              // on the map's side
    QVERIFY(view->elementCentre(element).x() > view->width() / 2.0 - 60);
    QTest::keyClick(window_.get(), Qt::Key_3);
    QCOMPARE(pixel(view->elementCentre(element)), map);
    const QRectF alone = view->pictureRect();
    QVERIFY(std::abs(alone.width() - alone.height()) < 1e-6);        // only the square the model sees
}

void WindowTest::zoomKeepsThePointUnderThePointer() {
    start();
    dropAndWait(picture("a.png"));
    auto* view = find<ImageView>("imageView");
    const int element = 12 * 32 + 20;
    const QPointF at = view->elementCentre(element);
    QWheelEvent wheel(at, view->mapToGlobal(at), {}, {0, 240}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(view, &wheel);
    QVERIFY(view->zoom() > 1.2);
    QVERIFY((view->elementCentre(element) - at).manhattanLength() < 1e-6);
    QVERIFY(view->visiblePart().width() <= 1);
    QTest::mouseDClick(view, Qt::LeftButton, Qt::NoModifier, at.toPoint());
    QCOMPARE(view->zoom(), 1.0);
}

void WindowTest::colourBarSpeaksInTimesUniform() {
    start();
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(2);
    const QStringList labels = find<ImageView>("imageView")->colorBarLabels();
    const double top = double(state().shownMap()->high) * 1024;
    QVERIFY2(labels.front().endsWith(QString::fromUtf8("× uniform")), qPrintable(labels.front()));
    QVERIFY(std::abs(labels.front().section(QChar(0x00d7), 0, 0).toDouble() - top) <= std::max(0.5, top * 0.06));
    QCOMPARE(labels.back(), QString("0"));
}

void WindowTest::colourBarOfLogitsSpeaksInScores() {
    start();
    dropAndWait(picture("a.png"));
    QTest::keyClick(window_.get(), Qt::Key_L);
    QTRY_VERIFY(state().shownMap() && state().shownMap()->scale == api::Scale::logit);
    const QStringList labels = find<ImageView>("imageView")->colorBarLabels();
    QVERIFY(labels.front().endsWith("score"));
    QCOMPARE(labels.back(), significant(double(state().shownMap()->low)));
}

void WindowTest::arrowKeysStepCrossAttends() {
    start();
    dropAndWait(picture("a.png"));
    QCOMPARE(state().view().crossAttend, 0);
    QTest::keyClick(window_.get(), Qt::Key_Right);
    QTest::keyClick(window_.get(), Qt::Key_Right);
    QCOMPARE(state().view().crossAttend, 2);
    QCOMPARE(find<ImageView>("imageView")->mapImage().isNull(), false);
    QVERIFY(find<QLabel>("viewCaption")->text().startsWith("Cross-attend 3 · mean over 64 latents"));
    for (int i = 0; i < 5; ++i) QTest::keyClick(window_.get(), Qt::Key_Right);
    QCOMPARE(state().view().crossAttend, 3);
    for (int i = 0; i < 9; ++i) QTest::keyClick(window_.get(), Qt::Key_Left);
    QCOMPARE(state().view().crossAttend, 0);
}

void WindowTest::clickInTheStripSelects() {
    start();
    dropAndWait(picture("a.png"));
    auto* strip = find<ArchitectureStrip>("architectureStrip");
    QTest::mouseClick(strip->viewport(), Qt::LeftButton, Qt::NoModifier, strip->crossAttendRect(3).center());
    QCOMPARE(state().view().crossAttend, 3);
    QTRY_COMPARE(state().shownMap().get(), state().result()->cross[3].mean.get());
    QTRY_VERIFY(state().grid());
}

void WindowTest::undoAndRedoOfViewChanges() {
    start();
    dropAndWait(picture("a.png"));
    const ViewState first = state().view();
    QTest::keyClick(window_.get(), Qt::Key_Right);
    QTest::keyClick(window_.get(), Qt::Key_3);
    QTest::keyClick(window_.get(), Qt::Key_L);
    state().pin(9);
    state().setColorMap(ColorMap::magma);
    const ViewState last = state().view();
    QCOMPARE(state().undoStack().count(), 5);
    for (int i = 0; i < 5; ++i) QTest::keyClick(window_.get(), Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(state().view() == first);
    QVERIFY(!window_->actionTable()["undo"]->isEnabled());
    for (int i = 0; i < 5; ++i) QTest::keyClick(window_.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(state().view() == last);
    QTRY_VERIFY(state().pinnedMap());
}

void WindowTest::draggingASliderIsOneUndo() {
    start();
    dropAndWait(picture("a.png"));
    const int before = state().view().opacity;
    auto* slider = find<QSlider>("opacitySlider");
    for (const int at : {70, 80, 90}) slider->setValue(at);
    QCOMPARE(state().view().opacity, 90);
    QCOMPARE(state().undoStack().count(), 1);
    state().undoStack().undo();
    QCOMPARE(slider->value(), before);
}

// ---- latents ----

void WindowTest::hoverPreviewsAndClickPins() {
    start();
    dropAndWait(picture("a.png"));
    auto* grid = find<LatentsGrid>("latentsGrid");
    const QImage mean = find<ImageView>("imageView")->mapImage();
    const QPointF eleven = grid->cellRect(11).center();
    QMouseEvent move(QEvent::MouseMove, eleven, grid->viewport()->mapToGlobal(eleven), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QApplication::sendEvent(grid->viewport(), &move);
    QTRY_COMPARE(state().shownLatent(), 11);
    QTRY_VERIFY(find<ImageView>("imageView")->mapImage() != mean);
    QCOMPARE(state().view().pinned, api::all_latents);
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(grid->viewport(), &leave);
    QCOMPARE(find<ImageView>("imageView")->mapImage(), mean);
    QTest::mouseClick(grid->viewport(), Qt::LeftButton, Qt::NoModifier, grid->cellRect(12).center());
    QCOMPARE(state().view().pinned, 12);
    QTRY_VERIFY(find<QLabel>("latentsFoot")->text().startsWith("Latent 12 pinned: 0."));
    QTest::mouseClick(grid->viewport(), Qt::LeftButton, Qt::NoModifier, grid->cellRect(12).center());
    QCOMPARE(state().view().pinned, api::all_latents);
}

void WindowTest::latentsSortByEntropy() {
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

void WindowTest::latentsInSightComeFirst() {
    start();
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(1);
    QTRY_VERIFY(state().grid());
    state().setSort(SortBy::mass);
    auto* view = find<ImageView>("imageView");
    const QPointF corner = view->elementCentre(33);
    for (int i = 0; i < 3; ++i) {
        QWheelEvent wheel(corner, view->mapToGlobal(corner), {}, {0, 480}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
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

void WindowTest::fiveHundredAndTwelveLatents() {
    start({64, 512, 8, 1000});
    dropAndWait(picture("a.png"));
    auto* grid = find<LatentsGrid>("latentsGrid");
    QCOMPARE(grid->order().size(), std::size_t(512));
    QCOMPARE(state().grid()->rows, 32);                // 64 averaged down for the small multiples
    grid->setFocus();
    QTest::keyClick(grid, Qt::Key_End);
    QTRY_COMPARE(state().shownLatent(), 511);
    QTRY_COMPARE(state().shownMap()->rows, 64);        // the full map follows
    QVERIFY(grid->viewport()->rect().contains(grid->cellRect(511).center()));
    QTest::keyClick(grid, Qt::Key_Return);
    QCOMPARE(state().view().pinned, 511);
    QTest::keyClick(grid, Qt::Key_Left);
    QCOMPARE(state().view().crossAttend, 0);           // its arrows walk the latents, not the cross-attends
    QVERIFY(!grid->grab().isNull());
}

void WindowTest::searchFindsAnyClass() {
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

// ---- shuffling ----

void WindowTest::shuffleShowsBothArms() {
    start();
    dropAndWait(picture("a.png"));
    auto* lab = find<PermutationLab>("permutationLab");
    QTRY_VERIFY(state().shuffle().travel && state().shuffle().stay);
    QVERIFY(lab->armText(api::Arm::travel).contains(QString::fromUtf8("Largest logit difference 3·10⁻⁶: float noise.")));
    QVERIFY(lab->armText(api::Arm::travel).contains("dog, unchanged."));
    QVERIFY2(lab->armText(api::Arm::stay).contains("says "), qPrintable(lab->armText(api::Arm::stay)));
    QVERIFY(lab->armText(api::Arm::stay).contains("Largest logit difference 6.2."));
    const std::size_t asked = engine_->permutations.size();
    find<QSpinBox>("seedBox")->setValue(41);
    QCOMPARE(engine_->permutations.size(), asked + 1);
    QCOMPARE(engine_->permutations.back().seed, std::uint64_t(41));
    QTRY_VERIFY(state().shuffle().stay && state().shuffle().seed == 41);
    QTest::keyClick(window_.get(), Qt::Key_S);
    QVERIFY(engine_->permutations.size() > asked + 1);
}

void WindowTest::shuffleOfAnOldSeedIsDropped() {
    start();
    dropAndWait(picture("a.png"));
    QTRY_VERIFY(state().shuffle().stay);
    engine_->answering = false;
    state().setSeed(20);
    state().setSeed(21);
    const auto old = *(engine_->permutations.end() - 2), asked = engine_->permutations.back();
    engine_->answer(old);
    QCoreApplication::processEvents();
    QVERIFY(!state().shuffle().travel);
    engine_->answer(asked);
    QTRY_VERIFY(state().shuffle().travel);
    QCOMPARE(state().shuffle().travel->seed, std::uint64_t(21));
}

// ---- the window itself ----

void WindowTest::everyActionHasNameTipAndItsOwnKey() {
    start();
    QMap<QString, QString> owner;
    for (const Actions::Entry& entry : window_->actionTable().all()) {
        const QAction* a = entry.action;
        QVERIFY(!a->objectName().isEmpty() && !a->text().isEmpty() && !a->toolTip().isEmpty() && !entry.group.isEmpty());
        QVERIFY2(!a->shortcuts().isEmpty(), qPrintable(a->objectName()));
        for (const QKeySequence& key : a->shortcuts()) {
            QVERIFY2(!owner.contains(key.toString()), qPrintable(key.toString() + ": " + owner[key.toString()] + ", " + a->objectName()));
            owner[key.toString()] = a->objectName();
        }
    }
    QVERIFY(owner.size() > 20);
}

void WindowTest::everyWidgetHasAName() {
    start();
    dropAndWait(picture("a.png"));
    for (const QWidget* widget : window_->findChildren<QWidget*>()) {
        const QString type = widget->metaObject()->className();
        const bool ofQt = type == "QScrollBar" || type == "QLineEditIconButton" || (type == "QWidget" && widget->parentWidget()->objectName().startsWith("qt_"));
        QVERIFY2(!widget->objectName().isEmpty() || ofQt, qPrintable(type + " in " + widget->parentWidget()->objectName()));
    }
    for (const QToolButton* button : window_->findChildren<QToolButton*>())
        if (button->isVisible() && button->parentWidget()->objectName() != "answerSearch")
            QVERIFY2(!button->toolTip().isEmpty(), qPrintable(button->objectName()));
}

void WindowTest::keySheetListsEveryAction() {
    start();
    QTest::keyClick(window_.get(), Qt::Key_F1);
    auto* sheet = find<KeySheet>("keySheet");
    QVERIFY(sheet->isVisible());
    for (const Actions::Entry& entry : window_->actionTable().all()) QVERIFY(sheet->text().contains(entry.action->statusTip()));
    QVERIFY(sheet->width() <= window_->width() && sheet->height() <= window_->height());
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    QVERIFY(!sheet->isVisible());
}

void WindowTest::modelCardTellsWhatItKnows() {
    start();
    QTest::mouseClick(find<Chip>("modelChip"), Qt::LeftButton);
    auto* card = find<ModelCard>("modelCard");
    QVERIFY(card->isVisible());
    for (const char* words : {"Ten kinds of small photographs", "airplane", "CIFAR-10", "71.3", "1,234,567"})
        QVERIFY2(card->text().contains(words), words);
    QTest::mouseClick(find<Chip>("modelChip"), Qt::LeftButton);
    QVERIFY(!card->isVisible());
}

void WindowTest::anotherModelReopensTheFile() {
    startWith([this](api::Sink sink) {
        api::ModelInfo small = makeModel({16, 32, 2, 10});
        small.id = "small";
        auto engine = std::make_shared<FakeEngine>(std::move(sink), std::vector<api::ModelInfo>{makeModel(), small});
        engine_ = engine.get();
        return engine;
    });
    QTRY_VERIFY(state().link().ready());
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(3);
    state().pin(60);
    QSignalSpy finished(&state(), &State::finished);
    state().reopenWith("small");
    QTRY_COMPARE(finished.size(), 1);
    QCOMPARE(state().result()->model->id, std::string("small"));
    QCOMPARE(engine_->opened.at(2).path, engine_->opened.at(1).path);
    QCOMPARE(state().view().crossAttend, 1);           // kept to what this model has
    QCOMPARE(state().view().pinned, api::all_latents);
    QVERIFY(!state().undoStack().canUndo());
    QCOMPARE(find<ImageView>("imageView")->mapImage().size(), QSize(16, 16));
}

void WindowTest::themesChangeTheColours() {
    start();
    dropAndWait(picture("a.png"));
    window_->setTheme(Theme::dark);
    const QColor dark = window_->grab().toImage().pixelColor(2, 2);
    QCOMPARE(dark, colorsOf(Theme::dark).panel);
    QTest::keyClick(window_.get(), Qt::Key_T);
    QCOMPARE(theme(), Theme::light);
    QTRY_COMPARE(window_->grab().toImage().pixelColor(2, 2), colorsOf(Theme::light).panel);
    QCOMPARE(QSettings().value("theme").toString(), QString("light"));
    window_->setTheme(Theme::dark);
}

void WindowTest::windowRemembersTheLab() {
    start();
    auto* lab = find<PermutationLab>("permutationLab");
    QVERIFY(lab->isOpen());
    QTest::keyClick(window_.get(), Qt::Key_B);
    QVERIFY(!lab->isOpen());
    QCOMPARE(lab->height(), PermutationLab::kTabHeight);
    window_->close();
    window_.reset();
    start();
    QVERIFY(!find<PermutationLab>("permutationLab")->isOpen());
}

}  // namespace perceiver::ui::test

int main(int argc, char** argv) {
    QApplication app(argc, argv);
    perceiver::ui::test::WindowTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "window_test.moc"
