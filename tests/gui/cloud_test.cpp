// A cloud of points in the hand: what the camera does to the picture, which point the pointer means, what stands out.
#include <QApplication>
#include <QMouseEvent>
#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>
#include <cmath>

#include "fake_cloud.h"
#include "ui/controls/chip.h"
#include "ui/panels/key_sheet.h"
#include "ui/panels/lab_dock.h"
#include "ui/panels/permutation_lab.h"
#include "ui/style/format.h"
#include "ui/style/theme.h"
#include "ui/views/view_pane.h"
#include "window_fixture.h"

namespace perceiver::ui::test {

class CloudTest final : public WindowFixture {
    Q_OBJECT

  private slots:
    void itsPointsAreDrawnWhereTheyProjectInTheColoursOfAttention();
    void hoverTellsThePointItsPlaceAttentionAndReaders();
    void theOneInFrontIsMeant();
    void nothingIsMeantBesideTheCloud();
    void draggingTurnsIt();
    void theWheelZoomsAboutThePointer();
    void shiftOrTheMiddleButtonPans();
    void keysTurnAndTheSheetSaysSo();
    void aPinnedLatentsPointsStandOut();
    void besideShowsThePlainCloudToo();
    void ownColoursShowThroughOver();
    void pointsTheModelDidNotGetAreDrawnFaintly();
    void theSameCloudAgainKeepsTheCamera();
    void everyThemeLayoutAndScaleDraws();
    void aMillionPointsInOnePlace();
    void theLabSaysThatNothingCanStay();
    void theChipTellsWhatBecameOfTheFile();
    void keysTurnTheShapeItselfAndTheFootSaysHowItStands();

  private:
    void openCloud(const std::vector<float>& xyz, api::Cloud cloud = {});
    PointsView* view() { return find<PointsView>("pointsView"); }
    void mouse(QEvent::Type, const QPointF&, Qt::MouseButton = Qt::NoButton, Qt::KeyboardModifiers = {});
    void dragBy(const QPointF&, Qt::MouseButton = Qt::LeftButton, Qt::KeyboardModifiers = {});
    void wheel(const QPointF&, int delta);
    void leave();
    QImage shot() { return view()->grab().toImage(); }
    QColor pixel(const QPointF& at) { return shot().pixelColor((at * view()->devicePixelRatioF()).toPoint()); }
};

namespace {

double distance(const QColor& a, const QColor& b) {
    return std::hypot(a.red() - b.red(), a.green() - b.green(), a.blue() - b.blue());
}

}  // namespace

void CloudTest::openCloud(const std::vector<float>& xyz, api::Cloud cloud) {
    dropMedium("cloud.ply", cloudFile(xyz, std::move(cloud)));
    QCOMPARE(find<ViewPane>("viewPane")->view(), static_cast<MediaView*>(view()));
}

void CloudTest::mouse(QEvent::Type type, const QPointF& at, Qt::MouseButton button, Qt::KeyboardModifiers keys) {
    QMouseEvent event(type, at, view()->mapToGlobal(at), button, button, keys);
    QApplication::sendEvent(view(), &event);
}

void CloudTest::dragBy(const QPointF& by, Qt::MouseButton button, Qt::KeyboardModifiers keys) {
    const QPointF from(view()->width() / 2.0, view()->height() / 2.0);
    mouse(QEvent::MouseButtonPress, from, button, keys);
    for (int i = 1; i <= 4; ++i) mouse(QEvent::MouseMove, from + by * i / 4, button, keys);
    mouse(QEvent::MouseButtonRelease, from + by, button, keys);
}

void CloudTest::wheel(const QPointF& at, int delta) {
    QWheelEvent event(at, view()->mapToGlobal(at), {}, {0, delta}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase,
                      false);
    QApplication::sendEvent(view(), &event);
}

void CloudTest::leave() {
    QEvent event(QEvent::Leave);
    QApplication::sendEvent(view(), &event);
}

void CloudTest::itsPointsAreDrawnWhereTheyProjectInTheColoursOfAttention() {
    start();
    openCloud(box(2));
    const api::ColorTable table = colorsOnGround(ColorMap::viridis, Theme::dark);
    const MapPtr map = state().shownMap();
    const ColorRange range = api::range_of(map->scale, map->low, map->high);
    const QPointF middle(view()->width() / 2.0, view()->height() / 2.0);
    for (int i = 0; i < 8; ++i) {
        const QPointF at = view()->elementCentre(i);
        QVERIFY(view()->rect().contains(at.toPoint()));
        const QColor wanted(table[range.index(map->values[std::size_t(i)])]), got = pixel(at);
        // Distance fades a point to the ground by two fifths at most.
        QVERIFY2(distance(got, wanted) < 0.5 * distance(colors().background, wanted),
                 qPrintable(got.name() + wanted.name()));
        QVERIFY(distance(pixel(at + QPointF(20, -20)), colors().background) < 60);  // at most the circle on the ground
    }
    // The x axis goes to the right, z up, and what is nearer is larger.
    QVERIFY(view()->elementCentre(1).x() > view()->elementCentre(0).x());
    QVERIFY(view()->elementCentre(4).y() < view()->elementCentre(0).y());
    QVERIFY(view()->elementRadius(0) > view()->elementRadius(2));
    QVERIFY(!find<QWidget>("opacitySlider")->isVisible());  // there is nothing for it to let through
}

void CloudTest::hoverTellsThePointItsPlaceAttentionAndReaders() {
    start();
    openCloud(box(5));
    const int element = 100;  // on top, in front
    mouse(QEvent::MouseMove, view()->elementCentre(element));
    QCOMPARE(view()->hovered(), element);
    const double attention = double(engine_->valueOf(1, 0, api::all_latents, api::Scale::probability, element));
    SOON_COMPARE(
        view()->hoverCard()->text(),
        QString::fromUtf8("point 100 · −0.80 −0.60 0.40\nattention %1 · %2 uniform\nread most by latents 7, 12, 40")
            .arg(significant(attention), timesUniform(attention * 125)));
    QVERIFY(view()->hoverCard()->isVisible());
    QCOMPARE(view()->foot(),
             QString::fromUtf8("125 points · drag orbit · wheel zoom · shift-drag pan · F fit · U up · Y turn\n"
                               "point 100: read most by latents 7, 12, 40"));
    // A ring about it.
    const QPointF edge = view()->elementCentre(element) - QPointF(view()->elementRadius(element) + 2, 0);
    double nearest = 1000;
    for (const double aside : {-1.0, -0.5, 0.0, 0.5, 1.0})
        nearest = std::min(nearest, double(distance(pixel(edge + QPointF(aside, 0)), colors().text)));
    QVERIFY(nearest < 160);
    state().setScale(api::Scale::logit);
    SOON_VERIFY(view()->hoverCard()->text().contains("score "));
    leave();
    QVERIFY(!view()->hoverCard()->isVisible());
    QCOMPARE(view()->hovered(), -1);
}

void CloudTest::keysTurnTheShapeItselfAndTheFootSaysHowItStands() {
    using Up = api::Pose::Up;
    start();
    api::Cloud cloud;
    cloud.pose = {Up::y, 3};
    cloud.surest = true;
    openCloud(box(5), cloud);
    QVERIFY2(view()->foot().contains(QString::fromUtf8("the file's y up · turned 270°, where the model is surest")),
             qPrintable(view()->foot()));
    const auto asked = [this] { return engine_->opened.at(engine_->newest()).pose; };
    const auto finish = [this] {
        QSignalSpy done(&state(), &State::finished);
        SOON_VERIFY(done.size() == 1 || !state().busy());
    };
    QTest::keyClick(window_.get(), Qt::Key_Y);
    QCOMPARE(asked(), (api::Pose{Up::y, 0}));
    finish();
    QTest::keyClick(window_.get(), Qt::Key_U);
    QCOMPARE(asked(), (api::Pose{Up::x, api::Pose::surest}));
}

void CloudTest::theOneInFrontIsMeant() {
    start();
    // Towards the eye from the middle: seen() at that place is (0, 0, 1).
    std::vector<float> line;
    const float axes[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    for (const float along : {-0.5F, 0.5F, 0.0F})
        for (const auto& axis : axes) line.push_back(along * float(api::seen(axis)[2]));
    for (const float v : {1.0F, 0.0F, 0.6F, -1.0F, 0.0F, -0.6F}) line.push_back(v);  // the middle stays where it is
    openCloud(line);
    const QPointF at = view()->elementCentre(2);
    QVERIFY((view()->elementCentre(1) - view()->elementCentre(0)).manhattanLength() < 12);
    mouse(QEvent::MouseMove, at);
    QCOMPARE(view()->hovered(), 1);
    view()->turn(180, 0);
    view()->turn(0, -2 * api::cloud_elevation);  // from the other end
    mouse(QEvent::MouseMove, view()->elementCentre(2));
    QCOMPARE(view()->hovered(), 0);
}

void CloudTest::nothingIsMeantBesideTheCloud() {
    start();
    openCloud(box(2));
    const QPointF at = view()->elementCentre(1);
    mouse(QEvent::MouseMove, at + QPointF(5, 5));
    QCOMPARE(view()->hovered(), 1);
    mouse(QEvent::MouseMove, at + QPointF(12, -9));
    QCOMPARE(view()->hovered(), -1);
    QVERIFY(!view()->hoverCard()->isVisible());
}

void CloudTest::draggingTurnsIt() {
    start();
    openCloud(box(5));
    const QImage before = shot();
    const double azimuth = view()->camera().azimuth();
    const QPointF front = view()->elementCentre(4);  // in front: it follows the pointer
    dragBy({40, 0});
    QVERIFY(view()->camera().azimuth() < azimuth);
    QCOMPARE(view()->camera().elevation(), api::cloud_elevation);
    QVERIFY(view()->elementCentre(4).x() > front.x());
    QVERIFY(shot() != before);
    dragBy({0, 4000});
    QVERIFY(view()->camera().elevation() < 90);  // straight from above at most
    QTest::keyClick(window_.get(), Qt::Key_F);
    QCOMPARE(view()->camera().azimuth(), azimuth);
    QCOMPARE(view()->camera().elevation(), api::cloud_elevation);
    mouse(QEvent::MouseMove, {1, 1});
    QCOMPARE(shot(), before);
}

void CloudTest::theWheelZoomsAboutThePointer() {
    start();
    openCloud(box(5));
    for (const int element : {100, 0, 4}) {
        view()->fit();
        const QPointF at = view()->elementCentre(element);
        mouse(QEvent::MouseMove, at);
        QCOMPARE(view()->hovered(), element);
        wheel(at, 600);
        QVERIFY((view()->elementCentre(element) - at).manhattanLength() < 0.05);
    }
    QVERIFY(view()->zoom() > 2);
    QVERIFY(view()->visiblePart().width() < 1 || view()->visiblePart().height() < 1);
    wheel({view()->width() / 2.0, 200}, 120'000);
    QCOMPARE(view()->zoom(), OrbitCamera::kMaxZoom);
    wheel({view()->width() / 2.0, 200}, -120'000);
    QCOMPARE(view()->zoom(), OrbitCamera::kLeastZoom);
    QTest::mouseDClick(view(), Qt::LeftButton, Qt::NoModifier, {300, 200});
    QCOMPARE(view()->zoom(), 1.0);
    QCOMPARE(view()->visiblePart(), QRectF(0, 0, 1, 1));
}

void CloudTest::shiftOrTheMiddleButtonPans() {
    start();
    openCloud(box(3));
    for (const auto& [button, keys] :
         {std::pair{Qt::LeftButton, Qt::ShiftModifier}, {Qt::MiddleButton, Qt::NoModifier}}) {
        view()->fit();
        const double azimuth = view()->camera().azimuth();
        const QPointF was = view()->elementCentre(13);  // the middle one
        dragBy({30, -20}, button, keys);
        QVERIFY((view()->elementCentre(13) - was - QPointF(30, -20)).manhattanLength() < 3);
        QCOMPARE(view()->camera().azimuth(), azimuth);
    }
}

void CloudTest::keysTurnAndTheSheetSaysSo() {
    start();
    openCloud(box(3));
    const double azimuth = view()->camera().azimuth(), elevation = view()->camera().elevation();
    const double left = view()->elementCentre(2).x();  // in front
    QTest::keyClick(window_.get(), Qt::Key_Left, Qt::ControlModifier);
    QVERIFY(view()->elementCentre(2).x() < left);
    QTest::keyClick(window_.get(), Qt::Key_Right, Qt::ControlModifier);
    QCOMPARE(view()->camera().azimuth(), azimuth);
    QTest::keyClick(window_.get(), Qt::Key_Up, Qt::ControlModifier);
    QVERIFY(view()->camera().elevation() > elevation);
    QTest::keyClick(window_.get(), Qt::Key_Down, Qt::ControlModifier);
    QCOMPARE(view()->camera().elevation(), elevation);
    QCOMPARE(state().view().crossAttend, 0);  // plain arrows step those
    QTest::keyClick(window_.get(), Qt::Key_Plus);
    QVERIFY(view()->zoom() > 1);
    QTest::keyClick(window_.get(), Qt::Key_F1);
    QVERIFY(find<KeySheet>("keySheet")->text().contains(QString::fromUtf8("Ctrl+↑")));
}

void CloudTest::aPinnedLatentsPointsStandOut() {
    start();
    openCloud(box(5));
    shot();
    std::vector<double> before;
    for (int i = 0; i < 125; ++i) before.push_back(view()->elementRadius(i));
    const MapPtr mean = state().shownMap();
    state().pin(9);
    SOON_VERIFY(state().shownMap() && state().shownMap() != mean);
    shot();
    const std::vector<float>& values = state().shownMap()->values;
    int larger = 0;
    float least = 1, most = 0;
    for (int i = 0; i < 125; ++i) {
        const bool out = view()->elementRadius(i) > before[std::size_t(i)];
        larger += out;
        float& bound = out ? least : most;
        bound = out ? std::min(bound, values[std::size_t(i)]) : std::max(bound, values[std::size_t(i)]);
    }
    QCOMPARE(larger, 6);  // a twentieth
    QVERIFY(least >= most);
    state().pin(9);
    shot();
    QCOMPARE(view()->elementRadius(7), before[7]);
}

void CloudTest::besideShowsThePlainCloudToo() {
    start();
    openCloud(box(3));
    QTest::keyClick(window_.get(), Qt::Key_2);
    leave();
    const QPointF right = view()->elementCentre(0);
    QVERIFY(view()->elementCentre(13).x() > view()->width() / 2.0);
    const QImage picture = shot();
    // The same camera: some way to the left is the same disc in grey.
    const double ratio = view()->devicePixelRatioF();
    const auto grey = [](const QColor& c) { return c.hsvSaturation() < 70 && c.value() > 110; };
    QVERIFY(!grey(picture.pixelColor((right * ratio).toPoint())));
    int found = 0;
    for (int x = 0; x < right.x() - 40; ++x)
        found += grey(picture.pixelColor((QPointF(x, right.y()) * ratio).toPoint()));
    QVERIFY(found >= 4);
    QTest::keyClick(window_.get(), Qt::Key_3);
    QVERIFY(std::abs(view()->elementCentre(13).x() - view()->width() / 2.0) < 60);
}

void CloudTest::ownColoursShowThroughOver() {
    start();
    api::Cloud red;
    for (int i = 0; i < 27; ++i) red.rgb.insert(red.rgb.end(), {250, 20, 20});
    openCloud(box(3), red);
    QVERIFY(find<QWidget>("opacitySlider")->isVisible());
    const QPointF at = view()->elementCentre(0);
    state().setOpacity(0);
    QVERIFY(pixel(at).red() > 4 * pixel(at).green());
    state().setOpacity(100);
    QVERIFY(pixel(at).red() < 2 * pixel(at).green());
    QTest::keyClick(window_.get(), Qt::Key_3);
    QVERIFY(!find<QWidget>("opacitySlider")->isVisible());
}

void CloudTest::pointsTheModelDidNotGetAreDrawnFaintly() {
    start();
    openCloud(box(2));
    const QImage bare = shot();
    api::Cloud more;
    more.others = box(9);
    more.file_points = 20'000;
    openCloud(box(2), more);
    const QImage full = shot();
    const auto drawn = [&](const QImage& image) {
        int n = 0;
        for (int y = 0; y < image.height(); y += 2)
            for (int x = 0; x < image.width(); x += 2) n += distance(image.pixelColor(x, y), colors().background) > 12;
        return n;
    };
    QVERIFY(drawn(full) > drawn(bare) + 300);
    QVERIFY(view()->foot().startsWith("8 of 20,000 points"));
    // And none of them is meant by the pointer.
    const QPointF at = view()->elementCentre(0);
    mouse(QEvent::MouseMove, at + QPointF(40, -10));
    QCOMPARE(view()->hovered(), -1);
}

void CloudTest::theSameCloudAgainKeepsTheCamera() {
    start();
    openCloud(box(3));
    view()->turn(50, 10);
    const double azimuth = view()->camera().azimuth();
    openCloud(box(3));
    QCOMPARE(view()->camera().azimuth(), azimuth);
    openCloud(box(4));
    QCOMPARE(view()->camera().azimuth(), api::cloud_azimuth);
}

void CloudTest::everyThemeLayoutAndScaleDraws() {
    start();
    std::vector<std::vector<float>> clouds{
        {0.1F, 0.2F, 0.3F}, {0, 0, -1, 0, 0, 1}, std::vector<float>(3 * 500, 0.0F), box(4)};
    for (const auto& xyz : clouds) {
        openCloud(xyz);
        for (const char key : {'T', 'T'}) {
            QTest::keyClick(window_.get(), key);
            for (const Layout layout : {Layout::over, Layout::beside, Layout::alone})
                for (const api::Scale scale : {api::Scale::probability, api::Scale::logit}) {
                    state().setLayout(layout);
                    state().setScale(scale);
                    SOON_VERIFY(state().shownMap() && state().shownMap()->scale == scale);
                    mouse(QEvent::MouseMove, view()->elementCentre(0));
                    QVERIFY(view()->hovered() >= 0);
                    QVERIFY(distance(pixel(view()->elementCentre(0)), colors().background) > 40);
                }
        }
        state().pin(3);
        QVERIFY(!shot().isNull());
        state().pin(3);
    }
}

void CloudTest::aMillionPointsInOnePlace() {
    api::Cloud cloud;
    cloud.xyz.assign(3'000'000, 0.25F);
    const DrawnCloud drawn(cloud);
    QCOMPARE(drawn.points.size(), std::size_t(1'000'000));
    QImage image(400, 300, QImage::Format_RGB32);
    CloudPainter painter;
    const OrbitCamera camera;
    painter.paint(image, image.rect(), drawn, ownInk(cloud, colors()), camera);
    const auto place = camera.projection(image.rect()).of(0, 0, 0);
    const QPointF at{double(place.x), double(place.y)};
    QVERIFY(painter.find(at, 8) >= 0);
    QCOMPARE(painter.find(at + QPointF(20, 0), 8), -1);
    QVERIFY(!cloudPicture(cloud, colors(), {32, 32}).isNull());
}

void CloudTest::theLabSaysThatNothingCanStay() {
    start();
    openCloud(box(3));
    auto* lab = find<PermutationLab>("permutationLab");
    find<LabDock>("labDock")->setOpen(true);
    SOON_VERIFY(state().shuffle().travel);
    QVERIFY(state().shuffled());
    QVERIFY(!state().shuffle().stay);
    QVERIFY(lab->armText(api::Arm::stay).contains("A point is its position"));
    QVERIFY(lab->armText(api::Arm::travel).contains("the same cloud"));
    const auto* card = find<QWidget>("armTravel");
    const QImage picture = const_cast<QWidget*>(card)->grab().toImage();
    int light = 0;
    for (int y = 12; y < picture.height() - 12; ++y)
        for (int x = 12; x < picture.height() - 12; ++x) light += picture.pixelColor(x, y).value() > 110;
    QVERIFY(light > 30);
}

void CloudTest::theChipTellsWhatBecameOfTheFile() {
    start();
    api::Cloud mesh, large;
    mesh.file_faces = 664;
    large.file_points = 20'000;
    large.others = box(3);
    const auto detail = [this] { return find<Chip>("fileChip")->detail(); };
    openCloud(box(3), mesh);
    QCOMPARE(detail(), QString::fromUtf8("664 triangles → 27 points"));
    openCloud(box(3), large);
    QCOMPARE(detail(), QString::fromUtf8("20,000 points → 27"));
    openCloud(box(3));
    QCOMPARE(detail(), QString("27 points"));
}

QObject* makeCloudTest() { return new CloudTest; }

}  // namespace perceiver::ui::test

#include "cloud_test.moc"
