// What the views draw of fixed, made-up data, against small pictures kept in tests/data/views: maps, waves, curves,
// points and colour bars. Words are left out, because another machine has other fonts. All at one pixel for one: where
// there are two, lines are as thin again.
//   PERCEIVERSCOPE_WRITE_BASELINES=1 ps_test_gui      writes them anew, to be looked at before they are kept
#include <QApplication>
#include <QDir>
#include <QFile>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "fake_cloud.h"
#include "fake_film.h"
#include "sound_fixture.h"
#include "ui/panels/architecture_strip.h"
#include "ui/panels/cost_lab.h"
#include "ui/panels/evidence_lab.h"
#include "ui/panels/latents_panel.h"
#include "ui/panels/positions_lab.h"
#include "ui/style/colormap.h"
#include "ui/style/theme.h"
#include "ui/views/image_view.h"
#include "ui/views/points_view.h"
#include "ui/views/video_view.h"

namespace perceiver::ui::test {

namespace {

// Of 255, over all channels; and the part of the pixels that lie further apart than `kFar` in any. What rounds in
// another way on another processor, and what smooth scaling makes of an edge half a pixel away, stays far below.
constexpr double kMeanDifference = 2.0, kFarPart = 0.02;
constexpr int kFar = 24;
constexpr QSize kSize(160, 120);

struct Difference {
    double mean = 255, far = 1;
    bool small() const { return mean <= kMeanDifference && far <= kFarPart; }
};

QImage reduced(const QImage& image) {
    return image.scaled(kSize, Qt::IgnoreAspectRatio, Qt::SmoothTransformation).convertToFormat(QImage::Format_RGB32);
}

Difference apart(const QImage& a, const QImage& b) {
    if (a.size() != b.size() || a.isNull()) return {};
    double sum = 0, far = 0;
    for (int y = 0; y < a.height(); ++y)
        for (int x = 0; x < a.width(); ++x) {
            const QRgb p = a.pixel(x, y), q = b.pixel(x, y);
            const int steps[] = {std::abs(qRed(p) - qRed(q)), std::abs(qGreen(p) - qGreen(q)),
                                 std::abs(qBlue(p) - qBlue(q))};
            sum += steps[0] + steps[1] + steps[2];
            far += *std::max_element(steps, steps + 3) > kFar;
        }
    const double pixels = double(a.width()) * a.height();
    return {sum / (3 * pixels), far / pixels};
}

/// Of a widget that is on no screen, the part inside `part`.
QImage inkOf(QWidget& widget, const QRectF& part) {
    const QPixmap shot = widget.grab();
    const double ratio = shot.devicePixelRatio();
    return shot.toImage().copy(QRectF(part.topLeft() * ratio, part.size() * ratio).toRect());
}

/// Compares, or writes, the picture of that name.
void compare(const QString& name, const QImage& drawn) {
    if (qApp->devicePixelRatio() != 1) return;
    const QString path = QStringLiteral(PERCEIVERSCOPE_BASELINES "/") + name + ".png";
    const QImage small = reduced(drawn);
    if (qEnvironmentVariableIsSet("PERCEIVERSCOPE_WRITE_BASELINES")) {
        QVERIFY(QDir().mkpath(PERCEIVERSCOPE_BASELINES) && small.save(path));
        return;
    }
    const QImage kept = QImage(path).convertToFormat(QImage::Format_RGB32);
    QVERIFY2(!kept.isNull(), qPrintable("no baseline " + path));
    const Difference d = apart(small, kept);
    const QString words = QStringLiteral("%1: mean difference %2 of 255, %3 of the pixels far apart")
                              .arg(name, QString::number(d.mean), QString::number(d.far));
    if (!d.small()) small.save(QDir::temp().filePath("perceiverscope-" + name + ".png"));
    QVERIFY2(d.small(), qPrintable(words));
}

}  // namespace

class BaselineTest final : public SoundFixture {
    Q_OBJECT

  private slots:
    void colourBars();
    void aPictureAndItsMap_data();
    void aPictureAndItsMap();
    void twoMapsAndTheirDifference();
    void smallMultiples();
    void aSound();
    void aCloud();
    void positionsAndCost();
    void aFilm();
    void evidenceCurves_data();
    void evidenceCurves();
    void aChangedPictureFails();

  private:
    void openPicture() { dropAndWait(picture("a.png", {320, 240})); }
};

void BaselineTest::colourBars() {
    QImage all(4 * 40, 256, QImage::Format_RGB32);
    const api::ColorTable tables[] = {api::color_table(ColorMap::viridis), api::color_table(ColorMap::cividis),
                                      api::color_table(ColorMap::magma), divergingColors(Theme::dark)};
    for (int x = 0; x < all.width(); ++x)
        for (int y = 0; y < all.height(); ++y) all.setPixel(x, y, tables[x / 40][std::size_t(255 - y)]);
    compare("colour-bars", all);
}

void BaselineTest::aPictureAndItsMap_data() {
    QTest::addColumn<Theme>("wanted");
    QTest::addColumn<Layout>("layout");
    for (const auto& [colours, in] : {std::pair{Theme::dark, "dark"}, std::pair{Theme::light, "light"}})
        for (const auto& [way, name] :
             {std::pair{Layout::over, "over"}, std::pair{Layout::beside, "beside"}, std::pair{Layout::alone, "alone"}})
            QTest::newRow(qPrintable(QStringLiteral("picture-%1-%2").arg(name, in))) << colours << way;
}

void BaselineTest::aPictureAndItsMap() {
    QFETCH(Theme, wanted);
    QFETCH(Layout, layout);
    start();
    window_->setTheme(wanted);
    ImageView view(state());
    view.resize(640, 360);
    openPicture();
    state().selectCrossAttend(1);
    state().pin(5);
    state().setLayout(layout);
    SOON_VERIFY(state().pinMap(0));
    // The colour bar beside it has words.
    const QImage ink = inkOf(view, layout == Layout::beside ? QRectF(24, 24, 470, 328) : view.pictureRect());
    window_->setTheme(Theme::dark);
    compare(QTest::currentDataTag(), ink);
}

void BaselineTest::twoMapsAndTheirDifference() {
    start();
    ImageView view(state());
    view.resize(640, 360);
    openPicture();
    state().setLayout(Layout::alone);
    state().setOther({3, 9, api::all_heads});
    state().setCompare(Compare::difference);
    SOON_VERIFY(state().otherMap() && state().shownMap());
    compare("difference", inkOf(view, view.pictureRect()));
    // Below what names the side, in words.
    state().setCompare(Compare::split);
    SOON_VERIFY(state().otherMap() && state().shownMap());
    compare("split", inkOf(view, QRectF(24, 120, 500, 200)));
}

void BaselineTest::smallMultiples() {
    start();
    LatentsGrid grid(state(), nullptr);
    grid.resize(260, 200);
    grid.grab();  // lays it out
    openPicture();
    state().pin(3);
    state().pin(12);
    SOON_VERIFY(state().pinMap(1));
    compare("latents", inkOf(*grid.viewport(), QRectF(grid.viewport()->rect())));
    compare("strip-thumbnail", find<ArchitectureStrip>("architectureStrip")->thumbnail(1));
}

void BaselineTest::aSound() {
    startSound();
    AudioView view(state());
    view.resize(640, 480);
    open();
    state().pin(2);
    SOON_VERIFY(state().pinMap(0));
    using Band = AudioView::Band;
    compare("sound-wave", inkOf(view, view.bandRect(Band::wave)));
    compare("sound-spectrum", inkOf(view, view.bandRect(Band::spectrum)));
    compare("sound-curve", inkOf(view, view.bandRect(Band::curve)));
}

void BaselineTest::aCloud() {
    start();
    PointsView view(state());
    view.resize(480, 400);
    dropMedium("cloud.ply", cloudFile(box(11)));
    compare("cloud", inkOf(view, QRectF(120, 50, 250, 240)));  // its axes and its foot have words
    LikenessMap positions(state(), nullptr);
    positions.resize(360, 300);
    state().labs().wantPositions(true);
    SOON_VERIFY(state().labs().positions());
    compare("positions-cloud", inkOf(positions, positions.pictureRect()));
}

void BaselineTest::positionsAndCost() {
    start();
    LikenessMap map(state(), nullptr);
    LikenessCurves curves(state(), nullptr);
    CostCharts charts(state(), nullptr);
    map.resize(360, 300);
    curves.resize(640, 200);
    charts.resize(640, 240);
    openPicture();
    state().hold(200);
    state().labs().wantPositions(true);
    state().labs().wantCost(true);
    SOON_VERIFY(state().labs().positions() && state().labs().cost());
    compare("positions-map", inkOf(map, map.pictureRect()));
    compare("positions-curve", inkOf(curves, curves.plotOf(1)));
    compare("cost-chart", inkOf(charts, charts.chartOf(0).plot));
}

void BaselineTest::aFilm() {
    start();
    engine_->medium = film(true);
    VideoView view(state());
    view.resize(640, 480);
    QFile onDisk(folder_.filePath("clip.mp4"));
    QVERIFY(onDisk.open(QIODevice::WriteOnly));
    onDisk.close();
    dropAndWait(onDisk.fileName());
    state().selectCrossAttend(1);
    state().pin(5);
    state().player().seek(0.7);
    SOON_VERIFY(state().pinMap(0));
    view.strip()->setFixedWidth(view.width());  // in a wide font the words beside it ask for a wider view
    view.grab();                                // lays it out
    compare("film-frame", inkOf(*view.frame(), view.frame()->pictureRect()));
    // The name of the curve stands at the left, and the seconds below.
    FilmStrip* strip = view.strip();
    compare("film-strip", inkOf(*strip, QRectF(120, 0, strip->width() - 144, strip->height() - 18)));
}

void BaselineTest::evidenceCurves_data() {
    QTest::addColumn<Theme>("wanted");
    QTest::newRow("curves-dark") << Theme::dark;
    QTest::newRow("curves-light") << Theme::light;
}

/// On a card so small that the lines are thick.
void BaselineTest::evidenceCurves() {
    QFETCH(Theme, wanted);
    start();
    window_->setTheme(wanted);
    openPicture();
    state().explanation().want(true);
    SOON_VERIFY(state().explanation().map(api::Evidence::attention));
    state().explanation().measure();
    SOON_VERIFY(state().explanation().curves());
    CurveCard card(state(), nullptr);
    card.resize(178, 118);
    const QImage ink = inkOf(card, card.plot());
    window_->setTheme(Theme::dark);
    compare(QTest::currentDataTag(), ink);
    QVERIFY(!apart(reduced(ink), reduced(ink.mirrored())).small());
}

/// What the tolerance lets through is less than another colour map, a map one cell aside, or another latent's.
void BaselineTest::aChangedPictureFails() {
    start();
    ImageView view(state());
    view.resize(640, 360);
    openPicture();
    state().setLayout(Layout::alone);
    const QImage before = reduced(inkOf(view, view.pictureRect()));
    QVERIFY(apart(before, reduced(inkOf(view, view.pictureRect()))).small());
    state().setColorMap(ColorMap::magma);
    QVERIFY(!apart(before, reduced(inkOf(view, view.pictureRect()))).small());
    state().setColorMap(ColorMap::viridis);
    QVERIFY(apart(before, reduced(inkOf(view, view.pictureRect()))).small());
    state().pin(11);
    SOON_VERIFY(state().pinMap(0));
    QVERIFY(!apart(before, reduced(inkOf(view, view.pictureRect()))).small());
    const double cell = view.pictureRect().width() / 32;
    state().pin(api::all_latents);
    QVERIFY(!apart(before, reduced(inkOf(view, view.pictureRect().translated(cell, 0)))).small());
    QVERIFY(!apart(before, QImage(kSize, QImage::Format_RGB32)).small());
}

QObject* makeBaselineTest() { return new BaselineTest; }

}  // namespace perceiver::ui::test

#include "baseline_test.moc"
