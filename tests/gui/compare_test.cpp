// Several pins, heads, orders of the latents, two maps compared, held elements, the palette.
#include <QApplication>
#include <QLabel>
#include <QLineEdit>
#include <QSettings>
#include <QTest>
#include <QToolButton>

#include "ui/panels/architecture_strip.h"
#include "ui/panels/command_palette.h"
#include "ui/panels/latents_panel.h"
#include "ui/style/pins.h"
#include "ui/views/image_view.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class CompareTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void severalPinsKeepTheirColours();
    void latentsSortByLikenessAndCluster();
    void headsAreChosenWhereThereAreSeveral();
    void splitShowsBothOnOneScale();
    void differenceIsALessB();
    void aHeldKeyFlipsToB();
    void clickHoldsAnElementAndItsReadersLightUp();
    void thePaletteFindsAndRuns();
    void theViewIsRememberedAndEveryChangeIsUndone();
    void divergingColoursAreDarkestAtNothing();

  private:
    void clickLatent(int latent, Qt::KeyboardModifiers keys = Qt::NoModifier) {
        auto* grid = find<LatentsGrid>("latentsGrid");
        const auto& order = grid->order();
        const int place = int(std::find(order.begin(), order.end(), latent) - order.begin());
        QTest::mouseClick(grid->viewport(), Qt::LeftButton, keys, grid->cellRect(place).center());
    }
};

void CompareTest::severalPinsKeepTheirColours() {
    start();
    dropAndWait(picture("a.png"));
    for (const int latent : {5, 12, 20}) clickLatent(latent);
    QCOMPARE(state().view().pinned, 20);
    QCOMPARE(state().view().slotOf(5), 0);
    QCOMPARE(state().view().slotOf(12), 1);
    QCOMPARE(state().view().slotOf(20), 2);
    for (int slot = 0; slot < 3; ++slot) SOON_VERIFY(state().pinMap(slot));
    clickLatent(12);  // pinned already: shown
    QCOMPARE(state().view().pinned, 12);
    clickLatent(12);  // shown already: let go, the others stay as they are
    QCOMPARE(state().view().pinned, api::all_latents);
    QCOMPARE(state().view().slotOf(5), 0);
    QCOMPARE(state().view().slotOf(12), -1);
    QCOMPARE(state().view().slotOf(20), 2);
    clickLatent(30);
    QCOMPARE(state().view().slotOf(30), 1);  // the free colour
    PinMarks marks;
    SOON_COMPARE(marks.of(state()).size(), std::size_t(3));
    for (const PinMark& mark : marks.of(state())) {
        QVERIFY(std::binary_search(mark.core.begin(), mark.core.end(), mark.peak));
        const auto& values = state().pinMap(mark.slot)->values;
        QCOMPARE(values[std::size_t(mark.peak)], *std::max_element(values.begin(), values.end()));
    }
    QTest::keyClick(window_.get(), Qt::Key_0);
    QVERIFY(marks.of(state()).empty());
    state().undoStack().undo();
    QCOMPARE(state().view().slotOf(20), 2);
}

void CompareTest::latentsSortByLikenessAndCluster() {
    start();
    dropAndWait(picture("a.png"));
    clickLatent(10);
    QVERIFY(engine_->likenesses.empty());  // asked for when it is wanted
    state().setSort(SortBy::similarity);
    SOON_VERIFY(state().likeness());
    QCOMPARE(engine_->likenesses.back().latent, 10);
    auto* grid = find<LatentsGrid>("latentsGrid");
    QCOMPARE(grid->order().front(), 10);
    QVERIFY(grid->order()[1] == 9 || grid->order()[1] == 11);
    state().setSort(SortBy::clusters);
    SOON_COMPARE(grid->order()[1], 2);
    QCOMPARE(grid->order()[32], 1);
    state().selectCrossAttend(1);
    SOON_COMPARE(engine_->likenesses.back().cross_attend, 1);
}

void CompareTest::headsAreChosenWhereThereAreSeveral() {
    api::ModelInfo model = makeModel();
    model.stages[1].cross.heads = 4;
    start({model});
    dropAndWait(picture("a.png"));
    QVERIFY(!find<QToolButton>("latentsHead")->isVisible());
    state().selectCrossAttend(1);
    QVERIFY(find<QToolButton>("latentsHead")->isVisible());
    state().setHead(2);
    SOON_COMPARE(engine_->maps.back().head, 2);
    QCOMPARE(find<QToolButton>("latentsHead")->text(), QString::fromUtf8("head 3 ▾"));
    state().selectCrossAttend(0);  // which has one
    QCOMPARE(state().view().head, api::all_heads);
    state().undoStack().undo();
    QCOMPARE(state().view().head, 2);
}

void CompareTest::splitShowsBothOnOneScale() {
    start();
    dropAndWait(picture("a.png"));
    auto* strip = find<ArchitectureStrip>("architectureStrip");
    state().selectCrossAttend(2);
    QTest::mouseClick(strip->viewport(), Qt::LeftButton, Qt::ControlModifier, strip->crossAttendRect(1).center());
    QCOMPARE(state().view().compare, Compare::split);
    QCOMPARE(state().view().crossAttend, 2);
    QCOMPARE(state().view().other.crossAttend, 1);
    QCOMPARE(state().otherMap().get(), state().result()->cross[1].mean.get());
    auto* view = find<ImageView>("imageView");
    const float high = std::max(state().shownMap()->high, state().otherMap()->high);
    const QString top = view->colorBarLabels().front();
    const double times = double(high) * 1024;
    QVERIFY2(std::abs(top.section(QChar(0x00d7), 0, 0).toDouble() - times) <= std::max(0.5, times * 0.06),
             qPrintable(top));
    QVERIFY(view->elementCentre(0).x() > view->width() / 2.0 - 100);  // B stands right
    QVERIFY(!view->grab().isNull());
    QTest::keyClick(window_.get(), Qt::Key_4);
    QCOMPARE(state().view().compare, Compare::none);
    state().undoStack().undo();
    QCOMPARE(state().view().compare, Compare::split);
    SOON_VERIFY(state().grid());
    clickLatent(9, Qt::ControlModifier);
    QCOMPARE(state().view().other, (MapChoice{2, 9, api::all_heads}));
    SOON_VERIFY(state().otherMap());
}

void CompareTest::differenceIsALessB() {
    start();
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(3);
    QTest::keyClick(window_.get(), Qt::Key_D);
    QCOMPARE(state().view().other.crossAttend, 0);  // the first, where none was chosen
    const MapPtr map = state().shownMap();
    QVERIFY(map && map->scale == api::Scale::probability_difference);
    double sum = 0;
    for (std::size_t i = 0; i < map->values.size(); ++i) {
        QCOMPARE(map->values[i],
                 state().result()->cross[3].mean->values[i] - state().result()->cross[0].mean->values[i]);
        sum += double(map->values[i]);
    }
    QVERIFY(std::abs(sum) < 1e-4);
    const QStringList labels = find<ImageView>("imageView")->colorBarLabels();
    QVERIFY(labels.front().startsWith('+') && labels.front().endsWith(QString::fromUtf8("× uniform")));
    QVERIFY(labels.contains("0"));
    QVERIFY(labels.back().startsWith(QChar(0x2212)));
    hover(100);
    SOON_VERIFY(find<ImageView>("imageView")->hoverCard()->text().contains(QString::fromUtf8("A − B:")));
}

void CompareTest::aHeldKeyFlipsToB() {
    start();
    dropAndWait(picture("a.png"));
    state().selectCrossAttend(2);
    QTest::keyClick(window_.get(), Qt::Key_X);  // keep as B
    state().setCompare(Compare::none);
    state().selectCrossAttend(1);
    const MapPtr mine = state().shownMap();
    QTest::keyPress(window_.get(), Qt::Key_C);
    QCOMPARE(state().shownMap().get(), state().result()->cross[2].mean.get());
    QVERIFY(find<QLabel>("viewCaption")->accessibleName().startsWith("B: Cross-attend 3"));
    QTest::keyRelease(window_.get(), Qt::Key_C);
    QCOMPARE(state().shownMap().get(), mine.get());
}

void CompareTest::clickHoldsAnElementAndItsReadersLightUp() {
    start();
    dropAndWait(picture("a.png"));
    auto* view = find<ImageView>("imageView");
    auto* grid = find<LatentsGrid>("latentsGrid");
    const QImage before = grid->viewport()->grab().toImage();
    QTest::mouseClick(view, Qt::LeftButton, Qt::NoModifier, view->elementCentre(300).toPoint());
    QCOMPARE(state().view().held, 300);
    QEvent leave(QEvent::Leave);
    QApplication::sendEvent(view, &leave);
    SOON_VERIFY(state().element() && state().element()->element == 300);
    QCOMPARE(state().element()->reading.size(), state().result()->cross.size());
    SOON_VERIFY(grid->viewport()->grab().toImage() != before);
    QTest::keyClick(window_.get(), Qt::Key_Escape);
    QCOMPARE(state().view().held, -1);
    SOON_COMPARE(grid->viewport()->grab().toImage(), before);
    state().undoStack().undo();
    QCOMPARE(state().view().held, 300);
}

void CompareTest::thePaletteFindsAndRuns() {
    start();
    dropAndWait(picture("a.png"));
    QTest::keyClick(window_.get(), Qt::Key_K, Qt::ControlModifier);
    auto* palette = find<CommandPalette>("commandPalette");
    auto* line = find<QLineEdit>("paletteLine");
    QVERIFY(palette->isVisible());
    QTest::keyClicks(line, "cross-attend 3");
    QCOMPARE(palette->offered().front(), QString("Cross-attend 3"));
    QTest::keyClick(line, Qt::Key_Return);
    QVERIFY(!palette->isVisible());
    QCOMPARE(state().view().crossAttend, 2);
    QTest::keyClick(window_.get(), Qt::Key_K, Qt::ControlModifier);
    QTest::keyClicks(line, "why horse");
    QTest::keyClick(line, Qt::Key_Return);
    QVERIFY(state().view().explained);
    QCOMPARE(state().view().target, 1);
    QTest::keyClick(window_.get(), Qt::Key_K, Qt::ControlModifier);
    QTest::keyClicks(line, "xyzzy");
    QVERIFY(palette->offered().isEmpty());
    QTest::keyClick(line, Qt::Key_Escape);
    QVERIFY(!palette->isVisible());
}

void CompareTest::theViewIsRememberedAndEveryChangeIsUndone() {
    start();
    dropAndWait(picture("a.png"));
    const ViewState first = state().view();
    state().selectCrossAttend(1);
    state().setScale(api::Scale::logit);
    state().setColorMap(ColorMap::magma);
    state().setLayout(Layout::beside);
    state().setOpacity(35);
    state().setSort(SortBy::entropy);
    state().setSeed(55);
    state().setBlock(4);
    state().setFraction(0.5);
    state().setLabPicture(LabPicture::putBack);
    state().setInFloat64(true);
    state().pin(3);
    state().hold(17);
    state().setCompare(Compare::split);
    state().explain(2);
    state().setMasked(0.2);
    state().setKeepOnly(true);
    const ViewState last = state().view();
    QCOMPARE(state().undoStack().count(), 17);
    while (state().undoStack().canUndo()) state().undoStack().undo();
    QVERIFY(state().view() == first);
    while (state().undoStack().canRedo()) state().undoStack().redo();
    QVERIFY(state().view() == last);
    window_->close();
    window_.reset();
    start();
    const ViewState kept = state().view();
    QCOMPARE(kept.crossAttend, 1);
    QCOMPARE(kept.scale, api::Scale::logit);
    QCOMPARE(kept.colorMap, ColorMap::magma);
    QCOMPARE(kept.layout, Layout::beside);
    QCOMPARE(kept.opacity, 35);
    QCOMPARE(kept.sort, SortBy::entropy);
    QCOMPARE(kept.seed, quint64(55));
    QCOMPARE(kept.block, 4);
    QCOMPARE(kept.fraction, 0.5);
    QCOMPARE(kept.pinned, api::all_latents);  // of one file: not remembered
    QCOMPARE(kept.held, -1);
}

void CompareTest::divergingColoursAreDarkestAtNothing() {
    for (const Theme t : {Theme::dark, Theme::light}) {
        const api::ColorTable& table = divergingColors(t);
        const QColor ground = colorsOf(t).panel, middle(table[127]);
        QVERIFY(std::abs(ground.lightness() - middle.lightness()) < 12);
        QVERIFY(QColor(table[0]).blue() > QColor(table[0]).red());
        QVERIFY(QColor(table[255]).red() > QColor(table[255]).blue());
    }
    for (int a = 0; a < kPins; ++a)
        for (int b = 0; b < a; ++b)
            QVERIFY(pinColor(a, Theme::dark) != pinColor(b, Theme::dark) && pinSign(a) != pinSign(b));
}

QObject* makeCompareTest() { return new CompareTest; }

}  // namespace perceiver::ui::test

#include "compare_test.moc"
