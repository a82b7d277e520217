// The picture and its maps: hover, layouts, zoom, colour bar, cross-attends, undo.
#include <QApplication>
#include <QLabel>
#include <QSlider>
#include <QTest>
#include <QWheelEvent>

#include "ui/panels/architecture_strip.h"
#include "ui/style/format.h"
#include "ui/views/image_view.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class LookingTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void keysPointAtElementsAndHoldThem();
    void hoverTellsPixelColourAttentionAndReaders();
    void hoverOfLogitTellsTheScore();
    void layoutsPutTheMapWhereTheySay();
    void zoomKeepsThePointUnderThePointer();
    void colourBarSpeaksInTimesUniform();
    void colourBarOfLogitsSpeaksInScores();
    void arrowKeysStepCrossAttends();
    void clickInTheStripSelects();
    void undoAndRedoOfViewChanges();
    void draggingASliderIsOneUndo();
};

void LookingTest::hoverTellsPixelColourAttentionAndReaders() {
    start();
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(1);
    const int element = 22 * 32 + 13;
    hover(element);
    auto* card = find<ImageView>("imageView")->hoverCard();
    QVERIFY(card->isVisible());
    const QColor rgb = state().result()->view.pixelColor(13, 22);
    const float attention = engine_->valueOf(1, 1, api::all_latents, api::Scale::probability, element);
    SOON_COMPARE(
        card->text(),
        QString("pixel (13, 22) · rgb %1 %2 %3\nattention %4 · %5 uniform\nread most by latents 7, 12, 40")
            .arg(rgb.red())
            .arg(rgb.green())
            .arg(rgb.blue())
            .arg(significant(double(attention)), timesUniform(double(attention) * 1024)));
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(find<ImageView>("imageView"), &leave);
    QVERIFY(!card->isVisible());
}

void LookingTest::hoverOfLogitTellsTheScore() {
    start();
    dropAndWait(picture("a.png"));
    state().setScale(api::Scale::logit);
    SOON_VERIFY(state().shownMap() && state().shownMap()->scale == api::Scale::logit);
    const int element = 10 * 32 + 10;
    hover(element);
    const float score = engine_->valueOf(1, 0, api::all_latents, api::Scale::logit, element);
    auto* card = find<ImageView>("imageView")->hoverCard();
    SOON_VERIFY(card->text().contains("score " + significant(double(score), 3) + " · "));
    QVERIFY(card->text().contains(QString::fromUtf8("× uniform")));
}

void LookingTest::layoutsPutTheMapWhereTheySay() {
    start();
    dropAndWait(picture("wide.png", {800, 400}));
    auto* view = find<ImageView>("imageView");
    const auto pixel = [&](const QPointF& at) {
        return view->grab().toImage().pixelColor((at * view->devicePixelRatioF()).toPoint());
    };
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
    QCOMPARE(pixel(view->elementCentre(element)), map);  // on the map's side
    QVERIFY(view->elementCentre(element).x() > view->width() / 2.0 - 60);
    QTest::keyClick(window_.get(), Qt::Key_3);
    QCOMPARE(pixel(view->elementCentre(element)), map);
    const QRectF alone = view->pictureRect();
    QVERIFY(std::abs(alone.width() - alone.height()) < 1e-6);  // only the square the model sees
}

void LookingTest::zoomKeepsThePointUnderThePointer() {
    start();
    dropAndWait(picture("a.png"));
    auto* view = find<ImageView>("imageView");
    const int element = 12 * 32 + 20;
    const QPointF at = view->elementCentre(element);
    QWheelEvent wheel(at, view->mapToGlobal(at), {}, {0, 240}, Qt::NoButton, Qt::NoModifier,
                      Qt::NoScrollPhase, false);
    QApplication::sendEvent(view, &wheel);
    QVERIFY(view->zoom() > 1.2);
    QVERIFY((view->elementCentre(element) - at).manhattanLength() < 1e-6);
    QVERIFY(view->visiblePart().width() <= 1);
    QTest::mouseDClick(view, Qt::LeftButton, Qt::NoModifier, at.toPoint());
    QCOMPARE(view->zoom(), 1.0);
}

void LookingTest::colourBarSpeaksInTimesUniform() {
    start();
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(2);
    const QStringList labels = find<ImageView>("imageView")->colorBarLabels();
    const double top = double(state().shownMap()->high) * 1024;
    QVERIFY2(labels.front().endsWith(QString::fromUtf8("× uniform")), qPrintable(labels.front()));
    QVERIFY(std::abs(labels.front().section(QChar(0x00d7), 0, 0).toDouble() - top) <=
            std::max(0.5, top * 0.06));
    QCOMPARE(labels.back(), QString("0"));
}

void LookingTest::colourBarOfLogitsSpeaksInScores() {
    start();
    dropAndWait(picture("a.png"));
    QTest::keyClick(window_.get(), Qt::Key_L);
    SOON_VERIFY(state().shownMap() && state().shownMap()->scale == api::Scale::logit);
    const QStringList labels = find<ImageView>("imageView")->colorBarLabels();
    QVERIFY(labels.front().endsWith("score"));
    QCOMPARE(labels.back(), significant(double(state().shownMap()->low)));
}

void LookingTest::arrowKeysStepCrossAttends() {
    start();
    dropAndWait(picture("a.png"));
    QCOMPARE(state().view().crossAttend, 0);
    QTest::keyClick(window_.get(), Qt::Key_Right);
    QTest::keyClick(window_.get(), Qt::Key_Right);
    QCOMPARE(state().view().crossAttend, 2);
    QCOMPARE(find<ImageView>("imageView")->mapImage().isNull(), false);
    QVERIFY(
        find<QLabel>("viewCaption")->accessibleName().startsWith("Cross-attend 3 · mean over 64 latents"));
    for (int i = 0; i < 5; ++i) QTest::keyClick(window_.get(), Qt::Key_Right);
    QCOMPARE(state().view().crossAttend, 3);
    for (int i = 0; i < 9; ++i) QTest::keyClick(window_.get(), Qt::Key_Left);
    QCOMPARE(state().view().crossAttend, 0);
}

void LookingTest::clickInTheStripSelects() {
    start();
    dropAndWait(picture("a.png"));
    auto* strip = find<ArchitectureStrip>("architectureStrip");
    QTest::mouseClick(strip->viewport(), Qt::LeftButton, Qt::NoModifier, strip->crossAttendRect(3).center());
    QCOMPARE(state().view().crossAttend, 3);
    SOON_COMPARE(state().shownMap().get(), state().result()->cross[3].mean.get());
    SOON_VERIFY(state().grid());
}

void LookingTest::undoAndRedoOfViewChanges() {
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
    for (int i = 0; i < 5; ++i)
        QTest::keyClick(window_.get(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
    QVERIFY(state().view() == last);
    SOON_VERIFY(state().pinnedMap());
}

void LookingTest::draggingASliderIsOneUndo() {
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

/// Without a mouse: Tab comes to the picture, arrows walk its elements, Return holds one.
void LookingTest::keysPointAtElementsAndHoldThem() {
    start();
    dropAndWait(picture("a.png"));
    auto* view = find<ImageView>("imageView");
    QVERIFY(view->focusPolicy() & Qt::TabFocus);
    QFocusEvent comes(QEvent::FocusIn, Qt::TabFocusReason), goes(QEvent::FocusOut, Qt::TabFocusReason);
    QApplication::sendEvent(view, &comes);
    const int first = view->hovered();
    QVERIFY(first >= 0 && view->hoverCard()->isVisible());
    QTest::keyClick(view, Qt::Key_Right);
    QCOMPARE(view->hovered(), first + 1);
    QTest::keyClick(view, Qt::Key_Down);
    QCOMPARE(view->hovered(), first + 1 + 32);
    QTest::keyClick(view, Qt::Key_Left);
    QTest::keyClick(view, Qt::Key_Up);
    QCOMPARE(view->hovered(), first);
    QCOMPARE(state().view().crossAttend, 0);
    QTest::keyClick(view, Qt::Key_Return);
    QCOMPARE(state().view().held, first);
    SOON_VERIFY(state().element());
    for (int i = 0; i < 40; ++i) QTest::keyClick(view, Qt::Key_Left);
    QCOMPARE(view->hovered() % 32, 0);  // at the edge it stays
    QApplication::sendEvent(view, &goes);
    QCOMPARE(view->hovered(), -1);
    state().undoStack().undo();
    QCOMPARE(state().view().held, -1);
}

QObject* makeLookingTest() { return new LookingTest; }

}  // namespace perceiver::ui::test

#include "looking_test.moc"
