// What is seen of a sound, and each thing a person does with it.
#include <QApplication>
#include <QLabel>
#include <QSet>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>
#include <QWheelEvent>
#include <cmath>

#include "sound_fixture.h"
#include "ui/panels/tool_row.h"
#include "ui/style/format.h"
#include "ui/views/view_pane.h"

namespace perceiver::ui::test {

class SoundTest final : public SoundFixture {
    Q_OBJECT

  private slots:
    void aSoundHasItsOwnView();
    void hoverTellsTimePitchAttentionAndReaders();
    void thePitchScaleSaysItsUnit();
    void layoutsPutTheMapWhereTheySay();
    void rawSamplesGetAStrip();
    void aClickSeeks();
    void shiftDragChoosesALoop();
    void keysChooseALoop();
    void wheelKeepsTheTimeUnderThePointer();
    void dragPansAndDoubleClickFits();
    void keysDriveThePlayhead();
    void spacePressesTheButtonThatHasTheFocus();
    void soloButtonSaysWhatReads();
    void longFilesShowTheWholeAndResultsFollow();
    void theChipSaysWhatTheModelHears();
    void theViewIsSavedAsAPicture();
    void theWindowSwitchesBetweenPictureAndSound();
};

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
            for (double y = band.top() + 1; y < band.bottom(); y += 3)
                found << seen.pixel((QPointF(x, y) * ratio).toPoint());
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
    SOON_COMPARE(
        view()->hoverCard()->text(),
        QString("1.25 to 1.50 s · 1,200 to 3,000 Hz\nattention %1 · %2 uniform\nread most by latents 7, 12, 40")
            .arg(significant(double(attention)), timesUniform(double(attention) * 48)));
    QVERIFY(view()->hoverCard()->isVisible());
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(view(), &leave);
    QVERIFY(!view()->hoverCard()->isVisible());
}

/// Of what the highest mark counts in: "4 kHz" over "2k", "500 Hz" over "250".
void SoundTest::thePitchScaleSaysItsUnit() {
    for (const auto& [high, top, next] : {std::tuple{11'025.0, "10 kHz", "8k"}, std::tuple{6000.0, "4 kHz", "2k"},
                                          std::tuple{700.0, "500 Hz", "250"}}) {
        const auto ticks = hertzTicks({.area = {0, 0, 100, 400}, .low = 40, .high = high});
        QVERIFY(ticks.size() > 1);
        QCOMPARE(ticks[0].label, QString(top));
        QCOMPARE(ticks[1].label, QString(next));
    }
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
    SOON_VERIFY(view()->hoverCard()->text().startsWith("2.94 to 3.00 s\n"));
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
    mouse(QEvent::MouseButtonPress, wave(2), Qt::LeftButton, Qt::ShiftModifier);
    QCOMPARE(view()->cursor().shape(), Qt::SizeHorCursor);
    mouse(QEvent::MouseButtonRelease, wave(2), Qt::LeftButton, Qt::ShiftModifier);
    QCOMPARE(view()->cursor().shape(), Qt::ArrowCursor);
    drag(wave(2), wave(1), Qt::ShiftModifier);
    QVERIFY(player().loop());
    QVERIFY(std::abs(player().loop()->first - 1) < 0.01 && std::abs(player().loop()->second - 2) < 0.01);
    QVERIFY(std::abs(player().position() - player().loop()->first) < 1e-9);
    QVERIFY(find<QToolButton>("soundLoopButton")->isChecked());
    click(wave(0.5), Qt::ShiftModifier);
    QVERIFY(!player().loop());
    find<QToolButton>("soundLoopButton")->click();
    QVERIFY(player().loop() == (std::pair{0.0, 3.0}));
}

/// What was marked last holds; another end on its wrong side goes to the file's.
void SoundTest::keysChooseALoop() {
    startSound();
    open();
    const auto mark = [this](Qt::Key key, double at, double from, double to) {
        player().seek(at);
        QTest::keyClick(window_.get(), key);
        QVERIFY2(
            player().loop() && std::abs(player().loop()->first - from) < 1e-9 &&
                std::abs(player().loop()->second - to) < 1e-9,
            qPrintable(QString("at %1: %2 to %3").arg(at).arg(player().loop()->first).arg(player().loop()->second)));
        QCOMPARE(player().position(), std::clamp(at, from, to));  // marking is not going elsewhere
        QVERIFY(find<QToolButton>("soundLoopButton")->isChecked());
    };
    const auto begin = Qt::Key_BracketLeft, end = Qt::Key_BracketRight;
    QVERIFY(!player().loop());
    auto* button = find<QToolButton>("soundLoopButton");
    const QImage off = button->grab().toImage();
    mark(begin, 1, 1, 3);
    mark(end, 2, 1, 2);
    QVERIFY(button->grab().toImage() != off);  // one sees that it is on
    mark(begin, 1.5, 1.5, 2);
    mark(end, 0.5, 0, 0.5);
    mark(begin, 2.5, 2.5, 3);
    QTest::keyClick(window_.get(), Qt::Key_R);
    QVERIFY(!player().loop());
    mark(end, 2, 0, 2);  // the end first
    mark(begin, 1, 1, 2);
    player().seek(2);
    player().play();  // from its start, where the playhead stands at its end
    auto expected = engineSound(1, 2);
    const auto again = engineSound(1, 1.2);
    expected.insert(expected.end(), again.begin(), again.end());
    QVERIFY(difference(output_->pull(1.2), expected) < 1e-4);
    player().pause();
    // Nothing is shorter than can be heard, nor beyond the file.
    player().setLoop(std::nullopt);
    player().seek(3);
    QTest::keyClick(window_.get(), begin);
    QVERIFY(player().loop() && player().loop()->first < 3 && player().loop()->second == 3);
    player().setLoop(std::nullopt);
    player().seek(0);
    QTest::keyClick(window_.get(), end);
    QVERIFY(player().loop() && player().loop()->first == 0 && player().loop()->second > 0);
}

void SoundTest::wheelKeepsTheTimeUnderThePointer() {
    startSound();
    open();
    const QPointF at = wave(1.2);
    QWheelEvent wheel(at, view()->mapToGlobal(at), {}, {0, 480}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase,
                      false);
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
    QTest::keyClick(window_.get(), Qt::Key_Left, Qt::ShiftModifier);
    QCOMPARE(player().position(), 2.5);
    QTest::keyClick(window_.get(), Qt::Key_Home);
    QTest::keyClick(window_.get(), Qt::Key_Right, Qt::ShiftModifier);
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
    auto* solo = find<QToolButton>("soundSoloButton");
    solo->setFocus();
    if (QApplication::focusWidget() != solo) QSKIP("This platform gives no window the focus.");
    QTest::keyClick(window_.get(), Qt::Key_Space);
    QVERIFY(player().source() == Player::Source::solo && !player().playing());
}

void SoundTest::soloButtonSaysWhatReads() {
    startSound();
    open();
    state().selectCrossAttend(1);
    auto* solo = find<QToolButton>("soundSoloButton");
    QCOMPARE(solo->accessibleName(), QString("Solo: hear what cross-attend 2 reads"));
    state().pin(12);
    QCOMPARE(solo->accessibleName(), QString("Solo: hear what latent 12 of cross-attend 2 reads"));
    SOON_VERIFY(find<QLabel>("soundLegend")->text().contains("latent 12"));
}

void SoundTest::longFilesShowTheWholeAndResultsFollow() {
    startSound(30, 5);
    open();
    SOON_VERIFY(player().outline() && player().outline()->complete);
    QCOMPARE(engine_->outlines.size(), std::size_t(1));
    const QRectF overview = view()->bandRect(AudioView::Band::overview);
    QVERIFY(!overview.isEmpty());
    QSignalSpy finished(&state(), &State::finished);
    click({overview.left() + overview.width() * 0.5, overview.center().y()});
    SOON_COMPARE(finished.size(), 1);
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
