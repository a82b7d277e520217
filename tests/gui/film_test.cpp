// Films: the frame at the playhead and its map, the strip, the modalities' shares, stepping, playing, windows that
// follow.
#include <QApplication>
#include <QLabel>
#include <QMouseEvent>
#include <QSet>
#include <QSignalSpy>
#include <QTest>
#include <QTextDocumentFragment>
#include <QToolButton>
#include <cmath>
#include <numeric>

#include "engine/api/over_time.h"
#include "fake_film.h"
#include "ui/panels/permutation_lab.h"
#include "ui/panels/recent_files.h"
#include "ui/panels/tool_row.h"
#include "ui/state/player.h"
#include "ui/style/format.h"
#include "ui/style/theme.h"
#include "ui/views/view_pane.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class FilmTest final : public WindowFixture {
    Q_OBJECT

  private:
    void openFilm(const api::FileInfo& file, const FakeModel& shape = {}) {
        start(shape);
        engine_->medium = file;
        QSignalSpy finished(&state(), &State::finished);
        state().openFile(folder_.filePath("clip.mp4"));
        SOON_COMPARE(finished.size(), 1);
        SOON_VERIFY(state().grid());
        SOON_VERIFY(find<VideoView>("videoView")->isVisible());
    }
    Player& player() { return state().player(); }
    VideoView* view() { return find<VideoView>("videoView"); }
    FilmStrip* strip() { return find<FilmStrip>("filmStrip"); }
    QColor shown() {
        auto* frame = view()->frame();
        // Left of what the model sees there is no map.
        const QPointF at = frame->pictureRect().topLeft() +
                           QPointF(0.06 * frame->pictureRect().width(), frame->pictureRect().height() / 2);
        return frame->grab().toImage().pixelColor((at * frame->devicePixelRatioF()).toPoint());
    }
    void press(QWidget* on, const QPointF& at) { QTest::mouseClick(on, Qt::LeftButton, Qt::NoModifier, at.toPoint()); }

  private slots:
    void theFrameAtThePlayheadIsShownWithItsBlock();
    void aClickInTheStripGoesToItsFrame();
    void draggingOverTheStripScrubsInTheWindow();
    void stepsGoFrameByFrameAndPastTheWindow();
    void barsAreAttentionToEachBlock();
    void aPinnedLatentIsASecondSeries();
    void theLegendNamesWhatTheStripShows();
    void theModalitiesShareTheAttention();
    void withoutSoundNothingIsShared();
    void theCardTellsBlockTimeAndPixels();
    void playingKeepsTheResultUntilTheNextWindowIsThere();
    void whatIsPinnedAndHowCloseStaysFromWindowToWindow();
    void loopKeepsToTheWindow();
    void keysChooseALoopAndTheStripShowsIt();
    void shiftDragOverTheStripChoosesALoop();
    void shiftDragOverTheLineChoosesALoopAnywhere();
    void ofAnImageModelTheWholeFilmIsTheLoop();
    void framesAreAskedAheadAndKeptSmall();
    void anImageModelFollowsThePlayhead();
    void theFilmBarGoesAnywhere();
    void aFailedWindowLeavesTheResult();
    void theChipTellsWhatTheModelSees();
    void modelsMadeForFilmsAreOfferedFirst();
    void aFilmThatIsOnlyHeardIsShownAsASound();
    void aWindowReachedByPlayingIsNotRememberedAgain();
    void shuffledFramesAreShownOneAfterAnother();
    void allLayoutsAndSizesDraw();
};

void FilmTest::theFrameAtThePlayheadIsShownWithItsBlock() {
    openFilm(film());
    const QColor before = shown();
    QCOMPARE(view()->frame()->shownTime(), 0.0);
    const QImage first = view()->frame()->mapImage();
    player().seek(9 / kRate);
    QCOMPARE(view()->frame()->shownTime(), 9 / kRate);
    QVERIFY(shown().red() > before.red() && shown().green() < before.green());  // frame 9's colour, under the veil
    QCOMPARE(view()->frame()->mapImage().size(), QSize(kCols, kRows));
    QVERIFY(view()->frame()->mapImage() != first);
    QCOMPARE(strip()->current(), 9);
    QCOMPARE(find<QLabel>("framePlace")->text(), QString("10 / 16"));
    QCOMPARE(engine_->opened.size(), 1U);  // in the window nothing is computed
}

void FilmTest::aClickInTheStripGoesToItsFrame() {
    openFilm(film());
    for (const int frame : {5, 12, 0, 15}) {
        press(strip(), strip()->placeOf((frame + 0.5) / kRate));
        QCOMPARE(strip()->current(), frame);
        QVERIFY(std::abs(player().position() - (frame + 0.5) / kRate) < 0.5 / kRate);
    }
    QCOMPARE(engine_->opened.size(), 1U);
}

void FilmTest::draggingOverTheStripScrubsInTheWindow() {
    openFilm(film());
    const QPointF from = strip()->placeOf(0.5 / kRate), to = strip()->placeOf(kWindow) + QPointF(200, 0);
    QMouseEvent down(QEvent::MouseButtonPress, from, strip()->mapToGlobal(from), Qt::LeftButton, Qt::LeftButton,
                     Qt::NoModifier);
    QApplication::sendEvent(strip(), &down);
    QMouseEvent drag(QEvent::MouseMove, to, strip()->mapToGlobal(to), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(strip(), &drag);
    QCOMPARE(strip()->current(), kFrames - 1);
    QVERIFY(player().position() < kWindow);
    QCOMPARE(engine_->opened.size(), 1U);
}

void FilmTest::stepsGoFrameByFrameAndPastTheWindow() {
    openFilm(film());
    for (int i = 1; i < kFrames; ++i) {
        QTest::keyClick(window_.get(), Qt::Key_Period);
        QCOMPARE(strip()->current(), i);
    }
    QTest::keyClick(window_.get(), Qt::Key_Comma);
    QCOMPARE(strip()->current(), kFrames - 2);
    press(find<QToolButton>("frameForwardButton"), {10, 10});
    QCOMPARE(strip()->current(), kFrames - 1);
    QTest::keyClick(window_.get(), Qt::Key_Period);  // past the end: the next window
    SOON_COMPARE(engine_->opened.size(), 2U);
    QVERIFY(std::abs(engine_->opened.rbegin()->second.start - kWindow) < 1e-6);
    SOON_COMPARE(player().window().first, engine_->opened.rbegin()->second.start);
    QCOMPARE(strip()->current(), 0);
    player().seek(0);
    SOON_COMPARE(player().window().first, 0.0);
    press(find<QToolButton>("frameBackButton"), {10, 10});
    QCOMPARE(player().position(), 0.0);
}

void FilmTest::barsAreAttentionToEachBlock() {
    openFilm(film());
    const api::Map& mean = *state().result()->cross[0].mean;
    QCOMPARE(strip()->bars().size(), 1U);
    const std::vector<double> bars = strip()->bars().front().values;
    QCOMPARE(bars.size(), std::size_t(kBlocks));
    for (int b = 0; b < kBlocks; ++b) {
        double sum = 0;
        for (int i = 0; i < kRows * kCols; ++i) sum += double(mean.values[std::size_t(b * kRows * kCols + i)]);
        QVERIFY(std::abs(bars[std::size_t(b)] - sum) < 1e-9);
    }
    QVERIFY(std::abs(std::accumulate(bars.begin(), bars.end(), 0.0) - 1) < 1e-4);
    state().selectCrossAttend(2);
    SOON_VERIFY(strip()->bars().front().values != bars);
}

void FilmTest::aPinnedLatentIsASecondSeries() {
    openFilm(film(true));
    QCOMPARE(strip()->bars().size(), 1U);
    state().pin(7);
    SOON_COMPARE(strip()->bars().size(), 2U);
    QCOMPARE(strip()->curves().size(), 2U);
    const api::Map& map = *state().shownMap();
    QVERIFY(std::abs(strip()->bars()[1].values[0] - api::over_frames(map, state().result()->file->parts[1])[0]) < 1e-9);
    QVERIFY(strip()->bars()[1].color != strip()->bars()[0].color);
    QCOMPARE(strip()->bars()[0].slot, -1);
    QCOMPARE(strip()->bars()[1].slot, state().view().slotOf(7));
    state().pin(7);
    SOON_COMPARE(strip()->bars().size(), 1U);
}

void FilmTest::theLegendNamesWhatTheStripShows() {
    openFilm(film());
    window_->resize(1920, 1080);
    auto* legend = find<QLabel>("filmLegend");
    const auto words = [legend] { return QTextDocumentFragment::fromHtml(legend->text()).toPlainText(); };
    SOON_VERIFY(legend->isVisible() && words().endsWith("mean over latents"));
    state().pin(7);
    SOON_VERIFY(words().endsWith("latent 7"));
    QVERIFY(legend->isVisible());
    const QString before = words();
    state().preview(9);
    SOON_COMPARE(strip()->bars().size(), 3U);
    QCOMPARE(words(), before);  // what is only pointed at moves nothing
    openFilm(film(false, 1));   // one frame: no attention over time
    QVERIFY(!find<QLabel>("filmLegend")->isVisible());
}

void FilmTest::theModalitiesShareTheAttention() {
    openFilm(film(true));
    auto* shares = find<QLabel>("modalityShares");
    QVERIFY(shares->isVisible());
    QCOMPARE(strip()->curves().front().values.size(), 40U);
    const auto plainText = [shares] {
        return QTextDocumentFragment::fromHtml(shares->text()).toPlainText();
    };  // with plain spaces
    const auto& parts = state().result()->file->parts;
    const double heard = api::share(*state().shownMap(), parts[0]), seen = api::share(*state().shownMap(), parts[1]);
    QVERIFY(std::abs(heard + seen - 1) < 1e-4);
    QCOMPARE(plainText(), QString::fromUtf8("picture %1 of attention · sound %2")
                              .arg(percent(seen, 0), percent(heard, 0))
                              .replace(QChar(0xa0), ' '));
    const QString mean = plainText();
    state().setScale(api::Scale::logit);  // shares are of attention, whichever scale is shown
    QCOMPARE(plainText(), mean);
    state().setScale(api::Scale::probability);
    state().preview(5);
    SOON_VERIFY(state().shownMap() && plainText() != mean);
}

void FilmTest::withoutSoundNothingIsShared() {
    openFilm(film());
    QVERIFY(!find<QLabel>("modalityShares")->isVisible());
    QVERIFY(strip()->curves().empty());
}

void FilmTest::theCardTellsBlockTimeAndPixels() {
    openFilm(film(true));
    player().seek(9 / kRate);  // block 2: frames 9 to 12
    auto* frame = view()->frame();
    const int element = 40 + 2 * kRows * kCols + 3 * kCols + 1;
    const QPointF at = frame->elementCentre(element);
    QMouseEvent move(QEvent::MouseMove, at, frame->mapToGlobal(at), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
    QApplication::sendEvent(frame, &move);
    const float attention = engine_->valueOf(1, 0, api::all_latents, api::Scale::probability, element);
    SOON_COMPARE(frame->hoverCard()->text(),
                 QString::fromUtf8("frames 9–12 · 0.64–0.96 s · pixels x 8–15, y 24–31\nattention %1 · %2 "
                                   "uniform\nread most by latents 7, 12, 40")
                     .arg(significant(double(attention)), timesUniform(double(attention) * 184)));
    player().seek(0);  // other elements come to lie under the pointer
    SOON_VERIFY(frame->hoverCard()->text().startsWith("frames 1"));
}

void FilmTest::playingKeepsTheResultUntilTheNextWindowIsThere() {
    openFilm(film());
    QSignalSpy opened(&state(), &State::opened);
    engine_->onOpen = [this](api::JobId id) { engine_->sendOpened(id); };  // it begins, and goes no further
    player().seek(3);
    SOON_COMPARE(engine_->opened.size(), 2U);
    const api::JobId job = engine_->newest();
    engine_->sendCrossAttend(job, 0);
    QTest::qWait(0);
    QVERIFY(state().busy());
    QCOMPARE(state().result()->job, api::JobId(1));
    QVERIFY(state().result()->finished && state().shownMap());
    QCOMPARE(opened.size(), 0);
    for (int k = 1; k < 4; ++k) engine_->sendCrossAttend(job, k);
    engine_->sendFinished(job);
    SOON_COMPARE(state().result()->job, job);
    QVERIFY(state().result()->finished);
    QVERIFY(state().movedOn());
    QCOMPARE(state().result()->cross.size(), 4U);
    for (const CrossResult& cross : state().result()->cross) QVERIFY(cross.mean);
    QCOMPARE(opened.size(), 1);
    QCOMPARE(player().window().first, 3.0);
}

void FilmTest::whatIsPinnedAndHowCloseStaysFromWindowToWindow() {
    openFilm(film());
    state().pin(12);
    SOON_COMPARE(state().shownLatent(), 12);
    SOON_VERIFY(state().shownMap());
    view()->zoomBy(2);
    const double zoom = view()->zoom();
    int without = 0;
    connect(&state(), &State::mapChanged, &state(), [&] { without += state().shownMap() == nullptr; });
    player().seek(2);
    SOON_COMPARE(player().window().first, 2.0);
    QCOMPARE(view()->zoom(), zoom);
    QCOMPARE(state().view().pinned, 12);
    SOON_COMPARE(engine_->maps.back().job, state().result()->job);
    SOON_VERIFY(state().pinnedMap());
    QCOMPARE(without, 0);
}

void FilmTest::loopKeepsToTheWindow() {
    openFilm(film());
    auto* loop = find<QToolButton>("filmLoopButton");
    press(loop, {10, 10});
    QVERIFY(player().loop());
    QCOMPARE(player().loop()->second, kWindow);
    player().seek(kWindow - 0.05);
    QSignalSpy moved(&player(), &Player::positionChanged);
    double least = kWindow;
    connect(&player(), &Player::positionChanged, &player(), [&] { least = std::min(least, player().position()); });
    player().play();
    SOON_VERIFY(least < 0.5);
    player().pause();
    QCOMPARE(engine_->opened.size(), 1U);
    press(loop, {10, 10});
    QVERIFY(!player().loop());
}

void FilmTest::keysChooseALoopAndTheStripShowsIt() {
    openFilm(film());
    player().seek(14 / kRate);
    const auto colourAt = [this](double seconds) {
        const QPointF at(strip()->placeOf(seconds).x(), strip()->sizeHint().height() - 30);  // in the bars
        return strip()->grab().toImage().pixelColor((at * strip()->devicePixelRatioF()).toPoint());
    };
    const QColor within = colourAt(4.5 / kRate), before = colourAt(1.5 / kRate);
    for (int i = 0; i < 5; ++i) QTest::keyClick(window_.get(), Qt::Key_Comma);
    QTest::keyClick(window_.get(), Qt::Key_BracketRight);
    QVERIFY(player().loop() == (std::pair{0.0, 9 / kRate}));
    for (int i = 0; i < 6; ++i) QTest::keyClick(window_.get(), Qt::Key_Comma);
    QTest::keyClick(window_.get(), Qt::Key_BracketLeft);
    QVERIFY(player().loop() == (std::pair{3 / kRate, 9 / kRate}));
    QVERIFY(find<QToolButton>("filmLoopButton")->isChecked());
    player().seek(14 / kRate);
    QVERIFY(colourAt(4.5 / kRate) != within);
    QCOMPARE(colourAt(1.5 / kRate), before);
}

/// As over a sound: drawn while it is dragged, to the left as to the right, and ended by a click.
void FilmTest::shiftDragOverTheStripChoosesALoop() {
    openFilm(film());
    const auto at = [this](double frame) { return strip()->placeOf(frame / kRate).toPoint(); };
    const auto pixel = [this, at](double frame) {
        const QPoint place(at(frame).x(), strip()->sizeHint().height() - 30);  // in the bars
        return strip()->grab().toImage().pixelColor(place * strip()->devicePixelRatio());
    };
    const Qt::CursorShape scrubs = strip()->cursor().shape();
    player().seek(14.5 / kRate);
    const QColor plain = pixel(6.5);
    QTest::mousePress(strip(), Qt::LeftButton, Qt::ShiftModifier, at(10));
    QCOMPARE(player().position(), 14.5 / kRate);  // no scrubbing
    QVERIFY(strip()->cursor().shape() != scrubs);
    QMouseEvent drag(QEvent::MouseMove, at(4), strip()->mapToGlobal(at(4)), Qt::NoButton, Qt::LeftButton,
                     Qt::ShiftModifier);
    QApplication::sendEvent(strip(), &drag);
    QVERIFY(!player().loop());
    QVERIFY(pixel(6.5) != plain);
    QTest::mouseRelease(strip(), Qt::LeftButton, Qt::ShiftModifier, at(4));
    QVERIFY(player().loop());
    QVERIFY(std::abs(player().loop()->first - 4 / kRate) < 0.01 &&
            std::abs(player().loop()->second - 10 / kRate) < 0.01);
    QCOMPARE(player().position(), player().loop()->first);
    QCOMPARE(strip()->cursor().shape(), scrubs);
    QVERIFY(find<QToolButton>("filmLoopButton")->isChecked());
    QTest::mouseClick(strip(), Qt::LeftButton, Qt::ShiftModifier, at(6));
    QVERIFY(!player().loop());
    QCOMPARE(engine_->opened.size(), 1U);
}

void FilmTest::shiftDragOverTheLineChoosesALoopAnywhere() {
    openFilm(film());
    auto* bar = find<FilmBar>("filmBar");
    const auto at = [bar](double part) { return QPoint(int(6 + part * (bar->width() - 12)), bar->height() / 2); };
    QTest::mousePress(bar, Qt::LeftButton, Qt::ShiftModifier, at(0.5));
    QMouseEvent drag(QEvent::MouseMove, at(2), bar->mapToGlobal(at(2)), Qt::NoButton, Qt::LeftButton,
                     Qt::ShiftModifier);
    QApplication::sendEvent(bar, &drag);
    QTest::mouseRelease(bar, Qt::LeftButton, Qt::ShiftModifier, at(2));
    QVERIFY(player().loop());
    QVERIFY(std::abs(player().loop()->first - 3) < 0.05);
    QCOMPARE(player().loop()->second, player().duration());  // past its end is its end
    SOON_COMPARE(engine_->opened.size(), 2U);                // it plays from its start, in another window
    QTest::mouseClick(bar, Qt::LeftButton, Qt::ShiftModifier, at(0.1));
    QVERIFY(!player().loop());
}

void FilmTest::ofAnImageModelTheWholeFilmIsTheLoop() {
    openFilm(film(false, 1));
    for (int i = 0; i < 2; ++i) {
        if (i == 0) QTest::keyClick(window_.get(), Qt::Key_R);
        else press(find<QToolButton>("filmLoopButton"), {10, 10});
        QVERIFY(player().loop() == (std::pair{0.0, player().duration()}));
        player().setLoop(std::nullopt);
    }
}

void FilmTest::framesAreAskedAheadAndKeptSmall() {
    openFilm(film());
    player().play();
    SOON_VERIFY(player().position() > 0.3);
    player().pause();
    QVERIFY(!engine_->frames.empty());
    double until = 0;
    for (const api::FramesRequest& r : engine_->frames) {
        QVERIFY(r.side <= 960 && r.count <= 32);
        until = std::max(until, r.start + r.count / kRate);
    }
    QVERIFY(until > player().position());
    SOON_VERIFY(view()->frame()->frames().at(player().position()));
    QVERIFY(view()->frame()->frames().bytes() <= FilmFrames::kMostBytes);
    // The playhead on the move shows frames of moments the model has not read.
    player().seek(5.5);
    SOON_VERIFY(std::abs(view()->frame()->shownTime() - 5.5) <= 1 / kRate + 1e-6);
}

void FilmTest::anImageModelFollowsThePlayhead() {
    openFilm(film(false, 1));
    QVERIFY(strip()->bars().empty());
    player().play();
    SOON_VERIFY(engine_->opened.size() > 4);
    player().pause();
    double last = -1;
    for (const auto& [job, request] : engine_->opened) {
        QVERIFY(request.start >= last);
        last = request.start;
    }
    SOON_VERIFY(!state().busy());
    SOON_VERIFY(std::abs(player().window().first - player().position()) <= 2 / kRate);
    SOON_VERIFY(strip()->cells() > 4);  // an overview of the whole film
    press(strip(), strip()->placeOf(3));
    SOON_VERIFY(std::abs(engine_->opened.rbegin()->second.start - 3) < 0.1);
}

void FilmTest::theFilmBarGoesAnywhere() {
    openFilm(film());
    auto* bar = find<FilmBar>("filmBar");
    press(bar, QPointF(bar->width() / 2.0, bar->height() / 2.0));
    QVERIFY(std::abs(player().position() - 3) < 0.1);
    SOON_COMPARE(engine_->opened.size(), 2U);
    SOON_VERIFY(!state().busy());
    press(bar, QPointF(bar->width() - 1, bar->height() / 2.0));  // the last window is a whole one
    SOON_COMPARE(player().window().second, 6.0);
}

void FilmTest::aFailedWindowLeavesTheResult() {
    openFilm(film());
    engine_->onOpen = [this](api::JobId id) { engine_->sendFailed(id, "The film has no frame at 4.0 s."); };
    QSignalSpy failed(&state(), &State::failed);
    player().play();
    player().seek(4);
    SOON_COMPARE(failed.size(), 1);
    QVERIFY(!player().playing());
    QCOMPARE(state().result()->job, api::JobId(1));
    QVERIFY(state().shownMap() && !state().busy());
    QCOMPARE(engine_->opened.size(), 2U);  // not again and again
}

void FilmTest::theChipTellsWhatTheModelSees() {
    openFilm(film());
    QCOMPARE(find<Chip>("fileChip")->detail(), QString::fromUtf8("80 × 60, 6.0 s → 16 frames of 48 × 48"));
}

void FilmTest::modelsMadeForFilmsAreOfferedFirst() {
    api::ModelInfo frames = makeModel(), motion = frames, hears = frames, senses = frames;
    motion.id = "motion";
    motion.reads = "video";
    motion.runs_over = {api::Kind::video};
    hears.id = "hears";
    hears.reads = "audio";
    hears.runs_over = {api::Kind::audio, api::Kind::video};
    senses.id = "senses";
    senses.reads = "multimodal";
    senses.runs_over = {api::Kind::video};
    start({frames, hears, motion, senses});
    engine_->medium = film(true);
    QSignalSpy finished(&state(), &State::finished);
    state().openFile(folder_.filePath("clip.mp4"));
    SOON_COMPARE(finished.size(), 1);
    QTest::keyClick(window_.get(), Qt::Key_M);
    const auto top = [&](const QString& id) {
        auto* button = find<QToolButton>(("pick_" + id).toUtf8().constData());
        return button ? button->mapTo(window_.get(), QPoint()).y() : -1;
    };
    const int first = top("motion"), second = top(QString::fromStdString(frames.id)), third = top("hears");
    QVERIFY2(first > 0 && second > first && third > second,
             qPrintable(QString("%1 %2 %3").arg(first).arg(second).arg(third)));
    QSet<QString> headings;  // each group says something else
    for (const char* group : {"video", "multimodal", "image", "audio"})
        headings << find<QLabel>((QByteArray("pickHeading_") + group).constData())->text();
    QCOMPARE(headings.size(), 4);
    QTest::keyClick(window_.get(), Qt::Key_Escape);
}

void FilmTest::aFilmThatIsOnlyHeardIsShownAsASound() {
    api::FileInfo heard = film(true);
    std::erase_if(heard.parts, [](const auto& part) { return part.kind != api::Kind::audio; });
    heard.parts.front().first = 0;
    heard.film.reset();
    heard.picture.reset();
    heard.view.reset();
    start();
    engine_->medium = heard;
    QSignalSpy finished(&state(), &State::finished);
    state().openFile(folder_.filePath("clip.mp4"));
    SOON_COMPARE(finished.size(), 1);
    QCOMPARE(heard.kind, api::Kind::video);
    QVERIFY(find<AudioView>("audioView")->isVisible());
    SOON_VERIFY(find<ArmCard>("armPlain")->text().contains("from the sound"));
}

void FilmTest::aWindowReachedByPlayingIsNotRememberedAgain() {
    openFilm(film());
    const QString path = folder_.filePath("clip.mp4");
    QFile file(path);  // only what is there is remembered
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    QSignalSpy finished(&state(), &State::finished);
    player().seek(4);
    SOON_COMPARE(finished.size(), 1);
    QVERIFY(state().movedOn());
    QVERIFY2(!recent::files().contains(path), "remembering saves a picture, which playing must not wait for");
    state().openFile(path);
    SOON_COMPARE(finished.size(), 2);
    QVERIFY(recent::files().contains(path));
}

void FilmTest::shuffledFramesAreShownOneAfterAnother() {
    openFilm(film());
    auto* travel = find<ArmCard>("armTravel");
    SOON_VERIFY(!engine_->permutations.empty());
    SOON_VERIFY(travel->text().contains("unchanged"));
    if (motionMs() == 0) QSKIP("Nothing is to move here.");
    SOON_VERIFY(travel->frame() > 1);
    QVERIFY(find<ArmCard>("armPlain")->frame() > 0);
}

void FilmTest::allLayoutsAndSizesDraw() {
    openFilm(film(true));
    for (const QSize& size : {QSize(960, 600), QSize(1280, 800), QSize(1920, 1080)}) {
        window_->resize(size);
        QCoreApplication::processEvents();  // the panels share what room there is
        for (const Qt::Key layout : {Qt::Key_1, Qt::Key_2, Qt::Key_3}) {
            QTest::keyClick(window_.get(), layout);
            QVERIFY(!window_->grab().isNull());
            QVERIFY(view()->frame()->height() >= 60);
            QVERIFY(view()->frame()->geometry().bottom() < strip()->geometry().top());
            QVERIFY(view()->rect().contains(strip()->geometry()));
        }
    }
}

QObject* makeFilmTest() { return new FilmTest; }

}  // namespace perceiver::ui::test

#include "film_test.moc"
