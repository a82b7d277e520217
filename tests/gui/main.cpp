// Runs the classes of GUI tests one after the other, or one of them: ps_test_gui [NamesTest] [QtTest options].
#include <QApplication>
#include <QLocale>
#include <QTest>
#include <memory>

#include "own_places.h"
#include "ui/style/theme.h"

static void initResources() { Q_INIT_RESOURCE(perceiverscope); }

namespace perceiver::ui::test {
QObject* makeBaselineTest();
QObject* makeCloudTest();
QObject* makeCompareTest();
QObject* makeDeckTest();
QObject* makeEvidenceTest();
QObject* makeFilesTest();
QObject* makeFilmTest();
QObject* makeGlossaryTest();
QObject* makeHubTest();
QObject* makeLabsTest();
QObject* makeLookingTest();
QObject* makeModelTest();
QObject* makeNamesTest();
QObject* makePanelsTest();
QObject* makePlayingTest();
QObject* makeRivalsTest();
QObject* makeSessionTest();
QObject* makeShellTest();
QObject* makeSoundTest();
QObject* makeTrialsTest();
QObject* makeUndoTest();
}  // namespace perceiver::ui::test

int main(int argc, char** argv) {
    using namespace perceiver::ui;
    initResources();
    QApplication app(argc, argv);
    QApplication::setOrganizationName("PerceiverScope");
    QApplication::setApplicationName("test");
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    const test::OwnPlaces places;
    useTheme(Theme::dark);
    QStringList arguments = QApplication::arguments();
    const QString only = arguments.value(1).endsWith("Test") ? arguments.takeAt(1) : QString();
    int failed = 0, run = 0;
    for (auto* make : {test::makeBaselineTest, test::makeCloudTest,  test::makeCompareTest, test::makeDeckTest,
                       test::makeEvidenceTest, test::makeFilesTest,  test::makeFilmTest,    test::makeGlossaryTest,
                       test::makeHubTest,      test::makeLabsTest,   test::makeLookingTest, test::makeModelTest,
                       test::makeNamesTest,    test::makePanelsTest, test::makePlayingTest, test::makeRivalsTest,
                       test::makeSessionTest,  test::makeShellTest,  test::makeSoundTest,   test::makeTrialsTest,
                       test::makeUndoTest}) {
        const std::unique_ptr<QObject> tests(make());
        if (!only.isEmpty() && !QByteArray(tests->metaObject()->className()).endsWith(("::" + only).toUtf8())) continue;
        failed += QTest::qExec(tests.get(), arguments);
        ++run;
    }
    return failed > 0 || run == 0;
}
