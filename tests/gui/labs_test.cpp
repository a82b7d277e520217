// The labs Positions and Cost: which element is asked about and when, what becomes of the answers, bars and
// charts that add up, and that every kind of file has its map.
#include <QLabel>
#include <QMouseEvent>
#include <QSettings>
#include <QTest>
#include <QToolButton>
#include <cmath>

#include "fake_cloud.h"
#include "fake_film.h"
#include "sound_fixture.h"
#include "ui/panels/command_palette.h"
#include "ui/panels/cost_lab.h"
#include "ui/panels/lab_dock.h"
#include "ui/panels/positions_lab.h"
#include "ui/style/format.h"
#include "ui/style/theme.h"
#include "ui/views/image_view.h"

namespace perceiver::ui::test {

class LabsTest final : public SoundFixture {
    Q_OBJECT

  private slots:
    void theirKeysAndTabsOpenThem();
    void nothingIsAskedUnlessOpen();
    void theElementIsTheOneHeldElseHoveredElseTheMiddle();
    void oneQuestionAtATimeAndTheNewestNext();
    void theMapSaysACosineAndMarksItsPlaceInTheView();
    void curvesGoThroughTheElement();
    void withoutPositionsItSaysWhatThatMeans();
    void aSoundsMapHasItsLowestPitchBelow();
    void aFilmsMapIsOfTheElementsFrame();
    void aCloudsCurveIsByDistance();
    void anotherFileIsAskedAboutAfresh();
    void barsAreCutIntoTheirPartsAndAddUp();
    void aClickOnACrossAttendsBarSelectsIt();
    void chartsAreLogarithmicAndMeetSelfAttention();
    void theyFitAnyWindowInBothThemes();
    void theLabThatWasOpenComesBackByName();

  private:
    void openPositions(const api::FileInfo* medium = nullptr) {
        if (medium) {
            dropMedium("a.file", *medium);
        } else {
            dropAndWait(picture("a.png"));
        }
        QTest::keyClick(window_.get(), Qt::Key_O);
        SOON_VERIFY(labs().positions());
    }
    void openCost() {
        dropAndWait(picture("a.png"));
        QTest::keyClick(window_.get(), Qt::Key_K);
        SOON_VERIFY(labs().cost());
    }
    LabAnswers& labs() { return state().labs(); }
    LikenessMap* map() { return find<LikenessMap>("likenessMap"); }
    LikenessCurves* curves() { return find<LikenessCurves>("likenessCurves"); }
    CostBoard* board() { return find<CostBoard>("costBoard"); }
    CostCharts* charts() { return find<CostCharts>("costCharts"); }
    QString label(const char* name) { return find<QLabel>(name)->text(); }
    void pointAt(QWidget* widget, const QPointF& at) {
        QMouseEvent move(QEvent::MouseMove, at, widget->mapToGlobal(at), Qt::NoButton, Qt::NoButton,
                         Qt::NoModifier);
        QApplication::sendEvent(widget, &move);
    }
    QColor pixelAt(QWidget* widget, const QPointF& at) {
        return widget->grab().toImage().pixelColor((at * widget->devicePixelRatioF()).toPoint());
    }
};

void LabsTest::theirKeysAndTabsOpenThem() {
    start();
    dropAndWait(picture("a.png"));
    auto* dock = find<LabDock>("labDock");
    for (const auto& [key, name, tab, action] :
         {std::tuple{Qt::Key_O, "positionsLab", "labTab3", "positions"},
          {Qt::Key_K, "costLab", "labTab4", "cost"}}) {
        QTest::keyClick(window_.get(), key);
        QVERIFY(find<QWidget>(name)->isVisible());
        QVERIFY(window_->actionTable()[action]->isChecked());
        QCOMPARE(dock->currentName(), QString(name));
        QTest::keyClick(window_.get(), key);
        QVERIFY(!dock->isOpen() && !window_->actionTable()[action]->isChecked());
        QTest::mouseClick(find<QToolButton>(tab), Qt::LeftButton);
        QVERIFY(find<QWidget>(name)->isVisible());
        auto* palette = find<CommandPalette>("commandPalette");
        palette->toggle();
        QTest::keyClicks(find<QWidget>("paletteLine"), window_->actionTable()[action]->text());
        QCOMPARE(palette->offered().value(0), window_->actionTable()[action]->text());
        palette->hide();
    }
}

void LabsTest::nothingIsAskedUnlessOpen() {
    start();
    dropAndWait(picture("a.png"));
    hover(40);
    QVERIFY(engine_->positions.empty() && engine_->costs.empty());
    QTest::keyClick(window_.get(), Qt::Key_K);
    SOON_COMPARE(engine_->costs.size(), std::size_t(1));
    QVERIFY(engine_->positions.empty());
    QTest::keyClick(window_.get(), Qt::Key_O);
    QTest::keyClick(window_.get(), Qt::Key_K);
    QTest::keyClick(window_.get(), Qt::Key_O);
    QCOMPARE(engine_->costs.size(), std::size_t(1));  // known already, and shown at once
    QCOMPARE(engine_->positions.size(), std::size_t(1));
}

void LabsTest::theElementIsTheOneHeldElseHoveredElseTheMiddle() {
    start();
    openPositions();
    QCOMPARE(engine_->positions.back().element, api::middle_element);
    QCOMPARE(label("positionsElement"), QString("Element 528 of 1,024"));
    QCOMPARE(label("positionsPlace"), QString("row 16, column 16"));
    QVERIFY2(label("positionsKind").contains("16 bands along each axis") &&
                 label("positionsKind").contains("66 of C = 69"),
             qPrintable(label("positionsKind")));
    hover(33);
    SOON_COMPARE(label("positionsPlace"), QString("row 1, column 1"));
    QCOMPARE(labs().positions()->cosine[33], 1.0F);
    state().hold(100);
    SOON_COMPARE(label("positionsPlace"), QString("row 3, column 4"));
    QCOMPARE(label("positionsElement"), QString("Element 100 of 1,024, held"));
    hover(700);
    QCoreApplication::processEvents();
    QCOMPARE(labs().positions()->element, 100);  // what is held stays
    state().undoStack().undo();
    SOON_COMPARE(labs().positions()->element, 700);
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(find<ImageView>("imageView"), &leave);
    SOON_COMPARE(labs().positions()->element, 528);
}

void LabsTest::oneQuestionAtATimeAndTheNewestNext() {
    start();
    openPositions();
    engine_->answering = false;
    const std::size_t before = engine_->positions.size();
    for (int element = 200; element < 260; ++element) state().hover(element);
    QCOMPARE(engine_->positions.size(), before + 1);
    QCOMPARE(engine_->positions.back().element, 200);
    QCOMPARE(labs().positions()->element, 528);
    engine_->answer(engine_->positions.back());
    SOON_COMPARE(labs().positions()->element, 200);  // something moves, though the pointer is on its way
    QCOMPARE(engine_->positions.size(), before + 2);
    QCOMPARE(engine_->positions.back().element, 259);
    engine_->answer(engine_->positions.back());
    SOON_COMPARE(labs().positions()->element, 259);
    QCOMPARE(engine_->positions.size(), before + 2);
    state().hover(5);
    engine_->sendFailed(engine_->newest(), "This could not be said.");
    QCoreApplication::processEvents();
    engine_->answering = true;
    state().hover(6);  // a question that failed does not block the next
    SOON_COMPARE(labs().positions()->element, 6);
}

void LabsTest::theMapSaysACosineAndMarksItsPlaceInTheView() {
    start();
    openPositions();
    QCOMPARE(map()->title(), QString("Cosine to every other"));
    QCOMPARE(map()->colorBarLabels(), (QStringList{"1", "0", QString(QChar(0x2212)) + '1'}));
    QVERIFY(std::abs(map()->pictureRect().width() - map()->pictureRect().height()) < 1);
    auto* view = find<ImageView>("imageView");
    const QImage plain = view->grab().toImage();
    pointAt(map(), map()->elementCentre(530));
    QCOMPARE(state().marked(), 530);
    QCOMPARE(map()->title(), QString("0.60 at row 16, column 18"));  // 1 / (1 + 2 / 3)
    QVERIFY(view->grab().toImage() != plain);
    QCOMPARE(labs().positions()->element, 528);  // it asks about no other
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(map(), &leave);
    QCOMPARE(state().marked(), -1);
    QCOMPARE(view->grab().toImage(), plain);
    pointAt(map(), map()->elementCentre(3));
    QTest::keyClick(window_.get(), Qt::Key_K);  // another lab
    QCOMPARE(state().marked(), -1);
}

void LabsTest::curvesGoThroughTheElement() {
    start();
    openPositions();
    hover(33);
    SOON_COMPARE(labs().positions()->element, 33);
    QCOMPARE(curves()->curves().size(), std::size_t(2));
    for (const auto& curve : curves()->curves()) {
        QCOMPARE(curve.values.size(), std::size_t(32));
        QCOMPARE(curve.mark, 1.0);
        QCOMPARE(curve.values[1].y(), 1.0);
        for (std::size_t i = 2; i < curve.values.size(); ++i)
            QVERIFY(curve.values[i].y() < curve.values[i - 1].y());
    }
    QVERIFY(curves()->rect().contains(curves()->plotOf(0).toRect()) &&
            curves()->rect().contains(curves()->plotOf(1).toRect()));
    QVERIFY(!curves()->plotOf(0).intersects(curves()->plotOf(1)));
}

void LabsTest::withoutPositionsItSaysWhatThatMeans() {
    start();
    engine_->noPositions = true;
    dropAndWait(picture("a.png"));
    QTest::keyClick(window_.get(), Qt::Key_O);
    SOON_VERIFY(labs().positions());
    QVERIFY2(map()->sentence().contains("no position features"), qPrintable(map()->sentence()));
    QVERIFY(!curves()->isVisible());
    QVERIFY(map()->pictureRect().isEmpty());
    pointAt(map(), QPointF(map()->rect().center()));
    QCOMPARE(state().marked(), -1);
    QVERIFY(!map()->grab().isNull());
}

void LabsTest::aSoundsMapHasItsLowestPitchBelow() {
    startSound();
    const api::FileInfo file = *engine_->medium;
    openPositions(&file);
    QCOMPARE(curves()->curves().size(), std::size_t(2));  // pitches and time
    QVERIFY2(label("positionsPlace").contains("Hz"), qPrintable(label("positionsPlace")));
    QVERIFY(map()->elementCentre(0).y() > map()->elementCentre(3 * 12).y());
    pointAt(map(), map()->elementCentre(7));
    QCOMPARE(state().marked(), 7);
}

void LabsTest::aFilmsMapIsOfTheElementsFrame() {
    start();
    const api::FileInfo file = film();
    openPositions(&file);
    QCOMPARE(curves()->curves().size(), std::size_t(3));
    QCOMPARE(labs().positions()->element, (2 * 6 + 3) * 6 + 3);
    pointAt(map(), map()->elementCentre(2 * 36 + 8));
    QCOMPARE(state().marked(), 2 * 36 + 8);
    QVERIFY2(label("positionsPlace").startsWith("0.64 s, row 3"), qPrintable(label("positionsPlace")));
}

void LabsTest::aCloudsCurveIsByDistance() {
    start();
    const api::FileInfo file = cloudFile(box(5));
    openPositions(&file);
    QCOMPARE(curves()->curves().size(), std::size_t(1));
    QCOMPARE(curves()->curves()[0].values.size(), std::size_t(10));
    QVERIFY(label("positionsPlace").startsWith("point 62 at (0.00, 0.00, 0.00)"));
    const QRectF at = map()->pictureRect();
    for (int i = 0; i < 125; ++i) QVERIFY(at.contains(map()->elementCentre(i)));
    pointAt(map(), map()->elementCentre(100));
    QVERIFY(state().marked() >= 0);
}

void LabsTest::anotherFileIsAskedAboutAfresh() {
    start();
    openPositions();
    state().hold(9);
    SOON_COMPARE(labs().positions()->element, 9);
    engine_->onOpen = [this](api::JobId id) { engine_->sendOpened(id); };
    drop(picture("b.png", {300, 300}));
    SOON_VERIFY(!labs().positions());  // until the run is done
    QVERIFY(!map()->sentence().isEmpty());
    engine_->sendFinished(engine_->newest());
    SOON_VERIFY(labs().positions());
    QCOMPARE(engine_->positions.back().job, engine_->newest());
    QCOMPARE(engine_->positions.back().element, api::middle_element);
    state().closeFile();
    QVERIFY(!labs().positions() && !labs().cost());
}

void LabsTest::barsAreCutIntoTheirPartsAndAddUp() {
    start();
    openCost();
    const auto& rows = board()->rows();
    QStringList names;
    for (const auto& row : rows) names << row.name;
    QCOMPARE(names, (QStringList{"Input array", "Latent array", QString::fromUtf8("Cross-attend × 4"),
                                 QString::fromUtf8("Latent block × 4"), "Head"}));
    double flops = 0;
    std::int64_t weights = 0;
    for (const auto& row : rows) flops += row.flops, weights += row.parameters;
    QCOMPARE(flops, labs().cost()->flops);
    QCOMPARE(weights, labs().cost()->parameters);
    QCOMPARE(board()->words(2, CostBoard::kFlops), QString("41"));
    QCOMPARE(board()->words(2, CostBoard::kTime), milliseconds(4 * 3.9));
    QCOMPARE(board()->words(2, CostBoard::kWeights), millions(2 * 139'264) + ", shared");
    QVERIFY2(board()->words(2, CostBoard::kMemory).contains(QString::fromUtf8("→")),
             qPrintable(board()->words(2, CostBoard::kMemory)));
    for (const auto column : {CostBoard::kFlops, CostBoard::kTime, CostBoard::kMemory}) {
        const QRectF cell = board()->cell(2, column);
        double left = cell.left();
        for (int part = 0; part < 4; ++part) {
            const QRectF one = board()->segment(2, column, part);
            QVERIFY(std::abs(one.left() - left) < 1e-6 && one.width() > 1);
            left = one.right();
        }
        QVERIFY(left <= cell.right() + 1e-6);
    }
    QVERIFY(std::abs(board()->segment(2, CostBoard::kFlops, 3).right() -
                     board()->cell(2, CostBoard::kFlops).right()) < 1e-6);
    QVERIFY(board()->segment(3, CostBoard::kFlops, 3).right() < board()->cell(3, CostBoard::kFlops).right());
    QCOMPARE(label("costSum"), QString("49.0 GFLOP in ") + milliseconds(40));
    QVERIFY(label("costWords").contains("1,024 inputs"));
    QVERIFY(board()->accessibleDescription().contains("Cross-attend"));
}

void LabsTest::aClickOnACrossAttendsBarSelectsIt() {
    start();
    openCost();
    const QPointF third = board()->segment(2, CostBoard::kTime, 2).center();
    const QColor before = pixelAt(board(), third + QPointF(4, -5));
    QTest::mouseClick(board(), Qt::LeftButton, Qt::NoModifier, third.toPoint());
    QCOMPARE(state().view().crossAttend, 2);
    QVERIFY(pixelAt(board(), third + QPointF(4, -5)) != before);
    state().undoStack().undo();
    QCOMPARE(state().view().crossAttend, 0);
    QTest::mouseClick(board(), Qt::LeftButton, Qt::NoModifier,
                      board()->segment(3, CostBoard::kTime, 2).center().toPoint());
    QCOMPARE(state().view().crossAttend, 0);
}

void LabsTest::chartsAreLogarithmicAndMeetSelfAttention() {
    start();
    openCost();
    for (int i = 0; i < 3; ++i) {
        const Chart chart = charts()->chartOf(i);
        QVERIFY(charts()->rect().contains(chart.plot.toRect()) && chart.plot.width() > 60 &&
                chart.plot.height() > 40);
        QVERIFY(chart.x.logarithmic && chart.y.logarithmic && chart.x.ticks.size() == 3 &&
                chart.y.ticks.size() >= 1);
        const auto values = charts()->curve(i);
        QCOMPARE(values.size(), std::size_t(5));
        const double step = chart.at(values[1].x(), 1).x() - chart.at(values[0].x(), 1).x();
        for (std::size_t k = 1; k < values.size(); ++k) {
            QVERIFY(values[k].y() > values[k - 1].y());
            // Twice as many is as far, wherever it is.
            if (i < 2)
                QVERIFY(std::abs(chart.at(values[k].x(), 1).x() - chart.at(values[k - 1].x(), 1).x() - step) <
                        0.01);
            QVERIFY(chart.plot.adjusted(-1, -1, 1, 1).contains(chart.at(values[k].x(), values[k].y())));
        }
    }
    const auto layer = charts()->contrast(0), flat = charts()->contrast(1);
    QVERIFY(layer[4].y() / layer[3].y() > 3.5);  // nearly four times for twice the inputs
    QCOMPARE(flat[0].y(), flat[4].y());
    QCOMPARE(flat[0].y(), api::self_attend_flops(1024, 69) / 1e9);
    // 69 channels are few: the model of 40 GFLOP is met far beyond four times the inputs.
    QVERIFY(!charts()->crossing());
    QVERIFY(label("costWords").contains("inputs on"));
}

void LabsTest::theyFitAnyWindowInBothThemes() {
    start();
    dropAndWait(picture("a.png"));
    for (const Theme wanted : {Theme::dark, Theme::light})
        for (const QSize size : {QSize(1024, 700), QSize(1280, 800), QSize(1920, 1080)}) {
            window_->setTheme(wanted);
            window_->resize(size);
            for (const auto& [action, lab] : {std::pair{"positions", "positionsLab"}, {"cost", "costLab"}}) {
                if (!window_->actionTable()[action]->isChecked()) window_->actionTable()[action]->trigger();
                SOON_VERIFY(labs().positions() || labs().cost());
                QCoreApplication::processEvents();
                auto* page = find<QWidget>(lab);
                QVERIFY(page->isVisible() && !page->grab().isNull());
                QList<QWidget*> shown;
                for (QWidget* child : page->findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly))
                    if (child->isVisible()) shown << child;
                for (QWidget* one : shown) {
                    QVERIFY2(page->rect().contains(one->geometry()), qPrintable(one->objectName()));
                    for (QWidget* other : shown)
                        QVERIFY(one == other || !one->geometry().intersects(other->geometry()));
                }
            }
        }
    window_->setTheme(Theme::dark);
}

/// Numbers of tabs change between versions: one that an older one kept opens the first.
void LabsTest::theLabThatWasOpenComesBackByName() {
    start();
    dropAndWait(picture("a.png"));
    QTest::keyClick(window_.get(), Qt::Key_O);
    window_->close();
    window_.reset();
    start();
    QCOMPARE(find<LabDock>("labDock")->currentName(), QString("positionsLab"));
    window_->close();
    window_.reset();
    QSettings().setValue("lab", 3);
    start();
    QCOMPARE(find<LabDock>("labDock")->current(), 0);
}

QObject* makeLabsTest() { return new LabsTest; }

}  // namespace perceiver::ui::test

#include "labs_test.moc"
