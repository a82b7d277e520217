// A sound: what is heard (through a device of the test's own) and what is seen, each thing a person does with it.
#include <QApplication>
#include <QLabel>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>
#include <cmath>

#include "ui/panels/permutation_lab.h"
#include "ui/panels/tool_row.h"
#include "ui/state/player.h"
#include "ui/state/resample.h"
#include "ui/style/format.h"
#include "ui/views/audio_view.h"
#include "ui/views/view_pane.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

namespace {

constexpr int kRate = SoundQueue::kRate;

/// A device that takes sound when the test says so, and has played all it took.
class FakeOutput final : public AudioOutput {
  public:
    bool there = true;
    int starts = 0, stops = 0;
    QueuePtr queue;

    void start(QueuePtr q) override {
        if (!there) return emit absent();
        queue = std::move(q);
        taken_ = 0;
        ++starts;
    }
    void stop() override {
        queue.reset();
        ++stops;
    }
    std::int64_t played() const override { return taken_; }

    /// Left channel of so many seconds, a tenth at a time, with the engine's answers in between.
    std::vector<float> pull(double seconds) {
        std::vector<float> out;
        for (auto left = std::llround(seconds * kRate); left > 0 && queue;) {
            for (int i = 0; i < 8; ++i) QCoreApplication::processEvents();
            if (!queue) break;
            const auto count = std::min<std::int64_t>(left, kRate / 10);
            std::vector<float> frames(std::size_t(2 * count));
            queue->take(frames.data(), count);
            for (std::size_t i = 0; i < frames.size(); i += 2) out.push_back(frames[i]);
            taken_ += count;
            left -= count;
        }
        return out;
    }

  private:
    std::int64_t taken_ = 0;
};

std::vector<float> engineSound(double from, double to) {
    std::vector<float> out;
    for (auto i = std::llround(from * kRate); i < std::llround(to * kRate); ++i)
        out.push_back(FakeEngine::soundAt(double(i) / kRate));
    return out;
}

double difference(const std::vector<float>& a, const std::vector<float>& b) {
    if (a.size() != b.size()) return 1e9;
    double most = 0;
    for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(double(a[i]) - double(b[i])));
    return most;
}

double loudest(const std::vector<float>& a) {
    double most = 0;
    for (const float x : a) most = std::max(most, std::abs(double(x)));
    return most;
}

}  // namespace

class SoundTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    // heard
    void piecesJoinWithoutAGap();
    void loopsWrapToTheFrame();
    void aSeekDropsWhatWaited();
    void pauseStopsTheDeviceAndKeepsThePlace();
    void theEndStops();
    void soloIsHeardAndFollowsTheCrossAttend();
    void shuffledSoundIsHeardFromTheLab();
    void withoutADeviceTheClockGoesOn();
    void resamplingKeepsATone();
    void queueKnowsWhatIsHeard();
    // seen
    void aSoundHasItsOwnView();
    void hoverTellsTimePitchAttentionAndReaders();
    void layoutsPutTheMapWhereTheySay();
    void rawSamplesGetAStrip();
    void aClickSeeks();
    void shiftDragChoosesALoop();
    void wheelKeepsTheTimeUnderThePointer();
    void dragPansAndDoubleClickFits();
    void keysDriveThePlayhead();
    void spacePressesTheButtonThatHasTheFocus();
    void soloButtonSaysWhatReads();
    void longFilesShowTheWholeAndResultsFollow();
    void theChipSaysWhatTheModelHears();
    void theViewIsSavedAsAPicture();
    void theWindowSwitchesBetweenPictureAndSound();

  private:
    void startSound(double duration = 3, double window = 3, bool pitches = true);
    void open(const QString& name = "bell.opus");
    AudioView* view() { return find<AudioView>("audioView"); }
    Player& player() { return state().player(); }
    void mouse(QEvent::Type, const QPointF&, Qt::MouseButton = Qt::LeftButton, Qt::KeyboardModifiers = {});
    void click(const QPointF&, Qt::KeyboardModifiers = {});
    void drag(const QPointF& from, const QPointF& to, Qt::KeyboardModifiers = {});
    QPointF wave(double seconds) { return {view()->xOf(seconds), view()->bandRect(AudioView::Band::wave).center().y()}; }

    FakeOutput* output_ = nullptr;
    bool device_ = true;
};

void SoundTest::startSound(double duration, double window, bool pitches) {
    output_ = nullptr;
    start();
    api::FileInfo file;
    file.kind = api::Kind::audio;
    file.format = "Opus";
    auto sound = std::make_shared<api::SoundInfo>();
    sound->duration = duration;
    sound->file_rate = 44'100;
    sound->file_channels = 2;
    sound->seconds = window;
    sound->rate = 16'000;
    for (int i = 0; i < int(window * sound->rate); ++i) sound->samples.push_back(FakeEngine::soundAt(double(i) / sound->rate));
    api::Spectrogram& s = sound->spectrogram;
    s.rows = 20;
    s.cols = 60;
    s.step = window / s.cols;
    s.low = -80;
    for (int i = 0; i < s.rows * s.cols; ++i) s.decibels.push_back(-80.0F + float(i % 60));
    for (int i = 0; i <= s.rows; ++i) s.hertz.push_back(40 * std::pow(200, double(i) / s.rows));
    file.sound = sound;
    api::InputPart part;
    part.kind = api::Kind::audio;
    part.grid = pitches ? api::Grid{1, 4, 12} : api::Grid{1, 1, 48};
    part.step = window / part.grid.cols;
    if (pitches) part.hertz = {60, 400, 1200, 3000, 7000};
    file.parts = {part};
    engine_->medium = file;
    engine_->onOpen = [this](api::JobId id) {
        const double begin = engine_->opened.at(id).start;
        auto moved = std::make_shared<api::SoundInfo>(*engine_->medium->sound);
        moved->start = moved->spectrogram.start = engine_->medium->parts[0].start = begin;
        engine_->medium->sound = moved;
        engine_->play(id);
    };
    player().setOutput([this] {
        auto made = std::make_unique<FakeOutput>();
        made->there = device_;
        output_ = made.get();
        return made;
    });
}

void SoundTest::open(const QString& name) {
    QFile file(folder_.filePath(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.close();
    dropAndWait(file.fileName());
}

void SoundTest::mouse(QEvent::Type type, const QPointF& at, Qt::MouseButton button, Qt::KeyboardModifiers keys) {
    const bool up = type == QEvent::MouseButtonRelease;
    QMouseEvent event(type, at, view()->mapToGlobal(at), type == QEvent::MouseMove ? Qt::NoButton : button,
                      up ? Qt::NoButton : button, keys);
    QApplication::sendEvent(view(), &event);
}

void SoundTest::click(const QPointF& at, Qt::KeyboardModifiers keys) {
    mouse(QEvent::MouseButtonPress, at, Qt::LeftButton, keys);
    mouse(QEvent::MouseButtonRelease, at, Qt::LeftButton, keys);
}

void SoundTest::drag(const QPointF& from, const QPointF& to, Qt::KeyboardModifiers keys) {
    mouse(QEvent::MouseButtonPress, from, Qt::LeftButton, keys);
    for (int i = 1; i <= 5; ++i) mouse(QEvent::MouseMove, from + (to - from) * i / 5.0, Qt::LeftButton, keys);
    mouse(QEvent::MouseButtonRelease, to, Qt::LeftButton, keys);
}

// ---- heard ----

void SoundTest::piecesJoinWithoutAGap() {
    startSound();
    open();
    player().seek(0.123);
    player().play();
    const auto heard = output_->pull(2);
    QVERIFY(difference(heard, engineSound(0.123, 2.123)) < 1e-4);
    QVERIFY(engine_->sounds.size() >= 4);
    QTRY_VERIFY(std::abs(player().position() - 2.123) < 1e-3);  // where the sound is, not where a clock is
}

void SoundTest::loopsWrapToTheFrame() {
    startSound();
    open();
    player().setLoop(std::pair{0.5, 0.8});
    player().play();
    auto expected = engineSound(0.5, 0.8);
    const auto once = expected;
    for (int i = 0; i < 3; ++i) expected.insert(expected.end(), once.begin(), once.end());
    QVERIFY(difference(output_->pull(1.2), expected) < 1e-4);
    QVERIFY(player().playing());
    player().setLoop(std::nullopt);
    QVERIFY(!find<QToolButton>("loopButton")->isChecked());
}

void SoundTest::aSeekDropsWhatWaited() {
    startSound();
    open();
    player().play();
    output_->pull(0.3);
    player().seek(2);
    QVERIFY(std::abs(player().position() - 2) < 1e-9);
    const auto heard = output_->pull(0.5);
    QVERIFY(difference(heard, engineSound(2, 2.5)) < 1e-4);
    QCOMPARE(output_->starts, 1);
}

void SoundTest::pauseStopsTheDeviceAndKeepsThePlace() {
    startSound();
    open();
    player().play();
    output_->pull(0.4);
    QTRY_VERIFY(std::abs(player().position() - 0.4) < 1e-3);
    player().pause();
    QCOMPARE(output_->stops, 1);
    QVERIFY(!output_->queue);
    player().play();
    QVERIFY(difference(output_->pull(0.2), engineSound(player().position(), player().position() + 0.2)) < 1e-4);
}

void SoundTest::theEndStops() {
    startSound();
    open();
    player().seek(2.8);
    player().play();
    const auto heard = output_->pull(0.3);
    QVERIFY(difference({heard.begin(), heard.begin() + kRate / 5}, engineSound(2.8, 3)) < 1e-4);
    QVERIFY(loudest({heard.begin() + kRate / 5, heard.end()}) == 0);
    QTRY_VERIFY(!player().playing());
    QCOMPARE(player().position(), 3.0);
    player().play();  // again, from the start
    QVERIFY(difference(output_->pull(0.1), engineSound(0, 0.1)) < 1e-4);
}

void SoundTest::soloIsHeardAndFollowsTheCrossAttend() {
    startSound();
    open();
    state().selectCrossAttend(1);
    player().setSolo(true);
    player().play();
    QTRY_COMPARE(engine_->solos.size(), std::size_t(1));
    QCOMPARE(engine_->solos.back().cross_attend, 1);
    const auto heard = output_->pull(1);
    auto half = engineSound(0, 1);
    for (float& x : half) x /= 2;
    QVERIFY(difference({heard.begin() + 4800, heard.end() - 4800}, {half.begin() + 4800, half.end() - 4800}) < 0.01);
    state().selectCrossAttend(2);
    state().pin(7);
    QCOMPARE(engine_->solos.back().cross_attend, 2);
    QCOMPARE(engine_->solos.back().latent, 7);
    player().setSolo(false);
    const double at = player().position();
    QVERIFY(difference(output_->pull(0.2), engineSound(at, at + 0.2)) < 1e-4);
}

void SoundTest::shuffledSoundIsHeardFromTheLab() {
    startSound();
    open();
    QTRY_VERIFY(state().shuffle().stay);
    auto* hear = find<QToolButton>("armStayHear");
    QVERIFY(hear->isVisible());
    const std::vector<float> samples(state().shuffle().stay->sound.size(), 0.25F);
    hear->click();
    QVERIFY(player().playing() && player().source() == Player::Source::shuffled);
    QVERIFY(find<QLabel>("soundRemark")->text().contains("shuffled"));
    api::PermutationResult made;
    made.sound = samples;
    player().hearShuffled(made);
    const auto heard = output_->pull(0.5);
    QVERIFY(difference({heard.begin() + 4800, heard.end()}, std::vector<float>(heard.size() - 4800, 0.25F)) < 0.01);
    output_->pull(2.6);
    QTRY_VERIFY(!player().playing());
    QVERIFY(player().source() == Player::Source::file);
}

void SoundTest::withoutADeviceTheClockGoesOn() {
    device_ = false;
    startSound();
    device_ = true;
    open();
    player().play();
    QVERIFY(player().playing());
    QVERIFY(player().soundless());
    QTRY_VERIFY(player().position() > 0.05);
    QVERIFY(find<QLabel>("soundRemark")->text().contains("no sound device"));
    player().seek(2.95);
    QTRY_VERIFY(!player().playing());
}

void SoundTest::resamplingKeepsATone() {
    for (const int from : {8'000, 22'050, 48'000, 96'000}) {
        std::vector<float> tone;
        for (int i = 0; i < from / 2; ++i) tone.push_back(0.5F * float(std::sin(i * 2 * 3.14159265 * 1000 / from)));
        const auto out = resampled(tone, from, kRate);
        QCOMPARE(out.size(), std::size_t(kRate / 2));
        for (std::size_t i = 2000; i < out.size() - 2000; ++i)
            QVERIFY(std::abs(double(out[i]) - 0.5 * std::sin(double(i) * 2 * 3.14159265 * 1000 / kRate)) < 0.005);
    }
    QVERIFY(resampled({}, 8000, kRate).empty());
}

void SoundTest::queueKnowsWhatIsHeard() {
    SoundQueue queue;
    queue.restart(10);
    QCOMPARE(queue.position(0), 10.0);
    std::vector<float> frames(2 * kRate);
    queue.take(frames.data(), kRate / 2);  // half a second of silence: nothing was there yet
    QCOMPARE(queue.position(kRate / 4), 10.0);
    queue.add(10, std::vector<float>(2 * kRate, 0.5F));
    QCOMPARE(queue.waiting(), 1.0);
    queue.take(frames.data(), kRate);
    QCOMPARE(queue.position(kRate / 2 + kRate / 4), 10.25);
    QVERIFY(!queue.over(kRate + kRate / 2));
    queue.end();
    QVERIFY(!queue.over(kRate));  // taken, not heard yet
    QVERIFY(queue.over(kRate + kRate / 2));
    queue.restart(3);
    QCOMPARE(queue.position(kRate), 3.0);
    QVERIFY(!queue.over(10 * kRate));
}

// ---- seen ----

void SoundTest::aSoundHasItsOwnView() {
    startSound();
    open();
    QCOMPARE(find<ViewPane>("viewPane")->view(), view());
    QVERIFY(view()->isVisible() && find<QWidget>("opacitySlider")->isVisible());
    QVERIFY(view()->bandRect(AudioView::Band::overview).isEmpty());  // the model hears all of it
    QVERIFY(view()->colorBarLabels().front().endsWith("uniform"));
    const QImage seen = view()->grab().toImage();
    const auto colours = [&](const QRectF& band) {
        const double ratio = view()->devicePixelRatioF();
        QSet<QRgb> found;
        for (double x = band.left() + 1; x < band.right(); x += 3)
            for (double y = band.top() + 1; y < band.bottom(); y += 3) found << seen.pixel((QPointF(x, y) * ratio).toPoint());
        return found.size();
    };
    for (const auto band : {AudioView::Band::wave, AudioView::Band::spectrum, AudioView::Band::curve})
        QVERIFY2(colours(view()->bandRect(band)) > 2, qPrintable(QString::number(int(band))));
    QCOMPARE(find<SoundControls>("soundControls")->positionText(), QString("0:00.0 / 0:03.0"));
}

void SoundTest::hoverTellsTimePitchAttentionAndReaders() {
    startSound();
    open();
    state().selectCrossAttend(1);
    const int element = 2 * 12 + 5;  // the third band, the sixth column
    mouse(QEvent::MouseMove, view()->elementCentre(element), Qt::NoButton);
    const float attention = engine_->valueOf(1, 1, api::all_latents, api::Scale::probability, element);
    QTRY_COMPARE(view()->hoverCard()->text(),
                 QString("1.25 to 1.50 s · 1,200 to 3,000 Hz\nattention %1 · %2 uniform\nread most by latents 7, 12, 40")
                     .arg(significant(double(attention)), timesUniform(double(attention) * 48)));
    QVERIFY(view()->hoverCard()->isVisible());
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(view(), &leave);
    QVERIFY(!view()->hoverCard()->isVisible());
}

void SoundTest::layoutsPutTheMapWhereTheySay() {
    startSound();
    open();
    using Band = AudioView::Band;
    QTest::keyClick(window_.get(), Qt::Key_1);
    QCOMPARE(view()->bandRect(Band::map), view()->bandRect(Band::spectrum));
    QTest::keyClick(window_.get(), Qt::Key_2);
    QVERIFY(!view()->bandRect(Band::map).intersects(view()->bandRect(Band::spectrum)));
    QCOMPARE(view()->bandRect(Band::map).left(), view()->bandRect(Band::spectrum).left());  // one axis of time
    QVERIFY(!find<QWidget>("opacitySlider")->isVisible());
    QTest::keyClick(window_.get(), Qt::Key_3);
    QVERIFY(view()->bandRect(Band::spectrum).isEmpty());
    const QPointF at = view()->elementCentre(30);
    const QColor alone = view()->grab().toImage().pixelColor((at * view()->devicePixelRatioF()).toPoint());
    const MapPtr map = state().shownMap();
    const QImage painted = paintMap(*map, ColorMap::viridis);
    QCOMPARE(alone.rgb(), painted.pixelColor(30 % map->cols, 30 / map->cols).rgb());
}

void SoundTest::rawSamplesGetAStrip() {
    startSound(3, 3, false);
    open();
    using Band = AudioView::Band;
    QVERIFY(!view()->bandRect(Band::map).intersects(view()->bandRect(Band::spectrum)));
    QVERIFY(!find<QWidget>("opacitySlider")->isVisible());  // nothing lies over anything
    mouse(QEvent::MouseMove, view()->elementCentre(47), Qt::NoButton);
    QTRY_VERIFY(view()->hoverCard()->text().startsWith("2.94 to 3.00 s\n"));
}

void SoundTest::aClickSeeks() {
    startSound();
    open();
    click(wave(1.5));
    QVERIFY(std::abs(player().position() - 1.5) < 0.01);
    click({view()->xOf(2.5), view()->bandRect(AudioView::Band::curve).center().y()});
    QVERIFY(std::abs(player().position() - 2.5) < 0.01);
    QVERIFY(find<SoundControls>("soundControls")->positionText().startsWith("0:02.5"));
    click({4, 4});  // beside it all
    QVERIFY(std::abs(player().position() - 2.5) < 0.01);
}

void SoundTest::shiftDragChoosesALoop() {
    startSound();
    open();
    drag(wave(2), wave(1), Qt::ShiftModifier);
    QVERIFY(player().loop());
    QVERIFY(std::abs(player().loop()->first - 1) < 0.01 && std::abs(player().loop()->second - 2) < 0.01);
    QVERIFY(std::abs(player().position() - player().loop()->first) < 1e-9);
    QVERIFY(find<QToolButton>("loopButton")->isChecked());
    click(wave(0.5), Qt::ShiftModifier);
    QVERIFY(!player().loop());
    find<QToolButton>("loopButton")->click();
    QVERIFY(player().loop() == (std::pair{0.0, 3.0}));
}

void SoundTest::wheelKeepsTheTimeUnderThePointer() {
    startSound();
    open();
    const QPointF at = wave(1.2);
    QWheelEvent wheel(at, view()->mapToGlobal(at), {}, {0, 480}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(view(), &wheel);
    QVERIFY(view()->zoom() > 1.5);
    QVERIFY(std::abs(view()->xOf(1.2) - at.x()) < 0.01);
    QVERIFY(view()->visiblePart().width() < 0.7 && view()->visiblePart().height() == 1);
    for (int i = 0; i < 40; ++i) view()->zoomBy(4);
    QVERIFY(view()->zoom() <= 201);
    QTest::keyClick(window_.get(), Qt::Key_F);
    QVERIFY(view()->range() == (std::pair{0.0, 3.0}));
}

void SoundTest::dragPansAndDoubleClickFits() {
    startSound();
    open();
    drag(wave(1), wave(2));  // it fits: nothing to pan, and no click either
    QVERIFY(view()->range() == (std::pair{0.0, 3.0}) && player().position() == 0);
    view()->zoomBy(3);
    const double before = view()->range().first;
    drag(wave(1.5), wave(1.3));
    QVERIFY(std::abs(view()->range().first - before - 0.2) < 0.01);
    QCOMPARE(player().position(), 0.0);
    drag(wave(view()->range().first + 0.01), wave(view()->range().first + 20));
    QCOMPARE(view()->range().first, 0.0);
    mouse(QEvent::MouseButtonDblClick, wave(0.5));
    QCOMPARE(view()->zoom(), 1.0);
}

void SoundTest::keysDriveThePlayhead() {
    startSound();
    open();
    QTest::keyClick(window_.get(), Qt::Key_Space);
    QVERIFY(player().playing());
    QTest::keyClick(window_.get(), Qt::Key_Space);
    QVERIFY(!player().playing());
    QTest::keyClick(window_.get(), Qt::Key_End);
    QCOMPARE(player().position(), 3.0);
    QTest::keyClick(window_.get(), Qt::Key_Left, Qt::ControlModifier);
    QCOMPARE(player().position(), 2.5);
    QTest::keyClick(window_.get(), Qt::Key_Home);
    QTest::keyClick(window_.get(), Qt::Key_Right, Qt::ControlModifier);
    QCOMPARE(player().position(), 0.5);
    QTest::keyClick(window_.get(), Qt::Key_R);
    QVERIFY(player().loop());
    QTest::keyClick(window_.get(), Qt::Key_H);
    QVERIFY(player().source() == Player::Source::solo);
}

void SoundTest::spacePressesTheButtonThatHasTheFocus() {
    startSound();
    open();
    window_->activateWindow();
    auto* solo = find<QToolButton>("soloButton");
    solo->setFocus();
    if (QApplication::focusWidget() != solo) QSKIP("This platform gives no window the focus.");
    QTest::keyClick(window_.get(), Qt::Key_Space);
    QVERIFY(player().source() == Player::Source::solo && !player().playing());
}

void SoundTest::soloButtonSaysWhatReads() {
    startSound();
    open();
    state().selectCrossAttend(1);
    auto* solo = find<QToolButton>("soloButton");
    QCOMPARE(solo->accessibleName(), QString("Solo: hear what cross-attend 2 reads"));
    state().pin(12);
    QCOMPARE(solo->accessibleName(), QString("Solo: hear what latent 12 of cross-attend 2 reads"));
    QTRY_VERIFY(find<QLabel>("soundLegend")->text().contains("latent 12"));
}

void SoundTest::longFilesShowTheWholeAndResultsFollow() {
    startSound(30, 5);
    open();
    QTRY_VERIFY(player().outline() && player().outline()->complete);
    QCOMPARE(engine_->outlines.size(), std::size_t(1));
    const QRectF overview = view()->bandRect(AudioView::Band::overview);
    QVERIFY(!overview.isEmpty());
    QSignalSpy finished(&state(), &State::finished);
    click({overview.left() + overview.width() * 0.5, overview.center().y()});
    QTRY_COMPARE(finished.size(), 1);
    QVERIFY(std::abs(player().window().first - 15) < 0.1);
    QVERIFY(std::abs(view()->range().first - player().window().first) < 1e-9);
    player().play();  // on with the new job's pieces
    const double at = player().position();
    QVERIFY(difference(output_->pull(0.5), engineSound(at, at + 0.5)) < 1e-4);
    QCOMPARE(engine_->sounds.back().job, engine_->newest());
    QCOMPARE(engine_->outlines.size(), std::size_t(1));
}

void SoundTest::theChipSaysWhatTheModelHears() {
    startSound();
    open();
    QCOMPARE(find<ToolRow>("toolRow")->fileChip()->detail(), QString::fromUtf8("3.0 s · 44.1 kHz stereo → 4 × 12"));
}

void SoundTest::theViewIsSavedAsAPicture() {
    startSound();
    open();
    const QString path = folder_.filePath("seen.png");
    QVERIFY(window_->saveView(path));
    const QImage saved(path);
    QCOMPARE(saved.width(), int(view()->width() * view()->devicePixelRatioF()));
    QVERIFY(saved.height() < view()->height() * view()->devicePixelRatioF());  // without the controls
    QVERIFY(!window_->saveView(folder_.filePath("nowhere/seen.png")));
    QVERIFY(find<NoticeBar>("noticeBar")->isVisible());
    dropAndWait(picture("a.png"));
    QVERIFY(window_->saveView(path));
    QCOMPARE(QImage(path).height(), int(find<ViewPane>("viewPane")->view()->height() * view()->devicePixelRatioF()));
}

void SoundTest::theWindowSwitchesBetweenPictureAndSound() {
    startSound();
    open();
    player().play();
    output_->pull(0.2);
    dropAndWait(picture("a.png"));
    QVERIFY(!player().playing() && !player().available());
    QVERIFY(!view()->isVisible());
    QVERIFY(!window_->actionTable()["play"]->isEnabled());
    open("again.opus");
    QVERIFY(view()->isVisible());
    QCOMPARE(player().position(), 0.0);
    QVERIFY(window_->actionTable()["play"]->isEnabled());
}

QObject* makeSoundTest() { return new SoundTest; }

}  // namespace perceiver::ui::test

#include "sound_test.moc"
